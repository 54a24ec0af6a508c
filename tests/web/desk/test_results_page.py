"""*Results* tells what the report tells, by the same figures, and claims nothing that was not measured."""

from __future__ import annotations

import csv
import html
import io
import re
import sys
from pathlib import Path

import pytest
from desk_people import STRANGER, VIEWER

sys.path.append(str(Path(__file__).parents[2] / "evaluation"))
from evaluation_facts import Facts
from report_facts import declare, evaluated, every_status, insert, result

HOSTILE = '<script>alert(1)</script>/../"&=?#%'


@pytest.fixture
def facts(warehouse):
    written = Facts(warehouse.url)
    yield written
    written.connection.close()


@pytest.fixture
def full(warehouse, facts):
    every_status(facts)
    return warehouse


def _text(answer) -> str:
    assert answer.status_code == 200, answer.text
    body = re.sub(r"<svg\b.*?</svg>", " ", answer.text, flags=re.DOTALL)
    body = re.sub(r"<span class=\"unbroken\">(.*?)</span>", r"\1", body)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def _rows(answer) -> list[dict[str, str]]:
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))


@pytest.mark.parametrize("path", ["/results/thanksgiving", "/results?form=csv", "/results/thanksgiving?form=csv"])
def test_signed_out_and_strangers_see_no_result(desk, full, path):
    signed_out, stranger = desk(None, full).get(path), desk(STRANGER, full).get(path)
    assert (signed_out.status_code, stranger.status_code) == (303, 403)
    assert "Thanksgiving" not in signed_out.text + stranger.text
    assert desk(VIEWER, full).get(path).status_code == 200


def test_every_campaign_is_listed_with_its_verdict_and_leads_to_its_page(desk, full):
    http = desk(warehouse=full)
    answer = http.get("/results")
    said = _text(answer)
    assert "The campaign brought +$8,412 [+$2,103, +$14,722]" in said
    assert "Enough would be 358 held out and 358 written to" in said
    assert "groups broken" in said
    assert "not randomised" in said
    assert "imported" in said
    assert answer.text.count('<svg class="bar') >= 3
    links = dict(re.findall(r'<a href="(/results/[^"]+)">([^<]+)</a>', answer.text))
    assert links["/results/thanksgiving"] == "Thanksgiving"
    assert len(links) == 6
    for address, title in links.items():
        assert title in _text(http.get(address)), address


def test_the_page_of_a_campaign_shows_all_that_is_known_of_it(desk, full):
    answer = desk(warehouse=full).get("/results/thanksgiving")
    said = _text(answer)
    for part in ("From decision to purchase", "Window by window", "Variants", "By part of the audience", "ROI",
                 "Attribution, not effect", "Versions (2)", "window closed"):  # fmt: skip
        assert part in said, part
    assert "The campaign brought +$1,942 [−$7,142, +$11,027]: nothing is proven" in said
    assert answer.text.count('<div class="chart"><svg') == 3
    assert 'href="/campaigns/thanksgiving"' in answer.text


@pytest.mark.parametrize("path", ["/results", "/results/thanksgiving"])
def test_charts_need_neither_script_nor_style_of_their_own(desk, full, path):
    page = desk(warehouse=full).get(path).text
    assert not re.search(r"<script|<style|\sstyle=|\son\w+=|<image|<foreignObject|@import", page)


def test_groups_that_are_not_those_drawn_have_no_figure_to_believe(desk, full):
    http = desk(warehouse=full)
    said = _text(http.get("/results/black_friday"))
    assert "believe no figure of this result" in said
    [row] = _rows(http.get("/results/black_friday?form=csv"))
    assert row["incremental_revenue"] == row["difference"] == row["roi"] == ""


def test_imported_and_observational_results_say_so(desk, full):
    answer = desk(warehouse=full).get("/results/Type%20A%20%2F%2018")
    said = _text(answer)
    assert "Imported from a file" in said
    assert "the groups were not drawn by lot" in said
    assert "/campaigns/" not in answer.text


def test_chinese_readers_get_chinese_whatever_the_business_speaks(desk, full):
    http = desk(warehouse=full)
    assert "感恩节" in _text(http.get("/results?lang=zh-CN"))
    said = _text(http.get("/results/thanksgiving?lang=zh-CN"))
    assert "归因，并非效果" in said
    assert "未获证明" in said
    assert "2017年12月31日" in said
    assert "Held out" not in said
    assert "Attribution" not in said


def test_a_hostile_name_is_text_wherever_it_stands(desk, warehouse, facts):
    insert(facts, "result", [result(campaign=HOSTILE, kind="imported"), result(campaign="=1+2", kind="imported")])
    evaluated(facts)
    http = desk(warehouse=warehouse)
    answer = http.get("/results")
    assert "<script" not in answer.text
    address = next(a for a in re.findall(r'<a href="(/results/[^"]+)"', answer.text) if "script" in a)
    found = http.get(address)
    assert HOSTILE in _text(found)
    assert "<script" not in found.text
    assert {row["campaign"] for row in _rows(http.get("/results?form=csv"))} == {HOSTILE, "'=1+2"}


def test_the_file_has_the_figures_of_the_page_and_of_no_one_person(desk, full):
    http = desk(warehouse=full)
    answer = http.get("/results?form=csv")
    assert answer.headers["content-disposition"] == 'attachment; filename="results-2017-12-31.csv"'
    rows = _rows(answer)
    assert len(rows) == 7
    assert not {name for name in rows[0] if "customer_id" in name or "address" in name}
    [thanksgiving] = [row for row in rows if row["campaign"] == "thanksgiving"]
    assert float(thanksgiving["incremental_revenue"]) == 1942.41
    parts = _rows(http.get("/results/thanksgiving?form=csv"))
    assert {row["dimension"] for row in parts} == {"all", "segment", "tier", "channel", "variant"}


def test_a_campaign_without_a_result_says_when_one_comes_and_an_unknown_one_is_none(desk, warehouse, facts):
    http = desk(warehouse=warehouse)
    assert "Nothing was evaluated yet" in _text(http.get("/results"))
    assert http.get("/results/nobody").status_code == 404
    declare(facts, "fresh", "holiday", en="Fresh & new")
    evaluated(facts)
    assert "No campaign has a result yet" in _text(http.get("/results"))
    assert "Fresh & new has no result yet" in _text(http.get("/results/fresh"))
    assert http.get("/results/nobody").status_code == 404
    assert http.get("/results?form=xml").status_code == 400
