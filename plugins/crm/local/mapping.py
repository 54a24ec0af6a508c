"""``make mapping``: a mapping is proposed for the files of an unknown shop, with everything that it is unsure of."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

from crm import settings
from crm.orders import mapping as mappings
from crm.orders import reading
from crm.orders.frames import SourceError
from crm.orders.proposals import looking, names, writing
from crm.orders.proposals.looking import Look
from crm.orders.proposals.writing import Proposal

_EXTENSIONS = (".csv", ".txt", ".tsv", ".xlsx", ".xlsm", ".parquet", ".pq", ".jsonl", ".ndjson", ".json")


class ProposalError(Exception):
    """No mapping can be proposed; the message says what to give."""


def propose(files: str, shop: str) -> int:
    """Write ``include/sources/<shop>.yaml`` for the order files in ``files`` and say what a person has to look at.

    :param shop: name of shop and mapping; default: the name of the file
    :return: exit status, 1 where something is missing before the mapping can be used
    :raises ProposalError: no files, or there is such a mapping already
    """
    looks = _looks(files)
    found = max(looks, key=lambda look: len(names.recognised(look.columns)))
    name = shop or _name(found.path)
    if not re.fullmatch("[a-z0-9_]+", name):
        raise ProposalError(f"SHOP={name}: give a name of lower-case letters, digits and _")
    path = settings.SOURCES / f"{name}.yaml"
    if path.exists():
        raise ProposalError(f"{path} is there already: give another name, SHOP=<name>, or delete it")
    made = writing.propose(found, name)
    made.unsure += _others(found, looks)
    path.write_text(made.text, encoding="utf-8")
    return 0 if _tell(path, found, made) else 1


def _name(path: Path) -> str:
    """A name from that of the file, unless it only says what it holds."""
    name = names.plain(re.sub(r"\d+|\.[\w.]+$", "", path.name))
    return name if re.fullmatch("[a-z0-9_]+", name) and name not in ("order", "orders", "export") else "my_shop"


def _looks(files: str) -> list[Look]:
    """Each file that looks different from those before it."""
    if not files:
        raise ProposalError("give FILES=<an order file, or a folder of files>")
    place = Path(files).expanduser()
    if not place.exists():
        raise ProposalError(f"FILES={files}: there is no {place.resolve()}")
    paths = [place] if place.is_file() else sorted(p for p in place.rglob("*") if p.is_file())
    paths = [p for p in paths if p.name.lower().removesuffix(".gz").endswith(_EXTENSIONS)]
    # Files of one name but for their digits are one kind.
    kinds = {re.sub(r"\d+", "*", path.name): path for path in reversed(paths)}
    looks = [look for path in sorted(kinds.values()) if (look := looking.look(path)).columns]
    if not looks:
        raise ProposalError(f"FILES={files}: there is no file with rows (csv, txt, tsv, xlsx, parquet, jsonl, json)")
    return looks


def _others(found: Look, looks: list[Look]) -> list[str]:
    texts = []
    for other in looks:
        if other is found:
            continue
        shared = [name for name in other.columns if name in found.columns and name.lower().endswith(("id", "号", "no"))]
        how = f"it shares {', '.join(shared)}: see `join` in docs/sources.md" if shared else "it is not read"
        texts.append(f"{other.path.name} is another kind of file; {how}")
    return texts


def _tell(path: Path, found: Look, made: Proposal) -> bool:
    """Print what was made of the file; False where it cannot be used yet."""
    print(f"wrote {path}, from {found.path.name}: {found.rows:,} rows, {len(found.columns)} columns")
    for title, texts in (("missing, before it can be used", made.missing), ("unsure", made.unsure)):
        if texts:
            print(f"\n{title}:")
            print("\n".join(f"  - {text}" for text in texts))
    print()
    if made.missing:
        print(f"fill in what says {writing.CHOOSE} or is named above, then: make check")
        return False
    can_be_used, text = _tried(path, found)
    print(text)
    if not can_be_used:
        print(f"correct {path} (docs/sources.md says what each reason means), or delete it and mend the file")
        return False
    print(f"then: make load SOURCE={path.stem} FROM=<first date> TO=<last date> FILES={found.path.resolve().parent}")
    return True


def _tried(path: Path, found: Look) -> tuple[bool, str]:
    """What becomes of the file's rows under the mapping, as `make load` reads them."""
    warnings: Counter[str] = Counter()
    rows, reasons = 0, Counter[str]()
    try:
        for batch in reading.read(mappings.load(path), "orders", found.path, 0, found.path.name, warnings):
            rows += batch.num_rows
            reasons.update(reason for reason in batch.column("reject_reason").to_pylist() if reason)
    except (SourceError, mappings.MappingError) as error:
        return False, f"tried: it cannot be read so: {error}"
    aside = ", ".join(f"{count:,} x {reason}" for reason, count in reasons.most_common())
    dropped = "".join(f"; {count:,} x {what}" for what, count in sorted(warnings.items()))
    counts = f"{rows:,} rows are read, {reasons.total():,} of them set aside{f' ({aside})' if aside else ''}{dropped}"
    # As include/expectations/files.yaml: more bad rows than that mean a wrong mapping.
    return reasons.total() <= 0.1 * rows, f"tried: {counts}"
