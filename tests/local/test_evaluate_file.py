"""`make evaluate-file`: from a file and a mapping to stored and printed results; messages say what to give."""

from __future__ import annotations

import pytest

from crm import settings
from crm.local.__main__ import main
from crm.local.check import examine

MAPPING = """
assignment: {assignment}
campaign: {{value: letter}}
date: {{value: 2017-03-01}}
arm: {{column: arm, treated: {{letter: short, long letter: long}}, control: [none]}}
stratum: group
outcomes:
  - {{window_days: 10, converted: bought, revenue: spent}}
  - {{window_days: 90, converted: bought, revenue: spent}}
as_of: {{value: 2017-04-01}}
costs: {{per_contact: 0.1, per_redemption: 0}}
"""


@pytest.fixture
def folder(tmp_path, monkeypatch, warehouse):
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CRM_WAREHOUSE_URL", warehouse.url)
    monkeypatch.delenv("CRM_BUSINESS", raising=False)
    (tmp_path / "drawn.yaml").write_text(MAPPING.format(assignment="randomised"))
    (tmp_path / "chosen.yaml").write_text(MAPPING.format(assignment="observational"))
    rows = [
        f"{arm},{'loyal' if n % 2 else 'new'},{int(n < bought)},{20.5 if n < bought else 0}"
        for arm, bought in (("letter", 120), ("long letter", 80), ("none", 60))
        for n in range(400)
    ]
    (tmp_path / "letter.csv").write_text("\n".join(["arm,group,bought,spent", *rows]) + "\n")
    return tmp_path


def run(mapping, file) -> int:
    return main(["evaluate-file", "--mapping", str(mapping), "--file", str(file)])


def test_it_prints_what_is_ok_and_stores_everything(folder, query, capsys):
    assert run(folder / "drawn.yaml", folder / "letter.csv") == 0
    text = capsys.readouterr().out
    lines = text.splitlines()
    assert "letter.csv  1,200 rows read; 1,200 customers" in text
    assert any(line.startswith("letter, conversion: randomised") for line in lines)
    whole = next(line for line in lines if line.startswith("all"))
    assert "800 / 400" in whole
    assert "25.0 / 15.0" in whole
    assert "+10.0 [" in whole
    for part in ("long", "short", "loyal", "new"):
        assert any(line.startswith(f"{part} ") for line in lines), part
    assert any(line.startswith("long against short") and "better with" in line for line in lines)
    assert "are open: its window is not over" in text
    assert "obs." not in text
    assert "…" not in text
    assert max(map(len, lines)) <= 132
    assert query("select count(*) from crm.result where kind = 'imported'") == [(10,)]


def test_again_it_changes_nothing_and_says_so(folder, query, capsys):
    run(folder / "drawn.yaml", folder / "letter.csv")
    first = query("select * from crm.result order by dimension, dimension_value, window_days")
    capsys.readouterr()
    assert run(folder / "drawn.yaml", folder / "letter.csv") == 0
    assert "known already; 1,200 customers; nothing changed" in capsys.readouterr().out
    assert query("select * from crm.result order by dimension, dimension_value, window_days") == first


def test_every_figure_of_what_was_not_drawn_says_so(folder, capsys):
    run(folder / "chosen.yaml", folder / "letter.csv")
    lines = capsys.readouterr().out.splitlines()
    figures = [line for line in lines if "[" in line and "]" in line]
    assert figures
    assert all("obs." in line for line in figures)
    assert any("not randomised" in line for line in lines)
    assert any(line.startswith("letter, conversion: observational") for line in lines)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        (("", ""), "give make evaluate-file MAPPING=<one of complete_journey_campaigns, generic_experiment, hillstrom"),
        (("gone", "letter.csv"), "no mapping"),
        (("drawn.yaml", "gone.csv"), "there is no file"),
        (("hillstrom", "letter.csv"), "letter.csv: has no column 'segment' (arm.column)"),
    ],
)
def test_what_is_missing_is_one_message_and_an_exit_status(folder, query, capsys, given, told):
    mapping, file = (folder / name if name.endswith((".yaml", ".csv")) else name for name in given)
    assert run(mapping, file) == 1
    said = capsys.readouterr()
    assert told in said.err
    assert "Traceback" not in said.err
    assert query("select count(*) from crm.imported_campaign") == [(0,)]


def test_make_check_reads_the_mappings_of_experiments(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "EXPERIMENTS", tmp_path)
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    (tmp_path / "mine.yaml").write_text(MAPPING.format(assignment="drawn") + "prio: 1\n")
    found = {(each.file, each.key) for each in examine()[0]}
    assert found == {(str(tmp_path / "mine.yaml"), "assignment"), (str(tmp_path / "mine.yaml"), "prio")}
