"""Results of every status, as an evaluation leaves them: what a report is made of."""

from __future__ import annotations

import datetime
from typing import Any

from evaluation_facts import Facts, day

AS_OF = day("2017-12-31")
SEGMENTS = (
    "important_value", "important_develop", "important_keep", "important_win_back",
    "general_value", "general_develop", "general_keep", "general_win_back",
)  # fmt: skip

#: A closed result that proves nothing, as most do.
OK: dict[str, Any] = {
    "campaign": "thanksgiving", "kind": "holiday", "occasion": "2017", "wave": "main", "period": "",
    "goal": "any_order", "window_days": 10, "version": 2, "is_primary": True, "status": "ok",
    "treated": 1587, "control": 391,
    "treated_converted": 1010, "control_converted": 246, "treated_rate": 1010 / 1587, "control_rate": 246 / 391,
    "difference": 0.0057, "low": -0.0461, "high": 0.0603, "p_value": 0.834, "naive_revenue": 61243.17,
    "incremental_revenue": 1942.41, "revenue_low": -7142.08, "revenue_high": 11026.9, "revenue_cap": 268.4,
    "revenue_uncapped": 2310.55, "uncapped_reliable": False, "sample_ratio_p": 0.71, "as_of": day("2017-12-01"),
    "reason": "window closed", "accepted": 1580, "delivered": 1561, "opened": 402, "clicked": 96,
    "treated_orders": 1911, "control_orders": 462, "control_revenue": 14610.2, "treated_refunds": 120.5,
    "control_refunds": 0, "sending_cost": 1.58, "coupon_cost": 310.0, "baseline_rate": 0.6308, "relative_lift": 0.009,
    "relative_low": -0.073, "relative_high": 0.098, "detectable_effect": 0.0748, "difference_delivered": 0.0058,
    "incremental_orders": 31.2, "orders_low": -120.4, "orders_high": 182.8, "revenue_unadjusted": 2004.0,
    "revenue_unadjusted_low": -8730.1, "revenue_unadjusted_high": 12738.2, "variance_explained": 0.31, "margin": 0.3,
    "goods_cost": None, "cost_known": 0, "profit_basis": "margin",
    "profit": 364.14, "profit_low": -2361.2, "profit_high": 3089.5, "roi": 1.1687, "last_touch_orders": 1702,
    "method": "post_stratified", "strata": None, "dropped_strata": None, "dropped_customers": None,
    "later_entries": None, "revenue_p": 0.674, "revenue_p_adjusted": None,
    "last_touch_revenue": 55120.9, "coupon_orders": 74, "coupon_revenue": 3120.4,
}  # fmt: skip
#: What is said only of a closed result with enough in both arms.
COMPARED = (
    "difference", "low", "high", "p_value", "incremental_revenue", "revenue_low", "revenue_high", "revenue_uncapped",
    "uncapped_reliable", "baseline_rate", "relative_lift", "relative_low", "relative_high", "detectable_effect",
    "difference_delivered", "incremental_orders", "orders_low", "orders_high", "revenue_unadjusted",
    "revenue_unadjusted_low", "revenue_unadjusted_high", "variance_explained", "profit", "profit_low", "profit_high",
    "roi", "revenue_p",
)  # fmt: skip
GOOD = {
    "difference": 0.031, "low": 0.012, "high": 0.05, "p_value": 0.0014, "incremental_revenue": 8412.5,
    "revenue_low": 2103.2, "revenue_high": 14721.8, "profit": 2400.1, "profit_low": 420.3, "profit_high": 4379.9,
    "roi": 7.703,
}  # fmt: skip


def result(status: str = "ok", **changes: Any) -> dict[str, Any]:
    """One row of ``crm.result``."""
    silent = {} if status == "ok" else dict.fromkeys(COMPARED)
    return {**OK, **silent, "status": status, **changes}


def variant(**changes: Any) -> dict[str, Any]:
    """One row of ``crm.variant_result``."""
    return {
        **{name: OK[name] for name in ("campaign", "kind", "occasion", "wave", "period", "goal", "window_days")},
        "variant": "b", "reference": "a", "version": 1, "is_primary": True, "assignment": "randomised", "status": "ok",
        "customers": 796, "reference_customers": 791, "converted": 521, "reference_converted": 489, "rate": 521 / 796,
        "reference_rate": 489 / 791, "difference": 0.0363, "low": -0.0111, "high": 0.0834, "p_value": 0.133,
        "p_adjusted": 0.133, "probability_better": 0.933, "detectable_effect": 0.0674, "revenue_difference": 0.81,
        "revenue_low": -1.92, "revenue_high": 3.54, "method": "post_stratified", "dropped_strata": None,
        "dropped_customers": None, "revenue_p": 0.56, "revenue_p_adjusted": 0.56,
        "as_of": day("2017-12-01"), "reason": "window closed", **changes,
    }  # fmt: skip


def insert(facts: Facts, table: str, rows: list[dict[str, Any]]) -> None:
    """Append rows to a table of crm."""
    for row in rows:
        places = ", ".join(["%s"] * len(row))
        facts.run(f"insert into crm.{table} ({', '.join(row)}) values ({places})", [tuple(row.values())])


def declare(facts: Facts, campaign: str, kind: str, **title: str) -> None:
    """A declaration with its title by language."""
    import yaml

    body = yaml.safe_dump(
        {"campaign": campaign, "title": {name.replace("_", "-"): text for name, text in title.items()}}
    )
    facts.run(
        "insert into crm.declaration (declaration_hash, campaign, kind, body, first_used_on)"
        " values (%s, %s, %s, %s, '2017-11-01')",
        [(f"hash of {campaign}", campaign, kind, body)],
    )


def evaluated(facts: Facts, as_of: datetime.date = AS_OF) -> None:
    """The business date was evaluated."""
    facts.run("insert into crm.evaluation values (%s, 0, 0) on conflict do nothing", [(as_of,)])


def wave(facts: Facts, campaign: str, send_date: str, *, occasion: str = "2017", kind: str = "holiday") -> None:
    """Something was sent on a date."""
    insert(facts, "collected_wave", [{
        "campaign": campaign, "occasion": occasion, "wave": "main", "send_date": send_date, "kind": kind,
        "business_date": day(send_date) - datetime.timedelta(days=1), "goal": "any_order", "epoch": "2017",
        "declaration_hash": "x", "customers": 1978, "first_send_at": f"{send_date} 10:00-05",
        "last_send_at": f"{send_date} 10:00-05",
    }])  # fmt: skip


def every_status(facts: Facts) -> None:
    """A shop in the middle of its work: something proven, nothing proven, too little, open, broken, not randomised."""
    declare(facts, "thanksgiving", "holiday", en="Thanksgiving", zh_CN="感恩节")
    declare(facts, "birthday", "birthday", en="Birthday wishes", zh_CN="生日祝福")
    declare(facts, "winter", "seasonal", en="First cold morning", zh_CN="初冬上新")
    declare(facts, "repurchase", "repurchase", en="Running low?", zh_CN="该补货了")
    declare(facts, "black_friday", "holiday", en="Black Friday", zh_CN="黑色星期五")
    windows = {2: (0.31, -0.012, -0.058, 0.035), 3: (0.41, 0.004, -0.046, 0.055), 30: (0.82, 0.011, -0.028, 0.05)}
    rows = [result(version=1, reason="first", **_OPEN_THEN), result()]
    rows += [
        result(window_days=days, is_primary=False, version=1, baseline_rate=base, difference=d, low=low, high=high,
               incremental_revenue=d * 1e5, revenue_low=low * 1.3e5, revenue_high=high * 1.3e5)
        for days, (base, d, low, high) in windows.items()
    ]  # fmt: skip
    rows += [
        result(dimension="segment", dimension_value=segment, is_primary=False, version=1, treated=198, control=49,
               status="not_enough" if n == 7 else "ok", p_adjusted=0.9 if n != 7 else None,
               **(dict.fromkeys(COMPARED) if n == 7 else {"difference": 0.02 * (n - 3), "low": 0.02 * (n - 3) - 0.11,
                                                           "high": 0.02 * (n - 3) + 0.11}))
        for n, segment in enumerate(SEGMENTS)
    ]  # fmt: skip
    rows += [
        result(dimension=dimension, dimension_value=value, is_primary=False, version=1, p_adjusted=0.7)
        for dimension, value in (("tier", "base"), ("tier", "gold"), ("channel", "email"), ("channel", "sms"),
                                 ("variant", "a"), ("variant", "b"))
    ]  # fmt: skip
    rows += [
        result(campaign="winter", kind="seasonal", as_of=AS_OF, version=1, reason="first", goal="category",
               delivered=None, opened=None, clicked=None, margin=None, goods_cost=30103, cost_known=0.97,
               profit_basis="costs", **GOOD),
        result("not_enough", campaign="repurchase", kind="repurchase", occasion="", wave="", period="2017-12",
               version=1, as_of=AS_OF, reason="window closed", treated=312, control=81,
               treated_converted=9, control_converted=2,
               treated_rate=9 / 312, control_rate=2 / 81, naive_revenue=412.1),
        result("open", campaign="birthday", kind="birthday", occasion="", wave="", period="2017-12", version=4,
               as_of=AS_OF, reason="window open", treated=148, control=17, treated_converted=40, control_converted=5,
               treated_rate=40 / 148, control_rate=5 / 17, naive_revenue=3120.4),
        result(campaign="birthday", kind="birthday", occasion="", wave="", period="to-date", version=9, as_of=AS_OF,
               reason="entries"),
        result(campaign="black_friday", as_of=AS_OF, version=1, sample_ratio_p=0.00002, sample_ratio_mismatch=True),
        result(campaign="Type A / 18", kind="imported", occasion="2017-10-30", version=1, as_of=AS_OF, reason="first",
               assignment="observational", accepted=None, delivered=None, opened=None, clicked=None, **GOOD),
    ]  # fmt: skip
    insert(facts, "result", rows)
    insert(facts, "variant_result", [variant()])
    wave(facts, "thanksgiving", "2017-11-21")
    wave(facts, "winter", "2017-12-20", kind="seasonal")
    wave(facts, "birthday", "2017-12-01", kind="birthday")
    wave(facts, "birthday", "2017-12-30", kind="birthday")
    for channel, messages in (("email", 1204), ("sms", 77)):
        facts.run(
            "insert into crm.message_batch (campaign, occasion, wave, send_date, channel, provider, planned_send_at,"
            " status, messages) values ('birthday', '2017', 'main', %s, %s, 'outbox', '2017-12-30 15:00Z', 'done', %s)",
            [(day("2017-12-30"), channel, messages)],
        )
    evaluated(facts)


_OPEN_THEN: dict[str, Any] = {
    **dict.fromkeys(COMPARED), "status": "open", "treated_converted": 400, "control_converted": 101,
    "treated_rate": 400 / 1587, "control_rate": 101 / 391, "as_of": day("2017-11-26"),
}  # fmt: skip
