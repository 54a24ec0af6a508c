"""Who is written to, who is held out: draws, arbitration, epochs, and the promise that nothing is decided twice."""

from __future__ import annotations

import datetime
import threading
from collections import Counter
from datetime import date

import pytest
from scipy.stats import chi2_contingency, chisquare

from crm.campaigns.declarations import DeclarationError
from crm.campaigns.planning import PlanningError

DAY = date(2017, 11, 20)
NEXT = date(2017, 11, 21)


def add_many(query, count: int, first: int = 1) -> None:
    """``count`` reachable customers who bought on DAY, in one go."""
    query(
        """
        with id as (select n from generate_series(%s::int, %s::int) as n),
        c as (insert into crm.customer select n, 'shop', n::text, false, '2017-01-01' from id),
        p as (
            insert into crm.customer_profile (customer_id, valid_from, email, email_key, file_version_id)
            select n, '2017-01-01', n || '@example.com', crm.contact_key('email', n || '@example.com'), 1 from id
        ),
        a as (
            insert into crm.consent (customer_id, channel, valid_from, granted, file_version_id)
            select n, 'email', '2017-01-01', true, 1 from id
        )
        insert into crm.orders (customer_id, order_key, file_version_id, shop, order_id, status, ordered_at, ordered_on,
            business_date, line_count, quantity, amount, known_on)
        select n, n, 1, 'shop', n::text, 'paid', '2017-11-20', '2017-11-20', '2017-11-20', 1, 1, 10, '2017-11-20'
        from id
        """,
        first, first + count - 1,
    )  # fmt: skip


def occasions(*days: str) -> list[dict]:
    return [{"name": f"o{day.replace('-', '_')}", "date": day} for day in days]


def test_a_draw_is_uniform_and_any_language_can_repeat_it(query):
    import hashlib

    ((drawn,),) = query("select crm.draw('thanksgiving|thanksgiving|e|k')")
    assert drawn == int(hashlib.md5(b"thanksgiving|thanksgiving|e|k").hexdigest()[:8], 16) / 2**32
    ((low, high, share, fifths),) = query(
        "select min(d), max(d), avg((d < 0.2)::int)::float, avg((d >= 0.2 and d < 0.4)::int)::float"
        " from (select crm.draw('s|c|e|' || n) as d from generate_series(1, 100000) as n) as x"
    )
    assert 0 <= low < 0.001
    assert 0.999 < high < 1
    assert abs(share - 0.2) < 0.004
    assert abs(fifths - 0.2) < 0.004


def test_every_candidate_is_included_held_out_or_excluded_and_a_fifth_is_held_out(shop, planner, query):
    add_many(query, 3000)
    query("update crm.customer_profile set fake_orders = true where customer_id <= 500")
    planner.declare("hello", holdout=0.2)
    (row,) = planner.plan()
    assert row["candidates"] == 3000 == row["included"] + row["held_out"] + sum(row["excluded"].values())
    assert row["excluded"] == {"fake_orders": 500}
    assert abs(row["held_out"] / 2500 - 0.2) < 0.03
    ((candidates, included, held_out, excluded),) = query(
        "select candidates, included, held_out, excluded from crm.plan"
    )
    assert (candidates, included, held_out, excluded) == (3000, row["included"], row["held_out"], 500)
    ((mistakes,),) = query(
        "select count(*) from crm.decision where reason is null and decision <>"
        " case when crm.draw(concat_ws('|', salt, campaign, epoch, assignment_key)) < 0.2"
        " then 'hold_out' else 'include' end"
    )
    assert mistakes == 0


def test_an_arm_does_not_depend_on_who_else_is_a_candidate(shop, planner, query):
    planner.declare("hello", holdout=0.5)
    add_many(query, 200)
    everybody = planner.plan(mode="dry")
    planner.plan()
    arms = dict(planner.decisions("customer_id, arm"))
    assert everybody[0]["held_out"] == sum(arm == "control" for arm in arms.values())
    query("truncate crm.decision, crm.contact_claim, crm.plan, crm.epoch")
    query("update crm.customer_profile set fake_orders = true where customer_id % 2 = 0")
    add_many(query, 100, first=1001)
    planner.plan()
    kept = {customer: arm for customer, arm in planner.decisions("customer_id, arm") if arm and customer <= 200}
    assert len(kept) == 100
    assert kept == {customer: arms[customer] for customer in kept}


def test_held_out_customers_hold_what_they_would_have_had_and_count_as_contacted(shop, planner, query):
    add_many(query, 200)
    planner.declare("hello", holdout=0.5, direction="emotion", offer={"code": "X", "coupon_cost": 3})
    (row,) = planner.plan()
    shapes = query(
        "select decision, count(*), count(distinct (channel, offer, coupon_cost, planned_send_at, sending_cost))"
        " from crm.decision where channel = 'email' and offer ->> 'code' = 'X' and coupon_cost = 3 group by decision"
    )
    assert sorted(shapes) == [("hold_out", row["held_out"], 1), ("include", row["included"], 1)]
    ghosts = dict(query("select ghost, count(*) from crm.contact_claim where send_date = '2017-11-21' group by ghost"))
    assert ghosts == {False: row["included"], True: row["held_out"]}
    planner.declare("next", occasions=occasions("11-22"))
    (after,) = planner.plan(NEXT)
    assert after["excluded"] == {"contacted_within_cap": 200}


def test_arms_are_balanced_independent_and_blind(shop, planner, query):
    """Of 6,000 people with two channels: the share is the declared one, one campaign's arm says nothing of another's,
    and nothing that was known before the draw says anything of the arm."""
    add_many(query, 6000)
    query("update crm.customer_profile set time_zone = 'Asia/Shanghai' where customer_id % 3 = 0")
    query(
        "insert into crm.customer_history (customer_id, valid_from, segment, tier, stage)"
        " select customer_id, '2017-01-01', case when customer_id % 2 = 0 then 'general_keep' else 'general_value' end,"
        " 'base', 'new'"
        " from crm.customer"
    )
    for name, day in (("first", "11-21"), ("second", "11-24")):
        planner.declare(name, holdout=0.2, occasions=[{"name": "day", "date": day}], variants=["a", "b"])
        planner.plan(date(2017, 11, int(day[-2:]) - 1))
    rows = query("""
        select a.arm, b.arm, a.variant, b.variant, a.segment, a.planned_send_at
        from crm.decision as a inner join crm.decision as b on a.customer_id = b.customer_id
        where a.campaign = 'first' and b.campaign = 'second'""")
    assert len(rows) == 6000
    controls = Counter(row[0] for row in rows)["control"]
    assert chisquare([controls, 6000 - controls], [1200, 4800]).pvalue > 0.001
    columns = list(zip(*rows, strict=True))
    arm = columns[0]
    for other in columns[1:]:
        counts = Counter(zip(arm, other, strict=True))
        table = [[counts[a, o] for o in sorted(set(other))] for a in ("control", "treatment")]
        assert chi2_contingency(table).pvalue > 0.001


def arms_of(planner, send_date: str) -> dict[int, tuple]:
    rows = planner.decisions("customer_id, arm, variant, assignment_key", f"send_date = '{send_date}'")
    return {customer: rest for customer, *rest in rows}


def test_arms_hold_through_the_epoch_whatever_is_declared_or_moves_meanwhile(shop, planner, query):
    add_many(query, 200)
    query("update crm.customer_profile set birthday = '1980-11-21', birthday_calendar = 'solar'")
    planner.declare("wish", kind="birthday", holdout=0.5, variants=["a", "b"])
    planner.plan()
    first = arms_of(planner, "2017-11-21")
    assert {(arm, variant) for arm, variant, _ in first.values()} == {
        (arm, variant) for arm in ("treatment", "control") for variant in "ab"
    }
    # Everybody keeps another birthday now, at another address; share, salt and variants are declared anew.
    query("update crm.customer_profile set valid_to = '2017-12-01'")
    query(
        "insert into crm.customer_profile (customer_id, valid_from, email, email_key, birthday, birthday_calendar,"
        " file_version_id) select customer_id, '2017-12-01', 'new' || email, crm.contact_key('email', 'new' || email),"
        " '1980-11-21', 'lunar', 1 from crm.customer_profile"
    )
    planner.declare("wish", kind="birthday", holdout=0.1, salt="other", variants=["b"])
    assert planner.plan(date(2018, 1, 6))[0]["occasion"] == "2018"  # 11-21 of lunar 2017
    assert not planner.plan(date(2017, 12, 30))
    query("update crm.customer_profile set birthday = '1980-11-12' where valid_to is null")
    planner.plan(date(2017, 12, 28))  # 11-12 of lunar 2017
    assert arms_of(planner, "2017-12-29") == first
    second = arms_of(planner, "2018-01-07")
    assert {variant for _, variant, _ in second.values()} == {"b"}
    assert sum(arm == "control" for arm, _, _ in second.values()) < 40
    assert {key for _, _, key in second.values()}.isdisjoint({key for _, _, key in first.values()})


def test_two_accounts_of_one_person_have_one_arm(shop, planner, query):
    add_many(query, 80)
    query("update crm.customer_profile set email_key = crm.contact_key('email', (customer_id % 40)::text)")
    query("update crm.customer_profile set birthday = '1980-11-21', birthday_calendar = 'solar'")
    query(
        "update crm.customer_profile set birthday = '1980-10-08', birthday_calendar = 'lunar'"  # 25 November 2017
        " where customer_id > 40"
    )
    planner.declare("one", kind="birthday", holdout=0.5)
    planner.plan(DAY)
    planner.plan(date(2017, 11, 24))
    arms = query("select contact_key, count(*), count(distinct arm) from crm.decision group by contact_key")
    assert len(arms) == 40
    assert {(count, different) for _, count, different in arms} == {(2, 1)}


def test_a_person_is_contacted_once_in_an_occasion_though_its_days_differ_between_accounts(shop, planner, query):
    shop.customer(email="a@example.com", mobile="+12125550001", preferred_channel="sms", region="NY")
    shop.customer(email="a@example.com", mobile="+12125550002", preferred_channel="sms", region="FL")
    shop.customer(email="b@example.com", mobile="+12125550001", preferred_channel="sms", region="FL")
    planner.declare(
        "winter", kind="seasonal", waves=[{"name": "image", "season": "winter"}], default_group="north",
        seasons={"winter": {"north": "11-21", "south": "11-24"}}, region_groups={"south": ["FL"]},
    )  # fmt: skip
    planner.plan(DAY)
    planner.plan(date(2017, 11, 23))
    assert planner.reasons() == {1: None, 2: "shared_address", 3: "shared_address"}


def test_a_dry_run_of_a_planned_date_takes_the_calendars_of_then(shop, planner, tmp_path, monkeypatch):
    shop.reachable()
    calendars = tmp_path / "calendars"
    calendars.mkdir()
    monkeypatch.setenv("CRM_CALENDARS", str(calendars))
    (calendars / "festivals.yaml").write_text('sale: {title: {en: Sale}, date: "11-21"}')
    planner.declare("sale", occasions=[{"name": "sale", "festival": "sale"}])
    planner.plan()
    (calendars / "festivals.yaml").write_text('other: {title: {en: Other}, date: "11-30", countries: [US]}')
    (row,) = planner.plan(mode="dry", only="sale")
    assert (row["occasion"], row["included"]) == ("sale-2017", 1)


def test_the_global_holdout_is_an_exclusion_that_holds_for_every_campaign_of_the_year(shop, planner, query):
    add_many(query, 1000)
    planner.business = planner.business.model_copy(update={"global_holdout": 0.1})
    planner.declare("one", occasions=occasions("11-21", "12-20"))
    planner.declare("two", priority=2)
    planner.plan()
    held = planner.decisions("customer_id, channel is not null", "campaign = 'one' and reason = 'global_holdout'")
    assert 60 < len(held) < 140
    assert all(channel for _, channel in held)
    assert held == planner.decisions("customer_id, true", "campaign = 'two' and reason = 'global_holdout'")
    assert query("select count(*) from crm.contact_claim") == [(1000 - len(held),)]
    planner.business = planner.business.model_copy(update={"global_holdout": 0.5, "global_holdout_salt": "x"})
    planner.plan(date(2017, 12, 19))  # the share and salt of the year stand
    later = planner.decisions("customer_id, true", "send_date = '2017-12-20' and reason = 'global_holdout'")
    assert later == held


def test_priority_decides_between_campaigns_and_ties_by_name(shop, planner):
    shop.reachable()
    planner.declare("c", priority=2)
    planner.declare("b", priority=2)
    planner.declare("a", priority=3)
    planner.plan()
    assert planner.decisions("campaign, decision, reason") == [
        ("a", "exclude", "lower_priority"),
        ("b", "include", None),
        ("c", "exclude", "lower_priority"),
    ]


def test_a_held_out_customer_is_not_handed_on_to_the_next_campaign(shop, planner, query):
    add_many(query, 100)
    planner.declare("first", priority=1, holdout=0.5)
    planner.declare("second", priority=2)
    rows = {row["campaign"]: row for row in planner.plan()}
    assert rows["first"]["held_out"] > 20
    assert rows["second"]["excluded"] == {"lower_priority": 100}


def test_one_message_per_address_and_day_even_where_two_persons_share_one(shop, planner, query):
    shop.customer(email="a@example.com", mobile="+12125550001", preferred_channel="sms", region="NY")
    shop.customer(email="b@example.com", mobile="+12125550001", preferred_channel="sms", region="FL")
    planner.declare("north", priority=1, audience={"region": ["NY"]})
    planner.declare("south", priority=2, audience={"region": ["FL"]})
    planner.plan()
    assert planner.decisions("campaign, reason") == [("north", None), ("south", "lower_priority")]
    assert query("select count(*) from crm.contact_claim") == [(1,)]


def test_one_message_per_person_and_day_even_by_different_channels(shop, planner, query):
    shop.customer(email="a@example.com", mobile="+12125550001")
    planner.declare("mail", priority=1, channels=["email"])
    planner.declare("text", priority=2, channels=["sms"])
    planner.plan()
    assert planner.decisions("campaign, reason") == [("mail", None), ("text", "lower_priority")]


def test_who_is_held_out_of_the_programme_does_not_keep_an_address_from_others(shop, planner, query):
    planner.business = planner.business.model_copy(update={"global_holdout": 0.5})
    draw = "select crm.draw(concat_ws('|', 'global', 'global', '2017', crm.contact_key('email', %s))) < 0.5"
    mails = [f"{n}@example.com" for n in range(20)]
    held_out = {mail: query(draw, mail)[0][0] for mail in mails}
    for mail, region in (
        (next(m for m in mails if held_out[m]), "NY"),
        (next(m for m in mails if not held_out[m]), "FL"),
    ):
        shop.customer(email=mail, mobile="+12125550001", preferred_channel="sms", region=region)
    planner.declare("north", priority=1, audience={"region": ["NY"]})
    planner.declare("south", priority=2, audience={"region": ["FL"]})
    planner.plan()
    assert planner.decisions("campaign, reason") == [("north", "global_holdout"), ("south", None)]


def test_a_planned_date_is_decided_once_and_only_reported_again(shop, planner, query):
    add_many(query, 50)
    planner.declare("hello", holdout=0.3)
    first = planner.plan()
    decided = planner.decisions("*")
    add_many(query, 5, first=101)
    planner.declare("more", priority=2)
    assert planner.plan() == first
    assert planner.plan(mode="simulate") == first
    assert planner.decisions("*") == decided


def test_two_processes_that_plan_at_once_decide_once(shop, planner, query):
    add_many(query, 300)
    planner.declare("hello", holdout=0.3)
    results: list = []
    threads = [threading.Thread(target=lambda: results.append(planner.plan())) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(results) == 3
    assert results[0] == results[1] == results[2]
    assert query("select count(*), count(distinct contact_key) from crm.contact_claim") == [(300, 300)]


def test_two_campaigns_started_by_hand_at_once_never_take_the_same_address(shop, planner, query):
    add_many(query, 300)
    planner.declare("one")
    planner.declare("two")
    results: list = []
    threads = [
        threading.Thread(target=lambda name=name: results.extend(planner.plan(only=name))) for name in ("one", "two")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(row["included"] for row in results) == [0, 300]
    assert query("select count(*) from crm.contact_claim") == [(300,)]


def test_a_campaign_started_by_hand_on_a_planned_date_reaches_nobody_who_was_taken(shop, planner, query):
    shop.reachable(region="NY")
    shop.reachable(region="FL")
    planner.declare("north", audience={"region": ["NY"]})
    planner.plan()
    planner.declare("late", priority=1, enabled=False)
    (late,) = planner.plan(only="late")
    assert planner.decisions("customer_id, reason", "campaign = 'late'") == [(1, "contacted_that_day"), (2, None)]
    assert planner.plan(only="late") == [late]
    assert query("select whole, candidates, included, cardinality(declarations) from crm.plan") == [(True, 3, 2, 2)]


def test_the_daily_pass_leaves_alone_whom_a_campaign_by_hand_took_before(shop, planner, query):
    shop.reachable()
    planner.declare("early", priority=9)
    planner.declare("daily", priority=1)
    planner.plan(only="early")
    assert query("select whole from crm.plan") == [(False,)]
    assert {row["campaign"]: row["included"] for row in planner.plan()} == {"daily": 0, "early": 1}
    assert query("select whole from crm.plan") == [(True,)]


def test_a_dry_run_writes_nothing(shop, planner, query):
    add_many(query, 20)
    planner.declare("hello")
    (row,) = planner.plan(mode="dry")
    assert row["included"] == 20
    for table in ("decision", "contact_claim", "plan", "declaration", "epoch"):
        assert query(f"select count(*) from crm.{table}") == [(0,)]


def test_a_load_plans_nothing_and_an_unknown_mode_or_campaign_is_told(shop, planner):
    shop.reachable()
    planner.declare("hello")
    assert planner.plan(mode="load") == []
    with pytest.raises(PlanningError, match="give one of live, dry, load, simulate"):
        planner.plan(mode="wet")
    with pytest.raises(DeclarationError, match="no campaign 'hallo'"):
        planner.plan(mode="dry", only="hallo")


def test_a_disabled_campaign_is_planned_by_name_alone(shop, planner):
    shop.reachable()
    planner.declare("hello", enabled=False)
    assert planner.plan(mode="dry") == []
    assert planner.plan(mode="dry", only="hello")[0]["included"] == 1


def test_a_dry_run_of_a_planned_date_equals_its_decisions_whatever_was_learnt_since(shop, planner, query):
    add_many(query, 200)
    for customer in range(1, 201):
        shop.standing(customer, segment="important_value" if customer % 2 else "general_keep")
    planner.declare("hello", holdout=0.3, audience={"segment": ["important_value"]})
    planner.declare("second", priority=2, holdout=0.2)
    first = planner.plan()
    # The next day everything is different: facts, the declaration, and contacts of that and of later days.
    query("update crm.customer_profile set valid_to = '2017-11-21' where customer_id <= 100")
    query("update crm.consent set valid_to = '2017-11-21' where customer_id <= 150")
    query("update crm.customer_history set valid_to = '2017-11-21'")
    query("update crm.orders set known_until = '2017-11-21' where customer_id > 190")
    shop.suppress("email", "7@example.com", known_on=NEXT)
    planner.declare("hello", holdout=0.9, occasions=occasions("11-21", "11-22"))
    planner.declare("third", priority=1)
    planner.plan(NEXT)
    assert planner.plan(mode="dry") == first
    assert planner.plan(mode="dry", only="second") == [row for row in first if row["campaign"] == "second"]


def test_a_dry_run_of_a_date_without_history_takes_the_standings_that_it_is_given(shop, planner):
    from types import SimpleNamespace

    shop.reachable(bought=[date(2017, 11, 1)])
    shop.standing(1, DAY)
    planner.declare("hello", audience={"tier": ["gold"]}, occasions=occasions("11-11"))
    past = date(2017, 11, 10)
    assert planner.plan(past, mode="dry") == []
    known_then = [SimpleNamespace(customer_id=1, segment=None, tier="gold", stage='new, "then"')]
    assert planner.plan(past, mode="dry", standing=lambda: known_then)[0]["included"] == 1


def test_a_decision_says_by_what_it_was_made(shop, planner, query):
    import hashlib

    customer = shop.reachable(email="a@example.com", locale="zh-CN")
    shop.standing(customer, segment="important_value", tier="base", stage="active")
    shop.standing(customer, DAY, segment="general_keep", tier="gold", stage="lapsing")
    shop.standing(customer, NEXT, segment="general_win_back", tier="gold", stage="lapsed")
    query("insert into crm.rfm_breakpoints values ('2017-11-05', 'recency', 5, null, 'quantiles', 365, 10)")
    query("insert into crm.rfm_breakpoints values ('2017-11-25', 'recency', 5, null, 'quantiles', 365, 10)")
    costs = {name: channel.model_copy(update={"cost": 0.25}) for name, channel in planner.business.channels.items()}
    planner.business = planner.business.model_copy(update={"channels": costs})
    planner.declare("hello", goal={"goal": "minimum_value", "item": 50})
    planner.plan()
    body = (planner.folder / "hello.yaml").read_text(encoding="utf-8")
    assert planner.decisions(
        "segment, tier, stage, locale, goal, goal_item, sending_cost, breakpoints_on, cycles_on, salt, epoch, arm"
    ) == [("general_keep", "gold", "lapsing", "zh-CN", "minimum_value", "50", pytest.approx(0.25), date(2017, 11, 5),
           None, "hello", "hello:hello-2017", "treatment")]  # fmt: skip
    assert query("select declaration_hash from crm.decision") == [(hashlib.sha256(body.encode()).hexdigest(),)]
    assert query("select campaign, body from crm.declaration") == [("hello", body)]


def test_planned_times_are_local_to_the_customer_and_the_cut_off_to_the_business(shop, planner, query):
    for zone in (None, "Asia/Shanghai", "America/Los_Angeles", "Mars/Olympus"):
        shop.reachable(time_zone=zone)
    planner.declare("hello", send_at="10:00", send_by="20:00")
    planner.plan()
    times = query(
        "select planned_send_at at time zone 'UTC', send_by at time zone 'UTC', cut_off_at at time zone 'UTC'"
        " from crm.decision order by customer_id"
    )
    at = lambda day, hour: datetime.datetime(2017, 11, day, hour)  # noqa: E731, DTZ001
    new_york = (at(21, 15), at(22, 1), at(21, 5))
    assert times == [new_york, (at(21, 2), at(21, 12), at(21, 5)), (at(21, 18), at(22, 4), at(21, 5)), new_york]


@pytest.mark.parametrize(
    ("sent", "local", "utc"),
    [
        ("2017-03-12", "02:30", "07:30"),  # does not exist that day: an hour later by the clock, as it would have been
        ("2017-03-12", "10:00", "14:00"),
        ("2017-03-11", "10:00", "15:00"),
        ("2017-11-05", "10:00", "15:00"),
        ("2017-11-04", "10:00", "14:00"),
    ],
)
def test_on_days_of_a_clock_change_the_local_time_stands(shop, planner, sent, local, utc):
    day = date.fromisoformat(sent) - datetime.timedelta(days=1)
    shop.reachable(bought=[day])
    planner.declare("hello", occasions=occasions(sent[5:]), send_at=local)
    planner.plan(day)
    assert planner.decisions("to_char(planned_send_at at time zone 'UTC', 'HH24:MI')") == [(utc,)]


def test_a_campaign_that_cannot_be_used_is_left_out_and_named_and_the_others_go_on(shop, planner, query, caplog):
    shop.reachable()
    planner.declare("broken", text="campaign: broken\nkind: party\n")
    planner.declare("rare", audience={"not": {"tier": "emerald"}})
    planner.declare("foreign", occasions=[{"name": "bastille", "holiday": "Bastille Day"}])
    planner.declare("hello", priority=2)
    (row,) = planner.plan()
    assert (row["campaign"], row["included"]) == ("hello", 1)
    assert query("select whole, cardinality(declarations) from crm.plan") == [(True, 1)]
    told = "\n".join(record.getMessage() for record in caplog.records)
    for part in ("broken.yaml: ", "audience.not.tier: the business has no tier emerald; there are base,",
                 "occasions.0.holiday: 'Bastille Day' is no public holiday of US"):  # fmt: skip
        assert part in told
    with pytest.raises(DeclarationError, match="no tier emerald"):
        planner.plan(only="rare")
    with pytest.raises(DeclarationError, match=r"not usable: .*broken\.yaml: "):
        planner.plan(only="broken")
