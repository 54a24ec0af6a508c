"""Results of imported campaigns as versions: written where they differ from the last one, with the reason."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crm.evaluation import versions

if TYPE_CHECKING:
    from crm.warehouse import Transaction


def keep(
    tx: Transaction,
    found: Sequence[dict[str, Any]],
    compared: Sequence[dict[str, Any]],
    changed: Mapping[tuple[str, str], str],
    otherwise: str | None,
) -> int:
    """Append what is new or differs; returns how many versions that is.

    :param found: results, ``compared``: variants, as columns of ``crm.result`` and ``crm.variant_result``
    :param changed: (campaign, occasion) of new imports, and why there is one: changed file, changed mapping
    :param otherwise: the reason of what differs without a new import; None = as for a live campaign
    """
    campaigns = sorted({each["campaign"] for each in found})
    new = versions.of_results(found, tx.rows("evaluation/latest_results", campaigns=campaigns))
    new_variants = versions.of_variants(compared, tx.rows("evaluation/latest_variants", campaigns=campaigns))
    for step, rows in (("evaluation/append_results", new), ("evaluation/append_variants", new_variants)):
        if rows:
            explained = [each | {"reason": _reason(each, changed, otherwise)} for each in rows]
            tx.run(step, results=json.dumps(explained, default=str))
    return len(new) + len(new_variants)


def _reason(new: dict[str, Any], changed: Mapping[tuple[str, str], str], otherwise: str | None) -> str:
    if new["version"] == 1:
        return str(new["reason"])
    return changed.get((new["campaign"], new["occasion"])) or otherwise or str(new["reason"])
