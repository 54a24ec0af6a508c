"""Decisions and results written straight into the tables, and Airflow's table of runs beside them."""

from __future__ import annotations

import pytest

AIRFLOW = """
create table if not exists public.dag_run (
    dag_id text, run_id text, state text, partition_key text, start_date timestamptz
)
"""


@pytest.fixture
def runs(query, warehouse):
    """Write rows (dag_id, state, partition_key, start_date) into Airflow's table of runs."""
    query(AIRFLOW)

    def write(*rows: tuple[str, str, str | None, str]) -> None:
        for row in rows:
            query("insert into public.dag_run values (%s, gen_random_uuid(), %s, %s, %s)", *row)

    return write


@pytest.fixture
def decide(query):
    """Write one decision, and its message in the state ``message`` where one is given."""

    def write(customer: int, campaign: str, decision: str, *, day: str = "2017-11-20", **more: str) -> None:
        kind = more.get("kind", "holiday")
        arm = {"include": "treatment", "hold_out": "control"}.get(decision)
        query(
            "insert into crm.decision (customer_id, campaign, occasion, instance, kind, business_date, send_date,"
            " occasion_date, priority, decision, reason, channel, contact_key, assignment_key, epoch, salt, arm, goal,"
            " planned_send_at, send_by, cut_off_at, declaration_hash)"
            " select %s, %s, '2017', %s, %s, d, d + 1, d + 1, 1, %s, %s, 'email', crm.contact_key('email', %s), null,"
            " '2017', 's', %s, 'any_order', d, d, d, 'h' from cast(%s as date) as d",
            customer, campaign, day, kind, decision, more.get("reason"), f"{customer}@example.com", arm, day,
        )  # fmt: skip
        if "message" in more:
            message_id = f"{campaign}-{customer}-{day}"
            query(
                "insert into crm.message (customer_id, campaign, occasion, instance, channel, message_id, batch_id,"
                " contact_key, send_date, planned_send_at, send_by, locale, provider, status)"
                " select %s, %s, '2017', %s, 'email', %s, 1, crm.contact_key('email', %s), d + 1, d, d, 'en', 'outbox',"
                " %s from cast(%s as date) as d",
                customer, campaign, day, message_id, f"{customer}@example.com", more["message"], day,
            )  # fmt: skip

    return write


@pytest.fixture
def result(query):
    """Write one version of a result."""

    def write(campaign: str, *, occasion: str = "2017", wave: str = "main", period: str = "", **more: object) -> None:
        row = {
            "campaign": campaign, "kind": "holiday", "occasion": occasion, "wave": wave, "period": period,
            "goal": "any_order", "window_days": 10, "version": 1, "is_primary": True, "status": "ok", "treated": 800,
            "control": 200, "treated_converted": 400, "control_converted": 101, "treated_rate": 0.5,
            "control_rate": 0.505, "difference": -0.005, "low": -0.08, "high": 0.07, "naive_revenue": "51234.5678",
            "incremental_revenue": -12.5, "revenue_low": -900, "revenue_high": 870, "as_of": "2017-12-31",
            "reason": "first", **more,
        }  # fmt: skip
        columns = ", ".join(row)
        query(f"insert into crm.result ({columns}) values ({', '.join(['%s'] * len(row))})", *row.values())

    return write
