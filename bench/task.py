"""Runs one task of the pipeline in this process and prints what it cost: ``python -m bench.task '{"task": …}'``.

A task of its own process is what Airflow gives it too, so its peak memory is the task's. Imports are not timed.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from datetime import time as dt_time
from pathlib import Path
from typing import Any

from crm import business as businesses
from crm.warehouse import Transaction, Warehouse


def call(home: Path, task: str, url: str, day: date, *, business: str = "business.yaml", **more: Any) -> dict[str, Any]:
    """Run ``task`` in a process of its own; return ``seconds``, ``peak_mb`` (resident memory) and its ``result``.

    :param home: folder for what the task writes (messages, validation reports)
    :param business: settings, a file of this folder
    """
    what = json.dumps({"task": task, "url": url, "day": day.isoformat(), **more})
    folder = Path(__file__).parent
    environment = {
        **os.environ,
        "CRM_HOME": str(home),
        "CRM_BUSINESS": str(folder / business),
        "CRM_CAMPAIGNS": str(folder / "campaigns"),
        "PYTHONPATH": os.pathsep.join([str(folder.parent), str(folder.parent / "plugins")]),
    }
    done = subprocess.run(
        [sys.executable, "-m", "bench.task"],
        input=what, env=environment, cwd=folder.parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{task} failed:\n{done.stderr[-3000:]}")
    return json.loads(done.stdout.strip().splitlines()[-1])


def _ingest(warehouse: Warehouse, business: Any, day: date, file: str, from_day: str | None = None) -> Any:
    from crm.orders.delivery import ingest

    load = {"mode": "load", "from_date": date.fromisoformat(from_day)} if from_day else {}
    return ingest(warehouse, business, day, files=Path(file), **load).to_dict()


def _validate(warehouse: Warehouse, business: Any, day: date, delivery: Any) -> Any:
    from crm.orders.delivery import Delivery
    from crm.orders.validation import validate

    return validate(warehouse, Delivery.from_dict(delivery))


def _publish(warehouse: Warehouse, business: Any, day: date, delivery: Any) -> Any:
    from crm.orders.delivery import Delivery
    from crm.orders.publishing import publish

    return publish(warehouse, business, Delivery.from_dict(delivery))


def _refresh(warehouse: Warehouse, business: Any, day: date) -> Any:
    from crm.customers.refreshing import refresh

    return refresh(warehouse, business, day)


def _plan(warehouse: Warehouse, business: Any, day: date) -> Any:
    from crm.campaigns.planning import plan

    return plan(warehouse, business, day, mode="simulate")


def _enqueue(warehouse: Warehouse, business: Any, day: date) -> Any:
    from crm.campaigns.declarations import load_all
    from crm.messages.ledger import Ledger

    def one(campaign: str) -> None:
        Ledger(warehouse, business, campaign, day, day + timedelta(days=1), "bench").enqueue()

    # Side by side: each campaign has a run of its own.
    with ThreadPoolExecutor() as pool:
        list(pool.map(one, [declared.campaign for declared in load_all()]))


def _send(warehouse: Warehouse, business: Any, day: date, campaign: str) -> Any:
    from crm.messages.clock import clock_for
    from crm.messages.sending import send

    clock = clock_for("simulate", day, business)
    return send(warehouse, business, campaign, day, mode="simulate", clock=clock, run_id="bench")


def _enqueue_one(warehouse: Warehouse, business: Any, day: date, campaign: str) -> Any:
    from crm.messages.ledger import Ledger

    Ledger(warehouse, business, campaign, day, day + timedelta(days=1), "bench").enqueue()


class _Noon:
    """Noon of the send date in UTC-5, and on from there: a fixed clock would be refused with a real provider."""

    def __init__(self, send_date: date) -> None:
        self._start, self._began = datetime.combine(send_date, dt_time(17), UTC), time.monotonic()

    def now(self) -> datetime:
        return self._start + timedelta(seconds=time.monotonic() - self._began)

    def reached(self, instant: datetime) -> bool:
        return instant <= self.now()


def _send_mail(warehouse: Warehouse, business: Any, day: date, campaign: str) -> Any:
    from crm.messages import public_site
    from crm.messages.sending import send

    clock = _Noon(day + timedelta(days=1))
    public_site.check = lambda business: None  # no web server runs beside it
    return send(warehouse, business, campaign, day, mode="live", clock=clock, run_id="bench")


def _collect(warehouse: Warehouse, business: Any, day: date) -> Any:
    from crm.evaluation.collecting import collect

    return collect(warehouse, business)


def _evaluate(warehouse: Warehouse, business: Any, day: date) -> Any:
    from crm.evaluation.evaluating import evaluate

    rows, spent = Transaction.rows, dict.fromkeys(("cells", "funnel", "attribution"), 0.0)

    def timed(transaction: Transaction, name: str, **values: Any) -> Any:
        began = time.perf_counter()
        found = rows(transaction, name, **values)
        step = name.rpartition("/")[2]
        if step in spent:
            spent[step] += time.perf_counter() - began
        return found

    Transaction.rows = timed  # type: ignore[method-assign]
    return {**evaluate(warehouse, business), "spent": spent}


_ALL = (
    _ingest, _validate, _publish, _refresh, _plan, _enqueue, _enqueue_one, _send, _send_mail, _collect, _evaluate,
)  # fmt: skip
TASKS = {task.__name__[1:]: task for task in _ALL}


def _peak_mb() -> float:
    """Highest resident memory of this process so far. (``ru_maxrss`` would hold that of the parent, too.)"""
    peak = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    assert peak
    return int(peak.group(1)) / 1024


def main() -> None:
    given = json.load(sys.stdin)
    task, url, day = given.pop("task"), given.pop("url"), date.fromisoformat(given.pop("day"))
    business, warehouse = businesses.load(), Warehouse(url)
    if task in ("ingest", "validate"):
        import great_expectations  # noqa: F401
        import pandas  # noqa: F401
        import pyarrow.csv  # noqa: F401
    if task == "evaluate":
        import scipy.optimize
        import scipy.stats  # noqa: F401
        import statsmodels.stats.multitest
        import statsmodels.stats.proportion  # noqa: F401
    with warehouse.transaction():
        pass  # imports of the driver
    began = time.perf_counter()
    result = TASKS[task](warehouse, business, day, **given)
    seconds = time.perf_counter() - began
    print(json.dumps({"seconds": seconds, "peak_mb": _peak_mb(), "result": result}, default=str))


if __name__ == "__main__":
    main()
