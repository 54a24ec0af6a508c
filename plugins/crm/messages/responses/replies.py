"""Replies to SMS, from a file of the SMS gateway (``crm.messages.responses.reply_files``). Who says stop is not written
to again; what is not clear is listed at the desk, for a person.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm import addresses
from crm.messages.responses import inbox, reply_files, words
from crm.messages.responses.opt_outs import known_on
from crm.messages.responses.reply_files import ReplyError

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse

#: Who said it, in crm.suppression: the number itself, or (with the reply's key) a person who read what it wrote.
SOURCE, READ_BY_A_PERSON = "SMS reply", "SMS reply read by a person:"
#: Words of judged replies are kept so long, for who wants to decide anew.
KEPT_DAYS = 30


@dataclass(frozen=True)
class Reply:
    """One reply, without its number."""

    contact_key: str
    occurred_at: datetime.datetime
    text: str
    meaning: words.Meaning


def take_in(warehouse: Warehouse, business: Business, file: Path, now: datetime.datetime) -> dict[str, int]:
    """``take_in_content`` of a file on disk.

    :raises ReplyError: there is no such file, or as there
    """
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ReplyError(f"{file}: {error.strerror}; name the file: make replies FILE=<csv or xlsx>") from None
    return take_in_content(warehouse, business, content, str(file), now)


def take_in_content(
    warehouse: Warehouse, business: Business, content: bytes, name: str, now: datetime.datetime
) -> dict[str, int]:
    """Suppress the numbers that said stop, list the replies that are not clear: all of them, or on an error none.

    :param name: what the file is called in an error
    :return: ``replies`` in the file, how many are ``opt_outs``, how many of their numbers were not known as such
        (``new``), how many replies a person may have to read (``unclear``: page *Replies* of the desk), and how many
        numbers no customer has now (``unknown``)
    :raises ReplyError: names every broken row (the first ten)
    """
    meaning = words.judge(business.responses.stop_words)
    replies = [
        Reply(addresses.contact_key("sms", line.mobile), line.at, line.text, meaning(line.text))
        for line in reply_files.read(content, name, business)
    ]
    opt_outs = [_kept(reply) for reply in replies if reply.meaning == "opt_out"]
    unclear = [_kept(reply) for reply in replies if reply.meaning == "unclear"]
    numbers = json.dumps(sorted({reply.contact_key for reply in replies}))
    with warehouse.transaction() as t:
        on = known_on(t, business, now)
        new = _suppress(t, opt_outs, on, SOURCE)
        t.run("responses/keep_replies", replies=json.dumps(unclear, default=str))
        unknown = t.value("responses/unknown_numbers", numbers=numbers)
    return {
        "replies": len(replies), "opt_outs": len(opt_outs), "new": new, "unclear": len(unclear), "unknown": unknown,
    }  # fmt: skip


def judge(
    warehouse: Warehouse, business: Business, reply_id: int, verdict: str, *, by: str, now: datetime.datetime
) -> bool:
    """A person decides about an unclear reply, or decides anew. On disk on return; twice is once.

    ``opt_out`` counts like a reply that says stop; ``no_opt_out`` takes back what an earlier verdict noted, and nothing
    else that was said about the number.

    :return: whether there is such a reply
    """
    with warehouse.transaction() as t:
        found = t.rows("responses/judge_reply", reply_id=reply_id, verdict=verdict, by=by, now=now)
        if not found:
            return False
        on, source = known_on(t, business, now), f"{READ_BY_A_PERSON} {reply_id}"
        if verdict == "opt_out":
            _suppress(t, [{"contact_key": str(found[0].contact_key), "occurred_at": now}], on, source)
        else:
            t.run("responses/lift_reply", source=source, by=by, now=now, known_on=on)
    return True


def _suppress(t: Transaction, opt_outs: list[dict[str, Any]], on: datetime.date, source: str) -> int:
    t.run("responses/said")
    t.run("responses/opt_out_replies", opt_outs=json.dumps(opt_outs, default=str), known_on=on, source=source)
    return t.run("responses/say_no")


def _kept(reply: Reply) -> dict[str, Any]:
    """What is kept of a reply: no number or address in its words."""
    return {
        "contact_key": reply.contact_key,
        "occurred_at": reply.occurred_at,
        "text": inbox.plain(reply.text),
        "text_hash": hashlib.md5(reply.text.encode(), usedforsecurity=False).hexdigest(),
    }
