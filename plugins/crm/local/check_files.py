"""Order files at hand, for ``make check``: their headers and first rows, read as a load reads them."""

from __future__ import annotations

import datetime
from collections import Counter
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from crm import business as businesses
from crm.connections import ConnectionMissing
from crm.local.check_rows import Neighbours, SetAside
from crm.orders import buckets, grouping, mapping, reading, sources
from crm.orders import landing as landings
from crm.orders.frames import SourceError
from crm.orders.joining import Part, Parts
from crm.orders.landing import Flat, Landing, LandingError
from crm.orders.mapping import Mapping, MappingError
from crm.orders.sources import File, Wanted

#: Rows of each file that are read.
ROWS = 10_000
#: Business dates that are looked at in a bucket, the latest ones: there, every file has to be fetched.
LATEST = 3
_ANY = Wanted(datetime.date(1900, 1, 1), datetime.date(2999, 12, 31), is_range=True, allow_empty=True)


@dataclass
class Looked:
    """``problems``: file, key and what to do; ``notes``: what was looked at, and what was not."""

    problems: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def look(source: str = "", files: str = "") -> Looked:
    """Read the first rows of the files that the mappings name.

    :param source: a mapping, instead of those of the settings
    :param files: a file or folder instead of the landing place, also ``s3://bucket/…``
    """
    found = Looked()
    try:
        names = [source] if source else businesses.load().sources
    except businesses.SettingsError:
        return found  # one of the problems
    if files and len(names) != 1:
        found.problems.append(("FILES", "", f"give SOURCE=<mapping> too, one of {', '.join(names)}"))
        return found
    for name in names:
        try:
            declared = mapping.load(name)
        except MappingError as error:
            if source:
                found.problems.append((f"SOURCE={source}", "", str(error)))
            continue  # one of the problems
        _source(found, declared, files)
    return found


def _source(found: Looked, declared: Mapping, files: str) -> None:
    try:
        place, theirs = _files(declared, files)
    except (LandingError, ConnectionMissing) as error:
        if files or isinstance(error, LandingError):
            found.problems.append((files or declared.name, "", str(error)))
        else:
            found.notes.append(f"Files of {declared.name} were not looked at: {error}")
        return
    if files and not theirs:
        patterns = ", ".join(declared.patterns("orders"))
        found.problems.append((files, "orders.files", f"has no file that {declared.name} reads: {patterns}"))
    bearable = SetAside()
    for file in theirs:
        bearable.merge(_file(found, declared, place, file))
    if theirs:
        found.notes.append(f"{declared.name}: the first rows of {len(theirs):,} deliveries were read.")
    if bearable.count:
        found.notes.append(f"{declared.name}: {bearable} (docs/sources.md)")


def _files(declared: Mapping, files: str) -> tuple[Landing, list[File]]:
    if files:
        place, only = landings.handed_over(files if files.startswith(buckets.SCHEME) else str(Path(files).expanduser()))
        if only is not None:
            return sources.explicit(declared, files, _ANY)
        if not any(place.find(pattern) for pattern in declared.patterns("orders")):
            place = Flat(place)
    else:
        place = landings.default()
    days = _days(declared, place)
    latest = days[-LATEST:] if isinstance(place, buckets.Bucket) else days
    wanted = [Wanted(day, day, is_range=True, allow_empty=True) for day in latest or [_ANY.last]]
    found: dict[tuple[str, str], File] = {}
    for each in wanted:
        for file in _of(declared, place, each):
            found.setdefault((file.kind, file.source_file), file)
    return place, list(found.values())


def _of(declared: Mapping, place: Landing, wanted: Wanted) -> list[File]:
    """Files of some dates; a landing place without any is none that has something wrong."""
    if not declared.orders.by_date and not any(place.find(pattern) for pattern in declared.patterns("orders")):
        return []
    return [file for file in sources.find(declared, place, wanted) if file.name is not None]


def _days(declared: Mapping, place: Landing) -> list[datetime.date]:
    """Business dates that have a file."""
    days = set()
    for kind, block in declared.blocks():
        for pattern, glob in zip(block.files, declared.patterns(kind), strict=True):
            if "{date}" in pattern:
                days |= {sources.date_in(name, pattern.replace("{shop}", declared.shop)) for name in place.find(glob)}
    return sorted(day for day in days if day is not None)


def _file(found: Looked, declared: Mapping, place: Landing, file: File) -> SetAside:
    """Look at one file; returns the rows that a load would set aside without refusing the file."""
    assert file.name is not None
    where = place.where(file.name)
    bearable = SetAside()
    try:
        with ExitStack() as opened:
            rows = _rows(declared, file, _opened(place, file, opened))
        if not rows.refuses:
            bearable = rows
        else:
            why = "which is too many: a load refuses such a file; docs/sources.md says what to do about each reason"
            found.problems.append((where, declared.name, f"{rows}; {why}"))
    except SourceError as error:
        name, _, what = str(error).partition(": ")
        problem = (where if name == file.source_file else f"{where} ({name})", declared.name, what)
        # Customers may be read from the same rows: what they say of the file, the orders say too.
        if problem not in found.problems:
            found.problems.append(problem)
    except LandingError as error:
        found.problems.append((where, "", str(error)))
    return bearable


def _rows(declared: Mapping, file: File, source: Path | Parts) -> SetAside:
    """Read the first rows.

    :raises SourceError: a load refuses the file whatever its other rows are
    """
    rows, neighbours, orders = SetAside(), Neighbours(), declared.orders
    together = file.kind == "orders" and orders.has_order_ids and grouping.needed(orders)
    for batch in reading.read(declared, file.kind, source, 0, file.source_file, Counter(), file.business_date):
        rows.add(batch, file.source_file)
        if together:
            neighbours.add(batch)
        if rows.rows >= ROWS:
            break
    neighbours.check(file.source_file)
    return rows


def _opened(place: Landing, file: File, opened: ExitStack) -> Path | Parts:
    """The file, and all that is joined to it, as the delivery opens them."""

    def part(name: str) -> Part:
        return Part(name, opened.enter_context(place.fetch(name)))

    assert file.name is not None
    if not file.joined:
        return part(file.name).path
    own = tuple(part(name) for name in (file.name, *file.more))
    return Parts(own, {join: tuple(map(part, names)) for join, names in file.joined})
