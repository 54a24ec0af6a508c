"""Approval: a campaign above its declared size or cost is sent only if a person said so about exactly these decisions
and these words.

The question freezes the decisions by a hash over all of them, and keeps the words of the messages by their hash; the
send gate reads the answer and compares both. The declaration's key ``approval`` is documented in docs/campaigns.md.
"""

from __future__ import annotations

import datetime
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from crm import yaml_files
from crm.messages import amounts, gate, words_version
from crm.messages.clock import send_date_of
from crm.messages.gate import SendRefused
from crm.messages.ledger import Ledger
from crm.messages.preview import preview
from crm.messages.wording import approval_page, limit, words

if TYPE_CHECKING:
    from crm.business import Business
    from crm.messages.clock import Clock
    from crm.messages.words_version import Words
    from crm.warehouse import Transaction, Warehouse

#: Messages that are shown to whoever approves.
SAMPLES = 3
#: Words of a question that was put before words were kept: its answer is about decisions alone.
WORDS_NOT_KEPT = ""
#: Outcome -> why its messages were skipped.
REASONS = {"rejected": "rejected", "timeout": "approval_timeout"}


class Limit(NamedTuple):
    """A key of the declaration's ``approval``, what was ``found``, and the ``most`` that passes unasked."""

    key: str
    found: float
    most: float


@dataclass(frozen=True)
class Standing:
    """``state``: not_needed, needed (nobody answered about these decisions and words), approved, rejected or timeout.

    ``limits`` are those exceeded; costs in the reporting currency; ``send_by`` is the last message's. ``words``: those
    that the messages have now, where they count (approved, needed). ``changed``: what of them differs from those that
    were approved for the same decisions.
    """

    state: str
    messages: int = 0
    sending_cost: float = 0
    coupon_cost: float = 0
    send_by: datetime.datetime | None = None
    limits: tuple[Limit, ...] = ()
    decisions_hash: str = ""
    decided_by: str | None = None
    words: Words | None = None
    changed: tuple[str, ...] = ()

    @property
    def closed(self) -> bool:
        return self.state in REASONS

    @property
    def note(self) -> str:
        """What came of it, for people."""
        who = f" by {self.decided_by}" if self.decided_by else ": nobody answered before send_by"
        return f"approval: {self.state}{who}"


def standing(warehouse: Warehouse, business: Business, campaign: str, business_date: datetime.date) -> Standing:
    """Whether the messages decided for ``business_date`` need an approval, and whether they have it. Reads only.

    :raises TemplateError: an approval is needed, and a template is missing or broken
    """
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
        answers = t.rows(
            "messages/approvals_of_decisions", campaign=campaign, business_date=business_date, decisions_hash=found
        )
        judged = _judged(t, business, campaign, business_date, answers)
    return Standing(**{**size, "limits": limits, "decisions_hash": found, **judged})


def _judged(
    t: Transaction, business: Business, campaign: str, business_date: datetime.date, answers: list[Any]
) -> dict[str, Any]:
    """What the ``answers`` about decisions come to. A no closed their messages, whatever their words are now."""
    approved = [each for each in answers if each.outcome == "approved"]
    refused = next((each for each in answers if each.outcome in REASONS), None)
    if refused and not approved:
        return {"state": refused.outcome, "decided_by": refused.decided_by}
    words = words_version.current(t, business, campaign, send_date_of(business_date))
    same = next((each for each in approved if each.words_hash in (words.words_hash, WORDS_NOT_KEPT)), None)
    if same:
        return {"state": "approved", "decided_by": same.decided_by, "words": words}
    if refused:
        return {"state": refused.outcome, "decided_by": refused.decided_by}
    before = words_version.kept(t, approved[0].words_hash) if approved else None
    return {"state": "needed", "words": words, "changed": tuple(words.changes(before)) if before else ()}


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
    """What a person is to be asked before this run may send, or None. Asking freezes the decisions and keeps the words.

    :param title: what people call the campaign
    :return: ``decisions_hash``, ``words_hash``, ``send_by`` (ISO; after it nobody need answer), ``subject``, ``page``
        (Markdown)
    """
    if gate.judge(business, mode, clock, send_date_of(business_date)).action not in ("send", "hold"):
        return None
    asked = standing(warehouse, business, campaign, business_date)
    if asked.state != "needed" or asked.send_by is None or asked.words is None:
        return None
    sent = send_date_of(business_date).isoformat()
    shown = preview(warehouse, business, campaign, business_date, at_least=SAMPLES, words=asked.words, title=title)[
        "markdown"
    ]
    with warehouse.transaction() as t:
        words_version.keep(t, asked.words, clock.now())
        t.run(
            "messages/ask_approval",
            campaign=campaign,
            business_date=business_date,
            decisions_hash=asked.decisions_hash,
            words_hash=asked.words.words_hash,
            messages=asked.messages,
            sending_cost=asked.sending_cost,
            coupon_cost=asked.coupon_cost,
            asked_at=clock.now(),
        )
    return {
        "decisions_hash": asked.decisions_hash,
        "words_hash": asked.words.words_hash,
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
    words_hash: str = WORDS_NOT_KEPT,
    outcome: str,
    decided_by: str | None,
    now: datetime.datetime,
) -> str:
    """Keep the answer about the decisions of ``decisions_hash`` in the words of ``words_hash``, and close them unless
    it is yes, or was yes about other words.

    Of two answers the first stands; returns it.

    :param outcome: approved, rejected or timeout
    :param decided_by: the user; None on a timeout
    :raises SendRefused: nobody was asked about these decisions
    """
    which = {"campaign": campaign, "business_date": business_date, "decisions_hash": decisions_hash}
    exactly = {**which, "words_hash": words_hash}
    with warehouse.transaction() as t:
        t.run("messages/decide_approval", **exactly, outcome=outcome, decided_by=decided_by, decided_at=now)
        stands: str | None = t.value("messages/approval", **exactly)
        approved = any(row.outcome == "approved" for row in t.rows("messages/approvals_of_decisions", **which))
    if stands is None:
        raise SendRefused(f"{campaign} of {business_date}: nobody was asked about these decisions; clear the run")
    if stands in REASONS and not approved:
        close(warehouse, business, campaign, business_date, stands)
    return stands


def close(warehouse: Warehouse, business: Business, campaign: str, business_date: datetime.date, outcome: str) -> None:
    """Skip every message of what was not approved, and let its contacts go. Again, it changes nothing."""
    send_date = send_date_of(business_date)
    owner = f"approval#{secrets.token_hex(4)}"
    Ledger(warehouse, business, campaign, business_date, send_date, owner).enqueue()
    with warehouse.transaction() as t:
        closed = {"campaign": campaign, "send_date": send_date, "reason": REASONS[outcome]}
        t.run("messages/close_campaign", **closed)
        t.run("campaigns/cancel_send", **closed)


def require(warehouse: Warehouse, business: Business, campaign: str, business_date: datetime.date) -> Standing:
    """The send gate's question.

    :raises SendRefused: an approval is needed, and nobody has answered about decisions and words as they are now
    :raises TemplateError: an approval is needed, and a template is missing or broken
    """
    found = standing(warehouse, business, campaign, business_date)
    if found.state == "needed" and found.changed:
        raise SendRefused(
            f"{campaign} of {business_date}: the words are not those that were approved "
            f"({', '.join(found.changed)} changed): clear the run from its task preview on to ask again, "
            "or take the change back"
        )
    if found.state == "needed":
        limits = "; ".join(limit(each, "en") for each in found.limits)
        raise SendRefused(
            f"{campaign} of {business_date}: {limits}, and nobody approved these decisions "
            "(changed decisions or words need an approval of their own): clear the run from its task preview on"
        )
    return found


def _exceeded(body: str | None, size: dict[str, Any]) -> list[Limit]:
    """Limits of a declaration (its YAML) that are exceeded."""
    limits = (yaml_files.frozen(body) or {}).get("approval") or {}
    sizes = {"above_messages": size["messages"], "above_cost": size["sending_cost"] + size["coupon_cost"]}
    return [
        Limit(key, found, most)
        for key, found in sizes.items()
        if (most := limits.get(key)) is not None and found > most
    ]
