"""The small shop of ``landed``, ready for a test."""

from __future__ import annotations

from pathlib import Path

import pytest
from landed import MAPPING, Shop

from crm.business import Business
from crm.warehouse import Warehouse


@pytest.fixture
def tea(warehouse: Warehouse, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The shop ``tea``: files below the test's own landing folder."""
    mapping = tmp_path / "tea.yaml"
    mapping.write_text(MAPPING, encoding="utf-8")
    monkeypatch.setenv("CRM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("CRM_LANDING", str(tmp_path / "landing"))
    business = Business(name="Tea", time_zone="America/New_York", currency="USD", country="US", sources=[str(mapping)])
    return Shop(warehouse, tmp_path / "landing", business)
