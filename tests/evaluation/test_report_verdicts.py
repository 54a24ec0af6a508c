"""What a result means, in a sentence, in both languages."""

from __future__ import annotations

import datetime
import re

import pytest
from report_facts import GOOD, result, variant

from crm.business import Business, Evaluation
from crm.evaluation.report.formats import Formats
from crm.evaluation.report.language import Language
from crm.evaluation.report.verdicts import Judge, enough
from crm.evaluation.report.words import WORDS, Words


def judge(locale: str = "en", **rules: int) -> Judge:
    return Judge(Words(locale), Formats(locale, "USD"), Evaluation(**rules))


def ready(status: str = "ok", **changes: object) -> dict:
    """With the columns that the table fills by itself."""
    return {"assignment": "randomised", "sample_ratio_mismatch": False, **result(status, **changes)}


def test_an_interval_across_zero_proves_nothing_and_says_what_would_not_have_shown():
    said = judge().verdict(ready())
    assert said == (
        "even",
        "The campaign brought +$1,942 [−$7,142, +$11,027]: nothing is proven; a rise of conversion below 7.48 points"
        " would not have shown.",
    )


def test_who_did_not_draw_is_not_told_to_hold_out_more():
    few = {"treated": 48, "control": 900, "treated_converted": 46, "control_converted": 800}
    assert "Enough would be" in judge().verdict(ready("not_enough", **few)).said
    said = judge().verdict(ready("not_enough", **few, assignment="observational")).said
    assert "Not enough to tell" in said
    assert "Enough would be" not in said


def test_an_interval_above_zero_is_called_proven():
    tone, said = judge().verdict(ready(**GOOD))
    assert tone == "good"
    assert "brought +$8,412 [+$2,103, +$14,722]: more than chance explains" in said
    assert said.endswith("conversion rose by +3.10 points [+1.20, +5.00], which is proven.")


def test_an_interval_below_zero_is_called_a_loss():
    loss = {"incremental_revenue": -900.0, "revenue_low": -1500.0, "revenue_high": -300.0}
    tone, said = judge().verdict(ready(**loss))
    assert tone == "bad"
    assert said.startswith("The campaign lost $900 [−$1,500, −$300]")


def test_an_open_window_is_compared_with_nothing():
    tone, said = judge().verdict(ready("open"), datetime.date(2018, 1, 9))
    assert tone == "open"
    assert "until Jan 9, 2018" in said
    assert not re.search(r"[+−]", said)


def test_broken_groups_are_believed_in_nothing_whatever_else_the_result_says():
    tone, said = judge().verdict(ready(sample_ratio_mismatch=True, sample_ratio_p=0.00001, **GOOD))
    assert tone == "mismatch"
    assert "believe no figure" in said
    assert "8,412" not in said


def test_what_was_not_randomised_is_never_called_proven():
    for locale, word in (("en", "not randomised"), ("zh-CN", "非随机")):
        tone, said = judge(locale).verdict(ready(assignment="observational", **GOOD))
        assert tone == "observational"
        assert word in said
        assert "proven" not in said
        assert "证明" not in said


@pytest.mark.parametrize(
    ("treated", "control", "converted", "needed"),
    [
        # 10 expected of 2.5 % take 400 in each arm, 5 times the 80 held out.
        (320, 80, 10, (400, 400, 5.0)),
        # A common outcome: the control's minimum of 100 decides.
        (160, 40, 100, (100, 20, 2.5)),
        # The rarer side counts: those who do not convert.
        (320, 80, 390, (400, 400, 5.0)),
        # Without a control, everybody is the measure.
        (200, 0, 20, (100, 100, 1.0)),
    ],
)
def test_not_enough_says_what_would_be(treated, control, converted, needed):
    arms = {"treated": treated, "control": control, "treated_converted": converted, "control_converted": 0}
    assert enough(result("not_enough", **arms), Evaluation()) == needed


def test_with_so_many_the_status_would_be_ok_and_with_one_fewer_it_would_not():
    from crm.evaluation import results

    rules = Evaluation(minimum_control=2)
    short = result("not_enough", treated=320, control=80, treated_converted=8, control_converted=2)
    needed = enough(short, rules)
    assert needed
    rate = 10 / 400
    for control, status in ((needed.control, results.OK), (needed.control - 1, results.NOT_ENOUGH)):
        n = {True: needed.treated * 1000, False: control}
        x = {True: rate * n[True], False: rate * n[False]}
        assert results.status(n, x, True, rules) == status


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"treated": 320, "control": 81, "treated_converted": 30, "control_converted": 9}, "81 were held out"),
        ({"treated": 320, "control": 0, "treated_converted": 30, "control_converted": 0}, "nobody was held out"),
        (
            {"treated": 900, "control": 225, "treated_converted": 9, "control_converted": 0},
            "at the common rate of 0.8% a group expects fewer than 10",
        ),
        ({"treated": 900, "control": 225, "treated_converted": 0, "control_converted": 0}, "no number can be said"),
        # Enough people, too few of them held out.
        (
            {"treated": 960, "control": 40, "treated_converted": 480, "control_converted": 20},
            "this audience suffices with a holdout of 10%",
        ),
    ],
)
def test_not_enough_says_why(changes, says):
    assert says in judge().verdict(ready("not_enough", **changes)).said


def test_a_variant_wins_only_where_chance_does_not_explain_it_after_correction():
    assert judge().variant(variant()).said == "No winner; a difference below 6.74 points would not have shown."
    assert judge().variant(variant(p_value=0.03, p_adjusted=0.06)).tone == "even"
    assert judge().variant(variant(p_adjusted=0.01)).said == "b is better than a."
    assert judge().variant(variant(p_adjusted=0.01, difference=-0.02)).said == "b is worse than a."
    assert "before the window closes" in judge().variant(variant(status="open")).said


def test_both_languages_say_the_same_things_with_the_same_figures():
    places = {name: [set(re.findall(r"{(\w+)}", text)) for text in texts] for name, texts in WORDS.items()}
    assert not {name for name, (en, zh) in places.items() if en != zh}
    assert not {name for name, (en, zh) in WORDS.items() if not en.strip() or not zh.strip()}


@pytest.mark.parametrize(
    ("locale", "currency", "written"),
    [
        ("en", "USD", ("−$1,942", "$12.50", "+0.57", "Nov 20, 2017", "November 2017")),
        ("zh-CN", "CNY", ("−¥1,942", "¥12.50", "+0.57", "2017年11月20日", "2017年11月")),
    ],
)
def test_figures_are_written_as_the_language_writes_them(locale, currency, written):
    f = Formats(locale, currency)
    day = datetime.date(2017, 11, 20)
    assert (f.money(-1942.41), f.money(12.5), f.points(0.0057), f.day(day), f.month("2017-11")) == written
    assert f.money(None) == f.percent(None) == f.p(None) == "–"
    assert f.money(-0.001, sign=True).endswith("0.00")
    assert "−" not in f.money(-0.001, sign=True)


def test_parts_are_called_by_their_names():
    business = Business(
        name="x", time_zone="Asia/Shanghai", currency="CNY", country="CN", sources=["a"], locale="zh-CN"
    )
    language = Language.of(business, {"important_value": "重要价值客户"})
    assert language.part("segment", "important_value") == "重要价值客户"
    assert language.part("segment", "none") == "无"
    assert language.part("tier", "open") == "open"  # a tier's name, not a status
    assert language.group(result(occasion="2017", wave="2")) == "2017 · 第2波"
    assert language.group(result(period="2017-11", occasion="", wave="")) == "2017年11月"
