"""Opens and clicks that no person made, as far as the event itself tells; the times tell the rest
(responses/judge_machines.sql)."""

from __future__ import annotations

import functools
import re

#: Security gateways and link checkers that say who they are, and programs that no person reads mail with.
_SCANNERS = re.compile(
    r"(?<!cu)bot\b|crawler|spider|preview|prefetch|scanner|safelinks|safebrowsing|mimecast|barracuda|proofpoint|ironport"
    r"|messagelabs|fireeye|trendmicro|symantec|sophos|forcepoint|headless|phantomjs|python|curl/|wget|go-http-client"
    r"|okhttp|libwww|java/|axios|node-fetch|ruby|httpclient",
    re.IGNORECASE,
)
#: What Apple's Mail Privacy Protection and similar proxies call themselves: nothing but the word.
_PROXIES = {"mozilla/5.0", "mozilla/5.0 (compatible)"}


def judge(user_agent: object, *, told: bool = False) -> str | None:
    """``prefetch`` where the provider told so or a proxy fetched; ``scanner``; None where nothing speaks for one.

    Mail proxies that fetch when a person opens (Gmail, Yahoo) are people.
    """
    if told:
        return "prefetch"
    return _of_program(user_agent) if isinstance(user_agent, str) else None


@functools.lru_cache(maxsize=4096)
def _of_program(user_agent: str) -> str | None:
    if user_agent.strip().lower() in _PROXIES:
        return "prefetch"
    return "scanner" if _SCANNERS.search(user_agent) else None
