"""(g) Every page of the desk over a million customers, ten million order lines and five million messages.

Server time: from the request to the whole answer, in this process, without Airflow and without a network. Airflow's own
answers about a campaign (is it on, does it ask something) are stood in for.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any
from unittest import mock

from bench import server
from bench.deciding import ORDERS_OF_A_CUSTOMER
from bench.report import Row, median
from bench.server import Bench
from crm import business as businesses
from crm import settings
from crm.customers import standings
from crm.messages import failures
from crm.warehouse import Warehouse

if TYPE_CHECKING:
    from fastapi.testclient import TestClient

LAST = date(2017, 11, 21)
#: Past occasions that everybody was decided for: campaign, kind, occasion, send date. The last goes out today.
OCCASIONS = (
    ("thanksgiving", "holiday", "thanksgiving-2016", date(2016, 11, 22)),
    ("black_friday", "holiday", "black-friday-2016", date(2016, 11, 25)),
    ("winter", "seasonal", "winter-2016", date(2016, 12, 10)),
    ("winter", "seasonal", "winter-2017", date(2017, 10, 20)),
    ("black_friday", "holiday", "black-friday-2017", date(2017, 11, 18)),
    ("thanksgiving", "holiday", "thanksgiving-2017", date(2017, 11, 21)),
)
#: The morning after the last business date.
NOW = datetime(2017, 11, 22, 15, tzinfo=UTC)
TIMES, MOST_MS = 15, 300
ORIGIN = {"Origin": "http://testserver"}
#: A filter that reads customers alone, and one that reads their order lines.
COUNTED = {"audience.segment": "important_value", "audience.tier": "gold", "channels": "email,sms", "action": "count"}
BOUGHT = {**COUNTED, "audience.bought_category": "Category 7", "audience.bought_category.within_days": "90"}


@dataclass
class Opened:
    """What was measured. Milliseconds of each page, in order; ``plain``: of one customer by key."""

    customers: int
    lines: int
    messages: int
    plain: list[float]
    pages: dict[str, list[float]]


class _Operator:
    """Somebody who may do everything."""

    name = "bench"

    def may_read(self, dag_id: str) -> bool:
        return True

    def may_trigger(self, dag_id: str) -> bool:
        return True


class _Clock:
    def now(self) -> datetime:
        return NOW


def measure(bench: Bench, customers: int, say: Any) -> Opened:
    """Fill a warehouse, then open every page ``TIMES`` times after once that is not counted."""
    url = bench.database("desk")
    _seed(url, customers, say)
    ((known, lines, messages, customer),) = server.run(url, "desk_facts")
    warehouse = Warehouse(url)
    plain = _timed(lambda: _one_customer(warehouse, customer))
    with _browser(bench, warehouse) as http:
        pages = {name: _timed(open_page) for name, open_page in _pages(http, customer).items()}
    for name, spent in pages.items():
        say(f"{name}: {median(spent):.0f} ms, at most {max(spent):.0f} ms")
    warehouse.engine.dispose()
    bench.drop("desk")
    return Opened(known, lines, messages, plain, pages)


def rows(opened: Opened) -> list[Row]:
    plain = median(opened.plain)
    sizes = f"{opened.customers:,} customers, {opened.lines:,} order lines, {opened.messages:,} messages"
    return [
        Row("the desk is opened over", f"{sizes}; one customer by key {plain:.2f} ms, median of {TIMES}"),
        *(
            Row(
                f"desk: `{name}`, ms at the median of {TIMES}",
                f"at most {max(spent):.0f} ms; {median(spent) / plain:.0f} x one customer by key",
                median(spent),
                at_most=MOST_MS,
            )
            for name, spent in opened.pages.items()
        ),
    ]


def _seed(url: str, customers: int, say: Any) -> None:
    """Straight into the tables that the pages read, with no step of the pipeline but the counts of standings."""
    per_day = round(customers * ORDERS_OF_A_CUSTOMER / 366)
    say(f"{customers:,} customers: writing a year of orders")
    server.run(url, "desk_set_aside")
    server.run(url, "history", orders=per_day * 366, per_day=per_day, customers=customers, last=LAST)
    server.run(url, "desk_standing", last=LAST)
    for number, (campaign, kind, occasion, send_date) in enumerate(OCCASIONS):
        say(f"{customers:,} customers: writing {occasion}")
        server.run(
            url, "desk_occasion", campaign=campaign, kind=kind, occasion=occasion, send_date=send_date, number=number
        )
    server.run(url, "desk_days", last=LAST)
    say(f"{customers:,} customers: keys and indexes")
    server.run(url, "desk_put_back")
    server.execute(url, "vacuum analyze")
    server.execute(url, "checkpoint")
    warehouse = Warehouse(url)
    standings.count(warehouse)
    failures.count_latest(warehouse, businesses.load(settings.INCLUDE / "business.yaml"), NOW)


def _one_customer(warehouse: Warehouse, customer: int) -> None:
    with warehouse.transaction() as tx:
        tx.row("desk/customer_found", customer_id=customer)


def _timed(call: Callable[[], None]) -> list[float]:
    call()
    spent = []
    for _ in range(TIMES):
        began = time.perf_counter()
        call()
        spent.append(1000 * (time.perf_counter() - began))
    return spent


@contextmanager
def _browser(bench: Bench, warehouse: Warehouse) -> Iterator[TestClient]:
    """Somebody who may do everything, at the sample shop's settings, with the product's own campaigns."""
    from fastapi.testclient import TestClient

    from crm.web import parts
    from crm.web.desk import access, airflow_calls
    from crm.web.desk.app import app

    sample = businesses.load(settings.INCLUDE / "business.yaml").model_copy(update={"last_business_date": None})
    given: dict[Callable[..., Any], Callable[..., Any]] = {
        parts.clock: _Clock, parts.warehouse: lambda: warehouse, parts.business: lambda: sample,
        access.person: _Operator,
    }  # fmt: skip
    with (
        mock.patch.dict(os.environ, {"CRM_HOME": str(bench.home)}),
        mock.patch.dict(app.dependency_overrides, given),
        mock.patch.object(airflow_calls, "dag", mock.AsyncMock(return_value={"is_paused": False})),
        mock.patch.object(airflow_calls, "open_approvals", mock.AsyncMock(return_value=[])),
    ):
        yield TestClient(app, follow_redirects=False)


def _pages(http: TestClient, customer: int) -> dict[str, Callable[[], None]]:
    """What is opened, by name."""

    def get(path: str) -> Callable[[], None]:
        return lambda: _expect(http.get(path), 200)

    def post(path: str, status: int, **data: Any) -> Callable[[], None]:
        return lambda: _expect(http.post(path, data=data, headers=ORIGIN), status)

    def count(**data: str) -> Callable[[], None]:
        # As a browser sends a form that may carry a file.
        parts: dict[str, Any] = {name: (None, value) for name, value in data.items()}
        return lambda: _expect(http.post("/new", files=parts, headers=ORIGIN), 200)

    address = {"by": "address", "text": "c7@example.com"}
    return {
        "/": get("/"),
        "/calendar": get("/calendar"),
        "/campaigns": get("/campaigns"),
        "/campaigns/thanksgiving": get("/campaigns/thanksgiving"),
        "/new": get("/new"),
        "/new, count": count(**COUNTED),
        "/new, count by what was bought": count(**BOUGHT),
        "/results": get("/results"),
        "/results/thanksgiving": get("/results/thanksgiving"),
        "/segments": get("/segments"),
        "/customer": get("/customer"),
        "/customer, looked up by id": post("/customer", 303, by="id", shop="bench", text="c7"),
        "/customer, looked up by address": post("/customer", 303, **address),
        "/customer/<key>": get(f"/customer/{customer}"),
    }


def _expect(answer: Any, status: int) -> None:
    if answer.status_code != status:
        raise SystemExit(f"{answer.request.url.path} answered {answer.status_code}, not {status}")
