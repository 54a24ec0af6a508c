"""One embedded PostgreSQL per session, a database like new for each test; no mocks of it.

``CRM_TEST_DATABASE_URL`` (a superuser's URL of an external PostgreSQL 15+) takes the embedded server's place.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from crm.warehouse import Warehouse
from databases import Databases, OwnSql, admin, on
from examples import examples
from sharing import ByModule, airflow_of

# Machines are noisy: how long an example takes says nothing of the code.
settings.register_profile(
    "crm", deadline=None, suppress_health_check=[HealthCheck.too_slow], max_examples=examples(100)
)
settings.load_profile("crm")

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes long begins first, an Airflow before all else: nothing long is left to one worker at the end."""
    items.sort(key=_place)


def _place(item: pytest.Item) -> tuple[bool, bool]:
    quick = not any(item.get_closest_marker(name) for name in ("long", "proof"))
    return quick or airflow_of(item.path.name) is None, quick


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByModule:
    config.option.loadscopereorder = False
    return ByModule(config, log)


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


@pytest.fixture(scope="session")
def template(server_url: str) -> Iterator[str]:
    """A migrated database to copy."""
    from crm.migrations import upgrade

    name = f"crm_template_{os.getpid()}"
    admin(server_url, f"create database {name}")
    upgrade(on(server_url, name).replace("postgresql://", "postgresql+psycopg://", 1))
    yield name
    admin(server_url, f"drop database {name} with (force)")


@pytest.fixture(scope="session")
def databases(server_url: str, template: str) -> Databases:
    """Databases like the template."""
    return Databases(server_url, template)


@pytest.fixture
def warehouse(databases: Databases) -> Iterator[Warehouse]:
    """A migrated warehouse that is like new."""
    name = databases.lend()
    yield Warehouse(databases.url(name).replace("postgresql://", "postgresql+psycopg://", 1))
    databases.take_back(name)


@pytest.fixture(autouse=True)
def key_of_links(monkeypatch: pytest.MonkeyPatch) -> None:
    """The connection whose key signs unsubscribe links."""
    monkeypatch.setenv("AIRFLOW_CONN_CRM_LINKS", '{"password": "test"}')


@pytest.fixture(autouse=True)
def public_site_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Live sends of tests have no web server; tests/messages/test_public_site.py has one."""
    monkeypatch.setattr("crm.messages.public_site.check", lambda business: None)
    monkeypatch.setenv("AIRFLOW__API__BASE_URL", "http://localhost:8080")


@pytest.fixture
def query(warehouse: Warehouse) -> Iterator[OwnSql]:
    """Run SQL of the test's own against the fresh warehouse, each statement in a transaction; returns rows (tuples)."""
    with OwnSql(warehouse.url.replace("+psycopg", "")) as own:
        yield own


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """Real data with reference figures; not part of the project."""
    if not SHARED_DATA.is_dir():
        pytest.skip(f"needs the reference data in {SHARED_DATA}")
    return SHARED_DATA
