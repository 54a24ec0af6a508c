"""Who may be written to, as a file says it: without a consent no campaign writes to anybody."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from crm.orders import values
from crm.orders.arrow import pa

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from crm.orders.proposals.looking import Look

#: Consent -> the column of the address that it is about.
OF_ADDRESSES = {"consent_email": "email", "consent_sms": "mobile"}
#: Words of a consent that are shown at most.
SHOWN = 5


def doubts(found: Look, columns: Mapping[str, str]) -> Iterator[str]:
    """What a person has to look at: a consent is a matter of law, not of a column's name.

    :param columns: canonical name -> the file's column
    """
    for consent, address in OF_ADDRESSES.items():
        if consent in columns:
            yield from _of_column(found, consent, columns[consent])
        elif address in columns:
            yield (
                f"customer.columns.{consent}: no column says who agreed to it, so no campaign writes to "
                f"{columns[address]}. Name the column; only where everybody in these files agreed: "
                f'{consent}: {{value: "yes"}}'
            )


def _of_column(found: Look, consent: str, column: str) -> Iterator[str]:
    channel = "e-mail" if consent == "consent_email" else "SMS"
    yield f"customer.columns.{consent}: {column} is taken for the consent to marketing by {channel}; is it?"
    words = Counter(found.given(column))
    flags, _ = values.flag(pa.array(list(words), pa.string()))
    unknown = [word for word, flag in zip(words, flags.to_pylist(), strict=True) if flag is None]
    if unknown:
        shown = ", ".join(map(repr, unknown[:SHOWN])) + (", …" if len(unknown) > SHOWN else "")
        yield f"customer.yes, customer.no: what does {shown} mean in {column}? Until it stands there, it is no consent"
