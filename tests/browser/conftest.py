"""The system's Chromium over a real Airflow with the desk in it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import shop

import patience
from airflow_machine import Machine, running

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

#: Name -> role and password; Airflow's admin is there besides.
PEOPLE = {"olive": ("op", "olive's password"), "vic": ("viewer", "vic's password")}
#: Folder for pictures of what was seen, if there is one.
PICTURES = os.environ.get("CRM_PICTURES")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    program = shutil.which("chromium") or shutil.which("google-chrome")
    if not program:
        pytest.skip("needs Chromium (Debian: apt install chromium fonts-noto-cjk)")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory, chromium: Browser) -> Iterator[Machine]:
    """The shop as it stands in the morning: one campaign has its result, two wait for an answer."""
    folder = tmp_path_factory.mktemp("desk")
    with running(folder, shop.BUSINESS, shop.CAMPAIGNS, shop.write_shop, people=PEOPLE) as made:
        made.day(shop.before(21).isoformat(), mode="load", from_date=shop.FIRST.isoformat())
        made.day(shop.THEN.isoformat())
        made.ended("campaign_autumn", shop.THEN.isoformat())
        made.day(shop.before(1).isoformat(), mode="load", from_date=shop.before(19).isoformat())
        evaluated = made.api.trigger("evaluate_campaigns", {}, None)
        made.until("the evaluation", lambda: made.api.run("evaluate_campaigns", evaluated.run_id).ended)
        made.day(shop.LAST.isoformat(), mode="live")
        for campaign in ("north", "south"):
            made.waiting(campaign, shop.LAST.isoformat())
        yield made


@pytest.fixture(scope="module")
def sign_in(machine: Machine, chromium: Browser) -> Iterator[Callable[..., Page]]:
    """A page of somebody who has signed in by Airflow's own form; everything that a page complains of is an error."""
    contexts = []

    def signed_in(name: str, width: int = 1400, **options: Any) -> Page:
        context = chromium.new_context(
            base_url=machine.origin,
            viewport={"width": width, "height": 900},
            **options,
        )
        context.set_default_timeout(patience.SECONDS * 1000)
        contexts.append(context)
        page = context.new_page()
        page.goto("/desk/")
        page.fill("input[name=username]", name)
        page.fill("input[name=password]", PEOPLE[name][1])
        page.click("button[type=submit]")
        page.wait_for_url("**/desk/**")
        return page

    yield signed_in
    for context in contexts:
        context.close()


@pytest.fixture
def picture() -> Callable[[Page, str], None]:
    """Keep what a page looks like in the folder that ``CRM_PICTURES`` names, if it does."""

    def keep(page: Page, name: str) -> None:
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}.png", full_page=True)

    return keep
