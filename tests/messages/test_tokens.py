"""Links carry a signed message id: read back, not to be guessed, and still valid after the key was changed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.messages.tokens import Signer

ID = "0123456789abcdef"


def test_a_token_names_its_message_and_is_fit_for_a_url():
    signer = Signer((b"key",))
    token = signer.token(ID)
    assert signer.message_id(token) == ID
    assert token.replace(".", "").replace("-", "").replace("_", "").isalnum()


@given(st.text(max_size=60))
def test_nothing_else_is_read(text: str):
    assert Signer((b"key",)).message_id(text) is None


def test_a_changed_token_is_not_read():
    signer = Signer((b"key",))
    token = signer.token(ID)
    assert signer.message_id("1" + token[1:]) is None
    assert signer.message_id(token[:-1] + ("A" if token[-1] != "A" else "B")) is None
    assert Signer((b"other",)).message_id(token) is None


def test_links_in_mailboxes_outlive_their_key(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("AIRFLOW_CONN_CRM_LINKS", '{"password": "old"}')
    token = Signer.from_connection().token(ID)
    monkeypatch.setenv("AIRFLOW_CONN_CRM_LINKS", '{"password": "new", "extra": {"previous": ["old"]}}')
    signer = Signer.from_connection()
    assert signer.message_id(token) == ID
    assert signer.token(ID) != token
