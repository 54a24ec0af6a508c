"""Which files of a source belong to a delivery: by date in the landing place, or handed over explicitly."""

from __future__ import annotations

import datetime
import fnmatch
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from crm.orders import landing as landings
from crm.orders.landing import Flat, Landing, LandingError
from crm.orders.mapping import Block, Mapping

#: Orders come last: by then the customers and products that they name are staged.
KINDS = ("suppressions", "customers", "products", "contacts", "orders", "refunds")


@dataclass(frozen=True)
class File:
    """A file of a delivery. ``source_file`` names it for ever; ``name`` is where it lies now (None: declared empty).

    ``by_row``: it has no date of its own. ``from_date``: then, in a load, the first date that it serves. ``more``:
    further files of the same kind, and ``joined``: those of each join, where the mapping joins files: they are one
    content, so whichever of them changes makes a new version of the whole.
    """

    shop: str
    kind: str
    source_file: str
    name: str | None
    business_date: datetime.date
    from_date: datetime.date | None = None
    by_row: bool = False
    more: tuple[str, ...] = ()
    joined: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def stored_as(self) -> str:
        """Kind of the file version: refunds are order rows, whichever file they come from."""
        return "orders" if self.kind == "refunds" else self.kind


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
                found += _together(mapping, kind, landing, files, day)
        else:
            files = _undated(mapping, kind, landing, wanted)
            if not files and kind == "orders":
                missing += [landing.where(pattern) for pattern in mapping.patterns(kind)]
            found += _together(mapping, kind, landing, files)
    if missing:
        raise LandingError(_missing(missing))
    return sorted(found, key=lambda f: (f.business_date, f.shop, KINDS.index(f.kind), f.source_file))


def explicit(mapping: Mapping, files: str, wanted: Wanted) -> tuple[Landing, list[File]]:
    """The files of ``mapping`` that a person handed over: one order file, or a folder in the landing folder's place.

    A file that is named as the mapping says keeps its identity wherever it lies; any other file of orders serves all
    wanted dates. Files that the mapping joins to it lie beside it.

    :param files: a path, or ``s3://bucket/…``
    :raises LandingError: nothing there, or a dated file of another date
    """
    place, name = landings.handed_over(files)
    if name is None:
        return _in_folder(mapping, place, wanted)
    from_orders = mapping.customers is not None and mapping.customers.from_orders
    kinds = ("customers", "orders") if from_orders else ("orders",)
    day, source_file = _identity(mapping, place, name, wanted)
    found: list[File] = []
    for kind in kinds:
        file = _serving(mapping.shop, kind, name, wanted)
        if day is not None:
            file = File(mapping.shop, kind, source_file, name, day)
        found += _together(mapping, kind, Flat(place), [file], day)
    return Flat(place), found


def _identity(mapping: Mapping, place: Landing, name: str, wanted: Wanted) -> tuple[datetime.date | None, str]:
    """Date and name of a file that is called as the mapping says, wherever it lies; else no date and its own name."""
    for pattern in mapping.orders.files:
        day = date_in(name, PurePosixPath(pattern).name.replace("{shop}", mapping.shop))
        if day is None:
            continue
        if not wanted.first <= day <= wanted.last:
            where, dates = place.where(name), f"{wanted.first} to {wanted.last}"
            raise LandingError(f"{where} is of {day}, which is not in {dates}: give its own dates")
        return day, str(PurePosixPath(pattern.replace("{shop}", mapping.shop)).parent / name)
    return None, name


def _in_folder(mapping: Mapping, place: Landing, wanted: Wanted) -> tuple[Landing, list[File]]:
    """The folder takes the landing folder's place; the mapping's own subfolders may be missing in it."""
    if not any(place.find(pattern) for pattern in mapping.patterns("orders")):
        flat = Flat(place)
        if any(flat.find(pattern) for pattern in mapping.patterns("orders")):
            place = flat
    return place, find(mapping, place, wanted)


def _together(
    mapping: Mapping, kind: str, landing: Landing, files: list[File], day: datetime.date | None = None
) -> list[File]:
    """``files`` of one kind and date; where the mapping joins others to them they are one, with all that it needs.

    :raises LandingError: there is no file of a join
    """
    block: Block = getattr(mapping, kind)
    names = [file.name for file in files if file.name is not None]
    if not block.join or not names:
        return files
    date = None if day is None else day.isoformat()
    joined = []
    for name, join in block.join.items():
        patterns = mapping.filled(join.files, date)
        theirs = sorted({found for pattern in patterns for found in landing.find(pattern)})
        if not theirs:
            looked = ", ".join(landing.where(pattern) for pattern in patterns)
            raise LandingError(
                f"{landing.where(names[0])} is delivered, but not the {name} that the mapping {mapping.name!r} joins "
                f"to it: looked for {looked}. Deliver all files of a date; one without rows may be empty"
            )
        joined.append((name, tuple(theirs)))
    source = files[0].source_file if len(names) == 1 else mapping.patterns(kind, date)[0]
    return [replace(files[0], source_file=source, more=tuple(names[1:]), joined=tuple(joined))]


def _of_day(mapping: Mapping, kind: str, landing: Landing, day: datetime.date) -> list[File]:
    names = {name for pattern in mapping.patterns(kind, day.isoformat()) for name in landing.find(pattern)}
    return [File(mapping.shop, kind, name, name, day) for name in sorted(names)]


def _undated(mapping: Mapping, kind: str, landing: Landing, wanted: Wanted) -> list[File]:
    names = {name for pattern in mapping.patterns(kind) for name in landing.find(pattern)}
    return [_serving(mapping.shop, kind, name, wanted) for name in sorted(names)]


def _serving(shop: str, kind: str, name: str, wanted: Wanted) -> File:
    """A file without a date of its own serves all wanted dates; in a single date's run, whatever it says up to then."""
    by_row = kind in ("orders", "refunds")
    return File(shop, kind, name, name, wanted.last, wanted.first if by_row and wanted.is_range else None, by_row)


def _empty_day(mapping: Mapping, wanted: Wanted, day: datetime.date) -> list[File]:
    if not wanted.allow_empty:
        return []
    return [File(mapping.shop, "orders", mapping.patterns("orders", day.isoformat())[0], None, day)]


def date_in(name: str, pattern: str) -> datetime.date | None:
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
