"""``make mapping``: a mapping is proposed for the files of an unknown shop, with everything that it is unsure of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path, PurePosixPath

from crm import settings
from crm.orders import buckets, reading
from crm.orders import landing as landings
from crm.orders import mapping as mappings
from crm.orders.frames import Reading, SourceError
from crm.orders.joining import Part, Parts
from crm.orders.proposals import gathering, looking, names, writing
from crm.orders.proposals.gathering import Gathered
from crm.orders.proposals.looking import Look
from crm.orders.proposals.writing import Proposal

_EXTENSIONS = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".parquet", ".pq", ".jsonl", ".ndjson", ".json")

#: The mapping that people copy; it says nothing of any shop system.
_STARTING_POINT = "generic_orders"
#: Folders below FILES that are looked through.
_DEPTH = 6


class ProposalError(Exception):
    """No mapping can be proposed; the message says what to give."""


def propose(files: str, shop: str) -> int:
    """Write ``include/sources/<shop>.yaml`` for the order files in ``files`` and say what a person has to look at.

    :param shop: name of shop and mapping; default: the name of the file
    :return: exit status, 1 where something is missing before the mapping can be used
    :raises ProposalError: no files, or there is such a mapping already
    """
    with ExitStack() as fetched:
        return _propose(_looks(files, fetched), files, shop)


def _propose(looks: list[Look], files: str, shop: str) -> int:
    gathered = gathering.gather(looks)
    name = shop or _name(gathered.look.name)
    if not re.fullmatch("[a-z0-9_]+", name):
        raise ProposalError(f"SHOP={name}: give a name of lower-case letters, digits and _")
    path = settings.SOURCES / f"{name}.yaml"
    if path.exists():
        raise ProposalError(f"{path} is there already: give another name, SHOP=<name>, or delete it")
    made = writing.propose(gathered, name)
    path.write_text(made.text, encoding="utf-8")
    return 0 if _tell(path, gathered, made, files) else 1


def _name(file: str) -> str:
    """A name from that of the file, unless it only says what it holds."""
    name = names.plain(re.sub(r"\d+|\.[\w.]+$", "", PurePosixPath(file).name))
    return name if re.fullmatch("[a-z0-9_]+", name) and name not in ("order", "orders", "export") else "my_shop"


def _looks(files: str, fetched: ExitStack) -> list[Look]:
    """Each file that looks different from those before it, fetched for as long as ``fetched`` is open."""
    if not files:
        raise ProposalError("give FILES=<an order file, or a folder of files>")
    is_bucket = files.startswith(buckets.SCHEME)
    given = files if is_bucket else str(Path(files).expanduser())
    if not is_bucket and not Path(given).exists():
        raise ProposalError(f"FILES={files}: there is no {Path(given).resolve()}")
    place, only = landings.handed_over(given)
    found = (
        [only] if only else sorted({name for depth in range(1, _DEPTH) for name in place.find("/".join("*" * depth))})
    )
    found = [name for name in found if name.lower().removesuffix(".gz").endswith(_EXTENSIONS)]
    # Files of one folder and name but for their digits are one kind: orders/<date>.csv is none of customers/<date>.csv.
    kinds = {re.sub(r"\d+", "*", name): name for name in reversed(found)}
    paths = [(fetched.enter_context(place.fetch(name)), PurePosixPath(name).name) for name in sorted(kinds.values())]
    looks = [look for path, name in paths if (look := looking.look(path, name)).columns]
    if not looks:
        raise ProposalError(f"FILES={files}: there is no file with rows (csv, txt, tsv, xlsx, parquet, jsonl, json)")
    return looks


def _tell(path: Path, gathered: Gathered, made: Proposal, files: str) -> bool:
    """Print what was made of the file; False where it cannot be used yet."""
    found = gathered.look
    print(f"wrote {path}, from {found.name}: {found.rows:,} rows, {len(found.columns)} columns")
    if known := [] if gathered.joined else list(_known(found)):
        print(f"\nits columns are those of {' and '.join(known)}, which may read it better than a proposal:")
        print(f"  make check SOURCE={known[0]} FILES={files}")
    for title, texts in (("missing, before it can be used", made.missing), ("unsure", made.unsure)):
        if texts:
            print(f"\n{title}:")
            print("\n".join(f"  - {text}" for text in texts))
    print()
    if made.missing:
        print(f"fill in what says {writing.CHOOSE} or is named above, then: make check")
        return False
    can_be_used, text = _tried(path, gathered)
    print(text)
    if not can_be_used:
        print(f"correct {path} (docs/sources.md says what each reason means), or delete it and mend the file")
        return False
    folder = files if files.startswith(buckets.SCHEME) else found.path.resolve().parent
    print(f"then: make load SOURCE={path.stem} FROM=<first date> TO=<last date> FILES={folder}")
    return True


def _known(look: Look) -> Iterator[str]:
    """Presets and mappings of people whose orders have every column that they need in this file."""
    for file in sorted(settings.SOURCES.glob("*.yaml")):
        if file.stem == _STARTING_POINT or file.read_text(encoding="utf-8").startswith(writing.PROPOSED):
            continue
        with suppress(mappings.MappingError):
            declared = mappings.load(file.stem)
            reads = Reading(declared, "orders", declared.orders, 0, look.name, Counter())
            if not declared.orders.join and not reads.missing(look.columns):
                yield file.stem


def _tried(path: Path, gathered: Gathered) -> tuple[bool, str]:
    """What becomes of the file's rows under the mapping, as `make load` reads them."""
    warnings: Counter[str] = Counter()
    rows, reasons = 0, Counter[str]()
    try:
        for kind, source, name in _sources(gathered):
            for batch in reading.read(mappings.load(path), kind, source, 0, name, warnings):
                rows += batch.num_rows
                reasons.update(reason for reason in batch.column("reject_reason").to_pylist() if reason)
    except (SourceError, mappings.MappingError) as error:
        return False, f"tried: it cannot be read so: {error}"
    aside = ", ".join(f"{count:,} x {reason}" for reason, count in reasons.most_common())
    dropped = "".join(f"; {count:,} x {what}" for what, count in sorted(warnings.items()))
    counts = f"{rows:,} rows are read, {reasons.total():,} of them set aside{f' ({aside})' if aside else ''}{dropped}"
    # Stricter than a load, which bears a few bad rows of a small file: here they speak against the mapping.
    return reasons.total() <= 0.1 * rows, f"tried: {counts}"


def _sources(gathered: Gathered) -> Iterator[tuple[str, Path | Parts, str]]:
    """Kind, files and name of all that the mapping reads."""
    found = gathered.look
    joined: dict[str, tuple[Part, ...]] = {
        each.name: (Part(each.look.name, each.look.path),) for each in gathered.joined
    }
    yield "orders", Parts((Part(found.name, found.path),), joined) if joined else found.path, found.name
    if gathered.refunds is not None:
        yield "refunds", gathered.refunds.path, gathered.refunds.name
