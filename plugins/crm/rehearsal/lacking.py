"""Why campaigns find nobody: what no file has said of customers and products, and the key of a mapping that says it."""

from __future__ import annotations

from typing import Any

_NOBODY = "No customer is known by name: map orders.columns.customer, or give order files that name the buyer."
_REASONS = {
    "addresses": "No customer has an e-mail address or a mobile, so nobody can be written to: map "
    "customers.columns.email or mobile.",
    "consents": "No customer has consented to messages: map customers.columns.consent_email or consent_sms.",
    "birthdays": "No birthday is known, so birthday campaigns find nobody: map customers.columns.birthday.",
    "categories": "No product has a category, so campaigns about categories find nobody: map "
    "products.columns.category.",
}


def lacking(known: Any) -> list[str]:
    """A sentence for each thing of which nothing is known.

    :param known: ``customers`` (a count), and whether there are any ``birthdays``, ``addresses``, ``consents`` and
        ``categories``
    """
    if not known.customers:
        return [_NOBODY]
    return [text for name, text in _REASONS.items() if not getattr(known, name)]
