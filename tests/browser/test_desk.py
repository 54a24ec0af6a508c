"""The desk as an operator uses it, in a browser, over the real Airflow."""

from __future__ import annotations

import pytest

pytestmark = [pytest.mark.long, pytest.mark.timeout(1500)]


def test_airflows_sign_in_leads_to_the_desk_and_its_navigation_has_an_entry(machine, sign_in, picture):
    page = sign_in("olive")
    assert page.locator("h1").is_visible()
    picture(page, "today")
    page.goto("/")
    page.get_by_text("CRM").first.wait_for()
    picture(page, "airflow")
