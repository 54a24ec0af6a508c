"""``make erase``: by the customer's key alone, and it says what went and what only others can erase."""

from __future__ import annotations

import pytest

from crm.local.__main__ import main
from crm.warehouse import Warehouse


@pytest.fixture
def shop(warehouse: Warehouse, query, tmp_path, monkeypatch):
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    monkeypatch.setenv("CRM_WAREHOUSE_URL", warehouse.url.replace("+psycopg", ""))
    query("insert into crm.customer values (-7, 'household', 'Zorn', false, '2017-01-01')")
    query(
        "insert into crm.customer_profile (customer_id, valid_from, name, file_version_id)"
        " values (-7, '2017-01-01', 'Zorn', 1)"
    )
    return warehouse


def test_a_customer_is_erased_by_their_key(shop, query, capsys):
    assert main(["erase", "--customer=-7"]) == 0
    said = capsys.readouterr().out
    assert "customer -7 is erased" in said
    assert "1 profiles" in said
    assert "docs/privacy.md" in said
    assert query("select name from crm.customer_profile") == [(None,)]
    assert query("select files_removed_at is not null from crm.erasure") == [(True,)]


@pytest.mark.parametrize("given", ["", "Zorn", "zorn@example.com", "8"])
def test_whoever_is_not_there_is_not_erased_and_what_was_typed_is_not_said_again(shop, query, capsys, given):
    assert main(["erase", f"--customer={given}"]) == 1
    assert "zorn" not in capsys.readouterr().err.lower()
    assert not query("select from crm.erasure")
