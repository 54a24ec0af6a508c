"""What validation costs a date, in a process forked as Airflow forks those of tasks: the import is paid before."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from landed import Shop, line

from crm.local.stack import FORKING

PROJECT = Path(__file__).resolve().parents[2]

#: Seconds of the processor, so that a busy machine counts nothing.
IMPORT = "import time; import great_expectations; print(time.process_time())"
START = "import time; print(time.process_time())"

#: The task: an executor's worker, forked as the scheduler is set to fork, validates the delivery.
TASK = """
import json, sys, time
given, began = json.loads({given!r}), time.process_time()
loaded = "great_expectations" in sys.modules
from crm.orders.delivery import Delivery
from crm.orders.validation import validate
from crm.warehouse import Warehouse
validated = validate(Warehouse(given["url"]), Delivery.from_dict(given["delivery"]))
with open(given["answer"], "w") as file:
    json.dump({{"loaded": loaded, "seconds": time.process_time() - began, **validated}}, file)
"""

#: The scheduler: Airflow's own reading of its settings, then a process as the LocalExecutor makes it.
SCHEDULER = """
import multiprocessing, sys
from airflow.utils.process_utils import set_component_mp_start_method
set_component_mp_start_method("scheduler")
worker = multiprocessing.Process(target=exec, args=(sys.argv[1],))
worker.start()
worker.join()
assert "great_expectations" not in sys.modules, "the scheduler carries what tasks import"
sys.exit(worker.exitcode)
"""


def run(code: str, *arguments: str, **more: str) -> str:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "plugins"), "GX_ANALYTICS_ENABLED": "false", **more}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def test_validating_a_date_costs_at_most_a_quarter_of_importing_great_expectations(tea: Shop, tmp_path: Path):
    tea.deliver("orders", "2017-03-01", [line(str(n), f"buyer{n}", "2017-03-01") for n in range(200)])
    answer = tmp_path / "answer.json"
    given = {"url": tea.warehouse.url, "delivery": tea.ingest("2017-03-01").to_dict(), "answer": str(answer)}
    airflow = {"AIRFLOW_HOME": str(tmp_path / "airflow"), **{f"AIRFLOW__{key}": text for key, text in FORKING.items()}}
    run(SCHEDULER, TASK.format(given=json.dumps(given)), **airflow)
    validated = json.loads(answer.read_text())
    assert validated["success"]
    assert Path(validated["docs"]).is_file()
    assert validated["loaded"], "the process that tasks are forked from has imported it"
    importing = float(run(IMPORT)) - float(run(START))
    assert validated["seconds"] <= importing / 4, (validated["seconds"], importing)
