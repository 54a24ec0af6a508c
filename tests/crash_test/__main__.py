"""``python -m crash_test --runs 200``: counts, and exit status 1 where anybody was written to twice, got lost, or was
still unknown after all that could be settled had been."""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from crash_test.chaos import Account, Stage, run
from crm.local.postgres import Server, free_port
from crm.migrations import upgrade

TESTS = Path(__file__).resolve().parents[1]
#: Share of the requests that end otherwise than with 202.
FAULTS = {
    "500": 0.03, "500_taken": 0.03, "reset": 0.03, "reset_taken": 0.03, "hang": 0.01, "hang_taken": 0.01, "429": 0.05,
    "413": 0.03, "401": 0.01,
}  # fmt: skip
#: What the runs go through, in turn: a provider that fails, one that does not, files.
TURNS = ("failing", "failing", "sound", "failing", "outbox")


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m crash_test", description=__doc__)
    parser.add_argument("--runs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    began, accounts = time.monotonic(), []
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="crm-crash-")))
        os.environ |= {"AIRFLOW_CONN_CRM_LINKS": '{"password": "crash"}', "CRM_OUTBOX": str(folder / "outbox")}
        server = stack.enter_context(_server(folder))
        log = folder / "accepted.log"
        ports = {
            "failing": stack.enter_context(_stand_in(log, FAULTS, given.seed)),
            "sound": stack.enter_context(_stand_in(log, {}, given.seed)),
        }
        for number in range(given.runs):
            turn = TURNS[number % len(TURNS)]
            chance = random.Random(given.seed * 1_000_000 + number)
            if turn == "outbox":
                stage = Stage(server, folder, lambda: Counter(file.stem for file in folder.rglob("outbox/*/*/*.eml")))
                accounts.append(run(stage, number, "outbox", chance))
            else:
                os.environ["AIRFLOW_CONN_CRM_SENDGRID"] = _connection(ports[turn])
                stage = Stage(server, folder, lambda: Counter(log.read_text().split()), _connection(ports["sound"]))
                accounts.append(run(stage, number, "sendgrid", chance))
            if (number + 1) % 10 == 0:
                _say(f"{number + 1} of {given.runs} runs, {time.monotonic() - began:.0f} s")
    _report(accounts, time.monotonic() - began)


@contextmanager
def _server(folder: Path) -> Iterator[Server]:
    server = Server(folder / "postgres", free_port())
    try:
        server.start()
        server.create_database("crash")
        upgrade(server.url("crash", driver="postgresql+psycopg"))
        yield server
    finally:
        server.remove()


@contextmanager
def _stand_in(log: Path, faults: dict[str, float], seed: int) -> Iterator[int]:
    options = ["--log", str(log), "--delay", "0.02", "--faults", json.dumps(faults), "--seed", str(seed)]
    running = subprocess.Popen(
        [sys.executable, "-m", "sendgrid_stand_in", *options, "--retry-after", "0"],
        stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(TESTS)},
    )  # fmt: skip
    try:
        assert running.stdout
        yield json.loads(running.stdout.readline())["port"]
    finally:
        running.terminate()
        running.wait()


def _connection(port: int) -> str:
    return json.dumps({"host": f"http://127.0.0.1:{port}", "password": "SG.test", "extra": {"timeout": 0.5}})


def _report(accounts: list[Account], seconds: float) -> None:
    for provider in ("sendgrid", "outbox"):
        some = [account for account in accounts if account.provider == provider]
        statuses = sum((account.statuses for account in some), Counter())
        counted = ", ".join(f"{count:,} {status}" for status, count in sorted(statuses.items()))
        _say(
            f"{provider}: {len(some)} runs ({sum(account.senders > 1 for account in some)} with two senders at once), "
            f"{sum(account.attempts for account in some)} attempts, {sum(account.kills for account in some)} kills, "
            f"{sum(account.restarts for account in some)} database restarts; messages: {counted}"
        )
    twice, lost = sum(account.twice for account in accounts), sum(account.unaccounted for account in accounts)
    unknown, never = sum(account.unknown for account in accounts), sum(account.never_sent for account in accounts)
    after, barred = sum(account.never_settled for account in accounts), sum(account.barred for account in accounts)
    _say(f"{len(accounts)} runs in {seconds:.0f} s: {twice} accepted twice, {lost} not accounted for")
    _say(
        f"unknown when sending had ended: {unknown:,}, of them never sent {never:,}; "
        f"after they were settled {after:,}, and {barred:,} that contrary evidence keeps unknown"
    )
    if twice or lost or after:
        sys.exit(1)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
