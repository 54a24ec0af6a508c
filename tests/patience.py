"""How long a test waits for what must come: it gives up only where it never will. Machines are slow and busy."""

from __future__ import annotations

SECONDS = 1200.0
