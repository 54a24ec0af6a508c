"""docker-compose.yml is valid, holds no secret, and starts what Airflow 3 needs in the right order."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[1]
SECRETS = ("POSTGRES_PASSWORD", "WAREHOUSE_PASSWORD", "AIRFLOW_FERNET_KEY", "AIRFLOW_API_SECRET_KEY",
           "AIRFLOW_JWT_SECRET", "AIRFLOW_ADMIN_PASSWORD", "CRM_LINKS_KEY", "REDIS_PASSWORD",
           "WAREHOUSE_READER_PASSWORD", "SUPERSET_SECRET_KEY")  # fmt: skip
AIRFLOW = {"airflow-apiserver", "airflow-scheduler", "airflow-dag-processor", "airflow-triggerer", "airflow-worker"}
PARTS = ("dags", "plugins", "include")
#: What is started by its profile alone.
PROFILES = {
    "debug": {"airflow-cli"},
    "superset": {"superset", "superset-init", "superset-database"},
    "citus": {"citus-coordinator", "citus-worker-1", "citus-worker-2", "citus-init"},
}
#: Run to their end; all others stay.
ONCE = {"airflow-init", "airflow-cli", "superset-init", "superset-database", "citus-init"}


def _config(tmp_path: Path, *more: str, **given: str) -> subprocess.CompletedProcess[str]:
    if not shutil.which("docker-compose"):
        pytest.skip("docker-compose is not installed: apt-get install docker-compose")
    environment = {name: value for name, value in os.environ.items() if name not in SECRETS} | given
    empty = tmp_path / "empty.env"
    empty.touch()
    files = [part for name in ("docker-compose.yml", *more) for part in ("-f", str(PROJECT / name))]
    command = ["docker-compose", "--env-file", str(empty), *files, "config"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_docker_compose_accepts_the_file(tmp_path):
    done = _config(tmp_path, **dict.fromkeys(SECRETS, "x"))
    assert done.returncode == 0, done.stderr
    services = yaml.safe_load(done.stdout)["services"]
    plain = {name for name, service in services.items() if "profiles" not in service}
    assert plain == AIRFLOW | {"airflow-init", "open-app", "postgres", "redis", "warehouse"}
    for name in AIRFLOW:
        assert services[name]["depends_on"]["airflow-init"]["condition"] == "service_completed_successfully"
        assert services[name]["environment"]["AIRFLOW__CORE__EXECUTOR"] == "CeleryExecutor"


def test_one_variable_gives_the_local_executor_and_nothing_waits_for_celery_then(tmp_path):
    done = _config(tmp_path, **dict.fromkeys(SECRETS, "x"), AIRFLOW_EXECUTOR="LocalExecutor")
    services = yaml.safe_load(done.stdout)["services"]
    assert {services[name]["environment"]["AIRFLOW__CORE__EXECUTOR"] for name in AIRFLOW} == {"LocalExecutor"}
    waiting = {
        name for name, service in services.items() if {"redis", "airflow-worker"} & set(service.get("depends_on", {}))
    }
    assert waiting == {"airflow-worker"}


def test_every_profile_is_valid_and_starts_what_it_needs(tmp_path):
    for profile, names in PROFILES.items():
        done = _config(tmp_path, **dict.fromkeys(SECRETS, "x"), COMPOSE_PROFILES=profile)
        assert done.returncode == 0, done.stderr
        services = yaml.safe_load(done.stdout)["services"]
        assert {name for name, service in services.items() if profile in service.get("profiles", [])} == names
        for name in names:
            for other in services[name].get("depends_on", {}):
                assert services[other].get("profiles", [profile]) == [profile], "nothing needs a second profile"


def test_workers_can_be_many(tmp_path):
    done = _config(tmp_path, **dict.fromkeys(SECRETS, "x"))
    worker = yaml.safe_load(done.stdout)["services"]["airflow-worker"]
    assert not {"ports", "container_name", "hostname"} & set(worker)
    assert worker["environment"]["DUMB_INIT_SETSID"] == "0", "a worker that stops finishes its tasks first"


def test_nothing_starts_without_its_secrets(tmp_path):
    done = _config(tmp_path)
    assert done.returncode != 0
    assert "docs/operations.md" in done.stderr


def test_the_file_of_secrets_that_the_documentation_makes_is_whole(tmp_path):
    text = (PROJECT / "docs" / "operations.md").read_text(encoding="utf-8")
    code = text.split("python3 - > .env <<'END'\n")[1].split("\nEND\n")[0]
    code = f"import os; os.getuid = lambda: 0\n{code}"
    made = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    found = dict(line.split("=", 1) for line in made.splitlines())
    assert set(found) == {*SECRETS, "AIRFLOW_UID"}
    assert len(set(found.values())) == len(found)
    assert found["AIRFLOW_UID"] == "50000", "nothing runs as root, also where root makes the file"
    assert _config(tmp_path, **found).returncode == 0


def test_every_secret_must_be_given():
    text = (PROJECT / "docker-compose.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"\$\{(\w+):\?see docs/operations.md\}", text)) == set(SECRETS)
    assert not re.findall(rf"\$\{{({'|'.join(SECRETS)})(?!:\?)", text)


@pytest.fixture
def services() -> dict:
    return yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))["services"]


def test_every_service_that_stays_has_a_health_check(services):
    assert not {name for name, service in services.items() if name not in ONCE and "healthcheck" not in service}
    for name in ONCE & set(services):
        assert services[name].get("healthcheck", {"disable": True}) == {"disable": True}


def test_the_image_is_that_of_the_locked_airflow(services):
    locked = (PROJECT / "requirements.txt").read_text(encoding="utf-8")
    version = next(line for line in locked.splitlines() if line.startswith("apache-airflow==")).split("==")[1]
    assert f"FROM apache/airflow:{version}-" in (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    assert services["airflow-scheduler"]["image"].endswith(f"{version}}}")


def test_the_databases_are_not_open_to_the_network(services):
    for name in ("postgres", "redis", *PROFILES["citus"]):
        assert "ports" not in services[name], name
    for name in ("warehouse", "superset"):
        assert all(str(port).startswith("127.0.0.1:") for port in services[name]["ports"])


def test_a_bi_tool_is_given_the_readers_login_alone(services):
    given = "".join(map(str, services["superset-init"]["environment"].values()))
    assert "crm_bi:${WAREHOUSE_READER_PASSWORD" in given
    assert "${WAREHOUSE_PASSWORD" not in given + str(services["superset"]["environment"])


def test_the_nodes_of_citus_are_those_of_the_file(services):
    joined = (PROJECT / "include" / "sql" / "citus" / "nodes.sql").read_text(encoding="utf-8")
    named = set(re.findall(r"'(citus-[\w-]+)'", joined))
    assert named == {name for name in services if name.startswith("citus-") and name not in ONCE}


def test_the_open_app_knows_neither_airflows_secrets_nor_its_database(services):
    assert not {name for name in services["open-app"]["environment"] if name.startswith("AIRFLOW__")}
    assert all(str(port).startswith("127.0.0.1:") for port in services["open-app"]["ports"])


def _target(volume: dict | str) -> str:
    """Of a volume as this or that version of Compose prints it."""
    return volume["target"] if isinstance(volume, dict) else volume.split(":")[1]


def test_the_product_is_in_the_image_and_a_second_file_mounts_the_clone_over_it(tmp_path):
    copied = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
    whole = {f"/opt/airflow/{part}" for part in PARTS}
    for more, wanted in ((), set()), (("docker-compose.dev.yml",), whole):
        done = _config(tmp_path, *more, **dict.fromkeys(SECRETS, "x"), COMPOSE_PROFILES="debug")
        assert done.returncode == 0, done.stderr
        services = yaml.safe_load(done.stdout)["services"]
        for name in (*AIRFLOW, "airflow-init", "airflow-cli", "open-app"):
            assert {_target(each) for each in services[name]["volumes"]} & whole == wanted, name
    for part in PARTS:
        assert f"{part} /opt/airflow/{part}\n" in copied
        assert f"!{part}\n" in (PROJECT / ".dockerignore").read_text(encoding="utf-8")
    assert "requirements-" not in copied, "neither test tools nor the sample shop"


def test_nothing_runs_as_root(services):
    assert {service["user"] for service in services.values() if "user" in service} == {"${AIRFLOW_UID:-50000}:0"}
    volumes = {"logs", "auth", "crm", "landing"}
    made = (PROJECT / "Dockerfile").read_text(encoding="utf-8").split("mkdir -p ")[1].split(" \\")[0]
    assert {Path(folder).name for folder in made.split()} == volumes
    assert "USER root" not in (PROJECT / "Dockerfile").read_text(encoding="utf-8")


def test_airflow_answers_on_this_machine_alone_unless_it_is_set_otherwise(tmp_path):
    for given, host in (({}, "127.0.0.1"), ({"AIRFLOW_HOST": "0.0.0.0"}, "0.0.0.0")):
        done = _config(tmp_path, **dict.fromkeys(SECRETS, "x"), **given)
        (port,) = yaml.safe_load(done.stdout)["services"]["airflow-apiserver"]["ports"]
        assert (port["host_ip"] if isinstance(port, dict) else port.split(":")[0]) == host


def test_images_are_pinned_to_the_full_version_and_servers_have_memory_to_share(tmp_path):
    profiles = ",".join(PROFILES)
    done = _config(tmp_path, **dict.fromkeys(SECRETS, "x"), COMPOSE_PROFILES=profiles)
    services = yaml.safe_load(done.stdout)["services"]
    for name, service in services.items():
        wanted = r":\d+\.\d+(-\w+)?$" if "postgres:" in service["image"] else r":\d+\.\d+\.\d+(-[\w.]+)?$"
        assert re.search(wanted, service["image"]), name
        if name not in ONCE:
            assert service["logging"]["options"]["max-size"] == "10m", name
    for name in ("postgres", "warehouse", "citus-coordinator", "citus-worker-1", "citus-worker-2"):
        assert services[name]["shm_size"], name
