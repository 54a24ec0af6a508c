"""One embedded PostgreSQL per session, one cheap database per test; no mocks of it.

``CRM_TEST_DATABASE_URL`` (a superuser's URL of an external PostgreSQL 15+) takes the embedded server's place.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, settings

from crm.warehouse import Warehouse

# Machines are noisy: how long an example takes says nothing of the code.
settings.register_profile("crm", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("thorough", settings.get_profile("crm"), max_examples=5000)
settings.load_profile("crm")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def server_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """URL of the server's ``postgres`` database."""
    external = os.environ.get("CRM_TEST_DATABASE_URL")
    if external:
        yield external
        return
    from crm.local.postgres import Server, free_port

    server = Server(tmp_path_factory.mktemp("postgres"), free_port(), durable=False)
    server.start()
    yield server.url("postgres")
    server.remove()


def _on(url: str, database: str) -> str:
    return url.rsplit("/", 1)[0] + "/" + database


def _admin(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """A migrated database to copy."""
    from crm.migrations import upgrade

    name = f"crm_template_{os.getpid()}"
    _admin(server_url, f"create database {name}")
    upgrade(_on(server_url, name).replace("postgresql://", "postgresql+psycopg://", 1))
    yield name
    _admin(server_url, f"drop database {name} with (force)")


@pytest.fixture
def warehouse(server_url: str, template: str) -> Iterator[Warehouse]:
    """A fresh, migrated, empty warehouse."""
    name = f"crm_test_{os.getpid()}_{next(_numbers)}"
    _admin(server_url, f"create database {name} template {template} strategy file_copy")
    url = _on(server_url, name)
    yield Warehouse(url.replace("postgresql://", "postgresql+psycopg://", 1))
    _admin(server_url, f"drop database {name} with (force)")


@pytest.fixture(autouse=True)
def key_of_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection whose key signs unsubscribe links."""
    monkeypatch.setenv("AIRFLOW_CONN_CRM_LINKS", '{"password": "test"}')


@pytest.fixture
def query(warehouse: Warehouse):
    """Run SQL of the test's own against the fresh warehouse; returns rows (tuples)."""

    def run(statement: str, *values: object) -> list[tuple]:
        with psycopg.connect(warehouse.url.replace("+psycopg", "")) as connection:
            cursor = connection.execute(statement.encode(), values or None)
            return cursor.fetchall() if cursor.description else []

    return run


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data with reference figures; not part of the project."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the reference data in {SHARED_DATA}")
    return SHARED_DATA
