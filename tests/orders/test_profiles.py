"""Customers, consents, products, suppressions and past contacts from files: what was known when."""

from __future__ import annotations

import itertools

import pytest
from landed import Shop, day, line

ANN = {"buyer": "ann", "name": "Ann", "email": "Ann@Example.com", "mail_ok": "yes"}
OPT_OUT = {"channel": "email", "address": "Ann@example.com", "reason": "opt_out", "at": "2017-02-01", "source": "old"}
BOB = {"buyer": "bob", "name": "Bob", "email": "bob@example.com", "mail_ok": "no"}

PROFILES = """
    select c.external_id, p.name, p.email, p.valid_from::text, p.valid_to::text
    from crm.customer_profile as p join crm.customer as c using (customer_id) order by 1, 4
"""
CONSENTS = """
    select c.external_id, s.channel, s.granted, s.valid_from::text, s.valid_to::text
    from crm.consent as s join crm.customer as c using (customer_id) order by 1, 4
"""
PRODUCTS = "select external_id, name, category, valid_from::text, valid_to::text from crm.product order by 1, 4"


def take(tea: Shop, on: str, **kinds: list[dict[str, str]]):
    """Deliver and take in a date on which nothing was sold."""
    for kind, rows in kinds.items():
        tea.deliver(kind, on, rows)
    return tea.take(on, allow_empty=True)


def test_customers_of_a_file_get_profiles_consents_and_address_keys(tea: Shop, query):
    counts = take(tea, "2017-03-01", customers=[ANN, BOB])
    assert counts["other"]["customers"]["lines_published"] == 2
    assert query(PROFILES) == [
        ("ann", "Ann", "ann@example.com", "2017-03-01", None),
        ("bob", "Bob", "bob@example.com", "2017-03-01", None),
    ]
    assert query(CONSENTS) == [
        ("ann", "email", True, "2017-03-01", None),
        ("bob", "email", False, "2017-03-01", None),
    ]
    assert query("select bool_and(email_key = crm.contact_key('email', email)) from crm.customer_profile") == [(True,)]


def test_a_full_list_delivered_again_adds_only_what_changed(tea: Shop, query):
    take(tea, "2017-03-01", customers=[ANN, BOB])
    counts = take(tea, "2017-03-02", customers=[ANN | {"mail_ok": "no"}, BOB])
    assert counts["other"]["customers"]["unchanged"] == 1
    assert len(query(PROFILES)) == 2
    assert query(CONSENTS)[:2] == [
        ("ann", "email", True, "2017-03-01", "2017-03-02"),
        ("ann", "email", False, "2017-03-02", None),
    ]


def test_a_file_that_does_not_speak_of_consent_changes_none(tea: Shop, query):
    take(tea, "2017-03-01", customers=[ANN])
    take(tea, "2017-03-02", customers=[ANN | {"mail_ok": "", "name": "Anne"}])
    assert query(CONSENTS) == [("ann", "email", True, "2017-03-01", None)]
    assert [row[1] for row in query(PROFILES)] == ["Ann", "Anne"]


def test_of_several_rows_of_a_customer_the_last_counts(tea: Shop, query):
    counts = take(tea, "2017-03-01", customers=[ANN, ANN | {"name": "Annie"}])
    assert [row[1] for row in query(PROFILES)] == ["Annie"]
    assert counts["other"]["customers"]["superseded"] == 1


def test_a_correction_on_the_same_date_replaces_the_profile_of_that_date(tea: Shop, query):
    take(tea, "2017-03-01", customers=[ANN])
    take(tea, "2017-03-01", customers=[ANN | {"name": "Annie"}])
    assert query(PROFILES) == [("ann", "Annie", "ann@example.com", "2017-03-01", None)]


def test_a_resent_old_list_never_brings_back_a_consent_that_a_newer_one_denied(tea: Shop, query):
    take(tea, "2017-03-01", customers=[ANN | {"mail_ok": "no"}])
    take(tea, "2017-03-03", customers=[ANN | {"mail_ok": "no"}])
    take(tea, "2017-03-02", customers=[ANN])
    assert query(CONSENTS) == [("ann", "email", False, "2017-03-01", None)]


@pytest.mark.parametrize("order", list(itertools.permutations(range(3))))
def test_lists_released_in_any_order_are_known_the_same(tea: Shop, query, order):
    days = ["2017-03-01", "2017-03-02", "2017-03-03"]
    names = ["Ann", "Anna", "Anne"]
    for number in order:
        take(tea, days[number], customers=[ANN | {"name": names[number]}], products=[product(names[number])])
    until = [*days[1:], None]
    assert [row[1:2] + row[3:] for row in query(PROFILES)] == list(zip(names, days, until, strict=True))
    assert [row[1:2] + row[3:] for row in query(PRODUCTS)] == list(zip(names, days, until, strict=True))
    assert query("select known_on::text from crm.customer where external_id = 'ann'") == [("2017-03-01",)]


def product(name: str, category: str = "Tea > Green") -> dict[str, str]:
    return {"item": "green", "name": name, "category": category}


def test_a_range_of_lists_in_one_pass_keeps_every_date(tea: Shop, query):
    for on, name in (("2017-03-01", "Ann"), ("2017-03-02", "Ann"), ("2017-03-03", "Anne")):
        tea.deliver("customers", on, [ANN | {"name": name}])
    tea.take("2017-03-03", mode="load", from_date=day("2017-03-01"), allow_empty=True)
    assert [row[1:2] + row[3:] for row in query(PROFILES)] == [
        ("Ann", "2017-03-01", "2017-03-03"),
        ("Anne", "2017-03-03", None),
    ]


def test_a_product_that_lines_named_first_is_known_from_the_line_on(tea: Shop, query):
    take(tea, "2017-03-03", products=[product("Sencha")])
    tea.day("2017-03-01", [line("1", at="2017-03-01")])
    assert query(PRODUCTS) == [
        ("green", None, None, "2017-03-01", "2017-03-03"),
        ("green", "Sencha", "Tea > Green", "2017-03-03", None),
    ]


def test_suppressions_are_kept_by_address_and_never_twice(tea: Shop, query):
    assert take(tea, "2017-03-01", suppressions=[OPT_OUT])["other"]["suppressions"]["lines_published"] == 1
    counts = take(tea, "2017-03-02", suppressions=[OPT_OUT, OPT_OUT | {"reason": "complaint"}])
    assert counts["other"]["suppressions"] == {
        "lines_read": 2, "lines_published": 1, "unchanged": 1, "superseded": 0, "rejected": {},
    }  # fmt: skip
    assert query("select channel, reason, known_on::text from crm.suppression order by 2") == [
        ("email", "complaint", "2017-03-02"),
        ("email", "opt_out", "2017-03-01"),
    ]
    assert query("select distinct contact_key = crm.contact_key('email', 'ann@example.com') from crm.suppression") == [
        (True,)
    ]


NEW_ANN = ANN | {"email": "new@example.com"}
PEOPLE = (
    "select c.external_id, s.channel, s.known_on::text from crm.customer_suppression as s join crm.customer as c"
    " using (customer_id) order by 1"
)


@pytest.mark.parametrize(
    "days",
    [
        [{"customers": [ANN], "suppressions": [OPT_OUT]}, {"customers": [NEW_ANN]}],
        [{"customers": [ANN]}, {"suppressions": [OPT_OUT]}, {"customers": [NEW_ANN]}],
        [{"suppressions": [OPT_OUT]}, {"customers": [ANN]}, {"customers": [NEW_ANN]}],
    ],
)
def test_a_delivered_opt_out_is_that_of_the_person_who_has_the_address(tea: Shop, query, days):
    for on, told in enumerate(days, 1):
        take(tea, f"2017-03-0{on}", **told)
    assert [row[:2] for row in query(PEOPLE)] == [("ann", "email")]


def test_a_delivered_opt_out_is_known_of_the_person_when_both_are_known(tea: Shop, query):
    take(tea, "2017-03-01", suppressions=[OPT_OUT])
    take(tea, "2017-03-02", customers=[ANN])
    assert query(PEOPLE) == [("ann", "email", "2017-03-02")]


def test_opt_outs_hold_even_where_the_rest_of_the_delivery_fails(tea: Shop, query):
    tea.deliver("suppressions", "2017-03-01", [OPT_OUT])
    tea.deliver("orders", "2017-03-01", [line("1", at="2017-03-01")])
    query("alter table crm.orders add constraint broken check (false)")
    with pytest.raises(Exception, match="insert_orders"):
        tea.take("2017-03-01")
    assert query("select count(*) from crm.suppression") == [(1,)]
    assert query("select count(*) from crm.customer") == [(0,)]


def test_past_contacts_become_claims_of_their_send_date(tea: Shop, query):
    take(tea, "2017-03-01", customers=[ANN])
    row = {"channel": "email", "address": "ann@example.com", "at": "2017-03-01T23:00:00-05:00", "campaign": "spring"}
    stranger = row | {"address": "nobody@example.com"}
    counts = take(tea, "2017-03-02", contacts=[row, row, stranger])
    assert counts["other"]["contacts"]["lines_published"] == 2
    assert query("""
        select coalesce(c.external_id, ''), t.send_date::text, t.campaign, t.occasion, t.ghost
        from crm.contact_claim as t left join crm.customer as c using (customer_id) order by 1
    """) == [("", "2017-03-01", "imported", "spring", False), ("ann", "2017-03-01", "imported", "spring", False)]
