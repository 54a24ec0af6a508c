"""``make demo``: the sample shop through the real scheduler, from daily orders to campaign results.

1. ``load``: 2017-01-01 to 11-19 in one run; nothing planned, nothing sent.
2. ``simulate``: 11-20 to 11-26, partition by partition; all four kinds of campaigns fire.
3. ``load``: 11-27 to 12-31 in one run, and the evaluation as of 12-31.

Beside 3 the shop's own 27 campaigns of that year are imported from a file and evaluated, as observational.

What is done is read from Airflow's own tables, so an interrupted demo goes on where it stopped and a finished one
changes nothing.
"""

from __future__ import annotations

import datetime
import os
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from crm import business as businesses
from crm import printing
from crm.evaluation.report import writing
from crm.local import figures, real_campaigns, sample_shop, summary
from crm.local.airflow_api import Run
from crm.local.airflow_tables import AirflowTables
from crm.local.home import AIRFLOW_DATABASE, WAREHOUSE_DATABASE, Home
from crm.local.postgres import Server
from crm.local.stack import Stack
from crm.local.watch import Watch
from crm.warehouse import Warehouse


@dataclass(frozen=True)
class Course:
    """Business dates in order: a load of history, days with campaigns, a load of what came after them."""

    first: datetime.date
    days: list[datetime.date]
    last: datetime.date

    @property
    def history(self) -> tuple[str, dict[str, str]]:
        """Partition key and parameters of the first load."""
        return _before(self.days[0]).isoformat(), {"mode": "load", "from_date": self.first.isoformat()}

    @property
    def rest(self) -> tuple[str, dict[str, str]]:
        """Those of the last."""
        after = self.days[-1] + datetime.timedelta(days=1)
        return self.last.isoformat(), {"mode": "load", "from_date": after.isoformat()}

    @property
    def keys(self) -> list[str]:
        """All partition keys."""
        return [self.history[0], *(day.isoformat() for day in self.days), self.rest[0]]


def _before(day: datetime.date) -> datetime.date:
    return day - datetime.timedelta(days=1)


YEAR = Course(
    datetime.date(2017, 1, 1),
    [datetime.date(2017, 11, 20) + datetime.timedelta(days=n) for n in range(7)],
    datetime.date(2017, 12, 31),
)


class DemoError(Exception):
    """The demo cannot run here; the message says what to do."""


class Demo:
    """One demo in one home; ``started`` (seconds since the epoch) is when the person started to wait."""

    course, workers = YEAR, 0
    _shop_written = False

    def __init__(self, home: Home, started: float | None = None) -> None:
        self.home, self.started = home, started or time.time()
        self.stack = Stack(home, self.say, self.workers)

    @property
    def seconds(self) -> float:
        return time.time() - self.started

    def say(self, text: str) -> None:
        print(f"[{self.seconds:4.0f} s] {text}", flush=True)

    def run(self) -> int:
        """Run what is still to do, then print the summary; returns the exit status.

        :raises DemoError: this home serves another business
        :raises RunFailed: a task failed
        """
        self._check()
        self.say("PostgreSQL")
        with self.home.running_server(self.say) as server:
            self._prepare(server)
            fresh = not self.finished(server)
            if fresh:
                self._work(server)
            fresh = self._past_campaigns(server) or fresh
            self._show(server, fresh)
        return 0

    def _check(self) -> None:
        business = businesses.load()
        if business.sources != [sample_shop.SHOP]:
            raise DemoError(
                f"{businesses.path()} is the business {business.name!r}, not the sample shop: "
                "run the demo in a home of its own, e.g. CRM_HOME=/tmp/crm-demo make demo"
            )
        if os.environ.get("CRM_WAREHOUSE_URL"):
            raise DemoError("the demo runs on its own PostgreSQL: unset CRM_WAREHOUSE_URL")

    def finished(self, server: Server) -> bool:
        """Is everything loaded, sent and evaluated, and nothing at work?"""
        with self._airflow(server).transaction() as tx:
            loaded = tx.row("local/loaded", last_key=self.course.rest[0])
        with self._warehouse(server).transaction() as tx:
            unsent = tx.value("local/unsent")
            published = tx.row("local/orders").last_business_date
        whole = set(self.course.keys) <= set(loaded.keys) and published == self.course.rest[0]
        return bool(whole and loaded.evaluated and not loaded.unfinished and not unsent)

    def _work(self, server: Server) -> None:
        ran = self.stack.running()
        with ThreadPoolExecutor(1) as beside:
            try:
                if not self._shop_written:
                    self._write_shop()
                self.stack.start(server)
                self.say(f"Airflow runs at {self.stack.url}")
                self._phases(server)
            finally:
                if not ran:
                    self.say("stopping Airflow")
                    stopped = beside.submit(self.stack.stop)
            self._report(server)  # the pages need no Airflow
            if not ran:
                stopped.result()

    def _prepare(self, server: Server) -> None:
        """The databases and, side by side, the shop's files: each keeps one core busy for long."""
        with ThreadPoolExecutor(1) as pool:
            written = None if self.home.demo_file.exists() else pool.submit(self._write_shop)
            self.stack.prepare(server)
            if written:
                written.result()

    def _write_shop(self) -> None:
        self.say("writing the sample shop's files")
        changed = sample_shop.write(self.home.folder / "landing", self.course.first)
        self.say(f"the sample shop: {changed} files written" if changed else "the sample shop's files are there")
        real_campaigns.write(self.home.experiments)
        self._shop_written = True

    def _past_campaigns(self, server: Server) -> bool:
        """Import and evaluate the shop's real campaigns; False where that was done before."""
        from crm.evaluation.experiments.evaluating import evaluate_file

        warehouse = self._warehouse(server)
        with warehouse.transaction() as tx:
            if tx.rows("local/past_campaigns", mapping=real_campaigns.MAPPING):
                return False
        self.say("the shop's 27 real campaigns of 2017: importing their file, evaluating")
        file = real_campaigns.write(self.home.experiments)
        evaluate_file(warehouse, businesses.load(), real_campaigns.MAPPING, file)
        return True

    def _phases(self, server: Server) -> None:
        with self._airflow(server).keeping() as tables:
            self._course(server, AirflowTables(self.stack.api(), tables))

    def _course(self, server: Server, api: AirflowTables) -> None:
        watch = Watch(api, self.home.airflow / "logs", self.say)
        for run in watch.forget_past():
            self.say(f"  again: {run.dag_id} {run.key or ''}, which had failed")
            watch.again(run)
        for dag_id in api.dags():
            api.unpause(dag_id)
        (history, history_conf), (rest, rest_conf) = self.course.history, self.course.rest
        days = self.course.days
        self.say(f"phase 1 of 3: load {history_conf['from_date']} to {history} in one run")
        self._daily(watch, history, history_conf)
        self.say(f"phase 2 of 3: simulate {days[0]} to {days[-1]}, day by day")
        for day in days:
            self._daily(watch, day.isoformat(), {"mode": "simulate"})
            # An opt-out of the next date counts for what is not sent yet: who is written to may not depend on the pace.
            self._campaigns(watch, server)
        self.say(f"phase 3 of 3: load {rest_conf['from_date']} to {rest} in one run, then evaluate")
        with self._beside(self._past_campaigns, server):
            self._daily(watch, rest, rest_conf)
            watch.until(lambda runs: self.finished(server), "the evaluation", 600)

    @staticmethod
    @contextmanager
    def _beside(work: Callable[[Server], object], server: Server) -> Iterator[None]:
        """Do ``work`` beside the block; at its end wait for it. Where the block fails, so does the demo, at once.

        Past campaigns compare tiers as they stood the day before each: a load of later days changes none of them.
        """
        pool = ThreadPoolExecutor(1)
        try:
            done = pool.submit(work, server)
            yield
            done.result()
        finally:
            pool.shutdown(wait=False)

    def _daily(self, watch: Watch, key: str, conf: dict[str, str]) -> None:
        """The run of one partition, waited for where there is one, else triggered; and the planning that follows it."""

        def mine(runs: list[Run]) -> list[Run]:
            return [r for r in runs if (r.dag_id, r.key, r.mode) == ("daily_orders", key, conf["mode"])]

        if any(run.state == "success" for run in mine(watch.api.runs())):
            self.say(f"  daily_orders {key}: done before")
        elif all(run.ended for run in mine(watch.api.runs())):
            watch.api.trigger("daily_orders", conf, key)
        watch.until(lambda runs: any(run.state == "success" for run in mine(runs)), f"daily_orders {key}")
        watch.until(lambda runs: _succeeded(runs, "plan_campaigns", key), f"plan_campaigns {key}", 600)

    def _campaigns(self, watch: Watch, server: Server) -> None:
        """Wait until each campaign that was decided has been sent."""
        with self._warehouse(server).transaction() as tx:
            decided = tx.rows("local/decided", first_date=self.course.days[0], last_date=self.course.days[-1])
        wanted = {(f"campaign_{row.campaign}", row.business_date) for row in decided}

        def sent(runs: list[Run]) -> bool:
            done = {(run.dag_id, run.key) for run in runs if run.state == "success"}
            return wanted <= done and all(run.ended for run in runs if run.dag_id.startswith("campaign_"))

        watch.until(sent, "the campaigns' runs", 600)

    def _show(self, server: Server, fresh: bool) -> None:
        found = figures.collect(self._warehouse(server), self._airflow(server), self.seconds)
        changed = figures.write(found, self.home.demo_file)
        out = printing.console()
        summary.show(found, out)
        emails = sorted((self.home.folder / "outbox").rglob("*.eml"))
        out.print("\n[bold]Where to look next[/bold]")
        out.print(f"  {self._report(server)}   what the campaigns earned, in a browser", soft_wrap=True)
        out.print(f"  make up      Airflow at {self.stack.url} over these data; it prints the sign-in")
        out.print("  make psql    the warehouse; begin with: table mart.campaign_results;")
        out.print(f"  {_first(emails)}\n  {self.home.demo_file}  (the figures of this summary)\n", soft_wrap=True)
        if fresh:
            self.say(f"done in {self.seconds:.0f} seconds")
        else:
            self.say(
                "nothing to do: this demo was finished before"
                + (", its figures changed" if changed else ", nothing changed")
            )

    def _report(self, server: Server) -> Path:
        """The pages of the last date: those that evaluate_campaigns has not written, as past campaigns came later."""
        return writing.write(self._warehouse(server), businesses.load()).index

    def _warehouse(self, server: Server) -> Warehouse:
        return Warehouse(server.url(WAREHOUSE_DATABASE, "postgresql+psycopg"))

    def _airflow(self, server: Server) -> Warehouse:
        return Warehouse(server.url(AIRFLOW_DATABASE, "postgresql+psycopg"))


def _succeeded(runs: list[Run], dag_id: str, key: str) -> bool:
    return any((run.dag_id, run.key, run.state) == (dag_id, key, "success") for run in runs)


def _first(emails: list[Path]) -> str:
    return (
        f"{emails[0]}   one of {len(emails):,} e-mails; any mail program opens it"
        if emails
        else "no e-mail was written"
    )
