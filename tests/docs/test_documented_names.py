"""Files, environment variables, DAGs, their tasks and parameters that a page names are there."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

import documentation
from documentation import PROJECT

ROOTS = r"\.ci|bench|dags|docs|include|plugins|tests"
#: Paths that an example makes, not we.
MADE = {
    ("extending.md", "include/campaigns/spring_tea.yaml"),
    ("extending.md", "include/templates/spring_tea"),
}


def test_every_path_exists():
    named = documentation.everywhere(rf"(?<![\w./$<>-])((?:{ROOTS})/[\w.*/<>-]*)")
    assert {(page, path.rstrip("/.")) for page, path in named if not _exists(path)} - MADE == set()


def _exists(path: str) -> bool:
    return any(PROJECT.glob(re.sub(r"<[^>]*>?", "*", path.rstrip("/."))))


@cache
def product() -> str:
    """All of what reads settings: code, compose files, Makefile."""
    files = [*PROJECT.glob("docker-compose*.yml"), PROJECT / "Makefile", PROJECT / "Dockerfile"]
    for folder in ("plugins", "dags", "include", "tests", "bench", ".ci"):
        files += [file for file in (PROJECT / folder).rglob("*") if file.suffix in CODE and HERE not in file.parents]
    return "\n".join(file.read_text(encoding="utf-8") for file in files if file.is_file())


CODE = {".py", ".sql", ".yaml", ".yml", ".sh", ".html", ".txt", ".js", ".toml", ""}
#: Tests that name what is not there prove nothing.
HERE = Path(__file__).parent


OWNERS = "CRM|WAREHOUSE|STATSD|REDIS|SUPERSET|POSTGRES|AIRFLOW"
#: Read by Superset; of the page's own commands.
OF_SUPERSET = {("bi.md", "SUPERSET_CONFIG_PATH"), ("bi.md", "WAREHOUSE_URI")}


def test_every_environment_variable_is_read():
    named = set(documentation.everywhere(rf"(?<![\w…])((?:{OWNERS})_[A-Z0-9_]+)"))
    assert {(page, name) for page, name in named if not _is_read(name)} - OF_SUPERSET == set()


def _is_read(name: str) -> bool:
    if connection := re.fullmatch(r"AIRFLOW_CONN_(\w+)", name):
        return f'"{connection[1].lower()}"' in product()
    if option := re.fullmatch(r"AIRFLOW__([A-Z_]+?)__(\w+)", name):
        return _is_option(option[1].lower(), option[2].lower())
    return re.search(rf"\b{name}\b", product()) is not None


def _is_option(section: str, name: str) -> bool:
    """Airflow's; how processes start may be set for one component alone, in its section, else in ``core``."""
    from airflow.configuration import conf

    sections = (section, "core") if name.startswith("mp_") else (section,)
    return any(name in conf.configuration_description[each]["options"] for each in sections)


@cache
def dags() -> dict[str, str]:
    """Text of each DAG file by the id of its DAG; those of campaigns under ``campaign_``."""
    texts = {file.stem: file.read_text(encoding="utf-8") for file in (PROJECT / "dags").glob("*.py")}
    return {"campaign_": texts.pop("campaigns"), **texts}


def is_dag(name: str) -> bool:
    return name.startswith("campaign_") or name in dags()


def test_every_dag_exists():
    """Whatever is called a DAG, or given to Airflow's command as one."""
    called = {(page.name, name) for page in documentation.PAGES for name in re.findall(r"\bDAGs? `(\w+)", _flat(page))}
    typed = set(documentation.everywhere(r"dags (?:trigger|test|unpause|pause) (\w+)"))
    typed |= set(documentation.everywhere(r"(?:--dag-id |api/v2/dags/)(\w+)"))
    assert called
    assert typed
    assert {each for each in called | typed if not is_dag(each[1])} == set()


def test_every_parameter_that_is_given_to_a_dag_is_one_of_its_own():
    given = r"dags (?:trigger|test) (\w+) --conf '(\{[^']*\})'"
    wrong = set()
    for page in documentation.PAGES:
        for dag, values in re.findall(given, documentation.text(page).replace('\\"', '"').replace("'\"'", "'")):
            text = dags()["campaign_" if dag.startswith("campaign_") else dag]
            for key in re.findall(r'"(\w+)":', values):
                if not re.search(rf'"{key}": Param\(', text):
                    wrong.add((page.name, dag, key))
    assert wrong == set()


def test_every_task_and_every_parameter_exists():
    code = "\n".join(dags().values())
    tasks = set(re.findall(r"@task.*?\n(?:.*\n)*?    +def (\w+)", code)) | set(re.findall(r'task_id="(\w+)"', code))
    parameters = set(re.findall(r'"(\w+)": Param\(', code))
    wrong = set()
    for page in documentation.PAGES:
        for kind, known in (("tasks?", tasks), ("parameters?", parameters)):
            named = re.findall(rf"\b(?:the |each |under |and )?{kind} ((?:`\w+`(?:, | and )?)+)", _flat(page))
            wrong |= {(page.name, name) for each in named for name in re.findall(r"`(\w+)`", each) if name not in known}
    assert wrong == set()


def _flat(page: Path) -> str:
    return " ".join(documentation.text(page).split())


def test_every_name_of_code_occurs_in_the_code():
    """Words with an underscore between backticks: keys, columns, reasons, views, statuses, …"""
    words = set(re.findall(r"\w+", product()))
    named = {(page.name, span) for page in documentation.PAGES for span in documentation.spans(page)}
    wrong = {(page, span) for page, span in named if re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)+", span)}
    assert {(page, span) for page, span in wrong if span not in words} - OF_OTHERS == set()


#: What an example makes.
OF_OTHERS = {("extending.md", "campaign_spring_tea")}
