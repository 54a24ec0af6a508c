"""``make backup`` and ``make restore``: the warehouse of a home, what signs its links, and its settings.

A backup is a folder: ``warehouse.dump`` (pg_dump's custom format), ``links.key``, ``business.yaml`` and
``campaigns`` (made at the desk) if the home has them, and ``backup.json`` with the rows of every table and the schema's
revision. It holds personal data: mode 0700.

Nothing that was sent after the backup is in it. So a restored warehouse sends nothing for yesterday's and today's send
dates until a person says so: the messages may have gone out already.
"""

from __future__ import annotations

import datetime
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from crm import business as businesses
from crm import migrations
from crm.campaigns import declarations
from crm.local import processes
from crm.local.home import WAREHOUSE_DATABASE, Home
from crm.local.postgres import write_private
from crm.local.stack import existing_server, migrate_warehouse
from crm.messages import stopping
from crm.messages.clock import RealClock
from crm.warehouse import Warehouse

if TYPE_CHECKING:
    from crm.local.postgres import Server
    from crm.warehouse import Transaction

DUMP, LINKS, SETTINGS, FACTS = "warehouse.dump", "links.key", "business.yaml", "backup.json"
CAMPAIGNS = "campaigns"


class BackupError(Exception):
    """Nothing was backed up or restored; the message says what to do."""


def backup(home: Home, to: str = "") -> Path:
    """Write a backup of ``home`` into the folder ``to`` ("" = one of its own in ``backups``); returns it.

    :raises BackupError: the warehouse is elsewhere; there is none yet; the folder is not empty
    """
    _only_embedded("back up")
    made_at = RealClock().now()
    folder = Path(to).expanduser().resolve() if to else home.folder / "backups" / f"{made_at:%Y%m%dT%H%M%SZ}"
    if folder.exists() and any(folder.iterdir()):
        raise BackupError(f"{folder} is not empty: give TO=<new folder>")
    # As it is, of whatever version: the backup before an upgrade is the way back.
    with existing_server(home) as server:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
        warehouse = Warehouse(server.url(WAREHOUSE_DATABASE, "postgresql+psycopg"))
        with warehouse.transaction() as tx:
            snapshot = tx.value("local/snapshot")
            _run(server, "pg_dump", "--format=custom", f"--snapshot={snapshot}", "--exclude-table-data=staging.*",
                 f"--file={folder / DUMP}", WAREHOUSE_DATABASE)  # fmt: skip
            rows = _rows(tx)
        revision = migrations.current(warehouse.url)
    write_private(folder / LINKS, home.secret("links"))
    if (home.folder / SETTINGS).exists():
        shutil.copyfile(home.folder / SETTINGS, folder / SETTINGS)
    if (home.folder / CAMPAIGNS).exists():
        shutil.copytree(home.folder / CAMPAIGNS, folder / CAMPAIGNS)
    facts = {"made_at": made_at.isoformat(), "revision": revision, "rows": rows}
    (folder / FACTS).write_text(json.dumps(facts, indent=1))  # last: a folder without it is no backup
    size = (folder / DUMP).stat().st_size / 1e6
    print(f"{sum(rows.values()):,} rows of {len(rows)} tables in {folder} ({size:,.1f} MB); it holds personal data")
    return folder


def restore(home: Home, source: str) -> None:
    """Make ``home``, which must hold no warehouse yet, what the backup in ``source`` holds.

    :raises BackupError: there is no whole backup; a newer version made it; the home holds data; a table came back with
        other rows
    """
    _only_embedded("restore")
    folder, facts = _read(source)
    if processes.of_home(home.folder):
        raise BackupError("Airflow of this home runs: `make down` first")
    with home.running_server(print) as server:
        _empty(home, server)
        key = home.folder / "secrets" / "links"
        key.unlink(missing_ok=True)
        write_private(key, (folder / LINKS).read_text())
        if (folder / SETTINGS).exists():
            shutil.copyfile(folder / SETTINGS, home.folder / SETTINGS)
        if (folder / CAMPAIGNS).exists():
            shutil.copytree(folder / CAMPAIGNS, home.folder / CAMPAIGNS, dirs_exist_ok=True)
        _run(server, "pg_restore", "--exit-on-error", "--no-owner", "--jobs=2", f"--dbname={WAREHOUSE_DATABASE}",
             str(folder / DUMP))  # fmt: skip
        warehouse = Warehouse(server.url(WAREHOUSE_DATABASE, "postgresql+psycopg"))
        with warehouse.transaction() as tx:
            found = _rows(tx)
        wrong = sorted(name for name in {*found, *facts["rows"]} if found.get(name) != facts["rows"].get(name))
        if wrong:
            raise BackupError(f"not as in the backup: {', '.join(wrong)}; `make clean`, then restore another backup")
        migrate_warehouse(home, server)
        stopped = _stop_sending(warehouse)
    print(f"{sum(found.values()):,} rows of {len(found)} tables restored, as of {facts['made_at'][:19]} UTC")
    print(f"nothing is sent for {' and '.join(map(str, stopped))}: it may have gone out after the backup.")
    print("Read docs/operations.md, then `make resume` what was not sent.")


def _only_embedded(what: str) -> None:
    if os.environ.get("CRM_WAREHOUSE_URL"):
        raise BackupError(f"the warehouse is elsewhere: {what} it by pg_dump and pg_restore, or as its host says")


def _read(source: str) -> tuple[Path, dict[str, Any]]:
    folder = Path(source).expanduser().resolve()
    if not source or not (folder / FACTS).exists():
        raise BackupError(f"{source or 'FROM'} is no whole backup: give make restore FROM=<folder of make backup>")
    facts = json.loads((folder / FACTS).read_text())
    if newer := migrations.unknown(facts.get("revision")):
        raise BackupError(f"the schema of the backup {newer} to restore it")
    return folder, facts


def _empty(home: Home, server: Server) -> None:
    """Leave an empty database, and the roles that the dump speaks of, which belong to the server."""
    migrate_warehouse(home, server)
    with Warehouse(server.url(WAREHOUSE_DATABASE, "postgresql+psycopg")).transaction() as tx:
        if tx.row("local/facts").files:
            raise BackupError(f"{home.folder} holds a warehouse: restore into a new one, CRM_HOME=<new folder>")
    server.drop_database(WAREHOUSE_DATABASE)
    server.create_database(WAREHOUSE_DATABASE)


def _stop_sending(warehouse: Warehouse) -> list[datetime.date]:
    """Throw the stop switch of every campaign for the send dates that may be under way."""
    now = RealClock().now()
    today = now.astimezone(ZoneInfo(businesses.load().time_zone)).date()
    days = [today - datetime.timedelta(days=1), today]
    for declaration in declarations.load_all():
        for day in days:
            stopping.stop(warehouse, declaration.campaign, day, by="make restore", at=now)
    return days


def _rows(tx: Transaction) -> dict[str, int]:
    return {row.name: row.rows for row in tx.rows("local/table_counts")}


def _run(server: Server, program: str, *arguments: str) -> None:
    where = ["--host=127.0.0.1", f"--port={server.port}", "--username=crm"]
    done = subprocess.run(
        [server.program(program), *where, *arguments], env=os.environ | {"PGPASSWORD": server.password},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        # A failing row would stand in what follows the first line.
        raise BackupError(f"{program} failed: {done.stderr.strip().partition(chr(10))[0][:300]}")
