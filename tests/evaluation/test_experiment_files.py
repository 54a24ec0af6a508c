"""Files of experiments: what cannot be used is refused as a whole, and the message says where and what to do."""

from __future__ import annotations

import gzip

import pandas
import pytest
from experiment_files import MAPPING, two_arms, write_mapping, write_rows

from crm import settings
from crm.evaluation.experiments import mapping as mappings
from crm.evaluation.experiments.evaluating import ExperimentError, evaluate_file
from crm.evaluation.experiments.mapping import ExperimentMappingError
from crm.evaluation.experiments.reading import ExperimentFileError

OUTCOME = MAPPING["outcomes"][0]
HEADER = b"id,arm,sent_on,converted,orders,revenue,refunds\n"
GOOD = two_arms(3, 3, (1, 1))
STORED = "select (select count(*) from crm.imported_campaign) + (select count(*) from crm.imported_assignment)"


@pytest.fixture
def evaluate(warehouse, business, tmp_path):
    """Evaluate rows by ``MAPPING`` with changes."""

    def run(rows, **changes):
        return evaluate_file(warehouse, business, write_mapping(tmp_path, **changes), write_rows(tmp_path, rows))

    return run


@pytest.mark.parametrize(
    ("row", "changes", "told"),
    [
        ({"arm": "later"}, {}, "row 7: column 'arm' (arm.column) has a value that the mapping does not know"),
        ({"arm": ""}, {}, "row 7: column 'arm' (arm.column) is blank"),
        ({"id": ""}, {}, "row 7: column 'id' (customer) is blank"),
        ({"id": "c2"}, {}, "row 7: column 'id' (customer) has a person for the second time in this campaign"),
        ({"sent_on": ""}, {}, "row 7: column 'sent_on' (date) is blank"),
        ({"sent_on": "2017-02-30"}, {}, "row 7: column 'sent_on' (date) is no date"),
        ({"sent_on": "01.03.2017"}, {}, "row 7: column 'sent_on' (date) is no date"),
        ({"revenue": "-5"}, {}, "row 7: column 'revenue' (outcomes.0.revenue) is negative"),
        ({"revenue": "much"}, {}, "row 7: column 'revenue' (outcomes.0.revenue) is no number"),
        ({"revenue": "1,5"}, {}, "row 7: column 'revenue' (outcomes.0.revenue) is no number"),
        ({"revenue": "nan"}, {}, "row 7: column 'revenue' (outcomes.0.revenue) is blank"),
        ({"revenue": "12 kg"}, {}, "row 7: column 'revenue' (outcomes.0.revenue) is no number"),
        (
            {"revenue": "12,50"},
            {"amounts": {"thousands": ","}},
            "row 7: column 'revenue' (outcomes.0.revenue) is no number",
        ),
        ({"revenue": "1e30"}, {}, "row 7: column 'revenue' (outcomes.0.revenue) is no number"),
        (
            {"revenue": "1.5"},
            {"amounts": {"decimal": ","}},
            "row 7: column 'revenue' (outcomes.0.revenue) is no number",
        ),
        ({"orders": ""}, {}, "row 7: column 'orders' (outcomes.0.orders) is blank"),
        ({"converted": "maybe"}, {}, "row 7: column 'converted' (outcomes.0.converted) is no number"),
        ({"revenue": 5, "refunds": 6}, {}, "row 7: column 'refunds' (outcomes.0.refunds) is more than the revenue"),
        ({"sent": "perhaps"}, {"accepted": "sent"}, "row 7: column 'sent' (accepted) is neither true nor false"),
        ({"before": ""}, {"spent_before": "before"}, "row 7: column 'before' (spent_before) is blank"),
        ({"before": "x"}, {"spent_before": "before"}, "row 7: column 'before' (spent_before) is no number"),
        ({"name": ""}, {"campaign": "name"}, "row 7: column 'name' (campaign) is blank"),
        (
            {"days": 11},
            {"outcomes": [{**OUTCOME, "window_days": "days"}]},
            "row 1: column 'days' (outcomes.0.window_days) differs within one campaign",
        ),
        (
            {"days": "ten"},
            {"outcomes": [{**OUTCOME, "window_days": "days"}]},
            "row 7: column 'days' (outcomes.0.window_days) is no number of days",
        ),
        (
            {"until": "2017-04-01"},
            {"as_of": "until"},
            "row 1: column 'until' (as_of) differs within one campaign",
        ),
    ],
)
def test_a_bad_row_refuses_the_file_and_the_message_says_where(evaluate, query, row, changes, told):
    filled = {"sent": "1", "before": 0, "name": "spring", "days": 10, "until": "2017-03-31"}
    with pytest.raises(ExperimentFileError) as error:
        evaluate([{**filled, **each} for each in [*GOOD, row]], **changes)
    assert "spring.csv cannot be used; nothing of it was stored" in str(error.value)
    assert told in str(error.value)
    assert query(STORED) == [(0,)]


def test_ids_that_a_spreadsheet_has_shortened_refuse_the_file(evaluate, query):
    with pytest.raises(ExperimentFileError, match=r"ids of customers that a spreadsheet has written as 2\.02407E\+18"):
        evaluate([*GOOD, {"id": "3.5E+17"}])


def test_a_message_repeats_no_value_of_a_person(evaluate):
    private = {"id": "mei@example.com", "arm": "mei.lin", "sent_on": "born 1980", "revenue": "13812345678"}
    with pytest.raises(ExperimentFileError) as error:
        evaluate([*GOOD, private, private, {"arm": "mei.lin"}])
    assert "(2 more)" in str(error.value)
    assert not [value for value in private.values() if value in str(error.value)]


def test_equal_windows_of_two_outcomes_are_refused(evaluate):
    with pytest.raises(ExperimentFileError, match="is the window of another outcome too"):
        evaluate(GOOD, outcomes=[OUTCOME, {**OUTCOME, "window_days": 10}])


def test_a_campaign_of_this_installation_keeps_its_name(evaluate, facts, query):
    facts.declared("spring", "holiday")
    with pytest.raises(ExperimentFileError, match="the campaign spring is one of this installation; give it another"):
        evaluate(GOOD)
    assert query(STORED) == [(0,)]


def test_a_missing_column_is_named_with_the_columns_that_there_are(evaluate):
    with pytest.raises(ExperimentFileError) as error:
        evaluate(GOOD, stratum="group", tier="level")
    assert "has no column 'group' (stratum), 'level' (tier); it has id, arm, sent_on" in str(error.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "has no column"),
        (HEADER, "has no rows"),
        (HEADER + b"1,none,2017-03-01,0,0\n", "row 1 has 5 columns, the header 7"),
        (HEADER + b'1,none,2017-03-01,0,0,0,"0\n', "look for a quote"),
        (HEADER + "1,später".encode("latin-1"), "set encoding in the mapping"),
        ("id,arm".encode("utf-16"), "set encoding in the mapping"),
        (b"id," + HEADER, "has two columns id"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(warehouse, business, tmp_path, content, told):
    file = tmp_path / "spring.csv"
    file.write_bytes(content)
    with pytest.raises(ExperimentFileError, match=told):
        evaluate_file(warehouse, business, write_mapping(tmp_path), file)


def test_no_file_and_an_unknown_kind_of_file_are_told(warehouse, business, tmp_path):
    with pytest.raises(ExperimentFileError, match="there is no file"):
        evaluate_file(warehouse, business, write_mapping(tmp_path), tmp_path / "gone.csv")
    (tmp_path / "spring.pdf").write_text("")
    with pytest.raises(ExperimentFileError, match=r"name it \.csv, \.tsv, \.parquet or \.xlsx"):
        evaluate_file(warehouse, business, write_mapping(tmp_path), tmp_path / "spring.pdf")


def as_gzip(file):
    packed = file.with_suffix(".csv.gz")
    packed.write_bytes(gzip.compress(file.read_bytes()))
    return packed


def as_parquet(file):
    frame = pandas.read_csv(file, parse_dates=["sent_on"]).astype({"revenue": float})
    frame.to_parquet(file.with_suffix(".parquet"))
    return file.with_suffix(".parquet")


def as_excel(file):
    frame = pandas.read_csv(file, parse_dates=["sent_on"])
    frame.to_excel(file.with_suffix(".xlsx"), index=False)
    return file.with_suffix(".xlsx")


def as_tsv(file):
    file.with_suffix(".tsv").write_text("\ufeff" + file.read_text().replace(",", "\t"), encoding="utf-8")
    return file.with_suffix(".tsv")


KEPT = (
    "select a.treated, a.starts_at, o.window_days, o.converted, o.orders, o.revenue, o.refunds"
    " from crm.imported_assignment as a"
    " left join crm.imported_outcome as o using (customer_id, campaign, occasion, version)"
    " where a.version = (select max(version) from crm.imported_campaign) order by a.customer_id"
)


@pytest.mark.parametrize("written", [as_gzip, as_parquet, as_excel, as_tsv])
def test_every_kind_of_file_says_the_same(warehouse, business, tmp_path, query, written):
    file, mapping = write_rows(tmp_path, two_arms(5, 5, (3, 1), refunds=2)), write_mapping(tmp_path)
    evaluate_file(warehouse, business, mapping, file)
    first = query(KEPT)
    evaluate_file(warehouse, business, mapping, written(file))
    assert query("select max(version) from crm.imported_campaign") == [(2,)]
    assert query(KEPT) == first
    assert len(first) == 10


def test_numbers_and_dates_are_read_as_the_mapping_says(warehouse, business, tmp_path, query):
    rows = [
        {"arm": " Letter ", "sent_on": "01.03.2017", "converted": "yes", "orders": "1", "revenue": "£ 1.234,50"},
        {"arm": "none", "sent_on": "01.03.2017 09:30", "converted": "no", "orders": "", "revenue": ""},
    ]
    changes = {"dates": ["%d.%m.%Y", "%d.%m.%Y %H:%M"], "amounts": {"decimal": ",", "thousands": "."}}
    mapping = write_mapping(tmp_path, **changes, blank_is_zero=True, delimiter=";", encoding="latin-1")
    file = write_rows(tmp_path, rows, delimiter=";", encoding="latin-1")
    evaluate_file(warehouse, business, mapping, file)
    (letter, none) = sorted(query(KEPT), reverse=True)
    assert (letter[0], letter[1].isoformat(), float(letter[5])) == (True, "2017-03-01T05:00:00+00:00", 1234.5)
    assert (none[0], none[1].isoformat(), none[5]) == (False, "2017-03-01T14:30:00+00:00", None)


def test_without_a_column_of_customers_each_row_is_a_person(evaluate, query):
    evaluate(GOOD, without=["customer"])
    assert query("select count(distinct customer_id) from crm.imported_assignment") == [(6,)]


def test_nothing_is_kept_of_a_person_but_the_columns_that_are_mapped(evaluate, query):
    evaluate([{**row, "id": f"mei{n}@example.com", "name": "Mei Lin"} for n, row in enumerate(GOOD)])
    for table in ("imported_campaign", "imported_assignment", "imported_outcome"):
        assert not [row for row in query(f"select x::text from crm.{table} as x") if "mei" in row[0].lower()]


def test_orders_of_the_warehouse_need_a_date_that_is_complete_and_customers_that_are_known(evaluate, facts):
    changes = {"without": ["outcomes"], "from_orders": {"window_days": [10]}, "shop": "shop"}
    with pytest.raises(ExperimentError, match="no business date is complete"):
        evaluate(GOOD, **changes)
    facts.delivered("2017-12-31")
    with pytest.raises(ExperimentError, match="none of its customers is known as a customer of the shop 'shop'"):
        evaluate(GOOD, **changes)


@pytest.mark.parametrize("name", sorted(file.stem for file in settings.EXPERIMENTS.glob("*.yaml")))
def test_the_shipped_mappings_can_be_used(name):
    assert mappings.load(name).name == name


def test_the_documented_mapping_fits_its_own_file_and_mentions_every_key():
    text = (settings.EXPERIMENTS / "generic_experiment.yaml").read_text(encoding="utf-8")
    keys = set(mappings.Mapping.model_fields) - {"name", "body", "goal", "encoding", "delimiter", "sheet"}
    assert not {key for key in keys if f"{key}:" not in text}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"prio": 1}, "prio: no such key; there are accepted, amounts, arm"),
        ({"assignment": "drawn"}, "assignment: Input should be 'randomised' or 'observational'"),
        ({"assignment": "observational"}, "holdout is the share that was drawn"),
        ({"holdout": 1.5}, "holdout: Input should be less than 1"),
        ({"arm": {"column": "arm", "treated": ["a"], "control": ["A "]}}, "A  is treated and control at once"),
        ({"arm": {"column": "arm", "treated": [], "control": ["b"]}}, "arm.treated: "),
        ({"outcomes": []}, "give either outcomes"),
        ({"outcomes": [{"window_days": 3}]}, "outcomes.0: Value error, map at least one of converted, orders, revenue"),
        ({"outcomes": [{"window_days": 3, "orders": "o", "refunds": "r"}]}, "map revenue too"),
        ({"outcomes": [{"window_days": 0, "orders": "o"}]}, "outcomes.0.window_days"),
        ({"outcomes": [OUTCOME, {"window_days": 3, "orders": "o"}]}, "every window maps the same measures"),
        ({"from_orders": {"window_days": [3]}}, "give either outcomes"),
        ({"outcomes": [], "from_orders": {"window_days": [3]}}, "from_orders needs shop and customer"),
        ({"campaign": {"value": "a", "column": "b"}}, "campaign: Value error, give the name of a column"),
        ({"shop": "shop", "customer": None}, "map customer too"),
        ({"dates": ["DD.MM.YYYY"]}, "is neither iso nor a strptime format"),
        ({"encoding": "utf-9"}, "is no encoding that Python knows"),
    ],
)
def test_a_mapping_that_cannot_be_used_names_file_key_and_what_there_is(tmp_path, changes, told):
    with pytest.raises(ExperimentMappingError) as error:
        mappings.load(write_mapping(tmp_path, **changes))
    assert str(error.value).startswith(f"{tmp_path / 'spring.yaml'}: ")
    assert told in str(error.value)


def test_a_mapping_that_is_not_there_names_those_that_are(tmp_path):
    with pytest.raises(ExperimentMappingError, match="give one of complete_journey_campaigns, generic_experiment"):
        mappings.load("gone")
    (tmp_path / "empty.yaml").write_text("")
    with pytest.raises(ExperimentMappingError, match="is empty; start from"):
        mappings.load(tmp_path / "empty.yaml")


def test_what_yaml_takes_for_a_number_or_a_truth_is_a_text_of_the_file(tmp_path):
    path = write_mapping(tmp_path, without=["arm"])
    path.write_text(f"{path.read_text()}arm: {{column: arm, treated: {{1: a, yes: b}}, control: [00]}}\n")
    arm = mappings.load(path).arm
    assert (arm.treated, arm.control) == ({"1": "a", "yes": "b"}, ["00"])
