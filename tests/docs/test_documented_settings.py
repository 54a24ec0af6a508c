"""Every key that a page names may be written, and every key that may be written is on a page."""

from __future__ import annotations

import re
from pathlib import Path

import documentation
import pytest
import yaml
from documentation import PROJECT
from model_keys import keys, paths

from crm import business
from crm.campaigns import audiences, declarations, offers
from crm.evaluation.experiments import mapping as experiments
from crm.orders import canonical, mapping

SETTINGS = {tuple(path) for path in paths(business.Business)}
#: Whose values are numbers or models by a name.
MAPS = {("sending_hours", "*")}
SETTINGS_FILE = Path(business.__file__).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("page", "heading", "written"),
    [
        ("docs/campaigns.md", "What a file says", keys(declarations.Declaration)),
        ("docs/audiences.md", "Fields", keys(audiences.Filter)),
        ("docs/offers.md", "A coupon fitted to the customer", keys(offers.Coupon)),
        ("docs/experiments.md", "The keys of a mapping", keys(experiments.Mapping) - {"name", "body"}),
        ("docs/operations.md", "Housekeeping", keys(business.Retention)),
    ],
)
def test_a_table_of_keys_has_all_of_them_and_no_other(page, heading, written):
    assert documentation.keys(page, heading) == written


def test_the_keys_and_columns_of_a_mapping_are_on_its_page():
    models = (mapping.Mapping, mapping.Orders, mapping.Customers, mapping.Products, mapping.Suppressions)
    written = {path[-1] for model in models for path in paths(model)} - {
        "from_orders",
        "encodings",
    }  # filled in by the code
    columns = {column for kind in canonical.COLUMNS.values() for column in kind if not column.endswith("_masked")}
    made = {"file_version_id", "row_number", "reject_reason", "reject_column", "raw", "birthday_has_year"}
    assert (written | columns) - made - _words(PROJECT / "docs" / "sources.md") == set()


def test_every_setting_is_described_in_its_file_or_on_a_page():
    described = {name for pair in re.findall(r"``([a-z_]+)|#: .*\n    ([a-z_]+):", SETTINGS_FILE) for name in pair}
    for page in documentation.PAGES:
        described |= _words(page)
    assert {".".join(path) for path in SETTINGS if path[-1] not in described} == set()


def test_every_setting_that_a_page_names_by_its_path_exists():
    top = "|".join(keys(business.Business))
    named = documentation.everywhere(rf"(?<![\w./$<:-])((?:{top})\.[a-z_<>.]+)")
    wrong = [(page, path) for page, path in named if not _is_setting(path) and path.split(".")[-1] not in FILES]
    assert [each for each in wrong if each not in OTHER_THINGS] == []


FILES = {"yaml", "py", "sql", "md"}
#: What begins like a setting and is none.
OTHER_THINGS = {
    ("sources.md", "products.margins"),  # of a mapping
    ("offers.md", "products.margins"),  # of a mapping
    ("messages.md", "providers.named"),  # a function
    ("templates.md", "name.html"),  # a token in a body
}


def _is_setting(path: str) -> bool:
    """Names that people choose, and <placeholders>, fit any."""
    parts = tuple("*" if part.startswith("<") else part for part in path.rstrip(".").split("."))
    return parts in SETTINGS or (parts[0], "*", *parts[2:]) in SETTINGS or parts in MAPS or _of_any_provider(parts)


def _of_any_provider(parts: tuple[str, ...]) -> bool:
    return parts[:2] == ("providers", "*") and any(path[2:] == parts[2:] for path in SETTINGS)


@pytest.mark.parametrize("page", documentation.PAGES, ids=lambda page: page.name)
def test_settings_that_a_page_shows_would_be_taken(page, tmp_path):
    """Blocks of YAML whose keys are those of ``business.yaml``."""
    whole = yaml.safe_load((PROJECT / "include" / "business.yaml").read_text(encoding="utf-8"))
    for block in documentation.fences(page, "yaml"):
        shown = yaml.safe_load(block)
        if set(shown) <= keys(business.Business):
            file = tmp_path / "business.yaml"
            file.write_text(yaml.safe_dump({**whole, **shown}))
            business.load(file)


@pytest.mark.parametrize("page", documentation.PAGES, ids=lambda page: page.name)
def test_audiences_and_offers_that_a_page_shows_would_be_taken(page):
    birthday = (PROJECT / "include" / "campaigns" / "birthday.yaml").read_text(encoding="utf-8")
    for block in documentation.fences(page, "yaml"):
        shown = yaml.safe_load(block)
        if {"audience", "offer"} & set(shown) and "campaign" not in shown and "{…}" not in block:
            declarations.parse(yaml.safe_dump({**yaml.safe_load(birthday), **shown}), "shown.yaml")


def _words(page: Path) -> set[str]:
    return {word for each in documentation.code(page) for word in re.findall(r"[A-Za-z_]+", each)}
