"""What a result means, in one sentence. Pure: from columns of ``crm.result`` and the business's minimums to words."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import datetime

    from crm.business import Evaluation
    from crm.evaluation.report.figures import Result
    from crm.evaluation.report.formats import Formats
    from crm.evaluation.report.words import Words

OBSERVATIONAL = "observational"
SIGNIFICANT = 0.05
#: How a verdict looks: the key of its label in ``words``, and the class of its badge.
MISMATCH, OPEN, NOT_ENOUGH, GOOD, BAD, EVEN = "mismatch", "open", "not_enough", "good", "bad", "even"


class Verdict(NamedTuple):
    """``tone``: mismatch, open, not_enough, good, bad, even or observational; ``said``: the sentence."""

    tone: str
    said: str


class Enough(NamedTuple):
    """Customers of each arm that a result would need. ``times``: this audience so many times, at its own split."""

    control: int
    treated: int
    times: float


class Judge:
    """Says what results mean, in the business's language."""

    def __init__(self, words: Words, formats: Formats, rules: Evaluation) -> None:
        self._words, self._formats, self._rules = words, formats, rules

    def verdict(self, result: Result, closes: datetime.date | None = None) -> Verdict:
        """The verdict on one result.

        :param closes: business date on which its window is over, where that is known
        """
        if result["sample_ratio_mismatch"]:
            return Verdict(MISMATCH, self._words("said_mismatch", p=self._formats.p(result["sample_ratio_p"])))
        if result["status"] == OPEN:
            until = self._words("said_open_until", date=self._formats.day(closes)) if closes else None
            return Verdict(OPEN, until or self._words("said_open"))
        if result["status"] == NOT_ENOUGH:
            # Who did not draw cannot hold out more.
            why, told = self._why(result), "" if result["assignment"] == OBSERVATIONAL else self._enough(result)
            return Verdict(NOT_ENOUGH, self._words("said_not_enough", why=why, enough=told).strip())
        return self._closed(result)

    def variant(self, compared: Result) -> Verdict:
        """The verdict on one variant against its reference (columns of ``crm.variant_result``)."""
        if compared["status"] != "ok":
            return Verdict(compared["status"], self._words(f"variant_{compared['status']}"))
        p = compared["p_adjusted"] if compared["p_adjusted"] is not None else compared["p_value"]
        names = {"variant": compared["variant"], "reference": compared["reference"]}
        if p is not None and p < SIGNIFICANT:
            tone = GOOD if compared["difference"] > 0 else BAD
            return Verdict(tone, self._words(f"variant_{tone}", **names))
        effect = compared["detectable_effect"]
        if effect is None:
            return Verdict(EVEN, self._words("variant_even"))
        return Verdict(EVEN, self._words("variant_even_effect", effect=self._formats.points(effect, sign=False)))

    def _closed(self, result: Result) -> Verdict:
        money = direction(result["revenue_low"], result["revenue_high"])
        rate = direction(result["low"], result["high"])
        if result["assignment"] == OBSERVATIONAL:
            return Verdict(OBSERVATIONAL, self._money(result, "observed") + self._rate(result, "observed"))
        told = self._money(result, money)
        if rate != EVEN or result["detectable_effect"] is None:
            return Verdict(_of(money, rate), told + self._rate(result, rate if rate != EVEN else "even_bare"))
        effect = self._formats.points(result["detectable_effect"], sign=False)
        return Verdict(_of(money, rate), told + self._words("said_rate_even", effect=effect))

    def _money(self, result: Result, how: str) -> str:
        names = ("incremental_revenue", "revenue_low", "revenue_high")
        money, low, high = (self._formats.money(result[name], sign=True) for name in names)
        if how == BAD:
            money = self._formats.money(abs(result["incremental_revenue"]))
        key = "said_observed" if how == "observed" else f"said_money_{how}"
        return self._words(key, money=money, low=low, high=high)

    def _rate(self, result: Result, how: str) -> str:
        points, low, high = (self._formats.points(result[name]) for name in ("difference", "low", "high"))
        return self._words(f"said_rate_{how}", points=points, low=low, high=high)

    def _why(self, result: Result) -> str:
        if not result["control"]:
            return self._words("why_nobody")
        if result["control"] < self._rules.minimum_control:
            return self._words("why_control", control=self._formats.count(result["control"]))
        rate = self._formats.percent(_common_rate(result))
        return self._words("why_expected", rate=rate, minimum=self._rules.minimum_expected)

    def _enough(self, result: Result) -> str:
        needed = enough(result, self._rules)
        if needed is None:
            return self._words("enough_unknown")
        arms = {"control": self._formats.count(needed.control), "treated": self._formats.count(needed.treated)}
        everybody = result["treated"] + result["control"]
        if needed.control + needed.treated <= everybody:
            share = self._formats.percent(_round_up(needed.control / everybody), 0)
            return self._words("enough_holdout", **arms, share=share)
        return self._words("enough_is", **arms, times=self._formats.number(_tenth_up(needed.times), 1))


def direction(low: float | None, high: float | None) -> str:
    """good where the whole interval is above zero, bad where below, else even."""
    if low is None or high is None:
        return EVEN
    return GOOD if low > 0 else BAD if high < 0 else EVEN


def enough(result: Result, rules: Evaluation) -> Enough | None:
    """What the status ok would take at the result's common rate; None where that rate is 0 or 1, or nobody is there.

    Each arm must expect ``minimum_expected`` converters and as many non-converters, the control hold
    ``minimum_control``.
    """
    rate = _common_rate(result)
    rarer = min(rate, 1 - rate) if rate is not None else 0
    if not rarer:
        return None
    each = math.ceil(round(rules.minimum_expected / rarer, 9))
    needed = max(each, rules.minimum_control)
    control, treated = result["control"], result["treated"]
    times = max(needed / control if control else math.inf, each / treated if treated else math.inf)
    if math.isinf(times):
        times = (needed + each) / (control + treated)
    return Enough(needed, each, times)


def _common_rate(result: Result) -> float | None:
    customers = result["treated"] + result["control"]
    return (result["treated_converted"] + result["control_converted"]) / customers if customers else None


def _of(money: str, rate: str) -> str:
    """Money decides; where it proves nothing, conversion does."""
    return money if money != EVEN else rate


def _round_up(share: float) -> float:
    return math.ceil(round(share * 100, 6)) / 100


def _tenth_up(value: float) -> float:
    return math.ceil(round(value * 10, 6)) / 10


def is_earned(result: Result) -> bool:
    """Whether it is proven that the campaign brought, or lost, money: only then profit and ROI are headlines.

    Of one part among several, by the p that allows for their number.
    """
    if result["assignment"] == OBSERVATIONAL or result["sample_ratio_mismatch"]:
        return False
    if result.get("dimension", "all") != "all":
        p = result["revenue_p_adjusted"]
        return p is not None and p < SIGNIFICANT
    return direction(result["revenue_low"], result["revenue_high"]) != EVEN


def spent(result: Result) -> Any:
    """What a result cost: sending and coupons; None where neither is known."""
    known = [result[name] for name in ("sending_cost", "coupon_cost") if result[name] is not None]
    return sum(known) if known else None
