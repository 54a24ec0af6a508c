"""What the pages of one business are written with: words, figures, a judge, and names for what is measured."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from crm import occasion_words
from crm.evaluation.report.figures import TO_DATE
from crm.evaluation.report.formats import Formats
from crm.evaluation.report.parts import page_name
from crm.evaluation.report.verdicts import Judge
from crm.evaluation.report.words import Words

if TYPE_CHECKING:
    from crm.business import Business
    from crm.evaluation.report.figures import Result


@dataclass(frozen=True)
class Language:
    """``segments``: segment -> what people call it; ``page``: campaign -> address of its page, beside this one."""

    business: Business
    words: Words
    formats: Formats
    judge: Judge
    segments: Mapping[str, str] = field(default_factory=dict)
    page: Callable[[str], str] = page_name

    @classmethod
    def of(
        cls, business: Business, segments: Mapping[str, str] | None = None, page: Callable[[str], str] = page_name
    ) -> Language:
        """The language of ``business.locale``."""
        words, formats = Words(business.locale), Formats(business.locale, business.currency)
        return cls(business, words, formats, Judge(words, formats, business.evaluation), segments or {}, page)

    def group(self, result: Result) -> str:
        """Which occasion and wave, or which months: "2017, wave 2"; "November 2017"; "to date"."""
        if result["period"]:
            period: str = result["period"]
            return self.words.of(TO_DATE) if period == TO_DATE else self.formats.month(period)
        locale = self.formats.locale
        called = occasion_words.called(result["wave"], locale)
        wave = "" if result["wave"] in occasion_words.MAIN else self.words("wave", wave=called)
        return self.words.join([occasion_words.occasion(result["occasion"], locale), wave])

    def window(self, days: int) -> str:
        """How long: "10 days"."""
        return self.words("days", days=days)

    def question(self, result: Result) -> str:
        """Goal and window."""
        return self.words.join([self.words.of(result["goal"]), self.window(result["window_days"])])

    def part(self, dimension: str, value: str) -> str:
        """What people call a part of the audience; tiers and variants keep their names."""
        if value == "none":
            return self.words("none")
        if dimension == "segment":
            return self.segments.get(value, value)
        return self.words.of(value) if dimension == "channel" else value

    def interval(self, result: Result, names: tuple[str, str, str], kind: str | Callable[[Any], str]) -> str:
        """An estimate and its interval: "+1.2 [−0.3, +2.7]"; a dash where there is none.

        :param names: columns of estimate, low and high
        :param kind: ``money``, ``points``, ``lift`` or ``count``, or what writes each figure
        """
        if result[names[0]] is None:
            return self.formats.money(None)
        write = kind if callable(kind) else getattr(self, f"_{kind}")
        middle, low, high = (write(result[name]) for name in names)
        return middle if result[names[1]] is None else f"{middle} [{low}, {high}]"

    def estimates(self, results: Iterable[Result], names: Iterable[str]) -> Callable[[Any], str]:
        """Writes the amounts of one column alike, for ``interval``; ``names`` as there."""
        columns = tuple(names)
        return self.formats.estimates_of(result[name] for result in results for name in columns)

    def _money(self, value: Any) -> str:
        return self.formats.money(value, sign=True)

    def _points(self, value: Any) -> str:
        return self.formats.points(value)

    def _lift(self, value: Any) -> str:
        return self.formats.lift(value)

    def _count(self, value: Any) -> str:
        return self.formats.count(value, sign=True)
