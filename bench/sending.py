"""(e) A campaign's e-mails from the ledger to accepted, by a stand-in that answers after 50 ms, and a bare replay."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from bench import server
from bench.report import Row
from bench.server import Bench
from bench.task import call

DAY = date(2017, 11, 23)
DELAY = 0.05
#: Requests that are kept for the replay, and how many go side by side.
KEPT, SIDE_BY_SIDE = 20, 4
TESTS = Path(__file__).resolve().parents[1] / "tests"
LEAST, AIM = 5_000, 10_000


@dataclass
class Sent:
    """What was measured: seconds from ledger to accepted, of the bare replay, and the sender's peak memory."""

    messages: int
    seconds: float
    replayed: float
    peak_mb: float


def measure(bench: Bench, messages: int, say: Any) -> Sent:
    """Decide a campaign of ``messages``, write them into the ledger, send them; then replay the requests bare."""
    url = bench.database("sending")
    say(f"{messages:,} messages: deciding and writing the ledger")
    server.run(url, "mailing", messages=messages, day=DAY)
    kept = bench.folder / f"requests-{messages}"
    with _stand_in(kept) as port:
        os.environ["AIRFLOW_CONN_CRM_SENDGRID"] = json.dumps(
            {"host": f"http://127.0.0.1:{port}", "password": "SG.test"}
        )
        call(bench.home, "enqueue_one", url, DAY, business="sending.yaml", campaign="mailing")
        server.execute(url, "vacuum analyze crm.message")
        server.execute(url, "checkpoint")
        done = call(bench.home, "send_mail", url, DAY, business="sending.yaml", campaign="mailing")
        say(f"{messages:,} messages: sent in {done['seconds']:.1f} s ({messages / done['seconds']:,.0f}/s)")
        replayed = _replay(port, kept, messages)
    if (accepted := done["result"]["accepted"]) != messages:
        raise SystemExit(f"only {accepted} of {messages} messages were accepted")
    bench.drop("sending")
    return Sent(messages, done["seconds"], replayed, done["peak_mb"])


@contextmanager
def _stand_in(kept: Path) -> Iterator[int]:
    """SendGrid's stand-in in a process of its own: it takes everything and checks nothing. Yields its port."""
    kept.mkdir(parents=True)
    command = ["-m", "sendgrid_stand_in", "--answers-only", "--delay", str(DELAY), "--keep", str(kept), str(KEPT)]
    running = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(TESTS)}
    )
    try:
        assert running.stdout
        yield json.loads(running.stdout.readline())["port"]
    finally:
        running.terminate()
        running.wait()


def _replay(port: int, kept: Path, messages: int) -> float:
    """Seconds that as many messages take whose requests are ready, over plain HTTP."""
    bodies = [file.read_bytes() for file in sorted(kept.iterdir())]
    requests, given = [], 0
    while given < messages:
        requests.append(bodies[len(requests) % len(bodies)])
        given += requests[-1].count(b'"crm_message"')
    began = time.perf_counter()
    with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        assert set(pool.map(lambda body: _post(port, body), requests)) == {202}
    return time.perf_counter() - began


def _post(port: int, body: bytes) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/v3/mail/send", body, {"Content-Type": "application/json", "Connection": "close"})
    status = connection.getresponse().status
    connection.close()
    return status


def rows(one: Sent, tenth: Sent) -> list[Row]:
    rate = one.messages / one.seconds
    return [
        Row(
            f"sending {one.messages:,} e-mails, ledger to accepted / {LEAST:,} a second",
            f"{one.seconds:.1f} s, {rate:,.0f}/s; bare replay of the same requests {one.replayed:.1f} s, "
            f"{one.messages / one.replayed:,.0f}/s",
            rate / LEAST,
            at_least=1,
            aim=f"{AIM / LEAST:g}",
        ),
        Row(
            "peak memory of sending: ten times the messages / once",
            f"{one.peak_mb:.0f} MB / {tenth.peak_mb:.0f} MB",
            one.peak_mb / tenth.peak_mb,
            at_most=1.2,
        ),
    ]
