"""Replies to SMS, from a CSV file of the SMS gateway: ``mobile,text,time``. Who says stop is never written to again.

UTF-8 or GB18030; times are ISO 8601 or ``2017/11/22 9:05``, in the business's time zone unless they name their own.
"""

from __future__ import annotations

import csv
import datetime
import io
import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from crm import addresses
from crm.messages.responses.opt_outs import known_on

if TYPE_CHECKING:
    from crm.business import Business
    from crm.warehouse import Warehouse

COLUMNS = ("mobile", "text", "time")
_FORMATS = ("%Y/%m/%d %H:%M:%S", "%Y/%m/%d %H:%M", "%Y-%m-%d %H:%M:%S", "%Y-%m-%d %H:%M")
_SHOWN = 10


class ReplyError(Exception):
    """The file cannot be taken in, and nothing of it was; names file, row and column, never a number."""


@dataclass(frozen=True)
class OptOut:
    """Somebody said stop."""

    contact_key: str
    occurred_at: datetime.datetime


def take_in(warehouse: Warehouse, business: Business, file: Path, now: datetime.datetime) -> dict[str, int]:
    """Suppress the numbers of ``file`` that said stop: all of them, or on an error none.

    :return: ``replies`` in the file, how many are ``opt_outs``, and how many of their numbers were not known as such
    :raises ReplyError: names every broken row (the first ten)
    """
    replies = _read(file, business)
    told = [asdict(reply) for reply in replies if reply]
    with warehouse.transaction() as t:
        t.run("responses/said")
        t.run(
            "responses/opt_out_replies",
            opt_outs=json.dumps(told, default=str),
            known_on=known_on(t, business, now),
            source="SMS reply",
        )
        new = t.run("responses/say_no")
    return {"replies": len(replies), "opt_outs": len(told), "new": new}


def _read(file: Path, business: Business) -> list[OptOut | None]:
    """One element per reply; None where it does not say stop."""
    found: list[OptOut | None] = []
    problems: list[str] = []
    says_stop = _recogniser(business.responses.stop_words)
    for number, row in _rows(file):
        mobile = addresses.mobile(row["mobile"], business.country, any_type=True)
        at = _time(row["time"], ZoneInfo(business.time_zone))
        if mobile is None:
            problems.append(f"row {number}, column mobile: no valid number; write it with its country code (+86…)")
        elif at is None:
            problems.append(f"row {number}, column time: write it as 2017-11-22 09:05")
        else:
            stops = says_stop(row["text"])
            found.append(OptOut(addresses.contact_key("sms", mobile), at) if stops else None)
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
        values = {column: (row[column] or "").strip() for column in COLUMNS}
        if any(values.values()):
            yield reader.line_num, values


def _recogniser(stop_words: list[str]) -> Callable[[str], bool]:
    """Says whether a reply opts out: its first word is a stop word, or it holds one that is not written in ASCII."""
    words = {_plain(word) for word in stop_words}
    anywhere = [word for word in words if not word.isascii()]

    def says_stop(text: str) -> bool:
        said = _plain(text)
        first = next(iter(re.findall(r"\w+", said)), "")
        return first in words or any(word in said for word in anywhere)

    return says_stop


def _plain(text: str) -> str:
    """Half-width capitals."""
    return unicodedata.normalize("NFKC", text).strip().upper()


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
