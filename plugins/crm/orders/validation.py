"""Validate every staged row with Great Expectations before anything is published.

The suites are ``include/expectations/*.yaml``. A failed expectation of severity *critical* stops the delivery; one of
severity *warning* is reported. Data Docs are kept per delivery and hold counts, never values.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from crm import settings, yaml_files
from crm.orders import contradictions
from crm.orders.delivery import Delivery, hold
from crm.warehouse import Warehouse

if TYPE_CHECKING:
    from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
    from great_expectations.data_context.data_context.abstract_data_context import AbstractDataContext
    from great_expectations.expectations.expectation import Expectation

#: Counts alone: unexpected values would be personal data, in files that outlive the delivery.
_COUNTS = {"result_format": "SUMMARY", "partial_unexpected_count": 0}


class ValidationFailed(Exception):
    """A blocking expectation failed: nothing of the delivery is published; names expectation and files."""


def validate(warehouse: Warehouse, delivery: Delivery) -> dict[str, Any]:
    """Check all rows of ``delivery`` against the suites of its kinds of files.

    Returns ``{"success": True, "warnings": [text, …], "docs": path of the Data Docs or None}``.

    :raises ValidationFailed: a critical expectation failed; the delivery's file versions are marked as failed
    """
    with warehouse.transaction() as tx:
        hold(tx, delivery)
        files = tx.rows("orders/staged_files")
        currency = tx.row("orders/business").currency
        contradicted = contradictions.find(tx) if any(row.kind == "orders" for row in files) else []
        refused = [each for each in contradicted if each.is_refused]
        if refused:
            tx.run("orders/fail_delivery", failures=_by_file([(each.text, [each.source_file]) for each in refused]))
    if refused:
        raise ValidationFailed("; ".join(each.text for each in refused) + ". Nothing was published.")
    if not files:
        return {"success": True, "warnings": [], "docs": None}
    kinds = ["files", *dict.fromkeys(row.kind for row in files)]
    site = settings.data_docs() / delivery.business_date.isoformat() / delivery.delivery_id
    checker = _Checker(warehouse.url, {"$currency": currency}, site)
    results = {kind: checker.check(kind) for kind in kinds}
    docs = checker.write_docs()
    blocking = [(kind, r) for kind, found in results.items() for r in _failed(found, "critical")]
    names = [row.source_file for row in files]
    failed_in = [(_text(kind, r), checker.files(kind, r, names)) for kind, r in blocking]
    with warehouse.transaction() as tx:
        # What was checked is what is staged still.
        hold(tx, delivery)
        rejections = tx.rows("orders/staged_rejections") if blocking else []
        if blocking:
            tx.run("orders/fail_delivery", failures=_by_file(failed_in))
    if blocking:
        problems = "; ".join(f"{text} in {_listed(failed)}" for text, failed in failed_in)
        set_aside = "".join(map(_rejection, rejections))
        raise ValidationFailed(f"{problems}. Nothing was published.{set_aside} Counts per expectation: {docs}")
    warnings = [each.text for each in contradicted]
    warnings += [_text(kind, r) for kind, found in results.items() for r in _failed(found, "warning")]
    return {"success": True, "warnings": warnings, "docs": str(docs)}


class _Checker:
    """Great Expectations on the staging tables of one warehouse; ``values`` replace ``$names`` in the suites."""

    def __init__(self, url: str, values: dict[str, str], site: Path) -> None:
        self.values, self.site = values, site
        self.context = _context(site)
        self.source = self.context.data_sources.add_postgres("warehouse", connection_string=url)
        self.batches: dict[str, Any] = {}

    def check(self, kind: str) -> ExpectationSuiteValidationResult:
        import great_expectations as gx

        declared = _declared(kind)
        suite = gx.ExpectationSuite(name=kind, expectations=[self._expectation(e) for e in declared["expectations"]])
        definition = gx.ValidationDefinition(
            name=kind, data=self._rows(declared["rows"]), suite=self.context.suites.add(suite)
        )
        return self.context.validation_definitions.add(definition).run(result_format=_COUNTS)

    def files(self, kind: str, result: ExpectationValidationResult, names: Iterable[str]) -> list[str]:
        """Names of the files in which the expectation of ``result`` failed."""
        import great_expectations as gx
        from great_expectations.expectations.row_conditions import Column

        declared = next(e for e in _declared(kind)["expectations"] if e["because"] == _because(result))
        conditions = {name: Column("source_file") == name for name in names}
        one_each = [
            self._expectation(declared, row_condition=condition, meta=name) for name, condition in conditions.items()
        ]
        suite = gx.ExpectationSuite(name=f"{kind} by file", expectations=one_each)
        found = self._rows(_declared(kind)["rows"]).get_batch().validate(suite, result_format=_COUNTS)
        failed = {r.expectation_config.meta["source_file"] for r in found.results if not r.success}
        return [name for name in names if name in failed]

    def write_docs(self) -> Path:
        """Write the Data Docs of what was checked; return their first page."""
        self.context.build_data_docs()
        return self.site / "index.html"

    def _rows(self, view: str) -> Any:
        """All rows of a view of the staging schema."""
        if view not in self.batches:
            schema, table = view.split(".")
            asset = self.source.add_table_asset(table, table_name=table, schema_name=schema)
            self.batches[view] = asset.add_batch_definition_whole_table("all rows")
        return self.batches[view]

    def _expectation(self, declared: dict[str, Any], meta: str = "", **more: Any) -> Expectation:
        from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

        config = ExpectationConfiguration(
            type=declared["type"],
            kwargs=_filled(declared["kwargs"], self.values) | more,
            severity=declared["severity"],
            notes=declared["because"],
            meta={"source_file": meta} if meta else {},
        )
        return config.to_domain_obj()


def _context(site: Path) -> AbstractDataContext:
    """A context in memory: no telemetry, no progress bars, one site of Data Docs."""
    os.environ["GX_ANALYTICS_ENABLED"] = "false"
    import great_expectations as gx
    from great_expectations.data_context.types.base import ProgressBarsConfig

    context = gx.get_context(mode="ephemeral")
    context.variables.progress_bars = ProgressBarsConfig(globally=False, metric_calculations=False)
    (name,) = context.get_site_names()
    store = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(site)}
    context.update_data_docs_site(
        name,
        {
            "class_name": "SiteBuilder",
            "show_how_to_buttons": False,  # type: ignore[typeddict-unknown-key]
            "store_backend": store,
            "site_index_builder": {"class_name": "DefaultSiteIndexBuilder"},
        },
    )
    return context


def _declared(kind: str) -> dict[str, Any]:
    content: dict[str, Any] = yaml_files.read(settings.INCLUDE / "expectations" / f"{kind}.yaml")
    return content


def _filled(kwargs: dict[str, Any], values: dict[str, str]) -> dict[str, Any]:
    """``kwargs`` with each ``$name`` in a list replaced by its value."""
    return {
        k: [values.get(v, v) if isinstance(v, str) else v for v in w] if isinstance(w, list) else w
        for k, w in kwargs.items()
    }


def _failed(found: ExpectationSuiteValidationResult, severity: str) -> list[ExpectationValidationResult]:
    failed = [r for r in found.results if not r.success]
    return [r for r in failed if r.expectation_config is not None and r.expectation_config.severity == severity]


def _because(result: ExpectationValidationResult) -> str:
    notes = result.expectation_config.notes if result.expectation_config else None
    return notes if isinstance(notes, str) else " ".join(notes or [])


def _text(kind: str, result: ExpectationValidationResult) -> str:
    """The expectation and how many rows failed it, for people; no values."""
    config = result.expectation_config
    assert config is not None
    count, of = result.result.get("unexpected_count"), result.result.get("element_count")
    rows = f", {count:,} of {of:,} rows" if count is not None and of is not None else ""
    return f"{kind}: {config.type}({config.kwargs.get('column')}){rows} - {_because(result)}"


def _by_file(failed_in: list[tuple[str, list[str]]]) -> str:
    """JSON: source file -> the expectations that failed in it."""
    found: dict[str, list[str]] = {}
    for text, names in failed_in:
        for name in names:
            found.setdefault(name, []).append(text)
    return json.dumps({name: "; ".join(texts) for name, texts in found.items()})


def _rejection(row: Any) -> str:
    column = f" (column {row.column_name})" if row.column_name else ""
    return f" Set aside: {row.lines:,} x {row.reason}{column}, first in row {row.first_row} of {row.source_file}."


def _listed(names: list[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more files" if len(names) > 5 else "")
