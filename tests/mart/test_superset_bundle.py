"""The dashboards of ``include/superset/bundle`` fit the views that they are drawn from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
import yaml

from crm.local.superset_queries import query_context

PROJECT = Path(__file__).resolve().parents[2]
BUNDLE = PROJECT / "include" / "superset" / "bundle"


def _files(folder: str) -> dict[str, dict[str, Any]]:
    files = sorted((BUNDLE / folder).rglob("*.yaml"))
    return {file.stem: yaml.safe_load(file.read_text(encoding="utf-8")) for file in files}


DATASETS, CHARTS, DASHBOARDS = _files("datasets"), _files("charts"), _files("dashboards")
DATABASE = _files("databases")["CRM_warehouse"]


@pytest.fixture
def reader(shop, warehouse) -> Iterator[psycopg.Connection]:
    """The seeded shop, as a BI tool sees it."""
    with psycopg.connect(warehouse.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("set role crm_reader")
        yield connection


def _relation(dataset: dict[str, Any]) -> str:
    return f"({dataset['sql']}) as shown" if dataset["sql"] else f"mart.{dataset['table_name']}"


def _calculated(dataset: dict[str, Any]) -> dict[str, str]:
    return {c["column_name"]: c["expression"] for c in dataset["columns"] if c.get("expression")}


def _whole(dataset: dict[str, Any]) -> str:
    """The dataset with its calculated columns, which charts name like the others."""
    more = "".join(f", {expression} as {name}" for name, expression in _calculated(dataset).items())
    return f"(select *{more} from {_relation(dataset)}) as whole"


def _of(chart: dict[str, Any]) -> dict[str, Any]:
    (dataset,) = (d for d in DATASETS.values() if d["uuid"] == chart["dataset_uuid"])
    return dataset


def _listed(value: Any) -> list[str]:
    return [value] if isinstance(value, str) else list(value or [])


@pytest.mark.parametrize("name", DATASETS)
def test_every_column_of_a_dataset_is_one_of_its_view_with_this_type(reader, name):
    dataset = DATASETS[name]
    cursor = reader.execute(f"select * from {_relation(dataset)} limit 0".encode())
    oids = {c.name: c.type_code for c in cursor.description}
    types = dict(reader.execute("select oid, upper(format_type(oid, null)) from pg_type").fetchall())
    stored = {c["column_name"]: c["type"] for c in dataset["columns"] if not c.get("expression")}
    assert stored == {column: types[oid] for column, oid in oids.items()}
    dates = {c["column_name"] for c in dataset["columns"] if c["is_dttm"]}
    assert dates == {column for column, kind in stored.items() if kind == "DATE" or kind.startswith("TIMESTAMP")}


@pytest.mark.parametrize("name", DATASETS)
def test_metrics_and_calculated_columns_run_as_the_reader(reader, name):
    dataset = DATASETS[name]
    metrics = ", ".join(metric["expression"] for metric in dataset["metrics"])
    assert reader.execute(f"select count(*), {metrics} from {_whole(dataset)}".encode()).fetchone()[0]
    # A metric called like a column takes that column's words in Superset's legends.
    names = [*(c["column_name"] for c in dataset["columns"]), *(m["metric_name"] for m in dataset["metrics"])]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("name", CHARTS)
def test_every_column_metric_and_filter_of_a_chart_is_its_datasets(reader, name):
    chart, dataset = CHARTS[name], _of(CHARTS[name])
    given = chart["params"]
    columns = {c["column_name"] for c in dataset["columns"]}
    metrics = {m["metric_name"] for m in dataset["metrics"]}
    used_columns = {
        column
        for key in ("x_axis", "groupby", "columns", "all_columns", "groupbyRows", "groupbyColumns")
        for column in _listed(given.get(key))
    }
    used_metrics = {metric for key in ("metric", "metrics") for metric in _listed(given.get(key))}
    assert used_columns <= columns
    assert used_metrics <= metrics
    assert set(given.get("column_config", {})) <= columns | metrics
    assert set(_listed(given.get("x_axis_sort"))) <= columns | metrics
    assert used_columns or used_metrics, "the keys above are those of its kind of chart"
    for condition in given["adhoc_filters"]:
        if condition["expressionType"] == "SQL":
            reader.execute(f"select from {_whole(dataset)} where {condition['sqlExpression']}".encode())
        else:
            assert condition["subject"] in columns


def test_what_a_dashboard_places_and_filters_is_in_the_bundle():
    (dashboard,) = DASHBOARDS.values()
    placed = [part["meta"]["uuid"] for part in dashboard["position"].values() if isinstance(part, dict)
              and part["type"] == "CHART"]  # fmt: skip
    assert sorted(placed) == sorted(chart["uuid"] for chart in CHARTS.values())
    by_uuid = {dataset["uuid"]: dataset for dataset in DATASETS.values()}
    for choice in dashboard["metadata"]["native_filter_configuration"]:
        for target in filter(None, choice["targets"]):
            assert target["column"]["name"] in {c["column_name"] for c in by_uuid[target["datasetUuid"]]["columns"]}


def test_uuids_are_unique_and_every_dataset_is_of_the_one_database():
    everything = [DATABASE, *DATASETS.values(), *CHARTS.values(), *DASHBOARDS.values()]
    assert len({item["uuid"] for item in everything}) == len(everything)
    assert {dataset["database_uuid"] for dataset in DATASETS.values()} == {DATABASE["uuid"]}


def test_the_bundle_holds_no_password_and_lets_nobody_write():
    assert re.fullmatch(r"postgresql\+psycopg2://crm_bi@[\w.:/-]+", DATABASE["sqlalchemy_uri"])
    assert not any(DATABASE[right] for right in ("allow_ctas", "allow_cvas", "allow_dml", "allow_file_upload"))


def test_figures_of_one_shop_and_of_all_are_never_added_up():
    """The row of all shops stands beside those of each: a dashboard begins with the former, and always with one."""
    (dashboard,) = DASHBOARDS.values()
    (shop,) = (c for c in dashboard["metadata"]["native_filter_configuration"] if c["name"] == "Shop")
    assert shop["defaultDataMask"]["filterState"]["value"] == ["All shops"]
    assert shop["controlValues"] | {"enableEmptyFilter": True, "multiSelect": False} == shop["controlValues"]
    with_all = {name for name, dataset in DATASETS.items() if "shop" in {c["column_name"] for c in dataset["columns"]}}
    assert with_all == {name for name, dataset in DATASETS.items() if "shop_name" in _calculated(dataset)}


def test_profit_is_added_up_where_the_money_is_proven_and_the_rest_stands_apart(reader):
    """Proven, lost for certain, unproven, unknown, observational, drawn otherwise, another window, a month."""
    rows = """(values
        (true, '', 'ok', 'randomised', false, 10, 90, 40.0), (true, '', 'ok', 'randomised', false, -90, -10, -30.0),
        (true, 'to-date', 'ok', 'randomised', false, -5, 50, 100.0),
        (true, '', 'ok', 'randomised', false, 10, 90, null),
        (true, '', 'ok', 'observational', false, 10, 90, 1000.0), (true, '', 'ok', 'randomised', true, 10, 90, 1000.0),
        (false, '', 'ok', 'randomised', false, 10, 90, 1000.0),
        (true, '2017-12', 'ok', 'randomised', false, 10, 90, 1000.0)
    ) as r (is_primary, period, status, assignment, sample_ratio_mismatch, revenue_low, revenue_high, profit)"""
    metrics = {each["metric_name"]: each["expression"] for each in DATASETS["campaign_results"]["metrics"]}
    found = reader.execute(f"select {metrics['total_profit']}, {metrics['unproven_profit']} from {rows}".encode())
    assert found.fetchone() == (10, 100)


def test_the_container_imports_the_bundle_and_then_says_where_the_warehouse_is():
    """In this order: the import makes the database of the name, and never changes the URI of one that is there."""
    compose = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]["superset-init"]
    steps = compose["command"][-1]
    assert steps.index("import-dashboards") < steps.index(
        f'set-database-uri --database_name "{DATABASE["database_name"]}"'
    )
    assert "./include/superset/bundle:/crm/bundle:ro" in compose["volumes"]


@pytest.mark.parametrize("name", CHARTS)
def test_superset_s_api_gives_every_chart_as_the_dashboard_opens(name):
    chart = CHARTS[name]
    assert chart["query_context"] == query_context(chart), "run make docs"
    (query,) = json.loads(chart["query_context"])["queries"]
    assert query["columns"] or query["metrics"]
    if "shop_name" in {column["column_name"] for column in _of(chart)["columns"]}:
        assert {"col": "shop_name", "op": "IN", "val": ["All shops"]} in query["filters"], "shops are never added up"
