"""``make previews``: every e-mail that the campaigns may write, to an invented person, as pages to open in a browser.

``$CRM_HOME/previews/<campaign>/<wave>.<locale>.<variant>[.without_offer].html`` and an ``index.html`` of all.
"""

from __future__ import annotations

import html
from collections.abc import Iterator
from pathlib import Path

from crm import business as businesses
from crm.campaigns import offers, usable
from crm.campaigns.sorts import sorts
from crm.local.home import Home
from crm.messages import personal
from crm.messages.composing import Composer
from crm.messages.preview import INVENTED, invented, sample_token
from crm.rehearsal.trying import SEND_DATE


def previews(home: Home) -> Path:
    """Write the pages; returns the index.

    :raises TemplateError: a template is missing or broken; names file and variable
    """
    folder = home.folder / "previews"
    items = []
    for file, subject, page in pages():
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(page, encoding="utf-8")
        items.append(f'<li><a href="{html.escape(file)}">{html.escape(file)}</a> {html.escape(subject)}</li>')
    index = folder / "index.html"
    index.write_text(f'<!doctype html><meta charset="utf-8"><ul>{"".join(items)}</ul>\n', encoding="utf-8")
    return index


def pages() -> Iterator[tuple[str, str, str]]:
    """File, subject and HTML of every e-mail, with and without its offer."""
    business = businesses.load()
    for declared in usable.read(business).usable:
        composer = Composer(business, declared.campaign, {declared.hash: declared.body}, sample_token)
        for row in (row for row in sorts(declared, business, SEND_DATE) if row.channel == "email"):
            offer = offers.largest(declared.offer, row.variant, business.currency, SEND_DATE)
            for given, ending in ((offer, ""), (None, ".without_offer"))[: 2 if offer else 1]:
                envelope = invented(composer, row, given, SEND_DATE, **INVENTED[row.locale][0])
                subject, page = (
                    personal.fill(text, envelope.values) for text in (envelope.body.subject, envelope.body.html)
                )
                yield f"{declared.campaign}/{row.wave}.{row.locale}.{row.variant}{ending}.html", subject, page
