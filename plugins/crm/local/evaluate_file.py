"""``make evaluate-file``: a past campaign or a published experiment, from a file to stored and printed results."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm import business as businesses
from crm import printing, settings
from crm.evaluation.report.verdicts import is_earned
from crm.local.home import Home
from crm.local.stack import open_warehouse

if TYPE_CHECKING:
    from rich.console import Console

    from crm.evaluation.experiments.evaluating import Evaluated

OBSERVATIONAL = (
    "[bold yellow]obs. = observational[/bold yellow]: "
    "not randomised. The difference may be the audience's, not the campaign's."
)
NOT_OK = {"open": "its window is not over", "not_enough": "not enough customers or converters to say"}


class EvaluateFileError(Exception):
    """Nothing can be evaluated; the message says what to give."""


def evaluate_file(home: Home, mapping: str, file: str) -> None:
    """Evaluate ``file`` by ``mapping`` in the warehouse of ``$CRM_WAREHOUSE_URL`` or of the home; print the results.

    :param mapping: name of a mapping in ``include/experiments``, or path of a YAML file
    :raises EvaluateFileError: one of them is missing
    :raises ExperimentMappingError: the mapping cannot be used
    :raises ExperimentFileError: the file cannot be used; nothing of it is stored
    """
    from crm.evaluation.experiments import mapping as mappings
    from crm.evaluation.experiments.evaluating import evaluate_file as evaluate
    from crm.evaluation.experiments.reading import open_file

    if not mapping or not file:
        known = ", ".join(sorted(each.stem for each in settings.EXPERIMENTS.glob("*.yaml")))
        raise EvaluateFileError(
            f"give make evaluate-file MAPPING=<one of {known}, or the path of a YAML file> FILE=<file> "
            "(docs/experiments.md)"
        )
    business, path = businesses.load(), Path(file).expanduser()
    open_file(path, mappings.load(mapping), business.time_zone)  # before a server is started for nothing
    with open_warehouse(home, new=True) as warehouse:
        show(evaluate(warehouse, business, mapping, path), business.currency, printing.console())


def show(found: Evaluated, currency: str, out: Console) -> None:
    """Print every result that is ok, campaign by campaign, and why the others are not; amounts in ``currency``."""
    read = f"{found.rows:,} rows read" if found.rows else "known already"
    out.print(f"\n[bold]{found.file_name}[/bold]  {read}; {found.customers:,} customers; ", end="")
    out.print(f"{found.new_versions:,} new versions of results" if found.new_versions else "nothing changed")
    if found.strangers:
        out.print(f"{found.strangers:,} of the customers are not known to the warehouse: without segment and orders")
    for (campaign, occasion), results in _by_campaign(found.results).items():
        variants = [each for each in found.variants if (each["campaign"], each["occasion"]) == (campaign, occasion)]
        _show_campaign(f"{campaign} {occasion}".strip(), results, variants, out)
    if any(each["assignment"] == "observational" for each in found.results):
        out.print(f"\n{OBSERVATIONAL}")
    out.print(
        f"\n[dim]Intervals are 95 %; amounts in {currency}; revenue gained: difference times the treated, capped per "
        "customer.\nThe first line of a campaign is its primary result; all others are hints. The p of parts allow for "
        "their number.[/dim]"
    )


def _by_campaign(results: Iterable[dict[str, Any]]) -> dict[tuple[str, str], list[dict[str, Any]]]:
    found: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for result in results:
        found.setdefault((result["campaign"], result["occasion"]), []).append(result)
    return found


def _show_campaign(title: str, results: list[dict[str, Any]], variants: list[dict[str, Any]], out: Console) -> None:
    main = next(each["goal"] for each in results if each["is_primary"])
    shown = [each for each in results if each["status"] == "ok" or each["is_primary"]]
    has_profit = any(each["profit"] is not None and is_earned(each) for each in shown)
    rows = [_row(each, main) for each in sorted(shown, key=_order)]
    rows += [_variant(each) for each in variants if each["status"] == "ok"]
    columns = "who|>days|>treated/control|>converted, %|>difference, points|>p|>revenue gained"
    out.print()
    out.print(
        printing.table(
            f"{title}, {main}: {results[0]['assignment']}",
            columns + "|>profit|>ROI" * has_profit,
            [row if has_profit else row[:-2] for row in rows],
        )
    )
    for status, why in NOT_OK.items():
        if hidden := sum(each["status"] == status and not each["is_primary"] for each in results):
            out.print(f"[dim]{hidden} more {'is' if hidden == 1 else 'are'} {status.replace('_', ' ')}: {why}.[/dim]")
    if any(each["sample_ratio_mismatch"] for each in results):
        out.print(
            "[bold red]The arms' sizes are not those that were drawn (p < 0.001): believe nothing of this.[/bold red]"
        )


def _order(result: dict[str, Any]) -> tuple[object, ...]:
    place = ("all", "variant", "segment", "tier", "channel").index(result["dimension"])
    return not result["is_primary"], place, result["goal"], result["window_days"], result["dimension_value"]


def _row(result: dict[str, Any], main: str) -> tuple[object, ...]:
    rates = " / ".join(_percent(result[name]) for name in ("treated_rate", "control_rate"))
    who = result["dimension_value"] or ("all" if result["goal"] == main else f"all, {result['goal']}")
    head = (who, result["window_days"], f"{result['treated']:,} / {result['control']:,}", rates)
    if result["status"] != "ok":
        return (*head, result["status"].replace("_", " "), "", "", "", "")
    p = result["p_value"] if result["p_adjusted"] is None else result["p_adjusted"]
    return (
        *head, _interval(result, ("difference", "low", "high"), 100, "+.1f"), _p(p),
        _interval(result, ("incremental_revenue", "revenue_low", "revenue_high"), 1, "+,.0f"),
        f"{result['profit']:+,.0f}" if result["profit"] is not None and is_earned(result) else "",
        f"{result['roi']:.1f}" if result["roi"] is not None and is_earned(result) else "",
    )  # fmt: skip


def _variant(result: dict[str, Any]) -> tuple[object, ...]:
    return (
        f"{result['variant']} against {result['reference']}", result["window_days"],
        f"{result['customers']:,} / {result['reference_customers']:,}",
        " / ".join(_percent(result[name]) for name in ("rate", "reference_rate")),
        _interval(result, ("difference", "low", "high"), 100, "+.1f"), _p(result["p_adjusted"]),
        f"better with {_percent(result['probability_better'])} %", "", "",
    )  # fmt: skip


def _p(value: float) -> str:
    return "<0.001" if value < 0.001 else f"{value:.3f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


def _interval(result: dict[str, Any], names: tuple[str, str, str], factor: float, form: str) -> str:
    """An estimate and its interval of 95 %, marked where it is observational; blank where nothing is known."""
    if result[names[0]] is None:
        return ""
    middle, low, high = (format(factor * result[name], form) for name in names)
    mark = " obs." if result["assignment"] == "observational" else ""
    return f"{middle} [{low}, {high}]{mark}"
