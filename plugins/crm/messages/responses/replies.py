"""Replies to SMS, from a CSV file of the SMS gateway: ``mobile,text,time``. Who says stop is not written to again;
what is not clear is listed at the desk, for a person.

UTF-8 or GB18030; times are ISO 8601 or ``2017/11/22 9:05``, in the business's time zone unless they name their own.
"""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crm import addresses, spelling
from crm.messages.responses import inbox, words
from crm.messages.responses.opt_outs import known_on

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Transaction, Warehouse

COLUMNS = ("mobile", "text", "time")
_FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")
_SHOWN = 10
#: Who said it, in crm.suppression: the number itself, or (with the reply's key) a person who read what it wrote.
SOURCE, READ_BY_A_PERSON = "SMS reply", "SMS reply read by a person:"
#: Words of judged replies are kept so long, for who wants to decide anew.
KEPT_DAYS = 30


class ReplyError(Exception):
    """The file cannot be taken in, and nothing of it was; names file, row and column, never a number."""


@dataclass(frozen=True)
class Reply:
    """One reply, without its number."""

    contact_key: str
    occurred_at: datetime.datetime
    text: str
    meaning: words.Meaning


def take_in(warehouse: Warehouse, business: Business, file: Path, now: datetime.datetime) -> dict[str, int]:
    """Suppress the numbers of ``file`` that said stop, list the replies that are not clear: all of them, or on an
    error none.

    :return: ``replies`` in the file, how many are ``opt_outs``, how many of their numbers were not known as such
        (``new``), and how many replies a person has to read (``unclear``: page *Replies* of the desk)
    :raises ReplyError: names every broken row (the first ten)
    """
    replies = _read(file, business)
    opt_outs = [_kept(reply) for reply in replies if reply.meaning == "opt_out"]
    unclear = [_kept(reply) for reply in replies if reply.meaning == "unclear"]
    with warehouse.transaction() as t:
        on = known_on(t, business, now)
        new = _suppress(t, opt_outs, on, SOURCE)
        t.run("responses/keep_replies", replies=json.dumps(unclear, default=str))
    return {"replies": len(replies), "opt_outs": len(opt_outs), "new": new, "unclear": len(unclear)}


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


def _read(file: Path, business: Business) -> list[Reply]:
    """One element per reply."""
    found: list[Reply] = []
    problems: list[str] = []
    meaning = words.judge(business.responses.stop_words)
    for number, row in _rows(file):
        mobile = addresses.mobile(row["mobile"], business.country, any_type=True)
        at = _time(row["time"], ZoneInfo(business.time_zone))
        if mobile is None:
            problems.append(f"row {number}, column mobile: no valid number; write it with its country code (+86…)")
        elif at is None:
            problems.append(f"row {number}, column time: write it as 2017-11-22 09:05")
        else:
            found.append(Reply(addresses.contact_key("sms", mobile), at, row["text"], meaning(row["text"])))
    if problems:
        more = [f"and {len(problems) - _SHOWN} more"] if len(problems) > _SHOWN else []
        raise ReplyError("\n".join([f"{file}: nothing was taken in; mend these rows", *problems[:_SHOWN], *more]))
    return found


def _rows(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    """Line number and values of each row that is not empty."""
    try:
        content = file.read_bytes()
    except OSError as error:
        raise ReplyError(f"{file}: {error.strerror}; name the file: make replies FILE=<csv>") from None
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030", errors="replace")
    reader = csv.DictReader(io.StringIO(text, newline=""), restval="")
    reader.fieldnames = [name.strip().lower() for name in reader.fieldnames or ()]
    missing = [column for column in COLUMNS if column not in reader.fieldnames]
    if missing:
        raise ReplyError(f"{file}, row 1: column {', '.join(missing)} is missing; the header is {','.join(COLUMNS)}")
    for row in reader:
        values = {column: spelling.cleaned(row[column] or "").removeprefix("'") for column in COLUMNS}
        if any(values.values()):
            yield reader.line_num, values


def _time(text: str, zone: ZoneInfo) -> datetime.datetime | None:
    for form in _FORMATS:
        try:
            return datetime.datetime.strptime(text, form).replace(tzinfo=zone)
        except ValueError:
            continue
    try:
        found = datetime.datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=zone)
