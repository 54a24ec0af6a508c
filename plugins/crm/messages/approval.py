"""Approval: a campaign above its declared size or cost is sent only if a person said so about exactly these decisions.

The question freezes the decisions by a hash over all of them; the send gate reads the answer and compares the hash. The
declaration's key ``approval`` is documented in docs/campaigns.md.
"""

from __future__ import annotations

import datetime
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from crm.messages import amounts, gate
from crm.messages.clock import send_date_of
from crm.messages.gate import SendRefused
from crm.messages.ledger import Ledger
from crm.messages.preview import preview
from crm.messages.wording import approval_page, limit, words

if TYPE_CHECKING:
    from crm.business import Business
    from crm.messages.clock import Clock
    from crm.warehouse import Warehouse

#: Messages that are shown to whoever approves.
SAMPLES = 3
#: Outcome -> why its messages were skipped.
REASONS = {"rejected": "rejected", "timeout": "approval_timeout"}


class Limit(NamedTuple):
    """A key of the declaration's ``approval``, what was ``found``, and the ``most`` that passes unasked."""

    key: str
    found: float
    most: float


@dataclass(frozen=True)
class Standing:
    """``state``: not_needed, needed (nobody answered about these decisions), approved, rejected or timeout.

    ``limits`` are those exceeded; costs in the reporting currency; ``send_by`` is the last message's.
    """

    state: str
    messages: int = 0
    sending_cost: float = 0
    coupon_cost: float = 0
    send_by: datetime.datetime | None = None
    limits: tuple[Limit, ...] = ()
    decisions_hash: str = ""
    decided_by: str | None = None

    @property
    def closed(self) -> bool:
        return self.state in REASONS

    @property
    def note(self) -> str:
        """What came of it, for people."""
        who = f" by {self.decided_by}" if self.decided_by else ": nobody answered before send_by"
        return f"approval: {self.state}{who}"


def standing(warehouse: Warehouse, campaign: str, business_date: datetime.date) -> Standing:
    """Whether the messages decided for ``business_date`` need an approval, and whether they have it. Reads only."""
    which = {"campaign": campaign, "send_date": send_date_of(business_date)}
    with warehouse.transaction() as t:
        rows = t.rows("messages/approval_size", **which)
        size: dict[str, Any] = {
            "messages": sum(row.messages for row in rows),
            "sending_cost": float(sum(row.sending_cost for row in rows)),
            "coupon_cost": float(sum(row.coupon_cost for row in rows)),
            "send_by": max((row.send_by for row in rows), default=None),
        }
        limits = tuple(dict.fromkeys(each for row in rows for each in _exceeded(row.body, size)))
        if not limits:
            return Standing("not_needed", **size)
        found = t.value("messages/decisions_hash", **which)
        answer = t.rows("messages/approval", campaign=campaign, business_date=business_date, decisions_hash=found)
    state, decided_by = (answer[0].outcome, answer[0].decided_by) if answer else (None, None)
    return Standing(state or "needed", **size, limits=limits, decisions_hash=found, decided_by=decided_by)


def question(
    warehouse: Warehouse,
    business: Business,
    campaign: str,
    business_date: datetime.date,
    *,
    mode: str,
    clock: Clock,
    title: str,
) -> dict[str, Any] | None:
    """What a person is to be asked before this run may send, or None. Asking freezes the decisions.

    :param title: what people call the campaign
    :return: ``decisions_hash``, ``send_by`` (ISO; after it nobody need answer), ``subject``, ``page`` (Markdown)
    """
    if gate.judge(business, mode, clock, send_date_of(business_date)).action not in ("send", "hold"):
        return None
    asked = standing(warehouse, campaign, business_date)
    if asked.state != "needed" or asked.send_by is None:
        return None
    sent = send_date_of(business_date).isoformat()
    shown = preview(warehouse, business, campaign, business_date, at_least=SAMPLES, title=title)["markdown"]
    with warehouse.transaction() as t:
        t.run(
            "messages/ask_approval",
            campaign=campaign,
            business_date=business_date,
            decisions_hash=asked.decisions_hash,
            messages=asked.messages,
            sending_cost=asked.sending_cost,
            coupon_cost=asked.coupon_cost,
            asked_at=clock.now(),
        )
    return {
        "decisions_hash": asked.decisions_hash,
        "send_by": asked.send_by.isoformat(),
        "subject": words("subject", business.locale, title=title, send_date=amounts.day(sent, business.locale)),
        "page": approval_page(asked, shown, business, asked.send_by),
    }


def answer(
    warehouse: Warehouse,
    business: Business,
    campaign: str,
    business_date: datetime.date,
    *,
    decisions_hash: str,
    outcome: str,
    decided_by: str | None,
    now: datetime.datetime,
) -> str:
    """Keep the answer about the decisions of ``decisions_hash``, and close them unless it is yes.

    Of two answers the first stands; returns it.

    :param outcome: approved, rejected or timeout
    :param decided_by: the user; None on a timeout
    :raises SendRefused: nobody was asked about these decisions
    """
    which = {"campaign": campaign, "business_date": business_date, "decisions_hash": decisions_hash}
    with warehouse.transaction() as t:
        t.run("messages/decide_approval", **which, outcome=outcome, decided_by=decided_by, decided_at=now)
        stands: str | None = t.value("messages/approval", **which)
    if stands is None:
        raise SendRefused(f"{campaign} of {business_date}: nobody was asked about these decisions; clear the run")
    if stands in REASONS:
        close(warehouse, business, campaign, business_date, stands)
    return stands


def close(warehouse: Warehouse, business: Business, campaign: str, business_date: datetime.date, outcome: str) -> None:
    """Skip every message of what was not approved, and let its contacts go. Again, it changes nothing."""
    send_date = send_date_of(business_date)
    owner = f"approval#{secrets.token_hex(4)}"
    Ledger(warehouse, business, campaign, business_date, send_date, owner).enqueue()
    with warehouse.transaction() as t:
        t.run("messages/close_campaign", campaign=campaign, send_date=send_date, reason=REASONS[outcome])


def require(warehouse: Warehouse, campaign: str, business_date: datetime.date) -> Standing:
    """The send gate's question.

    :raises SendRefused: an approval is needed, and nobody has answered about the decisions as they are now
    """
    found = standing(warehouse, campaign, business_date)
    if found.state == "needed":
        limits = "; ".join(limit(each, "en") for each in found.limits)
        raise SendRefused(
            f"{campaign} of {business_date}: {limits}, and nobody approved these decisions "
            "(changed decisions need an approval of their own): clear the run from its task preview on"
        )
    return found


def _exceeded(body: str | None, size: dict[str, Any]) -> list[Limit]:
    """Limits of a declaration (its YAML) that are exceeded."""
    import yaml

    limits = (yaml.safe_load(body or "") or {}).get("approval") or {}
    sizes = {"above_messages": size["messages"], "above_cost": size["sending_cost"] + size["coupon_cost"]}
    return [
        Limit(key, found, most)
        for key, found in sizes.items()
        if (most := limits.get(key)) is not None and found > most
    ]
