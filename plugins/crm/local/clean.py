"""``make clean``: what a home would lose is named and counted; it goes once a person says so."""

from __future__ import annotations

import sys

from crm.local.home import OWN, WAREHOUSE_DATABASE, Home
from crm.local.postgres import Copied, ServerError
from crm.local.stack import StackError
from crm.warehouse import Warehouse, WarehouseError

#: What stands in a folder of the home, where its name does not say it.
WHAT = {
    "postgres": "the warehouse and Airflow's own database",
    "airflow": "Airflow's logs, sign-in",
    "outbox": "messages of the outbox provider",
    "coupons": "files with codes",
    "plans": "dry runs",
    "data_docs": "validation reports",
    "secrets": "passwords, and the key that signs unsubscribe links: those in mailboxes stop working",
    "experiments": "the sample shop's past campaigns",
}
NOTHING_BRINGS_BACK = ("messages", "opt_outs", "decisions", "results")


class CleanRefused(Exception):
    """Nothing was deleted; the message says how to say yes."""


def confirm(home: Home, yes: str) -> bool:
    """May everything of ``home`` go? Names what it is, and asks unless ``yes`` is 1; False where nothing is there.

    :raises CleanRefused: somebody said no, or nobody could be asked
    """
    found = [name for name in OWN if (home.folder / name).exists()]
    if not found:
        return False
    if yes not in ("", "1"):
        raise CleanRefused(f"YES={yes}: nothing was deleted; YES=1 deletes without asking")
    asked = not yes and sys.stdin.isatty()
    print(f"`make clean` deletes in {home.folder}:")
    for name in found:
        print(f"  {name:<12} {WHAT.get(name, '')}".rstrip())
        if name == "postgres":
            print(f"{'':15}{_counted(home, start=asked)}")
    print(
        "It keeps business.yaml, campaigns made on the desk, backups and deliveries. `make backup` keeps the warehouse."
    )
    if asked:
        _ask()
    elif not yes:
        raise CleanRefused("nothing was deleted: nobody can be asked here; make clean YES=1 deletes without asking")
    return True


def _ask() -> None:
    if input('Type "yes" to delete it: ').strip().lower() != "yes":
        raise CleanRefused("nothing was deleted")


def _counted(home: Home, *, start: bool) -> str:
    """The rows that nothing brings back; a server that is down is started for a question alone."""
    try:
        if not (start or home.server().running()):
            return "the ledger of messages, opt-outs, decisions and results among it (not counted: PostgreSQL is down)"
        with home.running_server(lambda _: None) as server:
            warehouse = Warehouse(server.url(WAREHOUSE_DATABASE, "postgresql+psycopg"))
            with warehouse.transaction() as tx:
                rows = tx.row("local/kept_nowhere_else")
    except Copied:
        return "no data: the folder is a copy, and the database of its original is left alone"
    except (ServerError, StackError, WarehouseError) as error:
        return f"not counted: {error}"
    counts = ", ".join(f"{getattr(rows, name):,} {name.replace('_', '-')}" for name in NOTHING_BRINGS_BACK)
    return f"ledger and opt-outs among it: {counts}; {rows.customers:,} customers"
