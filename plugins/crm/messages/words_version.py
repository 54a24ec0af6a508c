"""The words of a campaign's messages as one value: template files with layout and fallbacks, footer, links, sender.

They are kept by their hash (``crm.words_version``): with the question of an approval, and when the first batch of a
send date is taken up. From then on all its messages are written from there, whatever is saved and whoever sends.
"""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from crm import settings
from crm.messages.composing import Composer, Declared, Sign, declared
from crm.messages.preview import sample_token
from crm.messages.sources import Files, Kept

if TYPE_CHECKING:
    import datetime

    from crm.business import Business
    from crm.messages.sources import Source
    from crm.warehouse import Transaction


@dataclass(frozen=True)
class Words:
    """``content``: ``files`` (name -> text), ``declarations`` (hash -> template and link) and ``frame``, as JSON."""

    content: dict[str, Any]

    @functools.cached_property
    def words_hash(self) -> str:
        text = json.dumps(self.content, sort_keys=True, ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()

    def composer(self, business: Business, campaign: str, sign: Sign | None = None) -> Composer:
        """Writes in these words; what is not about words is as in ``business``."""
        said = {key: Declared(**each) for key, each in self.content["declarations"].items()}
        return Composer(_framed(business, self.content["frame"]), campaign, said, sign, self._source())

    def changes(self, other: Words) -> list[str]:
        """What differs: names of template files, of settings, and ``declaration``."""
        found = [*_changed(self.content["files"], other.content["files"])]
        found += _changed(self.content["frame"], other.content["frame"])
        return found + ["declaration"] * (self.content["declarations"] != other.content["declarations"])

    def _source(self) -> Source:
        return Kept(self.content["files"], settings.TEMPLATES)


def of_files(business: Business, campaign: str, needed: Sequence[Any]) -> Words:
    """The words as they are now, of all that is ``needed`` (messages/needed_renderings.sql). Every branch is tried.

    :raises TemplateError: a template is missing or broken; names file and variable
    """
    files = Files(settings.TEMPLATES)
    composer = Composer(business, campaign, {row.declaration_hash: row.body for row in needed}, sample_token, files)
    for row in needed:
        composer.check(row)
    said = {row.declaration_hash: declared(row.body, campaign, business)._asdict() for row in needed}
    frame = _frame(business, sorted({row.channel for row in needed}))
    return Words({"files": files.used, "declarations": said, "frame": frame})


def current(t: Transaction, business: Business, campaign: str, send_date: datetime.date) -> Words:
    """The words that a send date's messages are written in: the frozen ones where a batch was taken up, else those of
    the files.

    :raises TemplateError: as ``of_files``
    """
    which = {"campaign": campaign, "send_date": send_date}
    content = t.value("messages/sending_words", **which)
    if content is not None:
        return Words(content)
    t.run("messages/shown", **which)
    return of_files(business, campaign, t.rows("messages/needed_renderings", locale=business.locale))


def keep(t: Transaction, words: Words, now: datetime.datetime) -> None:
    """Keep ``words``. Again, it changes nothing."""
    t.run("messages/keep_words", words_hash=words.words_hash, content=json.dumps(words.content), kept_at=now)


def kept(t: Transaction, words_hash: str) -> Words | None:
    """The words of that hash, where they were kept."""
    content = t.value("messages/kept_words", words_hash=words_hash)
    return None if content is None else Words(content)


def freeze(t: Transaction, words: Words, campaign: str, send_date: datetime.date, now: datetime.datetime) -> Words:
    """Write a send date's messages in ``words`` from now on. Where another run was first, its words are returned."""
    keep(t, words, now)
    which = {"campaign": campaign, "send_date": send_date}
    t.run("messages/freeze_words", **which, words_hash=words.words_hash, frozen_at=now)
    stands = Words(t.value("messages/sending_words", **which))
    return words if stands.words_hash == words.words_hash else stands


def _frame(business: Business, channels: Iterable[str]) -> dict[str, Any]:
    """What stands in every message, by the name of its setting in business.yaml."""
    footer, sms = business.footer, business.channels.get("sms")
    senders = {name: channel.sender for name, channel in business.channels.items() if name in set(channels)}
    return {
        "footer.company": footer.company,
        "footer.postal_address": footer.postal_address,
        "footer.unsubscribe_url": footer.unsubscribe_url,
        "channels.sms.signature": sms.signature if sms else "",
        **{f"channels.{name}.sender": sender for name, sender in senders.items()},
    }


def _framed(business: Business, frame: dict[str, Any]) -> Business:
    """``business`` with the settings of ``frame``."""
    footer = {key: frame[f"footer.{key}"] for key in ("company", "postal_address", "unsubscribe_url")}
    channels = {
        name: channel.model_copy(
            update={
                "sender": frame.get(f"channels.{name}.sender", channel.sender),
                "signature": frame["channels.sms.signature"] if name == "sms" else channel.signature,
            }
        )
        for name, channel in business.channels.items()
    }
    return business.model_copy(update={"footer": business.footer.model_copy(update=footer), "channels": channels})


def _changed(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    return sorted(key for key in before | after if before.get(key) != after.get(key))
