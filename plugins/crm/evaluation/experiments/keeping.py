"""Results of imported campaigns as versions: written where they differ from the last one, with the reason."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crm.evaluation import results, variants, versions

if TYPE_CHECKING:
    from crm.warehouse import Transaction

WHOLE = ("campaign", "occasion", "wave", "period", "goal", "window_days")
RESULT = (*WHOLE, "dimension", "dimension_value")
VARIANT = (*WHOLE, "variant", "reference")


def keep(
    tx: Transaction,
    found: Sequence[dict[str, Any]],
    compared: Sequence[dict[str, Any]],
    changed: Mapping[tuple[str, str], str],
) -> int:
    """Append what is new or differs; returns how many versions that is.

    :param found: results, ``compared``: variants, as columns of ``crm.result`` and ``crm.variant_result``
    :param changed: (campaign, occasion) of new imports: whether the ``file`` or the ``mapping`` is another one
    """
    campaigns = sorted({each["campaign"] for each in found})
    of_results = _latest(tx.rows("evaluation/latest_results", campaigns=campaigns), RESULT)
    of_variants = _latest(tx.rows("evaluation/latest_variants", campaigns=campaigns), VARIANT)
    new_results = list(_new(found, of_results, RESULT, results.FIGURES, changed))
    new_variants = list(_new(compared, of_variants, VARIANT, variants.FIGURES, changed))
    tx.run("evaluation/append_results", results=json.dumps(new_results, default=str))
    tx.run("evaluation/append_variants", results=json.dumps(new_variants, default=str))
    return len(new_results) + len(new_variants)


def _latest(rows: Iterable[Any], names: Sequence[str]) -> dict[tuple[Any, ...], Any]:
    return {tuple(getattr(row, name) for name in names): row for row in rows}


def _new(
    found: Iterable[dict[str, Any]],
    latest: Mapping[tuple[Any, ...], Any],
    names: Sequence[str],
    figures: Sequence[str],
    changed: Mapping[tuple[str, str], str],
) -> Iterable[dict[str, Any]]:
    """What differs from its latest version, with its version and reason."""
    for each in found:
        old = latest.get(tuple(each[name] for name in names))
        if old is None:
            yield each | {"version": 1, "reason": "first"}
        elif not versions.same(each, old, figures):
            what = changed.get((each["campaign"], each["occasion"]))
            reason = f"changed {what}" if what else versions.reason(each, old)
            yield each | {"version": old.version + 1, "reason": reason}
