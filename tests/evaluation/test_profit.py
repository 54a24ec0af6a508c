"""Profit by what the goods cost: line by line, as far as it is known, and never on revenue. Every figure is by hand."""

from __future__ import annotations

import pytest
from evaluation_facts import Facts, day

from crm.evaluation.collecting import collect
from crm.evaluation.evaluating import evaluate


@pytest.fixture
def sent(facts: Facts) -> Facts:
    """200 written to and 100 held out on 21 November; 100 and 30 buy two pieces of product 1 for 20 the day after."""
    facts.delivered("2017-12-31")
    arms = [(n, "treatment" if n <= 200 else "control", None) for n in range(1, 301)]
    declaration = facts.declared("winter", "holiday", window=2, holdout=1 / 3)
    facts.decisions(arms, declaration=declaration, send_at="2017-11-21T10:00")
    file = facts.file("2017-11-22")
    facts.orders([(n, f"o{n}", "2017-11-22T10:00", 20) for n in [*range(1, 101), *range(201, 231)]], file=file)
    facts.run("update crm.order_line set quantity = %s", [(2,)])
    facts.messages("winter", accepted_at="2017-11-21T10:05")
    return facts


def sold(facts: Facts, product: int, category: str = "Tea", cost: float | None = None, on: str = "2017-11-01") -> None:
    """A product of the file of a date, with its cost per piece."""
    file = facts.file(on)
    facts.run("update crm.file_version set kind = 'products' where file_version_id = %s", [(file,)])
    facts.product(product, category, external_id=f"x{product}", valid_from=on)
    facts.run(
        "update crm.product set unit_cost = %s, file_version_id = %s where product_id = %s and valid_from = %s",
        [(cost, file, product, on)],
    )


def line(facts: Facts, customers: str, product: int, amount: float, *, quantity: float = 1) -> None:
    """Another line in the orders of these customers (SQL)."""
    facts.run(
        "insert into crm.order_line (customer_id, order_key, line_number, file_version_id, product_id, quantity,"
        f" amount) select customer_id, order_key, 2, file_version_id, %s, %s, %s from crm.orders where {customers}",
        [(product, quantity, amount)],
    )
    facts.run(f"update crm.orders set line_count = 2, amount = amount + %s where {customers}", [(amount,)])


def ruled(business, margins=None, **rules):
    evaluation = business.evaluation.model_copy(update=rules)
    return business.model_copy(update={"evaluation": evaluation, "margins": margins or {}})


def last(facts: Facts) -> dict:
    return facts.results(window_days=2)[-1]


def test_profit_is_the_difference_of_what_the_lines_leave_less_sending(sent, warehouse, business):
    """Each order leaves 20 - 2 x 6 = 8. 200 x (100/200 x 8 - 30/100 x 8) = 320, less 200 messages of 0.01."""
    sold(sent, 1, cost=6)
    evaluate(warehouse, business)
    found = last(sent)
    assert (found["profit_basis"], found["cost_known"], found["margin"]) == ("costs", 1, None)
    assert found["goods_cost"] == 1200
    assert found["profit"] == pytest.approx(318)
    assert found["incremental_revenue"] == pytest.approx(800)
    assert found["profit_low"] == pytest.approx(found["revenue_low"] * 0.4 - 2), "all lines leave 40 %"


def test_where_cost_and_margin_are_unknown_profit_is_unknown_and_never_revenue(sent, warehouse, business):
    sold(sent, 1)
    evaluate(warehouse, business)
    found = last(sent)
    assert (found["status"], found["profit_basis"], found["cost_known"]) == ("ok", "unknown", 0)
    assert {found[name] for name in ("profit", "profit_low", "profit_high", "roi", "goods_cost", "margin")} == {None}


def test_the_margin_of_the_category_serves_where_the_product_has_no_cost(sent, warehouse, business):
    """20 paid and 5 taken off: the goods cost 25 x (1 - 0.4) = 15, and 5 are left: 200 x (2.5 - 1.5) = 200, less 2."""
    sold(sent, 1, category="Tea > Green")
    sent.run("update crm.order_line set discount = %s", [(5,)])
    evaluate(warehouse, ruled(business, margins={"Tea": 0.4, "*": 0.9}))
    found = last(sent)
    assert (found["profit_basis"], found["cost_known"], found["goods_cost"]) == ("costs", 1, 1500)
    assert found["profit"] == pytest.approx(198)


def test_what_is_unknown_of_a_small_part_counts_like_the_rest_and_of_a_large_part_makes_profit_unknown(
    sent, warehouse, business
):
    """A second line of 5 without a cost in every order: 20 of 25 are known, and leave 8, so that 25 leave 10."""
    sold(sent, 1, cost=6)
    line(sent, "true", 2, 5)
    evaluate(warehouse, business)
    assert (last(sent)["profit_basis"], last(sent)["cost_known"], last(sent)["profit"]) == ("unknown", 0.8, None)
    evaluate(warehouse, ruled(business, minimum_cost_known=0.8), everything=True)
    assert (last(sent)["profit_basis"], last(sent)["goods_cost"]) == ("costs", 1200)
    assert last(sent)["profit"] == pytest.approx(200 * (0.5 * 10 - 0.3 * 10) - 2)


def test_a_margin_stands_in_for_the_lines_without_a_cost_and_bears_their_part_of_the_coupons(sent, warehouse, business):
    """8 + 5 x 0.3 = 9.5 are left of 25: 200 x 0.2 x 9.5 = 380. Coupons of 8: 0.7 of a fifth of them paid for goods."""
    sold(sent, 1, cost=6)
    line(sent, "true", 2, 5)
    sent.run("""update crm.decision set offer = '{"code": "TEA4"}', coupon_cost = 4""", [()])
    sent.run("update crm.orders set coupon_codes = '{TEA4}' where customer_id in (1, 2)", [()])
    evaluate(warehouse, ruled(business, margin=0.3))
    found = last(sent)
    assert (found["profit_basis"], found["margin"], found["coupon_cost"]) == ("costs_and_margin", 0.3, 8)
    assert found["profit"] == pytest.approx(380 - 2 - 8 * 0.7 * 0.2)


def test_a_margin_alone_pays_the_goods_from_the_price_before_the_coupon(sent, warehouse, business):
    """(800 + 8) x 0.3 - 8 - 2."""
    sent.run("""update crm.decision set offer = '{"code": "TEA4"}', coupon_cost = 4""", [()])
    sent.run("update crm.orders set coupon_codes = '{TEA4}' where customer_id in (1, 2)", [()])
    evaluate(warehouse, ruled(business, margin=0.3))
    assert (last(sent)["profit_basis"], last(sent)["cost_known"]) == ("margin", 0)
    assert last(sent)["profit"] == pytest.approx(232.4)


@pytest.mark.parametrize(
    ("refund", "left"),
    [
        ({"line": 1, "amount": 20}, (0, 0)),  # the line comes back whole, and its cost with it; 5 unknown are left
        ({"line": 1, "amount": 5}, (9, 15 / 20)),  # a quarter of it
        ({"line": 2, "amount": 5}, (12, 1)),  # the line without a cost
        ({"line": None, "amount": 10}, (7.2, 0.8)),  # 15 of the order's 25: three fifths of every line
        ({"line": None, "amount": 25}, (0, None)),
    ],
)
def test_a_refund_takes_back_what_its_line_cost(facts, warehouse, business, refund, left):
    facts.delivered("2017-12-31")
    declaration = facts.declared("winter", "holiday", window=2)
    facts.decisions([(1, "treatment", None)], declaration=declaration, send_at="2017-11-21T10:00")
    facts.orders([(1, "a", "2017-11-22T10:00", 20)], file=facts.file("2017-11-22"))
    facts.run("update crm.order_line set quantity = %s", [(2,)])
    sold(facts, 1, cost=6)
    line(facts, "true", 2, 5)
    facts.refund(1, "a", refund["amount"], known_on="2017-11-25", line=refund["line"])
    evaluate(warehouse, business)
    found, (cost, known) = last(facts), left
    assert float(found["goods_cost"] or 0) == pytest.approx(cost)
    assert found["cost_known"] == (known if known is None else pytest.approx(known))


def test_a_basket_that_is_capped_leaves_as_much_less(sent, warehouse, business):
    """Customer 1 bought for 2,020 at a cost of 12 + 500. Capped at 20 (of 300 customers the 99 % lie at 20): 15.05."""
    sold(sent, 1, cost=6)
    sold(sent, 2, cost=500)
    line(sent, "customer_id = 1", 2, 2000)
    evaluate(warehouse, business)
    found = last(sent)
    assert (found["revenue_cap"], found["cost_known"]) == (20, 1)
    capped = (2020 - 512) * 20 / 2020
    assert found["profit"] == pytest.approx(200 * ((99 * 8 + capped) / 200 - 0.3 * 8) - 2)


def test_the_cost_is_the_one_known_when_the_order_was_and_else_the_first_known(facts, warehouse, business):
    facts.delivered("2017-12-31")
    arms = [(1, "treatment", None)]
    facts.decisions(arms, declaration=facts.declared("winter", "holiday", window=2), send_at="2017-11-21T10:00")
    facts.orders([(1, "a", "2017-11-22T10:00", 20)], file=facts.file("2017-11-22"))
    for on, cost in (("2017-11-01", 6), ("2017-11-20", 7), ("2017-12-01", 8)):
        sold(facts, 1, cost=cost, on=on)
    facts.run("update crm.product set valid_to = %s where valid_from = %s",
              [("2017-11-20", "2017-11-01"), ("2017-12-01", "2017-11-20")])  # fmt: skip
    collect(warehouse, business)
    assert facts.select("select goods_cost from crm.conversion") == [(7,)]
    facts.run("update crm.product set unit_cost = null where valid_from < %s", [("2017-12-01",)])
    facts.run("update crm.conversion set costed_amount = null", [()])
    collect(warehouse, business)
    assert facts.select("select goods_cost from crm.conversion") == [(8,)]


@pytest.mark.parametrize("quantity", [0, -2])
def test_a_quantity_that_does_not_fit_its_amount_gives_no_cost(sent, warehouse, business, quantity):
    sold(sent, 1, cost=6)
    sent.run("update crm.order_line set quantity = %s", [(quantity,)])
    collect(warehouse, business)
    assert sent.select("select distinct goods_cost, costed_amount from crm.conversion") == [(0, 0)]


def test_a_cost_that_comes_later_makes_a_version_that_says_so_and_the_earlier_one_stays(sent, warehouse, business):
    evaluate(warehouse, business, day("2017-12-30"))
    sold(sent, 1, cost=6, on="2017-12-31")
    evaluate(warehouse, business)
    versions = [(row["version"], row["reason"], row["profit"]) for row in sent.results(window_days=2)]
    assert versions == [(1, "first", None), (2, "costs of goods", pytest.approx(318))]
    assert evaluate(warehouse, business)["new_versions"] == 0


def test_product_files_that_bring_no_first_cost_write_nothing(sent, warehouse, business):
    sold(sent, 1, cost=6)
    evaluate(warehouse, business)
    before = sent.select("select xmin, customer_id from crm.conversion order by 2")
    sold(sent, 1, cost=9, on="2017-12-30")
    sold(sent, 3, cost=9, on="2017-12-30")
    assert evaluate(warehouse, business)["results"] == 0
    assert sent.select("select xmin, customer_id from crm.conversion order by 2") == before


def test_margins_of_categories_that_changed_count_when_everything_is_evaluated_again(sent, warehouse, business):
    """20 x 0.25 are left of an order: 200 x 0.2 x 5 - 2."""
    sold(sent, 1)
    evaluate(warehouse, business)
    evaluate(warehouse, ruled(business, margins={"Tea": 0.25}), everything=True)
    assert (last(sent)["reason"], last(sent)["profit"]) == ("costs of goods", pytest.approx(198))


def test_a_profit_that_was_counted_on_revenue_gets_a_version_by_the_method_and_stays(sent, warehouse, business):
    evaluate(warehouse, business, day("2017-12-30"))
    sent.run(
        "update crm.result set profit_basis = null, cost_known = null, goods_cost = null, profit = incremental_revenue,"
        " roi = 9, profit_low = revenue_low, profit_high = revenue_high", [()],
    )  # fmt: skip
    sent.run("update crm.conversion set costed_amount = null, goods_cost = null", [()])
    sold(sent, 1, cost=6)
    evaluate(warehouse, business)
    old, new = sent.results(window_days=2)
    assert (old["profit"], new["reason"], new["profit"]) == (old["incremental_revenue"], "method", pytest.approx(318))
    assert evaluate(warehouse, business)["new_versions"] == 0
