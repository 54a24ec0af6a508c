"""YAML that people write is read as it is written, or refused with file, line, key and what to do."""

from __future__ import annotations

import pathlib
import re

import pytest
import yaml

from crm import business, settings, yaml_files
from crm.campaigns import almanac, declarations
from crm.campaigns.almanac import Almanac
from crm.evaluation.experiments import mapping as experiments
from crm.messages import fallbacks
from crm.messages.sources import Files
from crm.orders import mapping as orders

PROJECT = pathlib.Path(__file__).resolve().parents[1]
HEAD = """campaign: spring
kind: holiday
title: {en: Spring}
priority: 1
occasions: [{name: spring, once: 2026-04-01}]
channels: [email]
primary_window_days: 10
holdout: 0.20
"""


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("00123", "00123"), ("0o17", "0o17"), ("0x1F", "0x1F"), ("1_000", "1_000"), ("12:30", "12:30"),
        ("NO", "NO"), ("yes", "yes"), ("off", "off"), ("2026-12-05", "2026-12-05"), ("1e5", "1e5"),
        ("true", True), ("False", False), ("123", 123), ("-4", -4), ("0.20", 0.2), ("~", None), ('"7"', "7"),
    ],
)  # fmt: skip
def test_nothing_is_taken_for_something_else_than_what_is_written(written, value):
    found = yaml_files.parse(f"a: {written}", "x.yaml")["a"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("text", ["a: 1\nb: 2\na: 3", "b: 1\na: {x: 1}\n? a\n: 2", "x: 1\ny:\n- {a: 1, 'a': 2}"])
def test_a_key_that_stands_twice_is_refused_with_its_line(text):
    with pytest.raises(yaml_files.YamlError, match=r"^x\.yaml: .*line 3: a stands twice, first in line \d"):
        yaml_files.parse(text, "x.yaml")


def test_a_merged_key_may_be_written_anew():
    text = "a: &shared {x: 1, y: 2}\nb: {<<: *shared, x: 3}"
    assert yaml_files.parse(text, "x.yaml")["b"] == {"x": 3, "y": 2}


@pytest.mark.parametrize("text", ["a: !!python/name:os.system x", "a: !!timestamp 2026", "a: [", "a: 1\n---\nb: 2"])
def test_what_is_no_plain_value_is_refused_with_its_line(text):
    with pytest.raises(yaml_files.YamlError, match=r"x\.yaml: not readable as YAML: line \d"):
        yaml_files.parse(text, "x.yaml")


def _business(folder):
    (folder / "business.yaml").write_text("name: a\nname: b\n")
    business.load(folder / "business.yaml")


def _campaign(folder):
    declarations.parse(f"{HEAD}holdout: 0\n", "spring.yaml")


def _calendar(folder):
    (folder / "festivals.yaml").write_text("a: {date: 01-01, title: {en: A}}\na: {date: 01-02, title: {en: A}}\n")
    almanac.festivals()


def _source(folder):
    (folder / "a.yaml").write_text("shop: a\nshop: b\n")
    orders.load(folder / "a.yaml")


def _experiment(folder):
    (folder / "a.yaml").write_text("outcomes: []\noutcomes: []\n")
    experiments.load(folder / "a.yaml")


def _fallbacks(folder):
    (folder / "fallbacks.yaml").write_text("en: {name: friend, name: you}\n")
    fallbacks.read(Files(folder.parent), folder.name)


@pytest.mark.parametrize("read", [_business, _campaign, _calendar, _source, _experiment, _fallbacks])
def test_every_file_that_people_write_refuses_a_key_that_stands_twice(read, tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_CALENDARS", str(tmp_path))
    with pytest.raises(Exception, match=r"\.yaml: .*line \d+: \w+ stands twice"):
        read(tmp_path)


def test_yaml_is_read_in_one_place():
    reading = re.compile(r"yaml\.(safe_load|load|full_load|compose)\b|import yaml\b")
    readers = {
        file.name for file in (PROJECT / "plugins" / "crm").rglob("*.py") if reading.search(file.read_text("utf-8"))
    }
    assert readers == {"yaml_files.py", "drafts.py", "load.py", "superset_queries.py"}, "the others write alone"


@pytest.mark.parametrize(
    ("more", "asked"),
    [("audience: {bought_product: [00123, 123]}", ["00123", "123"]), ("audience: {country: NO}", ["NO"])],
)
def test_a_code_in_a_declaration_is_what_is_written(more, asked):
    declared = declarations.parse(f"{HEAD}goal: {{goal: any_order}}\n{more}\n", "spring.yaml")
    [(_, found)] = declared.audience.parts()
    assert found.in_ == asked


@pytest.mark.parametrize("item", ["NO", "00123", "12:30", "123"])
def test_a_goals_item_is_what_is_written(item):
    declared = declarations.parse(f"{HEAD}goal: {{goal: product, item: {item}}}\n", "spring.yaml")
    assert str(declared.goal.item) == item


@pytest.mark.parametrize("item", ["1.10", "true"])
def test_an_item_that_is_no_text_is_refused_with_line_and_key(item):
    with pytest.raises(declarations.DeclarationError, match=r"^spring\.yaml: goal\.item.*in quotes.*\(line 11\)"):
        declarations.parse(f"{HEAD}\ngoal:\n  goal: product\n  item: {item}\n".replace("\n\n", "\n"), "spring.yaml")


def test_a_mistake_names_the_line_of_its_key(tmp_path):
    file = tmp_path / "business.yaml"
    file.write_text("name: 12\ntime_zone: UTC\ncurrency: EUR\ncountry: DE\nsources: [a]\ncaps:\n  gap_days: soon\n")
    with pytest.raises(business.SettingsError, match=r"name: 12 is no text.* \(line 1\); caps\.gap_days: .*\(line 7\)"):
        business.load(file)


def test_a_declaration_that_was_kept_before_is_read_as_it_was():
    kept = f"{HEAD}goal: {{goal: product, item: 00123}}\nenabled: no\n"
    declared = declarations.parse(kept, "crm.declaration, spring", Almanac())
    assert (declared.goal.item, declared.enabled) == (0o123, False)
    assert declared.body == kept
    today = declarations.parse(kept, "spring.yaml")
    again = declarations.parse(today.body, "crm.declaration, spring", Almanac())
    assert (today.goal.item, again.goal.item, again.hash) == ("00123", "00123", today.hash)


def test_the_hash_of_a_declaration_that_both_rules_read_alike_stays():
    for file in settings.CAMPAIGNS.glob("*.yaml"):
        text = file.read_text(encoding="utf-8")
        assert yaml_files.marked(text) == text
    assert yaml_files.marked(HEAD) == HEAD, "a date is its own text"
    assert yaml.safe_load(HEAD)["occasions"][0]["once"].year == 2026
