"""Both READMEs name the same commands and documents, and every link of the documentation leads somewhere."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parents[1]
ENGLISH, CHINESE = PROJECT / "README.md", PROJECT / "README.zh-CN.md"
PAGES = [ENGLISH, CHINESE, *sorted((PROJECT / "docs").glob("*.md"))]
#: For those who work on the product itself.
INTERNAL = {"help", "lock", "venv"}


def targets(page: Path) -> set[str]:
    return set(re.findall(r"`make ([a-z-]+)", page.read_text(encoding="utf-8")))


def links(page: Path) -> list[str]:
    """Targets of the links of a page, outside its code."""
    text = re.sub(r"```.*?```|`[^`\n]*`", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return re.findall(r"\]\(([^)\s]+)\)", text)


def anchors(page: Path) -> set[str]:
    """Of its headings, as GitHub makes them."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    headings = re.findall(r"^#+ (.+)$", text, flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_both_readmes_name_every_command():
    offered = set(re.findall(r"^([a-z-]+):.*##", (PROJECT / "Makefile").read_text(), flags=re.MULTILINE)) - INTERNAL
    assert targets(ENGLISH) == targets(CHINESE) == offered


def test_both_readmes_lead_to_the_same_documents():
    english, chinese = (
        {link for link in links(page) if link.startswith(("docs/", "include/"))} for page in (ENGLISH, CHINESE)
    )
    assert english == chinese
    named = {link.partition("#")[0] for link in english}
    assert {f"docs/{page.name}" for page in PAGES[2:]} <= named


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_file_and_a_heading(page):
    wrong = []
    for link in links(page):
        if link.startswith(("http://", "https://")):
            continue
        path, _, anchor = link.partition("#")
        file = (page.parent / path).resolve() if path else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            wrong.append(link)
    assert wrong == []


def test_the_worked_campaign_of_the_guide_would_be_taken():
    """Whoever copies it gets a campaign, not a refusal."""
    from crm.campaigns.declarations import parse

    text = (PROJECT / "docs" / "extending.md").read_text(encoding="utf-8")
    found = re.search(r"```yaml\n(campaign: .*?)```", text, flags=re.DOTALL)
    assert found
    assert parse(found[1], "spring_tea.yaml").campaign == "spring_tea"
