"""Who has had the mail of a report: taken and committed before a provider is called, so that nobody has it twice."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from crm.warehouse import Warehouse


class Mail(NamedTuple):
    """One mail: ``content`` is the SHA-256 of the figures, ``request`` 1, or more where a person asked for it again."""

    as_of: datetime.date
    content: str
    recipient: str
    request: int

    @property
    def message_id(self) -> str:
        """The same for the same mail, and no id of the ledger: those are hexadecimal."""
        import hashlib

        said = "\n".join(map(str, self))
        return f"report{hashlib.sha256(said.encode()).hexdigest()[:16]}"


def waiting(warehouse: Warehouse, as_of: datetime.date, content: str, names: Iterable[str]) -> list[str]:
    """Those of ``names`` to whom nobody has mailed this report yet."""
    with warehouse.transaction() as tx:
        had = {row.recipient for row in tx.rows("evaluation/report/mailed", as_of=as_of, content_hash=content)}
    return [name for name in dict.fromkeys(names) if name not in had]


def without_end(warehouse: Warehouse, as_of: datetime.date, content: str) -> list[str]:
    """To whom a mail of this report was taken of which nobody knows what became: its sender died, or is at it."""
    with warehouse.transaction() as tx:
        return [
            row.recipient for row in tx.rows("evaluation/report/mail_without_end", as_of=as_of, content_hash=content)
        ]


def take(warehouse: Warehouse, as_of: datetime.date, content: str, recipient: str, *, again: bool) -> Mail | None:
    """Take the mail to ``recipient``; None where somebody has taken it already. Committed when this returns."""
    values = {"as_of": as_of, "content_hash": content, "recipient": recipient, "again": again}
    with warehouse.transaction() as tx:
        request = tx.value("evaluation/report/claim_mail", **values)
    return Mail(as_of, content, recipient, request) if request else None


def end(warehouse: Warehouse, mail: Mail, outcome: Mapping[str, Any]) -> None:
    """Keep what became of it: status, provider, provider_message_id, reason."""
    with warehouse.transaction() as tx:
        tx.run(
            "evaluation/report/end_mail",
            as_of=mail.as_of,
            content_hash=mail.content,
            recipient=mail.recipient,
            request=mail.request,
            **outcome,
        )
