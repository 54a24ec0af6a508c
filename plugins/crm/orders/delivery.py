"""From files to staging: which content is new, since when it counts as known, and every row of it copied.

A delivery is the files of one business date, or of a range of dates in a load: a year of files goes through one staging
and one publication. One delivery is staged at a time (docs/decisions.md, 5).
"""

from __future__ import annotations

import datetime
import hashlib
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any

from crm.business import Business
from crm.orders import landing as landings
from crm.orders import mapping as mappings
from crm.orders import sources, staging
from crm.orders.joining import Part, Parts
from crm.orders.landing import Landing
from crm.runs import MODES
from crm.warehouse import Transaction, Warehouse


class DeliveryError(ValueError):
    """The delivery cannot be taken in as asked; the message says what to give."""


class NotStaged(Exception):
    """Another delivery was staged since: this one must be ingested again."""


@dataclass(frozen=True)
class Delivery:
    """What was staged. ``lines_read``: rows of all files of orders; ``lines_unchanged``: those of files known before.

    ``file_version_ids``: the files of new content; ``shops``: whose dates ``first``…``business_date`` are complete once
    published.
    """

    delivery_id: str
    business_date: datetime.date
    from_date: datetime.date | None
    mode: str
    shops: tuple[str, ...]
    file_version_ids: tuple[int, ...] = ()
    files_unchanged: int = 0
    lines_read: int = 0
    lines_unchanged: int = 0
    lines_rejected: int = 0
    other: dict[str, dict[str, int]] = field(default_factory=dict)
    #: Values that were dropped without their row, by kind of file and what was wrong.
    warnings: dict[str, int] = field(default_factory=dict)

    @property
    def first(self) -> datetime.date:
        """First business date of the delivery."""
        return self.from_date or self.business_date

    def to_dict(self) -> dict[str, Any]:
        """JSON-able, for XCom: dates, ids and counts, no rows."""
        dates = {
            name: getattr(self, name) and getattr(self, name).isoformat() for name in ("business_date", "from_date")
        }
        lists = {name: list(getattr(self, name)) for name in ("shops", "file_version_ids")}
        return asdict(self) | dates | lists

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Delivery:
        dates = {n: values[n] and datetime.date.fromisoformat(values[n]) for n in ("business_date", "from_date")}
        lists = {name: tuple(values[name]) for name in ("shops", "file_version_ids")}
        return cls(**{**values, **dates, **lists})


def ingest(
    warehouse: Warehouse,
    business: Business,
    business_date: datetime.date,
    *,
    mode: str = "live",
    from_date: datetime.date | None = None,
    source: str | None = None,
    files: str | Path | None = None,
    known_on: datetime.date | None = None,
    allow_empty: bool = False,
    landing: Landing | None = None,
    progress: Callable[[str], None] = lambda text: None,
) -> Delivery:
    """Stage the files of ``business_date`` (a load: of ``from_date`` to ``business_date``) whose content is new.

    :param source: one mapping instead of all of ``business.sources``
    :param files: an order file, or a folder in the landing place's stead (one source only), also ``s3://bucket/…``
    :param known_on: business date from which new content counts as known, instead of the rules of docs/decisions.md
    :param allow_empty: a missing order file declares a day without sales
    :param landing: where deliveries land, instead of the place that the settings name
    :raises DeliveryError: arguments that make no sense, a second business, a mapping in another currency
    :raises crm.orders.landing.LandingError: a file is missing; names the full path
    :raises crm.orders.reading.SourceError: a file cannot be read as a whole
    """
    wanted = _wanted(business_date, mode, from_date, known_on, allow_empty)
    chosen = [mappings.load(name) for name in ([source] if source else business.sources)]
    if files is not None and len(chosen) > 1:
        raise DeliveryError(f"files need one source: give one of {', '.join(m.name for m in chosen)}")
    for mapping in chosen:
        _check_currency(mapping, business)
    found = [_find(mapping, files, landing, wanted) for mapping in chosen]
    for mapping, (_, their_files) in zip(chosen, found, strict=True):
        _tell_missing_refunds(mapping, their_files, progress)
    delivery = Delivery(
        delivery_id=str(uuid.uuid4()),
        business_date=business_date,
        from_date=from_date,
        mode=mode,
        shops=tuple(mapping.shop for mapping in chosen),
    )
    # Staging can be read again from the files at any time, so its commit need not wait for the disk.
    with warehouse.transaction(rerunnable=True) as tx:
        _claim(tx, business)
        tx.run("orders/empty_staging")
        tx.run("orders/begin_delivery", delivery_id=delivery.delivery_id)
        for mapping, (place, their_files) in zip(chosen, found, strict=True):
            tx.run("orders/put_shop", shop=mapping.shop, source=mapping.name, time_zone=mapping.time_zone)
            taker = _Taker(tx, mapping, place, business.time_zone, known_on, progress)
            for file in their_files:
                delivery = taker.take(file, delivery)
        tx.run("orders/forget_erased")
        tx.run("orders/analyze_staging")
    return delivery


def hold(tx: Transaction, delivery: Delivery) -> None:
    """Hold the staging tables for ``delivery`` until the transaction ends.

    :raises NotStaged: another delivery was staged since
    """
    if tx.value("orders/lock_delivery") != delivery.delivery_id:
        raise NotStaged(
            f"the delivery of {delivery.business_date} is not staged any more (another came in): ingest it again"
        )


@dataclass(frozen=True)
class _Taker:
    """Takes in the files of one source."""

    tx: Transaction
    mapping: mappings.Mapping
    landing: Landing
    time_zone: str
    known_on: datetime.date | None
    progress: Callable[[str], None]

    def take(self, file: sources.File, delivery: Delivery) -> Delivery:
        """Stage ``file`` unless its content is known; return ``delivery`` with its counts."""
        if file.name is None:
            return self._take(file, None, delivery)
        with ExitStack() as opened:
            return self._take(file, self._parts(file, file.name, opened), delivery)

    def _parts(self, file: sources.File, name: str, opened: ExitStack) -> Parts:
        """The file, and all that is read together with it, for as long as ``opened`` is open."""

        def part(name: str, source: str) -> Part:
            return Part(source, opened.enter_context(self.landing.fetch(name)))

        own = (part(name, name if file.more else file.source_file), *(part(more, more) for more in file.more))
        return Parts(own, {join: tuple(part(name, name) for name in names) for join, names in file.joined})

    def _take(self, file: sources.File, parts: Parts | None, delivery: Delivery) -> Delivery:
        content = _digest(parts)
        known = self._known_lines(file, content)
        if known is not None:
            self.progress(f"{file.source_file}: unchanged")
            delivery = replace(delivery, files_unchanged=delivery.files_unchanged + 1)
            return _counted(delivery, file.stored_as, known, unchanged=known)
        file_version_id = self.tx.value(
            "orders/register_file",
            shop=file.shop, kind=file.stored_as, source_file=file.source_file, content_hash=content,
            mapping_hash=_mapping_hash(self.mapping), positional=self._positional(file),
            from_date=file.from_date, business_date=file.business_date, by_row=file.by_row,
            known_on=self.known_on, time_zone=self.time_zone,
        )  # fmt: skip
        staged = staging.stage(self.tx, self.mapping, file, parts, file_version_id)
        self.tx.run(
            "orders/file_staged",
            file_version_id=file_version_id,
            lines_read=staged.read,
            lines_rejected=staged.rejected,
        )
        self.progress(
            f"{file.source_file}: {staged.read:,} rows of {file.kind}, {staged.rejected:,} rejected{staged.remarks}"
        )
        warnings = Counter(delivery.warnings)
        warnings.update({f"{file.kind}.{what}": count for what, count in staged.warnings.items()})
        delivery = replace(
            delivery, file_version_ids=(*delivery.file_version_ids, file_version_id), warnings=dict(warnings)
        )
        return _counted(delivery, file.stored_as, staged.read, rejected=staged.rejected)

    def _positional(self, file: sources.File) -> bool:
        return file.kind == "orders" and not self.mapping.orders.has_order_ids

    def _known_lines(self, file: sources.File, content: str) -> int | None:
        """Rows of the latest published version of ``file`` if it says the same, for the same dates, else None."""
        for row in self.tx.rows(
            "orders/published_version", shop=file.shop, kind=file.stored_as, source_file=file.source_file
        ):
            same = (row.content_hash, row.mapping_hash) == (content, _mapping_hash(self.mapping))
            if same and (not file.by_row or (row.from_date, row.business_date) == (file.from_date, file.business_date)):
                return int(row.lines_read)
        return None


def _counted(delivery: Delivery, kind: str, read: int, *, unchanged: int = 0, rejected: int = 0) -> Delivery:
    if kind == "orders":
        return replace(
            delivery,
            lines_read=delivery.lines_read + read,
            lines_unchanged=delivery.lines_unchanged + unchanged,
            lines_rejected=delivery.lines_rejected + rejected,
        )
    before = delivery.other.get(kind, {"lines_read": 0, "lines_unchanged": 0, "lines_rejected": 0})
    added = {"lines_read": read, "lines_unchanged": unchanged, "lines_rejected": rejected}
    return replace(delivery, other=delivery.other | {kind: {key: before[key] + added[key] for key in before}})


def _wanted(
    business_date: datetime.date,
    mode: str,
    from_date: datetime.date | None,
    known_on: datetime.date | None,
    allow_empty: bool,
) -> sources.Wanted:
    if mode not in MODES:
        raise DeliveryError(f"mode is {mode!r}: give one of {', '.join(MODES)}")
    for name, value in (("business_date", business_date), ("from_date", from_date)):
        if not isinstance(value, datetime.date) and not (name == "from_date" and value is None):
            raise DeliveryError(f"{name} is {value!r}: give a date")
    if mode == "load" and from_date is None:
        raise DeliveryError("a load needs its dates: give from_date (first) and business_date (last)")
    if mode != "load" and from_date is not None:
        raise DeliveryError("from_date belongs to mode 'load'")
    if from_date is not None and from_date > business_date:
        raise DeliveryError(
            f"from_date {from_date} is after the last date {business_date}: give the first date of the range"
        )
    if known_on is not None and known_on < business_date:
        raise DeliveryError(f"known_on {known_on} is before {business_date}: nothing is known before its own date")
    return sources.Wanted(from_date or business_date, business_date, mode == "load", allow_empty)


def _find(
    mapping: mappings.Mapping, files: str | Path | None, landing: Landing | None, wanted: sources.Wanted
) -> tuple[Landing, list[sources.File]]:
    if files is not None:
        return sources.explicit(mapping, str(files), wanted)
    place = landing or landings.default()
    return place, sources.find(mapping, place, wanted)


def _tell_missing_refunds(
    mapping: mappings.Mapping, files: list[sources.File], progress: Callable[[str], None]
) -> None:
    """Orders without the file of refunds that belongs to them: perhaps there were none, perhaps it comes late."""
    if mapping.refunds is None:
        return
    refunded = {file.business_date for file in files if file.kind == "refunds"}
    alone = [file for file in files if file.kind == "orders" and file.business_date not in refunded]
    if alone:
        dates = f" and {len(alone) - 1:,} more dates" if len(alone) > 1 else ""
        progress(f"{alone[0].source_file}: no file of refunds came with it{dates}")


def _check_currency(mapping: mappings.Mapping, business: Business) -> None:
    if mapping.currency != business.currency:
        raise DeliveryError(
            f"source {mapping.name} is in {mapping.currency}, the business reports in {business.currency}: "
            "amounts of one business are in one currency"
        )


def _claim(tx: Transaction, business: Business) -> None:
    """The first delivery names the business of the warehouse; any other one is refused."""
    mine = {
        "name": business.name,
        "time_zone": business.time_zone,
        "currency": business.currency,
        "country": business.country,
    }
    tx.run("orders/claim_business", business=business.name, **{k: v for k, v in mine.items() if k != "name"})
    claimed = tx.row("orders/business")
    for key in ("name", "time_zone", "currency"):
        if getattr(claimed, key) != mine[key]:
            raise DeliveryError(
                f"this warehouse serves another business: its {key} is {getattr(claimed, key)!r}, the settings say "
                f"{mine[key]!r}. One installation serves one business: set CRM_HOME to another folder for the other one"
            )


def _digest(parts: Parts | None) -> str:
    """SHA-256 of a file's bytes; of files that are read together, of their names and the SHA-256 of each."""
    if parts is None:
        return hashlib.sha256().hexdigest()
    if len(parts.own) == 1 and not parts.joined:
        return _sha256(parts.own[0].path)
    files = [("", part) for part in parts.own] + [
        (name, part) for name, found in parts.joined.items() for part in found
    ]
    lines = [f"{join}\t{PurePosixPath(part.source_name).name}\t{_sha256(part.path)}" for join, part in files]
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _mapping_hash(mapping: mappings.Mapping) -> str:
    return hashlib.sha256(mapping.model_dump_json().encode()).hexdigest()
