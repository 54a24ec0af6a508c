"""How many examples a property is tried with: few each time, all of them among the proofs (``CRM_EXAMPLES=all``)."""

from __future__ import annotations

import os

WHOLE = os.environ.get("CRM_EXAMPLES") == "all"


def examples(whole: int) -> int:
    """``whole`` where everything is proven, else a quarter of it."""
    return whole if WHOLE else max(4, whole // 4)
