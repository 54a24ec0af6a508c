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
    from crm.warehouse import Warehouse

#: Nobody's names and products; the second is somebody whose name the shop does not know.
INVENTED: dict[str, list[dict[str, str | None]]] = {
    "en": [
        {"name": "Alex Sample", "product": "ground coffee"},
        {"name": None, "product": "olive oil"},
        {"name": "Bartholomew Sample-Longname", "product": "dishwasher tablets"},
    ],
    "zh-CN": [
        {"name": "李样例", "product": "现磨咖啡"},
        {"name": None, "product": "橄榄油"},
        {"name": "欧阳样例", "product": "洗碗块"},
    ],
}
SAMPLE_ID = "0123456789abcdef"


def preview(
    warehouse: Warehouse, business: Business, campaign: str, business_date: datetime.date, *, at_least: int = 1
) -> dict[str, Any]:
    """Counts of the decisions of ``campaign`` for ``business_date``, and sample messages: of each template that is
    needed, ``at_least`` so many in all. Reads only.

    Returns campaign, business_date, send_date, candidates, ``decisions``, ``reasons`` (of exclusions), ``channels`` and
    ``tiers`` (of included), sending_cost (reporting currency), ``samples`` and all of it as ``markdown``.

    :raises TemplateError: a template is missing or broken; names file and variable
    """
    send_date = send_date_of(business_date)
    which = {"campaign": campaign, "send_date": send_date}
    with warehouse.transaction() as t:
        counts = t.rows("messages/preview_counts", **which)
        needed = t.rows("messages/needed_renderings", **which, locale=business.locale)
        offers = {(o.declaration_hash, o.variant): o.offer for o in t.rows("messages/sample_offers", **which)}
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
        "samples": _samples(business, campaign, send_date, needed, offers, at_least=at_least),
    }
    return {**found, "markdown": markdown(found)}


def _sum(rows: list[Any], column: str) -> dict[str, int]:
    total: Counter[str] = Counter()
    for row in rows:
        total[getattr(row, column) or "(none)"] += row.candidates
    return dict(total.most_common())


def _samples(
    business: Business,
    campaign: str,
    send_date: datetime.date,
    needed: list[Any],
    offers: dict[tuple[str, str], Any],
    *,
    at_least: int,
) -> list[dict[str, Any]]:
    """One message per template that is needed, then to further people; every branch of each is tried on the way."""
    composer = Composer(business, campaign, {row.declaration_hash: row.body for row in needed})
    for row in needed:
        composer.check(row)
    found = []
    for number in range(max(len(needed), at_least) if needed else 0):
        person, row = number // len(needed), needed[number % len(needed)]
        people = INVENTED[row.locale]
        invented = SimpleNamespace(
            **row._mapping,
            **people[person % len(people)],
            message_id=SAMPLE_ID,
            send_date=send_date,
            address="sample@example.com" if row.channel == "email" else "+12025550100",
            offer=offers.get((row.declaration_hash, row.variant)),
        )
        envelope = composer.envelope(invented)
        text = personal.fill(envelope.body.text, envelope.values).strip()
        sample = {"occasion": row.occasion, "wave": row.wave, "channel": row.channel, "locale": row.locale}
        sample |= {"variant": row.variant, "messages": row.messages, "text": text}
        if row.channel == "email":
            sample["subject"] = personal.fill(envelope.body.subject, envelope.values)
        else:
            sample["parts"] = sms.count(text).parts
        found.append(sample)
    return found


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
