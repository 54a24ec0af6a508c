"""What an operator sees before a campaign is sent: who, who not and why, on what channel, and one message of each sort.

The sample messages are written to an invented person: no personal data leave the warehouse for a preview.
"""

from __future__ import annotations

import datetime
from collections import Counter
from collections.abc import Sequence
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from crm.messages import personal, sms, wording
from crm.messages.clock import send_date_of
from crm.messages.composing import Composer

if TYPE_CHECKING:
    from crm.business import Business
    from crm.messages.providers import Envelope
    from crm.messages.words_version import Words
    from crm.warehouse import Transaction, Warehouse

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
#: As long as personal values can be: what an SMS is billed as at most.
LONGEST = {
    "en": {key: "x" * personal.LONGEST[key] for key in ("name", "product")},
    "zh-CN": {key: "长" * personal.LONGEST[key] for key in ("name", "product")},
}
SAMPLE_ID = "0123456789abcdef"


def sample_token(message_id: str) -> str:
    """What stands for a signature in samples, as long as a real one: no key is needed, and nobody is opted out."""
    return f"{message_id}.{'x' * 20}"


def preview(
    warehouse: Warehouse,
    business: Business,
    campaign: str,
    business_date: datetime.date,
    *,
    at_least: int = 1,
    words: Words | None = None,
    title: str = "",
) -> dict[str, Any]:
    """Counts of the decisions of ``campaign`` for ``business_date``, and sample messages: of each template that is
    needed, ``at_least`` so many in all, in ``words`` or as the files are now; ``title``: what people call the campaign.
    Reads only.

    Returns campaign, business_date, send_date, candidates, ``decisions``, ``reasons`` (of exclusions), ``channels`` and
    ``tiers`` (of included), sending_cost (reporting currency), ``detectable`` (per occasion and wave, as told when it
    was planned), ``samples`` and all of it as ``markdown``.

    :raises TemplateError: a template is missing or broken; names file and variable
    """
    which = {"campaign": campaign, "send_date": send_date_of(business_date)}
    with warehouse.transaction() as t:
        t.run("messages/shown", **which)
        told = [dict(row._mapping) for row in t.rows("messages/preview_detectable", **which)]
        return _preview(
            t, business, campaign, business_date, detectable=told, at_least=at_least, words=words, title=title
        )


def preview_of_dry_run(
    transaction: Transaction, business: Business, campaign: str, business_date: datetime.date
) -> dict[str, Any]:
    """The same of a dry run, within its planning transaction (``report`` of ``crm.campaigns.planning.plan``).

    ``detectable`` is in what ``plan`` returns.

    :raises TemplateError: as ``preview``
    """
    transaction.run("messages/shown_dry", campaign=campaign)
    return _preview(transaction, business, campaign, business_date)


def _preview(
    t: Transaction,
    business: Business,
    campaign: str,
    business_date: datetime.date,
    *,
    detectable: Sequence[dict[str, Any]] = (),
    at_least: int = 1,
    words: Words | None = None,
    title: str = "",
) -> dict[str, Any]:
    send_date = send_date_of(business_date)
    counts = t.rows("messages/preview_counts")
    needed = t.rows("messages/needed_renderings", locale=business.locale)
    offers = {(row.declaration_hash, row.variant): row.offer for row in t.rows("messages/sample_offers")}
    if words:
        composer = words.composer(business, campaign, sample_token)
    else:
        composer = Composer(business, campaign, {row.declaration_hash: row.body for row in needed}, sample_token)
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
        "detectable": list(detectable),
        "samples": _samples(composer, send_date, needed, offers, at_least=at_least),
    }
    return {**found, "markdown": wording.preview_page({**found, "title": title}, business.locale)}


def _sum(rows: list[Any], column: str) -> dict[str, int]:
    total: Counter[str] = Counter()
    for row in rows:
        total[getattr(row, column) or "(none)"] += row.candidates
    return dict(total.most_common())


def _samples(
    composer: Composer,
    send_date: datetime.date,
    needed: list[Any],
    offers: dict[tuple[str, str], Any],
    *,
    at_least: int,
) -> list[dict[str, Any]]:
    """One message per template that is needed, then to further people."""
    found = []
    for number in range(max(len(needed), at_least) if needed else 0):
        person, row = number // len(needed), needed[number % len(needed)]
        offer = offers.get((row.declaration_hash, row.variant))
        which = {key: getattr(row, key) for key in ("occasion", "wave", "channel", "locale", "variant", "messages")}
        found.append({**which, **sample(composer, row, offer, send_date, person)})
    return found


def sample(composer: Composer, row: Any, offer: Any, send_date: datetime.date, person: int = 0) -> dict[str, Any]:
    """One message to an invented person, after every branch of its template was tried.

    :param row: declaration_hash, channel, locale, variant, occasion, wave
    :param person: which of the invented people
    :return: ``text`` and, of an e-mail, ``subject``; of an SMS ``parts``, ``encoding``, ``units`` and, to somebody with
        the longest name and product, ``most_parts``
    :raises TemplateError: names file and variable
    """
    people = INVENTED[row.locale]
    envelope = invented(composer, row, offer, send_date, **people[person % len(people)])
    text = personal.fill(envelope.body.text, envelope.values).strip()
    if row.channel == "sms":
        longest = invented(composer, row, offer, send_date, **LONGEST[row.locale])
        most = sms.count(personal.fill(longest.body.text, longest.values)).parts
        return {"text": text, **vars(sms.count(text)), "most_parts": most}
    return {"text": text, "subject": personal.fill(envelope.body.subject, envelope.values)}


def invented(
    composer: Composer, row: Any, offer: Any, send_date: datetime.date, *, name: str | None, product: str | None
) -> Envelope:
    """The message to somebody who does not exist; ``row`` and errors as in ``sample``."""
    composer.check(row)
    person = SimpleNamespace(
        **{key: getattr(row, key) for key in ("declaration_hash", "channel", "locale", "variant", "occasion", "wave")},
        name=name,
        product=product,
        message_id=SAMPLE_ID,
        send_date=send_date,
        address="sample@example.com" if row.channel == "email" else "+12025550100",
        offer=offer,
    )
    return composer.envelope(person)
