"""``python -m sendgrid_stand_in``: prints its port, and runs until it is told to end."""

from __future__ import annotations

import argparse
import json
import random
import signal
import sys
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from sendgrid_stand_in.emitting import emit, life_of
from sendgrid_stand_in.events import Signer
from sendgrid_stand_in.server import ANSWERS, StandIn


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sendgrid_stand_in", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="0 = any that is free")
    parser.add_argument("--key", default="SG.test", help="the API key that it takes")
    parser.add_argument("--spec", type=Path, help="folder of SendGrid's OpenAPI description")
    parser.add_argument("--log", type=Path, help="file of accepted message ids, appended")
    parser.add_argument("--delay", type=float, default=0.0, help="seconds before each answer")
    parser.add_argument("--answers-only", action="store_true", help="take everything, read nothing")
    parser.add_argument("--keep", nargs=2, metavar=("FOLDER", "COUNT"), help="keep the first bodies as files")
    parser.add_argument("--faults", type=json.loads, default={}, help=f"JSON: share of {', '.join(ANSWERS)}")
    parser.add_argument("--retry-after", type=int, default=1, help="seconds, with 429")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--events", help="URL of a webhook: events of what was accepted are posted there")
    parser.add_argument("--activity", action="store_true", help="the account has the Email Activity API")
    given = parser.parse_args()
    accepted: deque[dict[str, Any]] = deque()
    stand_in = StandIn(
        key=given.key,
        spec=given.spec,
        log=given.log,
        delay=given.delay,
        answers_only=given.answers_only,
        faults=given.faults,
        seed=given.seed,
        retry_after=given.retry_after,
        keep=(Path(given.keep[0]), int(given.keep[1])) if given.keep else None,
        heard=accepted.append if given.events else None,
        activity=given.activity,
    ).start(given.port)
    signer, chance = Signer(), random.Random(given.seed)
    _say({"port": stand_in.port, "public_key": signer.public_key})
    end = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: end.set())
    while not end.wait(0.5):
        events = [e for _ in range(len(accepted)) for e in _life(accepted.popleft(), chance)]
        emit(given.events, signer, events, chance, delay=0.01)
    stand_in.stop()
    _say({"messages": stand_in.messages, "answered": stand_in.answered})


def _say(what: dict[str, Any]) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


def _life(personalization: dict[str, Any], chance: random.Random) -> list[dict[str, Any]]:
    message_id, email = personalization["custom_args"]["crm_message"], personalization["to"][0]["email"]
    return life_of(message_id, email, int(time.time()), chance)


if __name__ == "__main__":
    main()
