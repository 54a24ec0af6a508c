"""What an operator sees before a campaign is sent: who, who not and why, on what channel, and one message of each sort.

The sample messages are written to an invented person: no personal data leave the warehouse for a preview.
"""

from __future__ import annotations

import datetime
from collections import Counter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from crm.messages import personal, sms
from crm.messages.clock import send_date_of
from crm.messages.composing import Composer

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse

#: Nobody's name, address and product.
INVENTED = {
    "en": {"name": "Alex Sample", "product": "ground coffee"},
    "zh-CN": {"name": "李样例", "product": "现磨咖啡"},
}
SAMPLE_ID = "0123456789abcdef"


def preview(warehouse: Warehouse, business: Business, campaign: str, business_date: datetime.date) -> dict[str, Any]:
    """Counts of the decisions of ``campaign`` for ``business_date``, and sample messages. Reads only.

    Returns campaign, business_date, send_date, candidates, ``decisions``, ``reasons`` (of exclusions), ``channels`` and
    ``tiers`` (of included), sending_cost (reporting currency), ``samples`` and all of it as ``markdown``.

    :raises TemplateError: a template is missing or broken; names file and variable
    """
    with warehouse.transaction() as t:
        t.run("messages/shown", campaign=campaign, send_date=send_date_of(business_date))
        return _preview(t, business, campaign, business_date)


def preview_of_dry_run(
    transaction: Transaction, business: Business, campaign: str, business_date: datetime.date
) -> dict[str, Any]:
    """The same of a dry run, within its planning transaction (``report`` of ``crm.campaigns.planning.plan``).

    :raises TemplateError: as ``preview``
    """
    transaction.run("messages/shown_dry", campaign=campaign)
    return _preview(transaction, business, campaign, business_date)


def _preview(t: Transaction, business: Business, campaign: str, business_date: datetime.date) -> dict[str, Any]:
    send_date = send_date_of(business_date)
    counts = t.rows("messages/preview_counts")
    needed = t.rows("messages/needed_renderings", locale=business.locale)
    offers = {row.declaration_hash: row.offer for row in t.rows("messages/sample_offers")}
    found: dict[str, Any] = {
        "campaign": campaign,
        "business_date": business_date.isoformat(),
        "send_date": send_date.isoformat(),
        "candidates": sum(row.candidates for row in counts),
        "decisions": _sum(counts, "decision"),
        "reasons": _sum([row for row in counts if row.decision == "exclude"], "reason"),
        "channels": _sum([row for row in counts if row.decision == "include"], "channel"),
        "tiers": _sum([row for row in counts if row.decision == "include"], "tier"),
        "sending_cost": float(sum(row.sending_cost for row in counts)),
        "currency": business.currency,
        "samples": _samples(business, campaign, send_date, needed, offers),
    }
    return {**found, "markdown": markdown(found)}


def _sum(rows: list[Any], column: str) -> dict[str, int]:
    total: Counter[str] = Counter()
    for row in rows:
        total[getattr(row, column) or "(none)"] += row.candidates
    return dict(total.most_common())


def _samples(
    business: Business, campaign: str, send_date: datetime.date, needed: list[Any], offers: dict[str, Any]
) -> list[dict[str, Any]]:
    """One message per template that is needed; every branch of each is tried on the way."""
    composer = Composer(business, campaign, {row.declaration_hash: row.body for row in needed})
    found = []
    for row in needed:
        written = sample(composer, row, offers.get(row.declaration_hash), send_date)
        which = {key: getattr(row, key) for key in ("occasion", "wave", "channel", "locale", "variant", "messages")}
        found.append({**which, **written})
    return found


def sample(composer: Composer, row: Any, offer: Any, send_date: datetime.date) -> dict[str, Any]:
    """One message to an invented person, after every branch of its template was tried.

    :param row: declaration_hash, channel, locale, variant, occasion, wave
    :return: ``text`` and, of an e-mail, ``subject``; of an SMS ``parts``, ``encoding`` and ``units``
    :raises TemplateError: names file and variable
    """
    composer.check(row)
    invented = SimpleNamespace(
        **{key: getattr(row, key) for key in ("declaration_hash", "channel", "locale", "variant", "occasion", "wave")},
        **INVENTED[row.locale],
        message_id=SAMPLE_ID,
        send_date=send_date,
        address="sample@example.com" if row.channel == "email" else "+12025550100",
        offer=offer,
    )
    envelope = composer.envelope(invented)
    text = personal.fill(envelope.body.text, envelope.values).strip()
    if row.channel == "sms":
        return {"text": text, **vars(sms.count(text))}
    return {"text": text, "subject": personal.fill(envelope.body.subject, envelope.values)}


def markdown(found: dict[str, Any]) -> str:
    """The preview for the task log and the approval page."""
    title = f"### {found['campaign']}, to be sent on {found['send_date']} (data up to {found['business_date']})"
    if not found["candidates"]:
        return f"{title}\n\nNobody: no decisions were made for this date."
    cost = f"Sending costs about {found['sending_cost']:.2f} {found['currency']}."
    parts = [title, _table("Decision", found["decisions"]), cost]
    for heading, key in (("Excluded because", "reasons"), ("Channel", "channels"), ("Tier", "tiers")):
        if found[key]:
            parts.append(_table(heading, found[key]))
    parts.append("The messages, as an invented person would get them:")
    parts += [_quoted(sample) for sample in found["samples"]]
    return "\n\n".join(parts)


def _table(heading: str, counts: dict[str, int]) -> str:
    rows = "\n".join(f"| {key} | {value:,} |" for key, value in counts.items())
    return f"| {heading} | Customers |\n|---|---:|\n{rows}"


def _quoted(sample: dict[str, Any]) -> str:
    wave = "" if sample["wave"] == "main" else f", wave {sample['wave']}"
    about = f"**{sample['channel']}, {sample['locale']}, variant {sample['variant']}{wave}**: {sample['messages']:,}"
    about += (
        f" messages of {sample['parts']} SMS parts each"
        if "parts" in sample
        else f" messages\n\nSubject: {sample['subject']}"
    )
    return f"{about}\n\n```text\n{sample['text']}\n```"
