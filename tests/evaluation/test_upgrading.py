"""A warehouse of the revision before keeps its results, and is collected anew for the wider ones."""

from __future__ import annotations

import psycopg
import pytest
from evaluation_facts import Facts, day

from crm.evaluation.collecting import collect
from crm.evaluation.evaluating import evaluate
from crm.migrations import upgrade
from crm.warehouse import Warehouse

OLD_CONVERSION = """
insert into crm.conversion (customer_id, campaign, occasion, instance, wave, kind, send_date, order_key,
    file_version_id, ordered_at, after, meets_goal, goal_amount)
select o.customer_id, d.campaign, d.occasion, '', 'main', 'holiday', d.send_date, o.order_key, o.file_version_id,
    o.ordered_at, o.ordered_at - d.planned_send_at, true, o.amount
from crm.orders as o inner join crm.decision as d using (customer_id)
"""
OLD_RESULT = """
insert into crm.result (campaign, kind, occasion, wave, period, goal, window_days, version, is_primary, status, treated,
    control, treated_converted, control_converted, treated_rate, control_rate, naive_revenue, as_of, reason)
values ('winter', 'holiday', '2017', 'main', '', 'any_order', 10, 1, true, 'not_enough', 1, 1, 1, 0, 1, 0, 20,
    '2017-12-20', 'first')
"""


@pytest.fixture
def old(server_url):
    """A database of revision 0002 with one order that was collected and one result."""
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute("drop database if exists crm_upgraded with (force)")
        admin.execute("create database crm_upgraded")
    url = server_url.rsplit("/", 1)[0] + "/crm_upgraded"
    url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    upgrade(url, "0002")
    facts = Facts(url)
    facts.delivered("2017-12-31")
    arms = [(1, "treatment", "loyal"), (2, "control", "loyal")]
    facts.decisions(arms, declaration=facts.declared("winter", "holiday"), send_at="2017-11-21T10:00")
    file = facts.file("2017-11-22")
    facts.orders([(1, "a", "2017-11-22T10:00", 20)], file=file)
    facts.run(OLD_CONVERSION, [()])
    facts.run(OLD_RESULT, [()])
    facts.run("insert into crm.collected_file values (%s, '2017-12-20', '2017-12-20')", [(file,)])
    facts.run("insert into crm.collected_plan values ('2017-11-20', 2, 30, '2017-12-20')", [()])
    facts.run("insert into crm.evaluation values ('2017-12-20', 4, 4)", [()])
    yield facts, Warehouse(url)
    facts.connection.close()
    with psycopg.connect(server_url, autocommit=True) as admin:
        admin.execute("drop database crm_upgraded with (force)")


def test_conversions_are_filled_up_and_results_get_a_version_with_more_figures(old, business):
    facts, warehouse = old
    upgrade(warehouse.url)
    filled = facts.select("select amount, known_on, known_until from crm.conversion")
    assert filled == [(20, day("2017-11-22"), None)]
    assert collect(warehouse, business)["plans"] == 1
    assert facts.select("select count(*) from crm.assignment") == [(2,)]
    evaluate(warehouse, business)
    found = facts.results(window_days=10)
    assert [(row["version"], row["reason"], row["treated_orders"]) for row in found] == [
        (1, "first", None),
        (2, "more figures", 1),
    ]
