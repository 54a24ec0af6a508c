"""An audience is told in words, in both languages, whatever the filter language can say."""

from __future__ import annotations

import pytest

from crm.campaigns import audiences
from crm.web.desk import whom
from crm.web.desk.whom import Condition

SAID = [
    ({"tier": ["gold", "platinum"]}, "Member tier: gold or platinum", "会员等级：gold 或 platinum"),
    ({"stage": {"not_in": ["lapsed"]}}, "Stage of the customer: none of lapsed", "客户阶段：不是 已流失"),
    ({"segment": "important_value"}, "RFM segment: Important: value", "RFM 分层：重要价值客户"),
    ({"sex": "female"}, "Sex: female", "性别：女"),
    ({"region": "NY"}, "State or province: NY", "省份或州：NY"),
    ({"age_band": ["18-24", "65+"]}, "Age band: 18-24 or 65+", "年龄段：18-24 或 65+"),
    ({"orders": {"at_least": 2}}, "Number of purchases: at least 2", "购买次数：至少 2"),
    (
        {"aov": {"above": 79.5, "below": 1200}},
        "Average order value, USD: more than 79.50, less than 1,200",
        "客单价，USD：高于 79.50，低于 1,200",
    ),
    ({"days_since_order": {"at_most": 90}}, "Days since the last purchase: at most 90", "距上次购买天数：至多 90"),
    (
        {"bought_category": {"in": ["Coffee", "Tea"], "within_days": 90}},
        "Bought something of Coffee or Tea, in the last 90 days",
        "购买过 Coffee 或 Tea 类商品（最近 90 天内）",
    ),
    ({"bought_product": "17"}, "Bought the product 17", "购买过商品 17"),
    ({"tag": "vip"}, "Has the tag vip", "有标签 vip"),
    ({"tag": {"style": ["plain", "sporty"]}}, "Tag style: plain or sporty", "标签 style：plain 或 sporty"),
    ({"consent": "email"}, "Consent known for: e-mail", "已知同意的渠道：邮件"),
    ({"list": "winter_guests"}, "List: winter_guests", "名单：winter_guests"),
    ({"sql": "same_season_last_year"}, "Named SQL file: same_season_last_year", "命名 SQL 文件：same_season_last_year"),
]


@pytest.fixture
def told(warehouse):
    def tell(asked: dict | None, locale: str = "en") -> list[Condition]:
        found = audiences.Filter.model_validate(asked) if asked else None
        with warehouse.transaction() as tx:
            return whom.conditions(tx, found, locale, "USD")

    return tell


@pytest.mark.parametrize(("asked", "english", "chinese"), SAID)
def test_a_field_is_told_in_words(told, asked, english, chinese):
    assert (told(asked), told(asked, "zh-CN")) == ([Condition(english)], [Condition(chinese)])


def test_every_field_of_the_language_is_told():
    keys = {field.alias or name for name, field in audiences.Filter.model_fields.items()}
    assert keys - {key for asked, *_ in SAID for key in asked} == {"all", "any", "not", "country", "age", "net_revenue"}


def test_the_nesting_is_kept(told):
    gold, tea, young = {"tier": "gold"}, {"bought_category": "tea"}, {"age": {"below": 30}}
    asked = {"any": [gold, {**tea, "not": young}], "not": {**gold, **tea}, "country": "US"}
    said = [Condition("Member tier: gold"), Condition("Bought something of tea")]
    assert told(asked) == [
        Condition("At least one of these:", [
            said[0],
            Condition("All of this at once:", [Condition("Not:", [Condition("Age: less than 30")]), said[1]]),
        ]),
        Condition("Not those of whom all of this is true:", said),
        Condition("Country: US"),
    ]  # fmt: skip


def test_without_a_filter_nothing_must_hold(told):
    assert told(None) == []
