"""The queries of Superset's charts, written into the bundle: Superset makes one when a person saves a chart.

Its API, its reports and alerts refuse a chart without one (``Chart has no query context saved``). A query asks what the
dashboard shows when it is opened: the dashboard's default filters are in it, so *All shops* is never added to each.
``python -m crm.local.superset_queries`` writes them; a test holds them against the charts.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from crm import settings, yaml_files

BUNDLE = settings.PROJECT / "include" / "superset" / "bundle"
#: The folder that is imported gives datasets their numbers.
_DATASET = {"id": 1, "type": "table"}
Keys = dict[str, Any]


def main(bundle: Path = BUNDLE) -> int:
    """Write the query of every chart; returns how many files changed."""
    changed = 0
    for file in sorted((bundle / "charts").glob("*.yaml")):
        chart, text = read(file), file.read_text(encoding="utf-8")
        chart.pop("query_context", None)
        whole: Keys = {}
        for key, value in chart.items():
            whole[key] = value
            if key == "params":
                whole["query_context"] = query_context(chart, bundle)
        new = yaml.safe_dump(whole, sort_keys=False, allow_unicode=True, width=120)
        changed += new != text
        file.write_text(new, encoding="utf-8")
    return changed


def read(file: Path) -> Keys:
    """A file of the bundle."""
    found: Keys = yaml_files.read(file)
    return found


def query_context(chart: Keys, bundle: Path = BUNDLE) -> str:
    """What Superset's API asks for the chart: JSON, as Superset keeps it."""
    params = chart["params"]
    query = {
        "filters": [*_simple(params), *_dashboards(chart, bundle)],
        "extras": {"having": "", "where": " AND ".join(f"({each})" for each in _sql(params)), **_grain(params)},
        "applied_time_extras": {},
        "columns": _columns(params),
        "metrics": _metrics(params),
        "orderby": _order(params),
        "annotation_layers": [],
        "row_limit": params.get("row_limit", 10_000),
        "series_limit": 0,
        "order_desc": params.get("order_desc", True),
        "url_params": {},
        "custom_params": {},
        "custom_form_data": {},
    }
    whole = {"datasource": _DATASET, "force": False, "queries": [query]}
    return json.dumps(whole | {"result_format": "json", "result_type": "full"}, ensure_ascii=False)


def _simple(params: Keys) -> list[Keys]:
    filters = [each for each in params.get("adhoc_filters", []) if each["expressionType"] == "SIMPLE"]
    return [{"col": each["subject"], "op": each["operator"], "val": each["comparator"]} for each in filters]


def _sql(params: Keys) -> list[str]:
    return [each["sqlExpression"] for each in params.get("adhoc_filters", []) if each["expressionType"] == "SQL"]


def _dashboards(chart: Keys, bundle: Path) -> list[Keys]:
    """The defaults of the dashboard's filters, of those columns that the chart's dataset has."""
    datasets = [read(file) for file in (bundle / "datasets").rglob("*.yaml")]
    (dataset,) = (each for each in datasets if each["uuid"] == chart["dataset_uuid"])
    columns = {column["column_name"] for column in dataset["columns"]}
    dashboards = [read(file) for file in (bundle / "dashboards").glob("*.yaml")]
    masks = [each["defaultDataMask"] for one in dashboards for each in one["metadata"]["native_filter_configuration"]]
    filters = [each for mask in masks for each in mask["extraFormData"].get("filters", [])]
    return [each for each in filters if each["col"] in columns]


def _grain(params: Keys) -> Keys:
    return {"time_grain_sqla": params["time_grain_sqla"]} if "time_grain_sqla" in params else {}


def _columns(params: Keys) -> list[Any]:
    """Of a table with single rows its columns, else what is grouped by: the axis first."""
    if params.get("query_mode") == "raw":
        return list(params["all_columns"])
    axis = [_axis(params)] if params.get("x_axis") else []
    named = ("columns", "groupby", "groupbyRows", "groupbyColumns")
    return [*axis, *(column for key in named for column in _listed(params.get(key)))]


def _axis(params: Keys) -> Keys | str:
    name: str = params["x_axis"]
    if "time_grain_sqla" not in params:
        return name
    grain = params["time_grain_sqla"]
    return {
        "timeGrain": grain, "columnType": "BASE_AXIS", "sqlExpression": name, "label": name, "expressionType": "SQL",
    }  # fmt: skip


def _metrics(params: Keys) -> list[str] | None:
    if params.get("query_mode") == "raw":
        return None
    return _listed(params.get("metrics") or params.get("metric"))


def _order(params: Keys) -> list[list[Any]]:
    if params.get("query_mode") == "raw":
        return [json.loads(each) for each in params.get("order_by_cols", [])]
    if params.get("x_axis") and "time_grain_sqla" in params:
        return [[params["x_axis"], True]]
    by = params.get("timeseries_limit_metric") or next(iter(_metrics(params) or []), None)
    return [[by, not params.get("order_desc", True)]] if by else []


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value or [])


if __name__ == "__main__":
    print(f"Superset's charts: {main()} files written")
