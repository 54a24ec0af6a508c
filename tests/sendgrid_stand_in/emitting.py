"""Posts signed events to a webhook as SendGrid does: late, out of order, some several times, until it is thanked."""

from __future__ import annotations

import random
import time
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import Any

from sendgrid_stand_in.events import Signer, body, disordered, event

#: What becomes of a message, and how often.
FATES: Sequence[tuple[tuple[str, ...], float]] = (
    (("processed", "delivered"), 0.60),
    (("processed", "delivered", "open"), 0.15),
    (("processed", "delivered", "open", "click"), 0.10),
    (("processed", "deferred", "delivered"), 0.05),
    (("processed", "bounce"), 0.04),
    (("processed", "blocked"), 0.02),
    (("dropped",), 0.02),
    (("processed", "delivered", "spamreport"), 0.01),
    (("processed", "delivered", "unsubscribe"), 0.01),
)


def life_of(message_id: str, email: str, at: int, chance: random.Random) -> list[dict[str, Any]]:
    """The events of one message from ``at`` (Unix seconds) on, in their true order."""
    (fate,) = chance.choices([kinds for kinds, _ in FATES], [share for _, share in FATES])
    return [event(kind, message_id, email=email, at=at + 60 * step) for step, kind in enumerate(fate)]


def emit(
    url: str,
    signer: Signer,
    events: Sequence[dict[str, Any]],
    chance: random.Random,
    *,
    delay: float = 0.0,
    size: int = 100,
    attempts: int = 20,
) -> int:
    """Post ``events`` with repeats and out of order; a post that is not answered with 2xx is repeated.

    :param delay: seconds before each post
    :return: posts that were thanked for
    """
    thanked = 0
    for each in disordered(events, chance, size=size):
        payload = body(each)
        for _ in range(attempts):
            time.sleep(delay)
            if _post(url, payload, signer):
                thanked += 1
                break
    return thanked


def _post(url: str, payload: bytes, signer: Signer) -> bool:
    request = urllib.request.Request(url, payload, signer.headers(payload), method="POST")
    try:
        with urllib.request.urlopen(request, timeout=600) as response:
            return 200 <= response.status < 300
    except (urllib.error.URLError, OSError):
        return False
