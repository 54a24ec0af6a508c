"""Which files of a source belong to a delivery: by date in the landing place, or handed over explicitly."""

from __future__ import annotations

import datetime
import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from crm.orders.landing import Folder, Landing, LandingError
from crm.orders.mapping import Mapping

#: Orders come last: by then the customers and products that they name are staged.
KINDS = ("suppressions", "customers", "products", "contacts", "orders")


@dataclass(frozen=True)
class File:
    """A file of a delivery. ``source_file`` names it for ever; ``name`` is where it lies now (None: declared empty).

    ``by_row``: it has no date of its own. ``from_date``: then, in a load, the first date that it serves.
    """

    shop: str
    kind: str
    source_file: str
    name: str | None
    business_date: datetime.date
    from_date: datetime.date | None = None
    by_row: bool = False


@dataclass(frozen=True)
class Wanted:
    """The business dates of a delivery; ``is_range``: a load of history."""

    first: datetime.date
    last: datetime.date
    is_range: bool
    allow_empty: bool

    def days(self) -> Iterator[datetime.date]:
        for number in range((self.last - self.first).days + 1):
            yield self.first + datetime.timedelta(number)


def find(mapping: Mapping, landing: Landing, wanted: Wanted) -> list[File]:
    """The files of ``mapping`` for the wanted dates, date by date.

    :raises LandingError: an order file is missing and no empty day was declared; names every path that was looked for
    """
    found: list[File] = []
    missing: list[str] = []
    for kind, block in mapping.blocks():
        if block.by_date:
            for day in wanted.days():
                files = _of_day(mapping, kind, landing, day)
                if not files and kind == "orders":
                    files = _empty_day(mapping, wanted, day)
                    missing += [] if files else [landing.where(p) for p in mapping.patterns(kind, day.isoformat())]
                found += files
        else:
            files = _undated(mapping, kind, landing, wanted)
            if not files and kind == "orders":
                missing += [landing.where(pattern) for pattern in mapping.patterns(kind)]
            found += files
    if missing:
        raise LandingError(_missing(missing))
    return sorted(found, key=lambda f: (f.business_date, f.shop, KINDS.index(f.kind), f.source_file))


def explicit(mapping: Mapping, files: Path, wanted: Wanted) -> tuple[Landing, list[File]]:
    """The files of ``mapping`` that a person handed over: one order file, or a folder in the landing folder's place.

    A file that is named as the mapping says keeps its identity wherever it lies; any other file of orders serves all
    wanted dates.

    :raises LandingError: nothing there, or a dated file of another date
    """
    if not files.exists():
        raise LandingError(f"{files.resolve()} does not exist: give FILES=<an order file, or a folder of files>")
    if files.is_dir():
        return _in_folder(mapping, files, wanted)
    landing = Folder(files.parent)
    from_orders = mapping.customers is not None and mapping.customers.from_orders
    kinds = ("customers", "orders") if from_orders else ("orders",)
    for pattern in mapping.orders.files:
        day = _date_in(files.name, PurePosixPath(pattern).name.replace("{shop}", mapping.shop))
        if day is None:
            continue
        if not wanted.first <= day <= wanted.last:
            raise LandingError(
                f"{files} is of {day}, which is not in {wanted.first} to {wanted.last}: give its own dates"
            )
        folder = PurePosixPath(pattern.replace("{shop}", mapping.shop)).parent
        return landing, [File(mapping.shop, kind, str(folder / files.name), files.name, day) for kind in kinds]
    return landing, [_serving(mapping.shop, kind, files.name, wanted) for kind in kinds]


def _in_folder(mapping: Mapping, folder: Path, wanted: Wanted) -> tuple[Landing, list[File]]:
    """The folder takes the landing folder's place; the mapping's own subfolders may be missing in it."""
    landing: Landing = Folder(folder)
    if not any(landing.find(pattern) for pattern in mapping.patterns("orders")):
        flat = _Flat(folder)
        if any(flat.find(pattern) for pattern in mapping.patterns("orders")):
            landing = flat
    return landing, find(mapping, landing, wanted)


class _Flat(Folder):
    """A folder whose files lie side by side: only the last part of a name is looked for, the name stays whole."""

    def find(self, pattern: str) -> list[str]:
        parent = PurePosixPath(pattern).parent
        return [str(parent / name) for name in super().find(PurePosixPath(pattern).name)]

    def fetch(self, name: str):  # type: ignore[no-untyped-def]
        return super().fetch(PurePosixPath(name).name)

    def where(self, name: str) -> str:
        return super().where(PurePosixPath(name).name)


def _of_day(mapping: Mapping, kind: str, landing: Landing, day: datetime.date) -> list[File]:
    names = {name for pattern in mapping.patterns(kind, day.isoformat()) for name in landing.find(pattern)}
    return [File(mapping.shop, kind, name, name, day) for name in sorted(names)]


def _undated(mapping: Mapping, kind: str, landing: Landing, wanted: Wanted) -> list[File]:
    names = {name for pattern in mapping.patterns(kind) for name in landing.find(pattern)}
    return [_serving(mapping.shop, kind, name, wanted) for name in sorted(names)]


def _serving(shop: str, kind: str, name: str, wanted: Wanted) -> File:
    """A file without a date of its own serves all wanted dates; in a single date's run, whatever it says up to then."""
    by_row = kind == "orders"
    return File(shop, kind, name, name, wanted.last, wanted.first if by_row and wanted.is_range else None, by_row)


def _empty_day(mapping: Mapping, wanted: Wanted, day: datetime.date) -> list[File]:
    if not wanted.allow_empty:
        return []
    return [File(mapping.shop, "orders", mapping.patterns("orders", day.isoformat())[0], None, day)]


def _date_in(name: str, pattern: str) -> datetime.date | None:
    """The date at ``{date}`` of ``pattern`` in ``name``, or None where they do not match."""
    before, marker, after = pattern.partition("{date}")
    if not marker:
        return None
    for start in range(len(name) - 9):
        if fnmatch.fnmatchcase(name[:start], before) and fnmatch.fnmatchcase(name[start + 10 :], after):
            try:
                return datetime.date.fromisoformat(name[start : start + 10])
            except ValueError:
                continue
    return None


def _missing(paths: list[str]) -> str:
    listed = ", ".join(paths[:5]) + (f" and {len(paths) - 5} more" if len(paths) > 5 else "")
    return (
        f"no order file: looked for {listed}. Deliver it; for a day without sales deliver an empty file, "
        "or start the run with allow_empty"
    )
