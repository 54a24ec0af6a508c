"""The pages of a report: the figures of the views, every status, and nothing that could do harm."""

from __future__ import annotations

import html
import math
import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import psycopg
import pytest
from evaluation_facts import Facts, day
from report_facts import AS_OF, GOOD, declare, evaluated, every_status, insert, result, variant

from crm.business import Business
from crm.evaluation.report import charts, figures, parts, verdicts, writing
from crm.evaluation.report.figures import ReportError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    return tmp_path


@pytest.fixture(scope="module")
def drawn() -> dict[str, str]:
    """The pages, once they are drawn: tests that only read share them."""
    return {}


@pytest.fixture
def pages(drawn, request):
    """Every page of a shop with results of every status, by its file's name."""
    if not drawn:
        warehouse, facts, business = map(request.getfixturevalue, ("warehouse", "facts", "business"))
        every_status(facts)
        folder = writing.write(warehouse, business).index.parent
        drawn |= {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.html")}
    return drawn


def text(page: str) -> str:
    """What a reader sees, on one line."""
    body = re.sub(r"<(style|svg)\b.*?</\1>", " ", page, flags=re.DOTALL)
    body = re.sub(r"<span class=\"unbroken\">(.*?)</span>", r"\1", body)
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def row_of(page: str, campaign: str) -> str:
    """What a reader sees of a campaign in the tables of the day, its sentence included."""
    rows = re.findall(r"<tr.*?</tr>(?:\s*<tr class=\"said\">.*?</tr>)?", page, flags=re.DOTALL)
    return " / ".join(text(row) for row in rows if campaign in text(row))


def _shown(facts: Facts, view: str, where: str = "true") -> list[dict[str, Any]]:
    with facts.connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        return cursor.execute(f"select * from mart.{view} where {where}".encode()).fetchall()


def _same(a: Any, b: Any) -> bool:
    if isinstance(a, float | Decimal) and b is not None:
        return math.isclose(float(a), float(b), rel_tol=0, abs_tol=0)
    return bool(a == b)


def test_the_figures_are_those_of_the_views_to_the_digit(warehouse, facts, business):
    every_status(facts)
    with warehouse.transaction() as tx:
        found = figures.read_day(tx, business, AS_OF)
        campaigns = {name: figures.read_campaign(tx, name, AS_OF) for name in found.campaigns}
    key = ("campaign", "occasion", "wave", "period", "goal", "window_days")
    reported = {tuple(row[name] for name in key): row for row in found.primary}
    shown = _shown(facts, "campaign_results", "is_primary")
    assert len(shown) == len(reported) == 7
    for row in shown:
        mine = reported[tuple(row[name] for name in key)]
        assert not {name for name in row if not _same(row[name], mine[name])}
    # Of each campaign the same: what its page shows are the rows of its results.
    for name, campaign in campaigns.items():
        primary = [row for row in campaign.results if row["is_primary"]]
        assert primary == [row for row in found.primary if row["campaign"] == name]


@pytest.mark.parametrize(("view", "kind"), [("campaign_result_parts", "results"), ("variant_results", "variants")])
def test_parts_and_variants_are_those_of_the_views(warehouse, facts, business, view, kind):
    every_status(facts)
    with warehouse.transaction() as tx:
        campaign = figures.read_campaign(tx, "thanksgiving", AS_OF)
    mine = [row for row in getattr(campaign, kind) if row.get("dimension") != "all"]
    shown = _shown(facts, view, "campaign = 'thanksgiving'")
    order = [name for name in ("dimension", "dimension_value", "variant") if name in shown[0]]
    paired = zip(*(sorted(rows, key=lambda r: [r[n] for n in order]) for rows in (shown, mine)), strict=True)
    for row, own in paired:
        assert not {name for name in row if name in own and not _same(row[name], own[name])}


def test_a_report_of_an_earlier_date_shows_what_was_known_then(warehouse, facts, business):
    every_status(facts)
    with warehouse.transaction() as tx:
        then = figures.read_day(tx, business, day("2017-11-26"))
    (thanksgiving,) = then.primary
    assert (thanksgiving["campaign"], thanksgiving["version"], thanksgiving["status"]) == ("thanksgiving", 1, "open")


def test_the_day_shows_every_status_with_its_verdict(pages):
    index = pages["index.html"]
    assert "proven" in row_of(index, "First cold morning")
    assert "nothing proven" in row_of(index, "Thanksgiving")
    assert "+$1,942" in row_of(index, "Thanksgiving")
    assert "Enough would be 358 held out and 358 written to" in row_of(index, "Running low?")
    assert "Jan 9, 2018" in row_of(index, "Birthday wishes")
    assert "1,204" in row_of(index, "e-mail")


def test_closed_results_of_long_ago_are_folded_below_those_of_late(warehouse, facts, business):
    insert(facts, "result", [
        result(campaign="old", as_of=day("2017-10-01")),
        result(campaign="new", as_of=day("2017-12-20")),
        result("open", campaign="slow", as_of=day("2017-10-01")),
    ])  # fmt: skip
    evaluated(facts)
    page = writing.write(warehouse, business).index.read_text(encoding="utf-8")
    recent, earlier = page.split("Earlier results")
    assert (">new<" in recent, ">slow<" in recent, ">old<" in recent) == (True, True, False)
    assert ">old<" in earlier


def test_of_broken_groups_the_day_shows_no_comparison(pages):
    broken = row_of(pages["index.html"], "Black Friday")
    assert "groups broken" in broken
    assert "believe no figure" in broken
    assert "1,942" not in broken
    assert "Believe nothing of it" in text(pages["index.html"])


def test_a_campaigns_page_shows_its_funnel_money_attribution_variants_parts_and_versions(pages):
    page = text(pages["thanksgiving.html"])
    for told in (
        "The campaign brought +$1,942 [−$7,142, +$11,027]: nothing is proven",
        "Accepted 1,580 99.6% Delivered 1,561 98.8% Opened 402 25.8% Clicked 96 23.9% Met the goal 1,010 63.6%",
        "margin of 30.0%", "Profit +$364 [−$2,361, +$3,090]", "ROI +1.17", "Coupons redeemed $310", "Sending $1.58",
        "unreliable: one large basket may decide it", "Attribution, not effect", "1,702 orders, $55,121",
        "74 orders, $3,120", "b against a", "No winner; a difference below 6.74 points would not have shown.",
        "Important: value", "Benjamini–Hochberg", "any order · 30 days secondary across zero", "window closed", "first",
    ):  # fmt: skip
        assert told in page, told


def test_what_was_not_declared_beforehand_is_never_called_proven(warehouse, facts, business):
    insert(facts, "result", [
        result(as_of=AS_OF),
        result(as_of=AS_OF, window_days=30, is_primary=False, **GOOD),
        *(result(as_of=AS_OF, is_primary=False, dimension="tier", dimension_value=tier, p_adjusted=p, **GOOD)
          for tier, p in (("base", 0.2), ("gold", 0.01))),
    ])  # fmt: skip
    evaluated(facts)
    page = (writing.write(warehouse, business).index.parent / "thanksgiving.html").read_text(encoding="utf-8")
    assert "30 days secondary above zero" in text(page)
    assert "proven" not in text(page).replace("nothing proven", "").replace("nothing is proven", "")
    # Of the parts, the one whose p survives the correction stands out.
    assert re.findall(r'class="bar (\w+)"', page) == ["even", "good"]


def test_profit_and_roi_are_headlines_only_where_the_money_is_proven(warehouse, facts, business):
    insert(facts, "result", [
        result(as_of=AS_OF, campaign="guess"),
        result(as_of=AS_OF, campaign="proven", **GOOD),
        result(as_of=AS_OF, campaign="compared", assignment="observational", **GOOD),
    ])  # fmt: skip
    evaluated(facts)
    folder = writing.write(warehouse, business).index.parent
    pages = {file.name: file.read_text(encoding="utf-8") for file in folder.glob("*.html")}
    for name, expected in (("guess", False), ("proven", True), ("compared", False)):
        tiles = text(pages[f"{name}.html"].split('class="charts"')[0])
        assert ("ROI" in tiles, "Profit" in tiles) == (expected, expected), name
        row = row_of(pages["index.html"], name)
        assert ("+2,400" in row or "+$2,400" in row or "+7.70" in row) == expected, name
    assert "a guess: nothing is proven" in text(pages["guess.html"])
    assert "a guess" not in text(pages["proven.html"])


def test_the_money_of_parts_is_corrected_for_their_number_as_their_rates_are(warehouse, facts, business):
    tiers = (("base", 0.2), ("gold", 0.01))
    part = {"as_of": AS_OF, "is_primary": False, "dimension": "tier", "p_adjusted": 0.5}
    part |= {"assignment": "randomised", "sample_ratio_mismatch": False}
    parts_of_it = [result(**part, dimension_value=name, revenue_p_adjusted=p, **GOOD) for name, p in tiers]
    insert(facts, "result", [result(as_of=AS_OF), *parts_of_it])
    evaluated(facts)
    page = text((writing.write(warehouse, business).index.parent / "thanksgiving.html").read_text(encoding="utf-8"))
    assert "p, adjusted 0.2" in page
    assert "p, adjusted 0.01" in page
    assert [verdicts.is_earned(each) for each in parts_of_it] == [False, True]
    assert [parts._tone(each, ("incremental_revenue", "revenue_low", "revenue_high")) for each in parts_of_it] == [
        "even",
        "good",
    ]


def test_a_pooled_result_says_how_it_is_put_together_and_what_was_left_out(warehouse, facts, business):
    more = {"method": "mantel_haenszel", "strata": 90, "dropped_strata": 6, "dropped_customers": 41}
    insert(facts, "result", [result(as_of=AS_OF, occasion="", wave="", period="to-date", later_entries=1234, **more)])
    evaluated(facts)
    page = text((writing.write(warehouse, business).index.parent / "thanksgiving.html").read_text(encoding="utf-8"))
    assert "(1,234 later entries are only counted)" in page
    assert "weighted by n1·n0/n" in page
    assert "this is not their average over those written to. 6 strata with an empty group say nothing" in page


def test_the_page_says_by_what_costs_profit_was_counted_and_of_how_much_revenue_they_are_known(pages):
    page = text(pages["winter.html"])
    assert "brought in − what its goods cost − sending. The cost is known of 97.0% of the revenue" in page
    assert "Goods that the written to bought $30,103.00 known of 97.0% of the revenue" in page


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"profit_basis": "unknown", "cost_known": 0.4, "margin": None, "profit": None, "roi": None},
         "Profit is unknown: the cost of the goods is known of 40.0% of the revenue, and no margin is set"),
        ({"profit_basis": "costs_and_margin", "cost_known": 0.4}, "of the rest the margin of 30.0% is left"),
        ({"profit_basis": None, "margin": None, "cost_known": None}, "This version is from before costs of goods"),
        ({"profit_basis": None, "cost_known": None}, "× margin of 30.0% − coupons − sending"),
    ],
)  # fmt: skip
def test_what_is_unknown_or_was_counted_otherwise_is_said(warehouse, facts, business, changes, said):
    insert(facts, "result", [result(as_of=AS_OF, **GOOD | changes)])
    evaluated(facts)
    folder = writing.write(warehouse, business).index.parent
    page = text((folder / "thanksgiving.html").read_text(encoding="utf-8"))
    assert said in page
    if changes["profit_basis"] == "unknown":
        assert "Profit unknown: costs of goods and margin are" in page
        assert "Profit +" not in page


def test_a_step_that_no_provider_reports_is_a_dash_and_not_a_zero(pages):
    assert "Delivered – Opened – Clicked – Met the goal 1,010" in text(pages["winter.html"])


def test_what_was_not_randomised_says_so_on_every_figure(pages):
    page = pages[parts.page_name("Type A / 18")]
    figured = [*re.findall(r"<figcaption>.*?</figcaption>", page, flags=re.DOTALL),
               *re.findall(r"<h3>.*?</h3>", page, flags=re.DOTALL),
               *re.findall(r"<span class=\"label\">.*?</span></span>|<span class=\"label\">[^<]*</span>", page),
               *re.findall(r"<summary>.*?</summary>", page, flags=re.DOTALL)]  # fmt: skip
    assert len(figured) > 10
    assert not [each for each in figured if "not randomised" not in each]
    assert "proven" not in text(page).replace("nothing is proven", "")
    row = row_of(pages["index.html"], "Type A / 18")
    assert "not randomised" in row
    # Nor does a page of a randomised campaign say so.
    assert "not randomised" not in text(pages["thanksgiving.html"])


def test_observational_results_stand_apart_from_what_the_campaigns_earned(pages):
    earned = pages["index.html"].split("What the campaigns earned")[1].split("</section>")[0]
    assert "First cold morning" in text(earned)
    assert "Type A" not in text(earned)


def test_charts_are_valid_xml_without_script_or_anything_from_elsewhere(pages):
    drawn = [svg for page in pages.values() for svg in re.findall(r"<svg\b.*?</svg>", page, flags=re.DOTALL)]
    assert len(drawn) > 20
    for svg in drawn:
        for element in ElementTree.fromstring(svg).iter():
            assert element.tag.rpartition("}")[2] in {"svg", "g", "path", "line", "text", "circle", "polyline", "rect"}
            assert not {name for name in element.attrib if name.startswith("on") or name.endswith(("href", "src"))}
            assert not {value for value in element.attrib.values() if "url(" in value.replace("url(#", "")}


class _Tags(HTMLParser):
    """Every tag of a page, and what it would load."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.loads: set[str] = set()
        self.ids: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        given = dict(attrs)
        self.loads |= {value or "" for name, value in given.items() if name in ("src", "href", "srcset", "action")}
        self.loads |= {f"handler {name}" for name in given if name.startswith("on")}
        if given.get("id"):
            self.ids.append(str(given["id"]))


def test_a_page_is_one_file_without_script_and_links_only_to_pages_beside_it(pages):
    for page in pages.values():
        found = _Tags(page)
        assert not found.tags & {"script", "link", "iframe", "object", "embed", "img", "form", "base"}
        assert found.loads <= set(pages)
        assert "@import" not in page
        assert not re.search(r"url\((?!#)", page)
        assert len(found.ids) == len(set(found.ids))


HOSTILE = '<script>alert(1)</script>"><img src=x onerror=alert(2)> {{ 7*7 }} @@name.html@@'


def test_a_hostile_name_is_only_text(warehouse, facts, business):
    declare(facts, "evil", "holiday", en=HOSTILE)
    insert(facts, "result", [
        result(campaign="evil", reason=HOSTILE, occasion=HOSTILE, as_of=AS_OF),
        result(campaign="evil", reason=HOSTILE, occasion=HOSTILE, as_of=AS_OF, dimension="tier", is_primary=False,
               dimension_value=HOSTILE),
        result(campaign="evil", reason=HOSTILE, occasion=HOSTILE, as_of=AS_OF, dimension="tier", is_primary=False,
               dimension_value="gold"),
        result(campaign="../../../etc/" + HOSTILE, kind="imported", as_of=AS_OF),
    ])  # fmt: skip
    insert(facts, "variant_result", [variant(campaign="evil", occasion=HOSTILE, variant=HOSTILE)])
    evaluated(facts)
    written = writing.write(warehouse, business)
    assert written.pages == 3
    files = list(written.index.parent.rglob("*"))
    assert {file.parent for file in files} == {written.index.parent}
    for file in files:
        if file.suffix == ".html":
            page = file.read_text(encoding="utf-8")
            found = _Tags(page)
            assert not found.tags & {"script", "img"}
            assert not {load for load in found.loads if "handler" in load}
            assert "{{ 7*7 }}" in html.unescape(page)


def test_the_name_of_a_page_never_leaves_its_folder_nor_hides_another():
    assert parts.page_name("black_friday") == "black_friday.html"
    names = [
        parts.page_name(name) for name in ("a/b", "a b", "index", "Index", "..", "", "感恩节", "双11", ".x", "a" * 99)
    ]
    assert len({name.lower() for name in names}) == len(names)
    assert all(re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9_-]*\.html", name) for name in names)
    assert "index.html" not in names


def test_nothing_is_written_where_nothing_has_changed_and_only_what_has(warehouse, facts, business):
    every_status(facts)
    first = writing.write(warehouse, business)
    assert first.pages == 7
    before = {file: file.read_bytes() for file in first.index.parent.iterdir()}
    again = writing.write(warehouse, business)
    assert (again.pages, again.content) == (0, first.content)
    assert {file: file.read_bytes() for file in first.index.parent.iterdir()} == before
    insert(facts, "result", [result(version=3, reason="late orders or refunds", as_of=AS_OF, naive_revenue=61000)])
    late = writing.write(warehouse, business)
    assert late.pages == 2  # the day and the campaign
    assert late.content != first.content
    first.index.unlink()
    assert writing.write(warehouse, business).pages == 1


def test_the_same_figures_make_the_same_pages(warehouse, facts, business, tmp_path, monkeypatch):
    every_status(facts)
    one = writing.write(warehouse, business).index.parent
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "other"))
    two = writing.write(warehouse, business).index.parent
    assert one != two
    assert {f.name: f.read_bytes() for f in one.iterdir()} == {f.name: f.read_bytes() for f in two.iterdir()}


def test_the_report_speaks_the_language_of_the_business(warehouse, facts):
    every_status(facts)
    business = Business(
        name="店", time_zone="Asia/Shanghai", currency="CNY", country="CN", sources=["a"], locale="zh-CN"
    )
    index = writing.write(warehouse, business).index.read_text(encoding="utf-8")
    assert '<html lang="zh-CN">' in index
    for told in ("2017年12月31日", "感恩节", "未获证明", "+¥1,942", "需对照组358人"):
        assert told in text(index)
    page = (writing.write(warehouse, business).index.parent / "thanksgiving.html").read_text(encoding="utf-8")
    assert "重要价值客户" in text(page)
    assert not re.search(r"\b(the|campaign|nothing)\b", text(page))


def test_no_person_is_in_a_report(warehouse, facts, business, query):
    query("insert into crm.customer values (1, 'shop', 'buyer-4711', false, '2017-11-19')")
    query("insert into crm.customer_profile (customer_id, valid_from, name, email, file_version_id)"
          " values (1, '2017-11-19', 'Wang Fang', 'fang@example.com', 1)")  # fmt: skip
    every_status(facts)
    folder = writing.write(warehouse, business).index.parent
    told = "".join(file.read_text(encoding="utf-8") for file in folder.iterdir())
    assert not [personal for personal in ("Wang Fang", "fang@", "buyer-4711") if personal in told]


def test_what_waits_for_a_person_is_said_first(warehouse, facts, business):
    every_status(facts)
    declare(facts, "spring", "seasonal", en="Spring")
    facts.run(
        "insert into crm.approval"
        " (campaign, business_date, decisions_hash, messages, sending_cost, coupon_cost, asked_at)"
        " values ('spring', %s, 'x', 10, 0.1, 0, '2017-12-31')",
        [(AS_OF,)],
    )
    facts.file("2017-12-30", status="failed")
    facts.file("2017-12-29", status="failed")
    facts.run(
        "insert into crm.file_version (shop, kind, source_file, content_hash, business_date, known_on, status)"
        " values ('shop', 'orders', '2017-12-29.csv', 'mended', '2017-12-29', '2017-12-29', 'published')",
        [()],
    )
    page = text(writing.write(warehouse, business).index.read_text(encoding="utf-8"))
    assert "Approve or reject Spring, decided on Dec 31, 2017" in page
    assert "2017-12-30.csv of Dec 30, 2017 could not be published" in page
    assert "2017-12-29.csv" not in page


def test_before_the_first_evaluation_there_is_nothing_to_report(warehouse, facts, business):
    with pytest.raises(ReportError, match="run evaluate_campaigns first"):
        writing.write(warehouse, business)
    evaluated(facts)
    with pytest.raises(ReportError, match="DATE=2017-12-31 or an earlier one"):
        writing.write(warehouse, business, day("2018-01-01"))
    assert "No campaign has a result yet." in text(writing.write(warehouse, business).index.read_text())


def test_imported_campaigns_alone_are_a_report_and_stand_apart_however_old_they_are(warehouse, facts, business):
    imported = {"kind": "imported", "assignment": "observational"}
    insert(facts, "result", [
        result(campaign="18", as_of=day("2017-12-20"), **imported),
        result(campaign="13", as_of=day("2017-06-20"), **imported),
    ])  # fmt: skip
    written = writing.write(warehouse, business)
    assert written.day.as_of == day("2017-12-20")
    page = written.index.read_text(encoding="utf-8")
    apart = page.split("Not randomised: compared, not measured")[1]
    assert ">18<" in apart
    assert ">13<" in apart
    assert "Earlier results" not in page


def test_a_chart_draws_the_interval_about_the_treated_and_hollow_what_is_not_compared():
    closed = result()
    counted = result("open", window_days=30)
    drawn = charts._rates(closed) + charts._rates(counted)
    treated = next(row for row in drawn if row["arm"] == "treated" and row["closed"])
    assert treated["rate"] == pytest.approx(closed["baseline_rate"] + closed["difference"])
    assert treated["low"] == pytest.approx(closed["baseline_rate"] + closed["low"])
    assert [row["rate"] for row in drawn if not row["closed"]] == [counted["control_rate"], counted["treated_rate"]]
    assert charts.intervals([counted], ("difference", "low", "high"), "+.1f") is None


def test_a_picture_for_email_is_a_png():
    picture = charts.png(charts.forest([(1, result())]))
    assert picture.startswith(b"\x89PNG")
