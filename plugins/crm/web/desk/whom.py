"""An audience in the reader's words: what the filter of a declaration asks, as nested conditions."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm.campaigns import audiences
from crm.evaluation.report.figures import read_segments
from crm.evaluation.report.formats import Formats
from crm.web.desk.pages import Words

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from crm.warehouse import Transaction

BOUNDS = ("at_least", "above", "at_most", "below")


@dataclass(frozen=True)
class Condition:
    """What must hold, and what it consists of."""

    text: str
    parts: list[Condition] = field(default_factory=list)


def conditions(tx: Transaction, asked: audiences.Filter | None, locale: str, currency: str) -> list[Condition]:
    """All of them must hold; none: everybody is asked."""
    return _Telling(Words(locale), Formats(locale, currency), read_segments(tx, locale)).conditions(asked)


class _Telling:
    def __init__(self, words: Words, formats: Formats, segments: Mapping[str, str]) -> None:
        self._words, self._formats, self._segments = words, formats, segments

    def conditions(self, asked: audiences.Filter | None) -> list[Condition]:
        return [each for key, value in (asked.parts() if asked else ()) for each in self._told(key, value)]

    def _told(self, key: str, value: Any) -> Iterable[Condition]:
        w = self._words
        if isinstance(value, audiences.Filter):
            inner = self.conditions(value)
            yield Condition(w("whom.not") if len(inner) == 1 else w("whom.not_all"), inner)
        elif isinstance(value, list):
            yield Condition(w(f"whom.{key}"), [self._together(each) for each in value])
        elif isinstance(value, audiences.Tags):
            for tag, values in value.root.items():
                among = w("whom.tag_among", tag=tag, values=self._either(values)) if values else None
                yield Condition(among or w("whom.tag", tag=tag))
        else:
            yield Condition(self._field(key, value))

    def _together(self, asked: audiences.Filter) -> Condition:
        """One of several filters, as one condition."""
        inner = self.conditions(asked)
        return inner[0] if len(inner) == 1 else Condition(self._words("whom.together"), inner)

    def _field(self, key: str, value: Any) -> str:
        w = self._words
        if isinstance(value, audiences.Bought):
            said = w(f"whom.{key}", items=self._either(value.in_))
            return w("whom.within", what=said, days=value.within_days) if value.within_days else said
        if isinstance(value, audiences.Range):
            return w("whom.among", field=self._label(key), values=self._range(value))
        if isinstance(value, audiences.Among):
            bound = value.bound()
            values = self._either(self._value(key, each) for each in bound["listed"])
            return w("whom.among" if bound["wanted"] else "whom.not_among", field=self._label(key), values=values)
        listed = [value] if isinstance(value, str) else value.root
        return w("whom.among", field=self._label(key), values=self._either(self._value(key, each) for each in listed))

    def _label(self, key: str) -> str:
        if key in ("aov", "net_revenue"):
            return self._words(f"new.{key}", currency=self._formats.currency)
        return self._words(f"new.{key}")

    def _value(self, key: str, value: str) -> str:
        if key == "segment":
            return self._segments.get(value, value)
        if key in ("stage", "sex"):
            return self._words(f"new.{key}_{value}")
        return self._words.of("channel", value) if key == "consent" else value

    def _range(self, value: audiences.Range) -> str:
        f = self._formats
        ends = [(name, end) for name in BOUNDS if (end := getattr(value, name)) is not None]
        return self._words("whom.comma").join(
            self._words(f"whom.{name}", number=f.count(end) if end == int(end) else f.number(end)) for name, end in ends
        )

    def _either(self, values: Iterable[str]) -> str:
        return self._words("whom.or").join(getattr(each, "written", each) for each in values)
