"""The server: SendGrid's ``POST /v3/mail/send`` on 127.0.0.1, with faults by a script or at random.

``GET /v3/messages`` answers as the Email Activity API does, to queries for one unique argument.
"""

from __future__ import annotations

import asyncio
import json
import random
import re
import socket
import struct
import threading
from collections import Counter, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from sendgrid_stand_in.checking import Checker, rules

#: How a request may be answered. ``_taken``: the messages were accepted, and the sender is not told.
ANSWERS = (
    "202", "400", "401", "403", "413", "429", "500", "500_taken", "hang", "hang_taken", "reset", "reset_taken",
)  # fmt: skip
_QUERY = re.compile(r"\(unique_args\['([^']+)'\]=\"([^\"]*)\"\)")
_MESSAGES = {
    "400": "Bad Request", "401": "The provided authorization grant is invalid, expired, or revoked",
    "403": "The from address does not match a verified Sender Identity", "413": "payload too large",
    "429": "too many requests", "500": "Internal server error", "404": "not found",
}  # fmt: skip


class StandIn:
    """Runs in a thread of its own from ``start`` to ``stop``.

    :param key: the API key that it takes
    :param spec: SendGrid's description; without it only the rules in words are checked
    :param log: one line per accepted message, appended: its id
    :param delay: seconds before each answer
    :param answers_only: take everything after ``delay`` without reading it (for measuring a sender)
    :param faults: answer -> share of the requests that get it
    :param refused: addresses that are refused; ``says_which``: whether the error names them
    :param keep: folder and count: the first bodies are kept as files
    :param heard: is told of every accepted personalization
    :param activity: whether the account has the Email Activity API
    """

    def __init__(
        self,
        *,
        key: str = "SG.test",
        spec: Path | None = None,
        log: Path | None = None,
        delay: float = 0.0,
        answers_only: bool = False,
        faults: Mapping[str, float] | None = None,
        seed: int = 0,
        refused: frozenset[str] = frozenset(),
        says_which: bool = True,
        retry_after: int = 1,
        keep: tuple[Path, int] | None = None,
        heard: Callable[[dict[str, Any]], None] | None = None,
        activity: bool = False,
    ) -> None:
        self.script: deque[str] = deque()
        self.accepted: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.requests: list[dict[str, Any]] = []
        self.problems: list[dict[str, Any]] = []
        self.messages = 0
        self.port = 0
        self._key, self._delay, self._answers_only = key, delay, answers_only
        self._checker = Checker(spec) if spec else None
        self._log = log.open("a", encoding="ascii", buffering=1) if log else None
        self._faults, self._chance = dict(faults or {}), random.Random(seed)
        self._refused, self._says_which, self._retry_after = refused, says_which, retry_after
        self._heard, self._keep = heard, keep
        self._activity, self._arguments = activity, Counter[tuple[str, str]]()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._ready = threading.Event()

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def connection(self, **extra: Any) -> str:
        """Airflow connection ``crm_sendgrid`` (JSON) that points here."""
        return json.dumps({"host": self.endpoint, "password": self._key, "extra": {"timeout": 5, **extra}})

    def start(self, port: int = 0) -> StandIn:
        self._wanted = port
        self._thread.start()
        self._ready.wait(600)
        return self

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        if self._log:
            self._log.close()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        serving = asyncio.start_server(self._serve, "127.0.0.1", self._wanted, limit=2**22, backlog=256)
        server = self._loop.run_until_complete(serving)
        self.port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        for task in asyncio.all_tasks(self._loop):
            task.cancel()
        with suppress(asyncio.CancelledError):
            self._loop.run_until_complete(asyncio.sleep(0))
        self._loop.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
                headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:])}
                body = await reader.readexactly(int(headers.get("content-length", 0)))
                await asyncio.sleep(self._delay)
                answer, response = self._judge(head[0], headers, body)
                self.answered[answer] += 1
                if answer.startswith("hang"):
                    await reader.read()
                if answer.startswith("reset"):
                    sock = writer.get_extra_info("socket")
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                if not answer.startswith(("hang", "reset")):
                    writer.write(response)
                    await writer.drain()
                    if headers.get("connection", "").lower() != "close":
                        continue
                break
        writer.close()

    def _judge(self, request_line: str, headers: dict[str, str], body: bytes) -> tuple[str, bytes]:
        if self._answers_only:
            if self._keep and self.answered["202"] < self._keep[1]:
                (self._keep[0] / f"{self.answered['202']:04}.json").write_bytes(body)
            self.messages += body.count(b'"crm_message"')
            return "202", _response("202")
        if not request_line.startswith(("POST /v3/mail/send ", "GET /v3/messages?")):
            return "404", _response("404")
        if headers.get("authorization") != f"Bearer {self._key}":
            return "401", _response("401")
        return self._look_up(request_line.split()[1]) if request_line.startswith("GET") else self._take(body)

    def _take(self, body: bytes) -> tuple[str, bytes]:
        answer = self.script.popleft() if self.script else self._draw()
        if answer not in ("202", "500_taken", "hang_taken", "reset_taken"):
            return answer, _response(answer[:3], retry_after=self._retry_after)
        request = json.loads(body)
        self.requests.append(request)
        problems = [*(self._checker.problems(request) if self._checker else rules(request)), *self._refusals(request)]
        if problems:
            self.problems += problems
            return "400", _response("400", problems)
        self._accept(request)
        return answer, _response(answer[:3])

    def _draw(self) -> str:
        drawn = self._chance.random()
        for answer, share in self._faults.items():
            drawn -= share
            if drawn < 0:
                return answer
        return "202"

    def _refusals(self, request: dict[str, Any]) -> list[dict[str, Any]]:
        found = [
            {"message": "does not contain a valid address.", "field": f"personalizations.{number}.to.0.email"}
            for number, p in enumerate(request["personalizations"])
            if p["to"][0]["email"] in self._refused
        ]
        return found if self._says_which else [{"message": "Bad Request", "field": None} for _ in found[:1]]

    def _look_up(self, path: str) -> tuple[str, bytes]:
        """Messages with a unique argument: ``query=(unique_args['name']="value")``, ``limit`` from 1 to 1,000."""
        asked = parse_qs(urlsplit(path).query)
        query = _QUERY.fullmatch(asked.get("query", [""])[0])
        limit = int(asked.get("limit", ["10"])[0])
        if not self._activity:
            return "403", _response("403")
        if query is None or not 1 <= limit <= 1000:
            return "400", _response("400")
        known = min(limit, self._arguments[query.group(1), query.group(2)])
        body = json.dumps({"messages": [{"msg_id": f"stand-in.{n}", "status": "processed"} for n in range(known)]})
        head = f"HTTP/1.1 200 -\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return "200", (head + body).encode()

    def _accept(self, request: dict[str, Any]) -> None:
        for personalization in request["personalizations"]:
            message_id = personalization["custom_args"]["crm_message"]
            self.accepted[message_id] += 1
            self.messages += 1
            self._arguments.update(personalization["custom_args"].items())
            if self._log:
                self._log.write(f"{message_id}\n")
            if self._heard:
                self._heard(personalization)


def _response(status: str, errors: list[dict[str, Any]] | None = None, retry_after: int = 1) -> bytes:
    given = errors or [{"message": _MESSAGES.get(status, ""), "field": None, "help": None}]
    body = b"" if status == "202" else json.dumps({"errors": given}).encode()
    head = [f"HTTP/1.1 {status} -", "Content-Type: application/json", f"Content-Length: {len(body)}"]
    head += ["X-Message-Id: stand-in"] if status == "202" else []
    head += [f"Retry-After: {retry_after}"] if status == "429" else []
    return "\r\n".join([*head, "", ""]).encode() + body
