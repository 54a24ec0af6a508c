"""The face that BI tools see."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

VIEWS = {
    "campaign_baskets", "campaign_entries", "campaign_result_parts", "campaign_result_versions",
    "campaign_results", "campaign_steps", "campaigns", "cohorts", "coupon_campaigns", "coupon_uses", "coupons",
    "customer_history", "customer_lists", "customer_suppressions", "customers", "daily_sales", "decision_counts",
    "decisions", "deliveries", "housekeeping", "imported_campaigns", "messages", "order_lines", "orders",
    "products", "refunds", "rejected_rows", "repurchase_cycles", "responses", "rfm_segments", "segment_sizes",
    "shop_indicators", "standing_moves", "tier_sizes", "variant_results",
}  # fmt: skip


def test_the_names_of_the_views_are_stable(query):
    assert {
        name for (name,) in query("select table_name from information_schema.views where table_schema = 'mart'")
    } == VIEWS


def test_every_view_names_its_key_in_its_comment_and_no_row_shares_it(shop):
    """A tool that joins on a key that is none doubles the revenue, silently."""
    for view in sorted(VIEWS):
        comment = shop("select obj_description(%s::regclass)", f"mart.{view}")[0][0]
        key = re.search(r"\(key: ([a-z_, ]+)[;)]", comment)
        assert key, f"mart.{view}: {comment}"
        doubled = f"select {key[1]} from mart.{view} group by {key[1]} having count(*) > 1"
        assert shop(doubled) == [], view


def test_daily_sales_reconcile_with_the_facts_to_the_cent(shop):
    facts = shop("""
        select sum(amount) from crm.orders
        where known_until is null and status not in ('unpaid', 'cancelled')""")[0][0]
    refunds = shop("select sum(amount) from crm.refund where known_until is null and refund_key <> 21")[0][0] + 33
    assert (facts, refunds) == (Decimal("131.1577"), Decimal("58.02"))
    assert shop("select sum(gross), sum(refunds), sum(net) from mart.daily_sales") == [
        (facts, refunds, facts - refunds)
    ]


def test_net_is_what_the_orders_left_less_refunds_without_an_order(shop):
    left = shop("select sum(net_amount) from mart.orders")[0][0]
    without_order = shop("select sum(amount) from mart.refunds where order_key is null")[0][0]
    assert shop("select sum(net) from mart.daily_sales") == [(left - without_order,)]


def test_a_refund_stands_on_the_day_it_was_paid_back(shop):
    assert shop("select day, orders, lines, customers, gross, refunds, net from mart.daily_sales order by day") == [
        (date(2017, 11, 19), 2, 3, 2, Decimal("90.3800"), Decimal("0"), Decimal("90.3800")),
        (date(2017, 11, 20), 2, 2, 1, Decimal("40.7777"), Decimal("53.0200"), Decimal("-12.2423")),
        (date(2017, 11, 21), 0, 0, 0, Decimal("0"), Decimal("5.0000"), Decimal("-5.0000")),
    ]


def test_orders_show_their_current_version_once(shop):
    assert shop("select order_id, amount, refunded, net_amount, is_paid from mart.orders order by order_id") == [
        ("o10", Decimal("90.0500"), Decimal("20.0200"), Decimal("70.0300"), True),
        ("o11", Decimal("0.3300"), 0, Decimal("0.3300"), True),
        ("o12", Decimal("7.7777"), 0, Decimal("7.7777"), True),
        ("o13", Decimal("55.0000"), 0, 0, False),
        ("o14", Decimal("44.0000"), Decimal("44.0000"), 0, False),
        ("o15", Decimal("33.0000"), Decimal("33.0000"), 0, True),
    ]


def test_lines_add_up_to_their_orders(shop):
    assert (
        shop("""
        select order_key, orders.amount - sum(order_lines.amount)
        from mart.orders inner join mart.order_lines using (order_key)
        group by order_key, orders.amount having orders.amount <> sum(order_lines.amount)""")
        == []
    )
    assert shop("select count(*) from mart.order_lines")[0][0] == 7


def test_orders_without_a_named_buyer_count_for_the_shop_and_for_no_customer(shop):
    assert shop("select order_id from mart.orders where customer_id is null") == [("o12",)]
    assert shop("select count(*) from mart.customers")[0][0] == 2


def test_orders_of_an_account_that_places_fake_orders_stay_in_orders_and_sales_and_the_comments_say_so(shop):
    sales = "select sum(orders), sum(net) from mart.daily_sales"
    before = shop(sales)
    shop("update crm.customer_profile set fake_orders = true where customer_id = 1")
    assert shop(sales) == before
    assert shop("select count(*) from mart.orders where customer_id = 1") == [(1,)]
    told = "select obj_description(cast(%s as regclass), 'pg_class')"
    for view in ("mart.orders", "mart.daily_sales"):
        assert "fake orders" in shop(told, view)[0][0]


def test_customers_show_what_is_known_now(shop):
    assert shop("""
        select region, email_consent, sms_consent, segment_label_en, segment_label_zh, tier, stage,
            order_count, net_revenue
        from mart.customers order by customer_id""") == [
        ("Hubei", True, False, "Important: develop", "重要发展客户", "base", "new", 1, Decimal("70.0300")),
        (None, False, False, None, None, None, "prospect", 0, 0),
    ]


def test_recency_grows_though_the_state_was_not_recomputed(shop):
    assert shop("select as_of, recency_days from mart.customers where customer_id = 1") == [(date(2017, 11, 20), 1)]


def test_all_eight_segments_are_shown(shop):
    rows = shop("select segment, customers, share from mart.rfm_segments where customers > 0")
    assert rows == [("important_develop", 1, Decimal("1.0000"))]
    assert shop("select count(*) from mart.rfm_segments")[0][0] == 8


def test_cycles_are_those_of_the_latest_calibration_with_the_current_product(shop):
    assert shop("select product_name, category, cycle_days from mart.repurchase_cycles") == [
        ("Red dress", "Dresses", Decimal("10.00"))
    ]


def test_campaign_results_show_the_latest_version_and_keep_the_others(shop):
    assert shop("select version, status from mart.campaign_results") == [(2, "ok")]
    assert shop("select version, is_latest from mart.campaign_result_versions order by version") == [
        (1, False),
        (2, True),
    ]


def test_parts_and_variants_show_their_latest_version_alone(shop):
    """A part is no result of the campaign: the views of whole audiences do not know it (above)."""
    parts = "select dimension, dimension_value, version, control_converted from mart.campaign_result_parts"
    assert shop(parts) == [("tier", "gold", 2, 2)]
    assert shop("select variant, reference, version, reference_converted from mart.variant_results") == [
        ("b", "a", 2, 2)
    ]


def test_indicators_show_the_latest_version_as_rates(shop):
    assert shop("select version, as_of, payment_rate, average_order_value, open_rate from mart.shop_indicators") == [
        (2, date(2017, 11, 21), 0.5, Decimal("7.7777"), None)
    ]


def test_orders_of_nobodys_cohort_have_a_row_of_their_own(shop):
    assert shop("select cohort, months_since, customers, buyers, net_revenue from mart.cohorts order by cohort") == [
        ("", None, 0, 0, Decimal("7.7777")),
        ("2017-11", 0, 1, 1, Decimal("70.0300")),
    ]


def test_steps_of_the_held_out_are_assigned_and_bought_alone(shop):
    assert shop("select arm, accepted_rate, clicked_rate, bought_rate from mart.campaign_steps order by arm") == [
        ("held_out", None, None, 0.05),
        ("treated", 0.9875, 60 / 780, 0.0625),
    ]
    assert shop("select arm, new_share from mart.campaign_baskets") == [("treated", 0.4)]


def test_coupons_show_what_became_of_them_and_never_their_codes(shop):
    assert shop("select status, order_key, by_owner, rejected_uses, cost from mart.coupons order by customer_id") == [
        ("redeemed", 11, False, 1, Decimal("5.0000")),
        ("expired", None, None, 0, 0),
        ("exported", None, None, 0, 0),
    ]
    assert shop(
        "select issued, exported, redeemed, expired, passed_on, rejected_uses, cost from mart.coupon_campaigns"
    ) == [(3, 1, 1, 1, 1, 1, Decimal("5.0000"))]
    assert shop("select order_key, outcome, by_owner from mart.coupon_uses order by 1") == [
        (11, "redeemed", False),
        (12, "repeated", True),
    ]
    for view in ("coupons", "coupon_campaigns", "coupon_uses"):
        assert "REDEEMABLE" not in str(shop(f"select * from mart.{view}"))


def test_an_imported_campaign_shows_its_latest_version_and_that_nobody_drew(shop):
    assert shop("select campaign, occasion, assignment, customers, version from mart.imported_campaigns") == [
        ("spring", "2016", "observational", 600, 2)
    ]


def test_a_campaign_is_shown_once_whether_planned_declared_or_imported(shop):
    """Winter was declared and never due; spring came from a file."""
    assert shop("""
        select campaign, kind, is_imported, declarations, occasions, candidates, included, held_out, excluded,
            results_as_of
        from mart.campaigns order by campaign""") == [
        ("spring", "imported", True, 0, 1, 0, 0, 0, 0, None),
        ("thanksgiving", "holiday", False, 2, 1, 1040, 800, 200, 40, date(2017, 12, 5)),
        ("winter", "seasonal", False, 1, 0, 0, 0, 0, 0, None),
    ]


def test_sizes_share_out_the_buyers_of_each_date_and_name_those_without_scores(shop):
    assert shop("select as_of, label_zh, customers, share, is_latest from mart.segment_sizes order by 1, 3 desc") == [
        (date(2017, 11, 19), "重要发展客户", 1, Decimal(1), False),
        (date(2017, 11, 20), "重要发展客户", 3, Decimal("0.75"), True),
        (date(2017, 11, 20), "未评分客户", 1, Decimal("0.25"), True),
    ]
    assert shop("select as_of, tier, share from mart.tier_sizes where is_latest") == [
        (date(2017, 11, 20), "base", Decimal(1))
    ]


def test_moves_are_shares_of_those_who_stood_there_before(shop):
    assert shop("""
        select from_label_en, to_label_zh, moved, share from mart.standing_moves
        where dimension = 'segment' order by 1, 2""") == [
        ("Important: develop", "未评分客户", True, Decimal("0.25")),
        ("Important: develop", "重要发展客户", False, Decimal("0.75")),
        ("New", "未评分客户", True, Decimal(1)),
    ]


def test_rejected_rows_are_counts(shop):
    assert shop("select reason, column_name, rejected, replayed from mart.rejected_rows") == [
        ("amount_missing", "amount", 1, 0)
    ]


def test_no_view_shows_personal_data_or_the_key_of_an_address(shop, personal):
    keys = shop("select unnest(array[email_key, mobile_key]) from crm.customer_profile")
    hidden = [*personal, *(str(key) for (key,) in keys if key)]
    for view in VIEWS:
        shown = "\n".join(row for (row,) in shop(f"select row_to_json(shown)::text from mart.{view} as shown"))
        assert shown, f"the shop above seeds {view}"
        assert not [word for word in hidden if word in shown], view


class TestReader:
    """``crm_reader`` sees ``mart`` alone, through the rights of the views' owner."""

    @pytest.fixture
    def reader(self, shop, warehouse):
        with psycopg.connect(warehouse.url.replace("+psycopg", ""), autocommit=True) as connection:
            connection.execute("set role crm_reader")
            yield connection

    def test_reads_every_view(self, reader):
        for view in VIEWS:
            assert reader.execute(f"select count(*) from mart.{view}").fetchone()[0] > 0

    def test_runs_the_queries_of_the_readme(self, reader):
        readme = (Path(__file__).resolve().parents[2] / "README.md").read_text(encoding="utf-8")
        queries = re.findall(r"```sql\n(.*?)```", readme, re.DOTALL)
        assert len(queries) == 3
        for query in queries:
            reader.execute(query)

    def test_reads_no_table_behind_them(self, reader):
        for table in ("crm.customer_profile", "crm.orders", "crm.rejected_row", "staging.order_line"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                reader.execute(f"select * from {table}")

    def test_writes_nothing(self, reader):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("update mart.products set name = 'x'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            reader.execute("create table mart.own (n integer)")


def test_not_even_the_pipeline_takes_back_a_result_or_an_opt_out(shop, warehouse):
    with psycopg.connect(warehouse.url.replace("+psycopg", ""), autocommit=True) as connection:
        connection.execute("set role crm_writer")
        for statement in (
            "update crm.result set reason = 'x'",
            "delete from crm.result",
            "update crm.variant_result set reason = 'x'",
            "delete from crm.variant_result",
            "delete from crm.suppression",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute(statement)
