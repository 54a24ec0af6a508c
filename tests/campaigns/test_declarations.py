"""What a campaign may declare, and how a mistake is told."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from pathlib import Path

import pytest

from crm import settings
from crm.campaigns import declarations

GOOD = """
campaign: spring
kind: holiday
title: {en: Spring}
priority: 1
occasions: [{name: spring, date: "03-21"}]
channels: [email]
goal: {goal: any_order}
primary_window_days: 10
holdout: 0.2
"""
SEASON = """
campaign: spring
kind: seasonal
title: {en: Spring}
priority: 1
waves: [{name: image, season: spring}]
seasons: {spring: {north: "03-15"}}
region_groups: {south: [FL]}
default_group: north
channels: [email]
goal: {goal: any_order}
primary_window_days: 10
holdout: 0.2
"""


def test_the_declared_campaigns_can_be_used_and_are_sorted_by_priority():
    found = declarations.load_all(settings.CAMPAIGNS)
    assert {each.campaign: each.kind for each in found} == {
        "birthday": "birthday",
        "black_friday": "holiday",
        "thanksgiving": "holiday",
        "winter": "seasonal",
        "repurchase": "repurchase",
    }
    assert [each.priority for each in found] == sorted(each.priority for each in found)
    assert all(set(each.title) == {"en", "zh-CN"} and each.holdout == 0.20 for each in found)


def test_template_and_salt_are_the_campaigns_name_unless_declared():
    declared = declarations.parse(GOOD, "spring.yaml")
    assert (declared.template, declared.salt, declared.variants, declared.gap_days) == ("spring", "spring", ["a"], 0)


def test_the_hash_is_that_of_the_whole_text():
    assert declarations.parse(GOOD, "a").hash == hashlib.sha256(GOOD.encode()).hexdigest()
    assert declarations.parse(GOOD + "# a comment\n", "a").hash != declarations.parse(GOOD, "a").hash


@pytest.mark.parametrize(
    ("change", "to", "told"),
    [
        ("priority: 1", "priority: 0", "priority: "),
        ("priority: 1", "prio: 1", "prio: "),
        ("kind: holiday", "kind: party", "kind: "),
        (
            "primary_window_days: 10",
            "primary_window_days: 10\nsend_at: 1000",
            "send_at: give a local time, e.g. 10:00 (line ",
        ),
        ("primary_window_days: 10", 'primary_window_days: 10\nsend_by: "09:00"', "send_by: must be later than send_at"),
        (
            "primary_window_days: 10",
            "primary_window_days: 10\nlead_days: 3",
            "lead_days: does not belong to kind holiday",
        ),
        ("holdout: 0.2", "holdout: 1", "holdout: "),
        ("holdout: 0.2", "holdout: 0.2\nlink: javascript:alert(1)", "link: 'javascript:alert(1)' is no web address"),
        ("en: Spring", "zh-CN: 春", "title.en: is missing"),
        ('date: "03-21"', 'date: "02-30"', "occasions.0.date: '02-30' is no day of the year"),
        ('date: "03-21"', 'lunar: "13-01"', "occasions.0.lunar: '13-01' is no day of the lunar calendar"),
        ('date: "03-21"', 'date: "03-21", festival: qixi', "give exactly one of once, holiday, festival, date, lunar"),
        ('date: "03-21"', "festival: qixie", "occasions.0.festival: qixie is unknown; use one of black_friday, "),
        ('date: "03-21"', "solar_term: chingming", "occasions.0.solar_term: Input should be 'xiaohan', "),
        ('date: "03-21"', "rule: {nth: 5, weekday: sunday, month: 5}", "occasions.0.rule.nth: "),
        ('occasions: [{name: spring, date: "03-21"}]', "", "occasions: a holiday campaign needs at least one"),
        ("goal: any_order", "goal: category", "goal.item: name the category"),
        ("goal: any_order", "goal: minimum_value, item: much", "goal.item: give the minimum value as a number"),
        ("channels: [email]", "channels: [email, email]", "channels: name each channel once"),
        ("holdout: 0.2", "holdout: 0.2\napproval: {}", "approval: give above_messages, above_cost"),
        ("holdout: 0.2", "holdout: 0.2\napproval: {above: 5}", "approval.above: "),
        ("campaign: spring", "campaign: spring\nbody: x", "body: no such key"),
        (GOOD, "- a\n- b", "must hold keys and values"),
        (GOOD, "a: [", "not readable as YAML"),
    ],
)
def test_a_mistake_is_told_with_file_and_key(change, to, told):
    assert change in GOOD
    with pytest.raises(declarations.DeclarationError) as caught:
        declarations.parse(GOOD.replace(change, to), "include/campaigns/spring.yaml")
    assert str(caught.value).startswith("include/campaigns/spring.yaml: ")
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("change", "to", "told"),
    [
        ("north: ", "middle: ", r"seasons.spring: give the first day \(MM-DD\) for north, south"),
        ("spring: {north", "spring: {middle: '03-01', south: '03-01', north", "seasons.spring: middle is no group"),
        ('"}}\nregion_groups: {south: [', '", south: "04-01"}}\nregion_groups: {south: [fl, ',
         "region_groups: fl stands twice"),
        ('spring}]\nseasons: {spring: {north: "03-15"}}\nregion_groups: {south: [FL]}\n',
         'sprong}]\nseasons: {spring: {north: "03-15"}}\n',
         "waves.0.season: sprong is unknown; use one of spring"),
        ("default_group: north\n", "", "default_group: name the group"),
        ('seasons: {spring: {north: "03-15"}}\n', "", "seasons: give the first days too"),
    ],
)  # fmt: skip
def test_a_season_of_a_declaration_begins_somewhen_in_every_region_group(change, to, told):
    with pytest.raises(declarations.DeclarationError, match=told):
        declarations.parse(SEASON.replace(change, to), "spring.yaml")


def test_without_a_table_of_its_own_a_season_is_one_of_the_four():
    text = "\n".join(line for line in SEASON.splitlines() if not line.startswith(("seasons", "region", "default")))
    assert "US" in declarations.parse(text, "spring.yaml").season_tables
    with pytest.raises(declarations.DeclarationError, match=r"waves.0.season: rain is unknown; .* spring, summer"):
        declarations.parse(text.replace("season: spring", "season: rain"), "spring.yaml")


def test_the_hash_covers_what_is_taken_from_the_calendars(tmp_path, monkeypatch):
    text = GOOD.replace('date: "03-21"', "festival: sale")
    found = []
    for number, (day, other) in enumerate([("06-18", "01-01"), ("06-18", "02-02"), ("06-19", "02-02")]):
        folder = tmp_path / str(number)
        folder.mkdir()
        monkeypatch.setenv("CRM_CALENDARS", str(folder))
        (folder / "festivals.yaml").write_text(
            f'sale: {{title: {{en: Sale}}, date: "{day}"}}\nother: {{title: {{en: Other}}, date: "{other}"}}\n'
        )
        found.append(declarations.parse(text, "a"))
    assert found[0].hash == found[1].hash != found[2].hash
    then = declarations.parse(text, "a", kept=found[0].almanac)
    assert (then.hash, then.almanac) == (found[0].hash, found[0].almanac)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sale: {title: {en: Sale}}", "festivals.sale: give exactly one of date, lunar, solar_term, rule"),
        ('sale: {title: {en: Sale}, date: "13-01"}', "festivals.sale.date: '13-01' is no day of the year"),
        ("sale: [", "not readable as YAML"),
        (None, "No such file"),
    ],
)
def test_a_mistake_in_a_calendar_is_told_with_file_and_key(tmp_path, monkeypatch, text, told):
    monkeypatch.setenv("CRM_CALENDARS", str(tmp_path))
    if text is not None:
        (tmp_path / "festivals.yaml").write_text(text)
    with pytest.raises(declarations.DeclarationError, match=rf"festivals.yaml: .*{told}"):
        declarations.parse(GOOD.replace('date: "03-21"', "festival: sale"), "a")
    declarations.parse(GOOD, "a")  # the campaigns that take nothing from it can be used


def test_a_repurchase_campaign_leaves_fourteen_days_between_two_contacts():
    text = GOOD.replace("kind: holiday", "kind: repurchase").replace('occasions: [{name: spring, date: "03-21"}]', "")
    assert declarations.parse(text, "a").gap_days == 14
    assert declarations.parse(text + "gap_days: 3", "a").gap_days == 3
    assert declarations.parse(text.replace("any_order", "category"), "a").goal.item is None  # the customer's own


def test_a_bad_file_is_refused_with_file_key_and_allowed_values_and_the_others_load(tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "b.yaml").write_text(GOOD, encoding="utf-8")
    bad = GOOD.replace("campaign: spring", "campaign: bad")
    (tmp_path / "c.yaml").write_text(bad.replace("channels: [email]", "channels: [pigeon]\nprio: 1"), encoding="utf-8")
    (tmp_path / "d.yaml").write_text(bad.replace("[email]", "[email, email]") + 'send_by: "09:00"', encoding="utf-8")
    (tmp_path / "e.yaml").write_bytes(b"campaign: \xff")
    assert [each.campaign for each in declarations.load_all(tmp_path)] == ["spring"]
    refused = declarations.read(tmp_path).refused
    assert [Path(each.file).name for each in refused] == ["b.yaml", "c.yaml", "d.yaml", "e.yaml"]
    assert "campaign: spring is declared in" in str(refused[0])
    assert "prio: no such key; there are active_within_days, approval, audience," in str(refused[1])
    assert not re.search(r"\b(almanac|body|hash|file)\b,", str(refused[1]).split("there are")[1])
    assert [key for key, _ in refused[2].problems] == ["send_by", "channels"]
    assert "not readable as UTF-8" in str(refused[3])
    with pytest.raises(declarations.DeclarationError, match=r"there are spring\nnot usable: .*b\.yaml"):
        declarations.load("bad", tmp_path)


def test_campaigns_of_the_desk_stand_beside_the_others_and_names_once_in_both(tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_CAMPAIGNS", str(tmp_path / "shipped"))
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    for folder, name in (("shipped", "spring"), ("home/campaigns", "autumn"), ("home/campaigns", "spring")):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        body = GOOD.replace("campaign: spring", f"campaign: {name}")
        (tmp_path / folder / f"{name}.yaml").write_text(body, encoding="utf-8")
    found = declarations.read()
    assert [each.campaign for each in found.usable] == ["autumn", "spring"]
    assert Path(declarations.load("spring").file).parent.name == "shipped"
    assert [Path(each.file).parent.name for each in found.refused] == ["campaigns"]


@pytest.mark.parametrize("title", ["{{ conn.crm_warehouse.password }}", "{% raw %}", "a\nb", " ", "x" * 121])
def test_a_title_is_one_line_that_airflow_does_not_fill(title):
    import json

    with pytest.raises(declarations.DeclarationError, match=r"title\.en: "):
        declarations.parse(GOOD.replace("{en: Spring}", json.dumps({"en": title})), "spring.yaml")


def test_an_unknown_campaign_is_told_with_those_that_there_are(tmp_path):
    (tmp_path / "a.yaml").write_text(GOOD, encoding="utf-8")
    with pytest.raises(declarations.DeclarationError, match=r"no campaign 'sprong' in .*: there are spring"):
        declarations.load("sprong", tmp_path)


def test_reading_declarations_imports_nothing_heavy():
    plugins = Path(declarations.__file__).parents[2]
    code = (
        f"import sys; sys.path.insert(0, {str(plugins)!r}); from crm.campaigns import declarations; "
        "declarations.load_all(); heavy = {'sqlalchemy', 'pandas', 'holidays', 'lunar_python', 'airflow'}; "
        "sys.exit(', '.join(heavy & set(sys.modules)) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_an_audience_of_prospects_that_the_declaration_does_not_welcome_is_refused():
    with pytest.raises(declarations.DeclarationError, match=r"audience\.stage: .* add prospects: true.* \(line \d+\)"):
        declarations.parse(f"{GOOD}audience: {{stage: [prospect, new]}}\n", "x.yaml")
    assert declarations.parse(f"{GOOD}audience: {{stage: prospect}}\nprospects: true\n", "x.yaml").prospects
    assert declarations.parse(f"{GOOD}audience: {{stage: {{not_in: [prospect]}}}}\n", "x.yaml")
