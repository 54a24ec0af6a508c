"""Who is told: a receiver of alerts by HTTP, and one of metrics by UDP, as StatsD is."""

from __future__ import annotations

import json
import socket
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer


class Receiver(HTTPServer):
    """Keeps path and body of every request; answers ``status`` and ``answer``."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.told: list[tuple[str, dict]] = []
        self.status, self.answer = 200, b"ok"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append((self.path, json.loads(body)))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.answer)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.shutdown()
        made.server_close()
        thread.join()


class Statsd:
    """Counters and names of timers that came by UDP."""

    def __init__(self) -> None:
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.socket.settimeout(0.2)
        self.counters: Counter[str] = Counter()
        self.timers: set[str] = set()
        self._ends = threading.Event()

    @property
    def port(self) -> int:
        return self.socket.getsockname()[1]

    def listen(self) -> None:
        while not self._ends.is_set():
            try:
                packet = self.socket.recv(65536)
            except TimeoutError:
                continue
            for line in packet.decode().splitlines():
                name, _, rest = line.partition(":")
                value, kind = rest.split("|")[:2]
                if kind == "c":
                    self.counters[name] += int(float(value))
                elif kind == "ms":
                    self.timers.add(name)

    def end(self) -> None:
        self._ends.set()


@contextmanager
def statsd() -> Iterator[Statsd]:
    made = Statsd()
    thread = threading.Thread(target=made.listen, daemon=True)
    thread.start()
    try:
        yield made
    finally:
        made.end()
        thread.join()
        made.socket.close()
