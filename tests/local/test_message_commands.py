"""`make previews` and `make test-send`: messages to look at, without a warehouse and without Airflow."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from crm.local.__main__ import main

SEND = ("campaign", "to", "customer", "date", "channel", "locale", "variant", "wave")


@pytest.fixture
def home(tmp_path, monkeypatch) -> Path:
    monkeypatch.setenv("CRM_HOME", str(tmp_path))
    monkeypatch.delenv("CRM_BUSINESS", raising=False)
    monkeypatch.delenv("CRM_OUTBOX", raising=False)
    # The command adds it to the environment of its own process.
    monkeypatch.setitem(os.environ, "AIRFLOW_CONN_CRM_LINKS", "")
    monkeypatch.delenv("AIRFLOW_CONN_CRM_LINKS")
    return tmp_path


def send(**given: str) -> int:
    return main(["test-send", *(part for name in SEND for part in (f"--{name}", given.get(name, "")))])


def test_every_email_is_a_page_with_and_without_its_offer(home, capsys):
    assert main(["previews"]) == 0
    index = home / "previews" / "index.html"
    assert f"open {index} in a browser" in capsys.readouterr().out
    pages = {str(file.relative_to(home / "previews")) for file in (home / "previews").glob("*/*.html")}
    assert {"winter/image.zh-CN.a.html", "birthday/main.en.a.html", "birthday/main.en.a.without_offer.html"} <= pages
    assert all(f'href="{page}"' in index.read_text(encoding="utf-8") for page in pages)
    with_offer = (home / "previews" / "birthday" / "main.en.a.html").read_text(encoding="utf-8")
    without = (home / "previews" / "birthday" / "main.en.a.without_offer.html").read_text(encoding="utf-8")
    assert "SAMPLE234567" in with_offer
    assert "SAMPLE234567" not in without


def test_a_test_send_says_what_went_out_and_holds_no_address(home, capsys):
    assert send(campaign="birthday", to="marketing", locale="zh-CN") == 0
    (file,) = (home / "outbox").rglob("*.eml")
    said = capsys.readouterr().out
    assert "a test of birthday (email, zh-CN, variant a, wave main) went to marketing by outbox" in said
    assert file.name in said
    assert "@" not in said


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"campaign": "birthday"}, "make test-send CAMPAIGN=<campaign> TO=<name in staff of business.yaml>"),
        ({"campaign": "birthday", "to": "eve"}, "no such name in staff of business.yaml"),
        ({"campaign": "gone", "to": "marketing"}, "no campaign 'gone'"),
        ({"campaign": "birthday", "to": "marketing", "date": "today"}, "date (the business date) is 'today'"),
    ],
)
def test_what_cannot_be_sent_is_said_in_one_message(home, capsys, given, told):
    assert send(**given) == 1
    assert told in capsys.readouterr().err
    assert not (home / "outbox").exists()
