"""When a result is written again, and why: nothing that was reported is ever overwritten."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from crm.evaluation import variants
from crm.evaluation.results import ATTRIBUTIONS, EARNINGS, FIGURES, OPEN, RESPONSES

_GROUP = ("campaign", "occasion", "wave", "period", "goal", "window_days")


def of_results(found: Iterable[Mapping[str, Any]], latest: Iterable[Any]) -> list[dict[str, Any]]:
    """Results that differ from their latest version, with their own version and reason."""
    return list(_new(found, latest, (*_GROUP, "dimension", "dimension_value"), FIGURES, reason))


def of_variants(found: Iterable[Mapping[str, Any]], latest: Iterable[Any]) -> list[dict[str, Any]]:
    """The same of comparisons of variants."""
    return list(_new(found, latest, (*_GROUP, "variant", "reference"), variants.FIGURES, _reason_of_variants))


def _new(
    found: Iterable[Mapping[str, Any]],
    latest: Iterable[Any],
    key: Sequence[str],
    figures: Sequence[str],
    why: Callable[[Mapping[str, Any], Any], str],
) -> Iterator[dict[str, Any]]:
    before = {tuple(getattr(row, name) for name in key): row for row in latest}
    for new in found:
        old = before.get(tuple(new[name] for name in key))
        if old is None or not same(new, old, figures):
            yield {**new, "version": old.version + 1 if old else 1, "reason": why(new, old)}


def same(new: Mapping[str, Any], old: Any, names: Iterable[str] = FIGURES) -> bool:
    """Whether two versions say the same; floats to nine digits, so that a newer library makes no new version."""
    return all(_equal(new[name], getattr(old, name)) for name in names)


def _equal(a: Any, b: Any) -> bool:
    if a is None or b is None or isinstance(a, str | bool):
        return bool(a == b)
    return math.isclose(float(a), float(b), rel_tol=1e-9, abs_tol=1e-9)


def reason(new: Mapping[str, Any], old: Any | None) -> str:
    """Why this version of a result is made."""
    if old is None:
        return "first"
    return next(name for name, applies in _reasons(new, old) if applies)


def _reasons(new: Mapping[str, Any], old: Any) -> Iterator[tuple[str, bool]]:
    """What may have changed, the plainest first; the last one always applies."""
    earned = {*EARNINGS, "goods_cost", "cost_known", "profit_basis"}
    costs = {*RESPONSES, *earned, *ATTRIBUTIONS}
    yield "window open", old.status == OPEN and new["status"] == OPEN and new["method"] == old.method
    yield "window closed", old.status == OPEN and new["status"] != OPEN
    yield "entries", new["method"] == old.method and (new["treated"], new["control"]) != (old.treated, old.control)
    yield "method", new["method"] != old.method or _profit_by_another_method(new, old)
    yield "more figures", _has_more(new, old)
    yield "declaration", same(new, old, set(FIGURES) - {"is_primary"})
    yield "settings", not _equal(new["margin"], old.margin)
    yield "costs of goods", same(new, old, set(FIGURES) - earned)
    yield "responses", same(new, old, set(FIGURES) - costs)
    yield "late orders or refunds", True


def _profit_by_another_method(new: Mapping[str, Any], old: Any) -> bool:
    """The version before counted its profit without looking at what goods cost, and comes to something else."""
    return old.profit_basis is None and old.profit is not None and not _equal(new["profit"], old.profit)


def _has_more(new: Mapping[str, Any], old: Any) -> bool:
    """Written before revision 0003, before the p of revenue was kept, or before costs of goods were."""
    return old.treated_orders is None or old.profit_basis is None


def _reason_of_variants(new: Mapping[str, Any], old: Any | None) -> str:
    if old is None:
        return "first"
    return next(name for name, applies in _reasons_of_variants(new, old) if applies)


def _reasons_of_variants(new: Mapping[str, Any], old: Any) -> Iterator[tuple[str, bool]]:
    sizes = ("customers", "reference_customers")
    same_method = new["method"] == old.method
    yield "window open", old.status == OPEN and new["status"] == OPEN and same_method
    yield "window closed", old.status == OPEN and new["status"] != OPEN
    yield "entries", same_method and any(new[name] != getattr(old, name) for name in sizes)
    yield "method", not same_method
    yield "more figures", old.revenue_p is None and new["revenue_p"] is not None
    yield "declaration", same(new, old, set(variants.FIGURES) - {"is_primary"})
    yield "late orders or refunds", True
