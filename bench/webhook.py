"""SendGrid's webhook on one worker: signed posts over loopback to events on disk, and a restart of the database."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from tests.sendgrid_stand_in import events as stand_in

from bench import server
from bench.report import Row
from bench.server import Bench
from crm.local.postgres import free_port

POST = 1000  # events; SendGrid collects for a second or so
CLIENTS = 2
KINDS = ("processed", "delivered", "open", "click")


@dataclass
class Stored:
    """What was measured. ``repeated``: posts that were answered 5xx; ``lost``: events of both runs that are missing."""

    events: int
    seconds: float
    megabytes: float
    repeated: int
    lost: int


def measure(bench: Bench, events: int, say: Any) -> Stored:
    """Post ``events``, then as many again while the database is stopped and started."""
    url, signer = bench.database("webhook"), stand_in.Signer()
    say(f"webhook: signing {2 * events:,} events")
    first, second = (list(_posts(signer, events, run)) for run in (1, 2))
    with _app(url, signer) as port:
        _post(port, first[:CLIENTS])  # imports
        server.execute(url, "truncate crm.response_inbox")
        began = time.perf_counter()
        _post(port, first)
        seconds = time.perf_counter() - began
        ((kept,),) = server.execute(url, "select count(*) from crm.response_inbox")
        assert kept == events, f"{kept:,} of {events:,} events are in the inbox"
        say(f"webhook: {events / seconds:,.0f} events/s; now with a restart of the database")
        restart = threading.Timer(seconds / 3, _restart, [bench])
        restart.start()
        repeated = _post(port, second)
        restart.join()
    ((kept,),) = server.execute(url, "select count(*) from crm.response_inbox")
    bench.drop("webhook")
    return Stored(events, seconds, sum(len(body) for body, _ in first) / 1e6, repeated, 2 * events - kept)


def rows(stored: Stored) -> list[Row]:
    return [
        Row(
            f"webhook: thousands of events stored per second on one worker, signed posts of {POST:,}",
            f"{stored.events:,} events, {stored.megabytes:.0f} MB, in {stored.seconds:.1f} s",
            stored.events / stored.seconds / 1000,
            at_least=5,
        ),
        Row(
            "webhook: events lost when the database restarts in between",
            f"{stored.events:,} events; {stored.repeated} posts answered 5xx and repeated",
            stored.lost,
            at_most=0,
        ),
    ]


def _posts(signer: stand_in.Signer, events: int, run: int) -> Iterator[tuple[bytes, dict[str, str]]]:
    at = int(time.time())
    for start in range(0, events, POST):
        some = [
            stand_in.event(
                KINDS[number % len(KINDS)], f"{run}{number // len(KINDS):015x}", email=f"c{number}@example.com", at=at
            )
            for number in range(start, min(start + POST, events))
        ]
        body = stand_in.body(some)
        yield body, signer.headers(body, at=at)


@contextmanager
def _app(url: str, signer: stand_in.Signer) -> Iterator[int]:
    """The open app by itself, one worker; its port."""
    port = free_port()
    connection = json.dumps({"extra": {"webhook_public_key": signer.public_key}})
    environment = os.environ | {
        "CRM_WAREHOUSE_URL": url, "AIRFLOW_CONN_CRM_SENDGRID": connection, "CRM_WEB_PORT": str(port),
    }  # fmt: skip
    with subprocess.Popen(
        [sys.executable, "-m", "crm.web"], env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        try:
            _wait(port)
            yield port
        finally:
            process.terminate()


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            connection = http.client.HTTPConnection("127.0.0.1", port)
            connection.request("GET", "/health")
            connection.getresponse().read()
            return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the open app did not start")


def _post(port: int, posts: list[tuple[bytes, dict[str, str]]]) -> int:
    """Send all posts from some clients at once, each until it is answered 2xx; how many answers were 5xx."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        return sum(pool.map(_client, [port] * CLIENTS, (posts[number::CLIENTS] for number in range(CLIENTS))))


def _client(port: int, posts: list[tuple[bytes, dict[str, str]]]) -> int:
    connection, repeated = http.client.HTTPConnection("127.0.0.1", port), 0
    for body, headers in posts:
        while True:
            connection.request("POST", "/sendgrid/events", body, headers)
            answer = connection.getresponse()
            answer.read()
            if answer.status < 300:
                break
            assert answer.status >= 500, f"answered {answer.status}"
            repeated += 1
            time.sleep(0.1)
    return repeated


def _restart(bench: Bench) -> None:
    bench.server.stop()
    time.sleep(1)
    bench.server.start()
