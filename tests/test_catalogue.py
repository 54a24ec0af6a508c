"""The DAG catalogue is generated from the docstrings of the DAG files."""

from __future__ import annotations

import pytest

from crm.local import catalogue


def test_the_dag_catalogue_is_up_to_date():
    assert catalogue.page() == catalogue.PAGE.read_text(encoding="utf-8"), "run `make docs`"


def test_a_dag_file_without_a_docstring_is_named(tmp_path):
    (tmp_path / "silent.py").write_text("x = 1\n")
    with pytest.raises(ValueError, match=r"silent\.py"):
        catalogue.page(tmp_path)


def test_a_folder_without_dags_makes_an_empty_catalogue(tmp_path):
    assert catalogue.page(tmp_path) == catalogue.HEAD


def test_the_title_of_a_dag_is_a_section_of_the_page(tmp_path):
    (tmp_path / "one.py").write_text('"""\n### One\n\nDoes one thing.\n"""\n')
    assert "\n## One\n\nDoes one thing.\n" in catalogue.page(tmp_path)
