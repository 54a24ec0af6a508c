"""What `make` calls: ``python -m crm.local <command>``. Every error that a person can mend is one message, no trace."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import time
from collections.abc import Iterator

from crm.local.home import Home
from crm.local.postgres import Copied, ServerError, lock
from crm.local.stack import Stack, StackError, migrate_warehouse


def main(arguments: list[str] | None = None) -> int:
    """Run one command; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m crm.local")
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("demo", "celery-demo", "up", "down", "migrate", "previews"):
        commands.add_parser(name)
    with_options = {
        "load": ("source", "from", "to", "files", "known-on", "allow-empty"),
        "mapping": ("files", "shop"),
        "check": ("source", "files"),
        "plan": ("date", "campaign"),
        "stop": ("campaign", "date"),
        "resume": ("campaign", "date"),
        "coupons": ("campaign", "date", "format"),
        "replies": ("file",),
        "erase": ("customer",),
        "evaluate-file": ("mapping", "file"),
        "report": ("date", "mail"),
        "housekeeping": ("date", "yes"),
        "backup": ("to",),
        "restore": ("from",),
        "psql": ("options",),
        "airflow": ("arguments",),
        "clean": ("yes",),
        "test-send": ("campaign", "to", "customer", "date", "channel", "locale", "variant", "wave"),
    }
    for name, options in with_options.items():
        command = commands.add_parser(name)
        for option in options:
            command.add_argument(f"--{option}", default="")
    given = parser.parse_args(arguments)
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    try:
        return int(COMMANDS[given.command](given) or 0)
    except KeyboardInterrupt:
        print("\ninterrupted: start it again and it goes on where it stopped", file=sys.stderr)
        return 130
    except Exception as error:
        if not _is_for_people(error):
            raise
        print(f"\n{error}", file=sys.stderr)
        return 1


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def _is_for_people(error: Exception) -> bool:
    """Errors of the product say what to do; all others show where they came from."""
    return isinstance(error, ServerError | StackError) or type(error).__module__.startswith("crm.")


def _demo(_: argparse.Namespace) -> int:
    from crm.local.demo import Demo

    started = float(os.environ.get("CRM_STARTED") or time.time())
    with _alone(Home.current(), "make demo"):
        return Demo(Home.current(), started).run()


def _celery_demo(_: argparse.Namespace) -> int:
    from crm.local.celery_demo import CeleryDemo

    started = float(os.environ.get("CRM_STARTED") or time.time())
    with _alone(Home.current(), "make celery-demo"):
        return CeleryDemo(Home.current(), started).run()


def _up(_: argparse.Namespace) -> None:
    home = Home.current()
    with _alone(home, "make up"):
        stack = Stack(home)
        ran = home.server().running()
        server = home.start_server(print)
        try:
            stack.prepare(server)
        except StackError:
            if not ran:
                server.stop()
            raise
        fresh = stack.start(server)
    print(f"""
Airflow {"runs" if fresh else "runs already"} at {stack.url}
  sign in as        admin
  password          {home.secret("airflow-admin")}
Warehouse for BI tools (schema mart, read only)
  {home.reader_url(server)}
`make psql` opens the warehouse; `make down` stops everything.""")


def _down(_: argparse.Namespace) -> None:
    home = Home.current()
    ended = Stack(home).stop()
    server = home.server()
    ran = server.running()
    server.stop()
    stopped = [f"{ended} processes of Airflow"] * bool(ended) + ["PostgreSQL"] * ran
    print(f"stopped: {', '.join(stopped)}" if stopped else "nothing runs")


def _psql(given: argparse.Namespace) -> int:
    from crm.local.psql import psql

    return psql(Home.current(), given.options)


def _airflow(given: argparse.Namespace) -> int:
    from crm.local import airflow_command

    return airflow_command.run(Home.current(), given.arguments)


def _migrate(_: argparse.Namespace) -> None:
    home = Home.current()
    with home.running_server(print) as server:
        print(*migrate_warehouse(home, server).lines(), sep="\n")


def _backup(given: argparse.Namespace) -> None:
    from crm.local.backup import backup

    home = Home.current()
    with _alone(home, "make backup"):
        backup(home, given.to)


def _restore(given: argparse.Namespace) -> None:
    from crm.local.backup import restore

    home = Home.current()
    with _alone(home, "make restore"):
        restore(home, getattr(given, "from"))


def _load(given: argparse.Namespace) -> None:
    from crm.local.load import load

    home = Home.current()
    with _alone(home, "make load"):
        dates = getattr(given, "from"), given.to
        load(home, given.source, *dates, given.files, known_on=given.known_on, allow_empty=given.allow_empty)


def _mapping(given: argparse.Namespace) -> int:
    from crm.local.mapping import propose

    return propose(given.files, given.shop)


def _plan(given: argparse.Namespace) -> None:
    from crm.local.plan import plan

    plan(Home.current(), given.date, given.campaign)


def _erase(given: argparse.Namespace) -> None:
    from crm.local.erase import erase

    erase(Home.current(), given.customer)


def _replies(given: argparse.Namespace) -> None:
    from crm.local.replies import take_in

    take_in(Home.current(), given.file)


def _evaluate_file(given: argparse.Namespace) -> None:
    from crm.local.evaluate_file import evaluate_file

    home = Home.current()
    with _alone(home, "make evaluate-file"):
        evaluate_file(home, given.mapping, given.file)


def _check(given: argparse.Namespace) -> int:
    from crm.local.check import check

    return check(given.source, given.files)


def _previews(_: argparse.Namespace) -> None:
    from crm.local.previews import previews

    print(f"open {previews(Home.current())} in a browser")


def _test_send(given: argparse.Namespace) -> None:
    from crm.local.test_send import test_send

    test_send(Home.current(), **{name: value for name, value in vars(given).items() if name != "command"})


def _coupons(given: argparse.Namespace) -> None:
    from crm.local.coupons import export

    export(Home.current(), given.campaign, given.date, given.format)


def _report(given: argparse.Namespace) -> None:
    from crm.local.report import report

    report(Home.current(), given.date, given.mail)


def _housekeeping(given: argparse.Namespace) -> None:
    from crm.local.housekeeping import housekeeping

    housekeeping(Home.current(), given.date, given.yes)


def _stop(given: argparse.Namespace) -> None:
    from crm.local.switch import stop

    stop(Home.current(), given.campaign, given.date)


def _resume(given: argparse.Namespace) -> None:
    from crm.local.switch import resume

    resume(Home.current(), given.campaign, given.date)


def _clean(given: argparse.Namespace) -> None:
    from crm.local.clean import confirm

    home = Home.current()
    if not confirm(home, given.yes):
        print(f"nothing to delete in {home.folder}")
        return
    with contextlib.suppress(Copied):  # the server of a copy's original is left alone
        _down(given)
    home.remove()
    print(f"deleted: all run-time files in {home.folder}")


COMMANDS = {
    "demo": _demo, "celery-demo": _celery_demo, "up": _up, "down": _down, "psql": _psql, "migrate": _migrate,
    "airflow": _airflow, "load": _load, "mapping": _mapping, "plan": _plan, "check": _check, "previews": _previews,
    "test-send": _test_send, "stop": _stop, "resume": _resume, "coupons": _coupons, "replies": _replies,
    "erase": _erase, "evaluate-file": _evaluate_file, "report": _report, "housekeeping": _housekeeping,
    "backup": _backup, "restore": _restore, "clean": _clean,
}  # fmt: skip


@contextlib.contextmanager
def _alone(home: Home, what: str) -> Iterator[None]:
    """Of two such commands in one home, one waits for the other."""
    home.make()
    with lock(home.folder / "locks", waiting=lambda: print(f"{what} waits: another command of this home is at work")):
        yield


if __name__ == "__main__":
    sys.exit(main())
