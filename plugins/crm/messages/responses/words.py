"""What a reply to an SMS says: an opt-out, something that a person has to read, or something else.

English and Chinese, as people write them. A wrong *opt-out* costs a reader, a wrong *else* breaks the law: what speaks
of stopping without being clear goes to a person.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Literal

Meaning = Literal["opt_out", "unclear", "else"]

_SEND = (
    r"(?:send(?:ing)?|text(?:ing)?|messag(?:e|ing)|sms|contact(?:ing)?|mail(?:ing)?|spam(?:ming)?|call(?:ing)?"
    r"|bother(?:ing)?)"
)
#: English phrases that say it wherever they stand.
_ENGLISH = re.compile(
    r"\bunsub(?:scribe)?\b|\bopt(?:ing|ed)?[ -]?(?:me )?out\b|\b(?:remove|delete) (?:me|my (?:phone |mobile )?number)\b"
    r"|\btake me off\b|\b(?:please|pls|plz) stop\b"
    r"|\bstop (?:it|this|that|please|pls|plz|now|all|these|those|the|ur|your|any)\b"
    rf"|\bstop {_SEND}\b|\b(?:do not|dont|don't|never) (?:ever )?{_SEND}\b(?!.*\bstop\b)"
    r"|\bno more (?:sms|texts?|messages?|msgs?|spam|ads?)\b|\bleave me alone\b|\bcancel my subscription\b",
)
#: In Chinese, simplified: traditional letters are turned first.
_CHINESE = re.compile(
    r"退订|取消订阅|拒收|拒绝接收|(?:不要|别|勿|请勿|不用|不必|停止)(?:再|给我|再给我|向我|往我这)?(?:发|发送|推送|寄|传|打扰|骚扰)"
    r"|不(?:想|愿|愿意|需要|要)(?:再)?(?:收到|接收|收)|(?:回复|回覆|发送|发)\s*(?:TD|T)\b|移除我|删除我|别发了|不要发"
)
#: What denies it: "do not stop", "不要退订", and questions about how.
_DENIED = re.compile(
    r"\b(?:do not|dont|don't|never|please don't|wont|won't|not) (?:stop|unsubscribe|remove|cancel|opt)\b"
    r"|(?:不要|别|不想|没有|没|未|误)(?:要)?(?:退订|取消订阅|移除|删除|拒收)|怎么(?:会)?被?退订"
)
#: What may be one. A person reads it.
_HINT = re.compile(
    r"\b(?:stop\w*|quit|cancel\w*|unsub\w*|remov\w*|delet\w*|spam\w*|wrong (?:number|person)"
    r"|who (?:is|are) (?:this|you)"
    r"|not interested|no thanks?|no thx|block\w*|report\w*|complain\w*|harass\w*|annoy\w*|enough|opt)\b"
    r"|退订|退|订阅|骚扰|投诉|举报|拉黑|垃圾|烦|别发|不要|不需要|不想|打错|你是谁|你们是谁|屏蔽|停|取消|拒"
)
#: Traditional letters of these words.
_SIMPLE = str.maketrans(
    "別訂閱發覆給絕須願騷擾誰們錯煩舉報訴圾刪誤麼會沒", "别订阅发复给绝须愿骚扰谁们错烦举报诉圾删误么会没"
)
_APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'"})
#: Stop words that are used for other things too, and what may follow them.
_ORDINARY = {"STOP", "CANCEL", "END", "QUIT", "REVOKE"}
_POLITE = {
    *("STOP", "PLEASE", "PLS", "PLZ", "NOW", "ALL", "ME", "THANKS", "THANK", "YOU", "THX", "TY", "AND", "SMS", "MSG"),
    *("MSGS", "TEXT", "TEXTS", "MESSAGE", "MESSAGES", "谢谢"),
}


def judge(stop_words: list[str]) -> Callable[[str], Meaning]:
    """A function that says what a reply means.

    :param stop_words: a reply that is one, or begins with one of more than one letter, opts out; those in Chinese
        wherever they stand (``responses.stop_words`` of business.yaml)
    """
    words = {_plain(word).upper() for word in stop_words}
    anywhere = [word for word in words if not word.isascii()]

    def meaning(text: str) -> Meaning:
        said = _plain(text)
        if _DENIED.search(said.lower()):
            return "unclear"
        capitals = said.upper()
        tokens = re.findall(r"\w+", capitals)
        if tokens and _is_stop(tokens, words):
            return "opt_out"
        if any(word in capitals for word in anywhere) or _ENGLISH.search(said.lower()) or _CHINESE.search(capitals):
            return "opt_out"
        begins = bool(tokens) and len(tokens[0]) > 1 and tokens[0] in words
        return "unclear" if begins or _HINT.search(said.lower()) else "else"

    return meaning


def _is_stop(tokens: list[str], words: set[str]) -> bool:
    """Whether the reply is a stop word, or begins with one.

    A single letter ("R u open?") says it alone; a word with other uses ("Cancel my order") alone or with a please.
    """
    if "".join(tokens) in words:
        return True
    first, *rest = tokens
    return first in words and len(first) > 1 and (first not in _ORDINARY or _POLITE.issuperset(rest))


def _plain(text: str) -> str:
    """Half-width, one blank between words, simplified letters, plain apostrophes."""
    whole = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).translate(_SIMPLE)
    return " ".join("".join(c for c in whole if unicodedata.category(c) != "Cf").split())
