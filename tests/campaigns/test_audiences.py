"""Whom a filter finds, as known on the business date, and how a mistake in it is told."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from audience_facts import COUNTRIES, DAY, REGIONS, SEGMENTS, SEXES, STAGES, TIERS, finds, people, write
from hypothesis import given, settings
from hypothesis import strategies as st

from crm.business import Business
from crm.campaigns import asking, audiences, declarations, usable
from crm.warehouse import WarehouseError
from examples import examples

HEAD = """
campaign: hello
kind: holiday
title: {en: Hello}
priority: 1
occasions: [{name: hello, date: "11-21"}]
channels: [email]
goal: {goal: any_order}
primary_window_days: 10
holdout: 0
"""
NASTY = ["'; drop table crm.orders; --", '"', "%s", ":listed", "x') or true or ('x", "\\", "{}", "$[*]", "NULL"]


def declared(audience: Any, file: str = "hello.yaml") -> declarations.Declaration:
    return declarations.parse(HEAD + yaml.safe_dump({"audience": audience}), file)


class Asked:
    """Asks filters about customers of one warehouse, in one transaction."""

    def __init__(self, transaction) -> None:
        self.transaction = transaction
        transaction.run("campaigns/tables")
        self._sql("insert into candidate (customer_id, due_id) select customer_id, 1 from crm.customer")
        transaction.run("campaigns/standing", business_date=DAY)

    def __call__(self, audience: Any) -> set[int]:
        keep = declared(audience).audience
        with self.transaction.connection.begin_nested() as savepoint:
            asking.keep(self.transaction, 1, keep, DAY)
            found = {number for (number,) in self._sql("select customer_id from candidate")}
            savepoint.rollback()
        return found

    def _sql(self, statement: str) -> list[tuple]:
        cursor = self.transaction.connection.exec_driver_sql(statement)
        return cursor.fetchall() if cursor.returns_rows else []


@pytest.fixture
def asked(warehouse):
    """The shop of audience_facts; ``asked(filter)`` gives the numbers of those whom it finds."""
    write(warehouse.url, people(40, seed=7))
    with warehouse.transaction() as transaction:
        yield Asked(transaction)


def some(values: list[str]) -> st.SearchStrategy:
    listed = st.lists(st.sampled_from(values), min_size=1, max_size=2)
    return listed | st.sampled_from(values) | st.builds(lambda each: {"not_in": each}, listed)


@st.composite
def ranges(draw, *values: float) -> dict[str, float]:
    low, high = sorted(draw(st.lists(st.sampled_from(values), min_size=2, max_size=2, unique=True)))
    lower = draw(st.sampled_from([{}, {"at_least": low}, {"above": low}]))
    upper = draw(st.sampled_from([{"at_most": high}, {"below": high}] + [{}] * bool(lower)))
    return {**lower, **upper}


def bought(*values: str) -> st.SearchStrategy:
    items = st.lists(st.sampled_from(values), min_size=1, max_size=2)
    return st.fixed_dictionaries({"in": items}, optional={"within_days": st.sampled_from([1, 60, 200])})


LEAVES = {
    "tier": some(TIERS), "segment": some(SEGMENTS), "stage": some(STAGES), "region": some([*REGIONS, "FL"]),
    "country": some(COUNTRIES), "sex": some(SEXES), "age": ranges(20, 25, 30, 40, 50),
    "age_band": st.lists(st.sampled_from(["18-24", "25-39", "40-60"]), min_size=1),
    "tag": st.sampled_from([{"style": ["sporty"]}, {"vip": True}, {"style": ["plain", "x"], "vip": ["true"]}]),
    "list": st.lists(st.sampled_from(["odd", "third"]), min_size=1),
    "consent": st.lists(st.sampled_from(["email", "sms"]), min_size=1), "orders": ranges(0, 1, 2, 3),
    "net_revenue": ranges(0, 50, 100, 200, 300), "aov": ranges(20, 50, 80, 120),
    "days_since_order": ranges(0, 30, 90, 300), "bought_product": bought("P1", "P3", "P5"),
    "bought_category": bought("coffee", "Food > Coffee", "Coffee > Beans", "food", "shoes"),
}  # fmt: skip
LEAF = st.sampled_from(sorted(LEAVES)).flatmap(lambda key: st.fixed_dictionaries({key: LEAVES[key]}))
FILTER = st.recursive(
    LEAF,
    lambda each: (
        st.fixed_dictionaries({"all": st.lists(each, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"any": st.lists(each, min_size=1, max_size=3)})
        | st.fixed_dictionaries({"not": each})
        | st.builds(lambda one, two: {**one, **two}, each, LEAF)
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("seed", [1, 2])
def test_any_filter_finds_whom_a_naive_reading_of_it_finds(warehouse, seed):
    everybody = people(30, seed)
    write(warehouse.url, everybody)
    with warehouse.transaction() as transaction:
        ask = Asked(transaction)

        @settings(max_examples=examples(60))
        @given(FILTER)
        def check(audience):
            assert ask(audience) == {person.number for person in everybody if finds(audience, person)}

        check()


EXAMPLES = {
    "age": {"at_least": 30}, "age_band": ["25-39"], "tag": "vip", "consent": "sms", "orders": {"above": 1},
    "net_revenue": {"below": 100}, "aov": {"at_least": 80}, "days_since_order": {"at_most": 90},
    "bought_product": "P1", "bought_category": {"in": "coffee", "within_days": 200}, "tier": "gold",
    "segment": "general_keep", "stage": "active", "region": "ny", "country": "CN", "sex": "female",
    "list": "odd",
}  # fmt: skip


def test_each_field_finds_some_and_leaves_out_others(asked):
    assert EXAMPLES.keys() == LEAVES.keys()
    found = {key: len(asked({key: value})) for key, value in EXAMPLES.items()}
    assert {key: count for key, count in found.items() if not 0 < count < 40} == {}


def test_a_value_is_never_read_as_sql(asked):
    for value in NASTY:
        words = [{key: [value]} for key in ("tier", "region", "bought_product", "bought_category")]
        assert asked({"any": [*words, {"tag": {value: [value]}}]}) == set()
        assert asked({"not": {"region": [value]}}) == set(range(1, 41))
        with pytest.raises(declarations.DeclarationError, match=r"audience\.sql: there is no"):
            declared({"sql": value})


@pytest.mark.parametrize(
    "audience", [{"list": "gone"}, {"not": {"list": ["odd", "gone"]}}, {"any": [{"list": "gone"}]}]
)
def test_a_list_that_nobody_uploaded_asks_nobody(asked, audience, caplog):
    assert asked(audience) == set()
    assert "nobody is asked, no such list was uploaded: gone" in caplog.text


def test_a_named_sql_file_is_one_more_filter(asked, tmp_path, monkeypatch):
    from crm import settings as paths

    asked({"sql": "same_season_last_year", "not": {"any": [{"tier": "gold"}]}})
    (tmp_path / "audiences").mkdir()
    (tmp_path / "audiences" / "odd.sql").write_text(
        "with n as (select customer_id from crm.customer where customer_id % 2 = 1 and known_on <= :business_date)\n"
        "select customer_id from n union all select customer_id from n;\n"
    )
    monkeypatch.setattr(paths, "SQL", tmp_path)
    odd = set(range(1, 41, 2))
    assert asked({"sql": "odd"}) == odd
    gold = asked({"tier": "gold"})
    assert asked({"any": [{"sql": "odd"}, {"tier": "gold"}]}) == odd | gold
    assert asked({"not": {"sql": "odd"}, "tier": "gold"}) == gold - odd


@pytest.mark.parametrize("text", ["select order_key from crm.orders", "delete from crm.orders", "select 1; select 2"])
def test_a_sql_file_is_one_select_of_customers(tmp_path, monkeypatch, text):
    from crm import settings as paths

    (tmp_path / "audiences").mkdir()
    (tmp_path / "audiences" / "wrong.sql").write_text(text)
    monkeypatch.setattr(paths, "SQL", tmp_path)
    with pytest.raises(declarations.DeclarationError, match=r"wrong\.sql must be one select of customer_id"):
        declared({"sql": "wrong"})


def test_a_sql_file_that_fails_is_named(asked, tmp_path, monkeypatch):
    from crm import settings as paths

    (tmp_path / "audiences").mkdir()
    (tmp_path / "audiences" / "broken.sql").write_text("select customer_id from crm.customers")
    monkeypatch.setattr(paths, "SQL", tmp_path)
    with pytest.raises(WarehouseError, match=r"include/sql/audiences/broken\.sql: relation .* does not exist"):
        asked({"sql": "broken"})


def test_the_text_of_a_sql_file_belongs_to_what_is_declared(tmp_path, monkeypatch):
    from crm import settings as paths

    (tmp_path / "audiences").mkdir()
    file = tmp_path / "audiences" / "odd.sql"
    file.write_text("select 1 as customer_id\n")
    monkeypatch.setattr(paths, "SQL", tmp_path)
    first = declared({"sql": "odd"})
    assert "#   select 1 as customer_id" in first.body
    assert declarations.parse(first.body, "kept") == first.model_copy(update={"file": "kept"})
    file.write_text("select 2 as customer_id\n")
    assert declared({"sql": "odd"}).hash != first.hash
    with pytest.raises(declarations.DeclarationError, match=r"odd\.sql has changed since then; restore it"):
        declarations.parse(first.body, "kept")


@pytest.mark.parametrize(
    ("audience", "told"),
    [
        ({"tiers": ["gold"]}, "audience.tiers: no such key; there are age, age_band, all, any, aov, "),
        ({"all": [{"tier": "gold"}, {"colour": "red"}]}, "audience.all.1.colour: no such key"),
        ({"segment": "best"}, "audience.segment.in.0: Input should be 'important_value', 'important_develop'"),
        ({"stage": {"within": ["new"]}}, "audience.stage.within: no such key; there are in, not_in"),
        ({"stage": {"in": ["new"], "not_in": ["active"]}}, "audience.stage: give either in or not_in"),
        ({"region": [False]}, "audience.region.in.0: false is no text here: put it in quotes"),
        ({"country": "Norway"}, "audience.country.in.0: "),
        ({"consent": "mail"}, "audience.consent.0: Input should be 'email' or 'sms'"),
        ({"list": "../x"}, "audience.list.0: String should match pattern"),
        ({"age_band": "young"}, "audience.age_band.0: 'young' is no age band"),
        ({"aov": 80}, "audience.aov: give its bounds, e.g. {at_least: 80}"),
        ({"aov": {}}, "audience.aov: give one of at_least and above"),
        ({"aov": {"at_least": "80"}}, "audience.aov.at_least: Input should be a valid number"),
        ({"aov": {"above": 80, "at_most": 80}}, "audience.aov: no number lies between 80"),
        ({"bought_category": {"in": "x", "within_days": 0}}, "audience.bought_category.within_days: "),
        ({"tag": {}}, "audience.tag: name a tag"),
        ({"tier": None}, "audience: tier: says nothing"),
        ({"not": {}}, "audience.not: name a filter: age, age_band"),
        ({"any": []}, "audience.any: "),
        ([{"tier": "gold"}], "audience: name a filter"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_what_is_allowed(audience, told):
    with pytest.raises(declarations.DeclarationError) as caught:
        declared(audience, "include/campaigns/hello.yaml")
    assert str(caught.value).startswith(f"include/campaigns/hello.yaml: {told}")


def test_a_tier_that_the_business_has_not_is_told_with_those_that_it_has():
    business = Business(name="T", time_zone="UTC", currency="USD", country="US", sources=["x"])
    wrong = declared({"any": [{"tier": "gold"}, {"not": {"tier": ["vip", "base"]}}]})
    refusal = usable.refusal_of(wrong, business)
    assert refusal is not None
    (problem,) = refusal.problems
    assert problem == (
        "audience.any.1.not.tier",
        "the business has no tier vip; there are base, silver, gold, platinum",
    )
    assert usable.refusal_of(declared({"tier": "gold"}), business) is None


def test_every_field_is_documented():
    from crm import settings as paths

    page = (paths.PROJECT / "docs" / "audiences.md").read_text(encoding="utf-8")
    keys = {field.alias or name for name, field in audiences.Filter.model_fields.items()}
    assert {key for key in keys if f"| `{key}` |" not in page} == set()
