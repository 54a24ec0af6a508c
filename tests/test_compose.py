"""docker-compose.yml is valid, holds no secret, and starts what Airflow 3 needs in the right order."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[1]
SECRETS = ("POSTGRES_PASSWORD", "WAREHOUSE_PASSWORD", "AIRFLOW_FERNET_KEY", "AIRFLOW_API_SECRET_KEY",
           "AIRFLOW_JWT_SECRET", "AIRFLOW_ADMIN_PASSWORD", "CRM_LINKS_KEY")  # fmt: skip
AIRFLOW = {"airflow-apiserver", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer"}


def _config(tmp_path: Path, **given: str) -> subprocess.CompletedProcess[str]:
    if not shutil.which("docker-compose"):
        pytest.skip("docker-compose is not installed: apt-get install docker-compose")
    environment = {name: value for name, value in os.environ.items() if name not in SECRETS} | given
    empty = tmp_path / "empty.env"
    empty.touch()
    command = ["docker-compose", "--env-file", str(empty), "-f", str(PROJECT / "docker-compose.yml"), "config"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_docker_compose_accepts_the_file(tmp_path):
    done = _config(tmp_path, **dict.fromkeys(SECRETS, "x"))
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    assert set(services) == AIRFLOW | {"airflow-init", "open-app", "postgres", "warehouse"}
    for name in AIRFLOW:
        assert services[name]["depends_on"]["airflow-init"]["condition"] == "service_completed_successfully"
        assert services[name]["environment"]["AIRFLOW__CORE__EXECUTOR"] == "LocalExecutor"


def test_nothing_starts_without_its_secrets(tmp_path):
    done = _config(tmp_path)
    assert done.returncode != 0
    assert "docs/operations.md" in done.stderr


def test_every_secret_must_be_given():
    text = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+):\?see docs/operations.md\}", text)) == set(SECRETS)
    assert not re.findall(rf"\$\{{({'|'.join(SECRETS)})(?!:\?)", text)


@pytest.fixture
def services() -> dict:
    return yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


def test_every_service_that_stays_has_a_health_check(services):
    assert not {name for name, service in services.items() if name != "airflow-init" and "healthcheck" not in service}


def test_the_image_is_that_of_the_locked_airflow(services):
    locked = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
    version = next(line for line in locked.splitlines() if line.startswith("apache-airflow==")).split("==")[1]
    assert f"FROM apache/airflow:{version}-" in (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert services["airflow-scheduler"]["image"].endswith(f"{version}}}")


def test_the_databases_are_not_open_to_the_network(services):
    assert "ports" not in services["postgres"]
    assert all(str(port).startswith("127.0.0.1:") for port in services["warehouse"]["ports"])


def test_the_open_app_knows_neither_airflows_secrets_nor_its_database(services):
    assert not {name for name in services["open-app"]["environment"] if name.startswith("AIRFLOW__")}
    assert all(str(port).startswith("127.0.0.1:") for port in services["open-app"]["ports"])
