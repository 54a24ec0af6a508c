"""An installation of a new operator's own: a copy of the project, a home, and what they type into the shell."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from pathlib import Path

import psycopg

import patience
from airflow_machine import Machine
from crm.local.home import AIRFLOW_PORT, POSTGRES_PORT, WAREHOUSE_DATABASE, Home
from crm.local.postgres import free_port
from crm.local.stack import Stack

PROJECT = Path(__file__).resolve().parents[2]
#: What `make` needs; `make mapping` writes into ``include``, so the operator gets a copy.
PARTS = ("include", "plugins", "dags", ".ci")


@dataclass
class Installation:
    """``folder``: the copy; ``said``: what each command printed."""

    folder: Path
    home: Home
    ports: dict[str, str] = field(
        default_factory=lambda: {name: str(free_port()) for name in (POSTGRES_PORT, AIRFLOW_PORT)}
    )
    password: str = ""

    @classmethod
    def at(cls, place: Path) -> Installation:
        """A copy in ``place``, with the environment that the tests run in, and a home that holds nothing."""
        folder = place / "crm"
        folder.mkdir()
        for part in PARTS:
            shutil.copytree(PROJECT / part, folder / part)
        for file in [PROJECT / "Makefile", *PROJECT.glob("requirements*.txt")]:
            shutil.copy2(file, folder)
        (folder / ".venv").symlink_to((PROJECT / ".venv").resolve())
        return cls(folder, Home(place / "my-shop"))

    @property
    def origin(self) -> str:
        """Where a browser finds Airflow."""
        return f"http://localhost:{self.ports[AIRFLOW_PORT]}"

    def make(self, command: str, fails: bool = False, **given: str) -> str:
        """What ``make <command>`` prints, with ``given`` as its variables."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("CRM_", "AIRFLOW", "MAKE", "PYTEST"))}
        done = subprocess.run(
            ["make", "--no-print-directory", command, *(f"{name}={value}" for name, value in given.items())],
            env={**kept, **self.ports, "CRM_HOME": str(self.home.folder), "COLUMNS": "200"},
            cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            timeout=patience.SECONDS, check=False,
        )  # fmt: skip
        assert bool(done.returncode) is fails, done.stdout
        return done.stdout

    def up(self) -> None:
        """`make up`; the password is the one that it prints."""
        said = self.make("up")
        assert self.origin in said
        self.password = re.search(r"password +(\S+)", said)[1]

    def machine(self) -> Machine:
        """The same Airflow, as other tests drive it."""
        return Machine(self.home, self.home.server().url(WAREHOUSE_DATABASE), Stack(self.home))

    def ask(self, question: str) -> list[tuple]:
        """Rows of the warehouse."""
        with psycopg.connect(self.home.server().url(WAREHOUSE_DATABASE)) as connection:
            return connection.execute(question.encode()).fetchall()

    def outbox(self, campaign: str) -> dict[str, Path]:
        """The files that a campaign left in the outbox, by the address or number that they went to."""
        files = sorted((self.home.folder / "outbox").glob(f"*/{campaign}/*"))
        return {_to(file): file for file in files}

    def planned(self, campaign: str) -> dict[str, tuple[str, str]]:
        """Customer key -> decision and reason of the one date for which a campaign had a dry run."""
        (file,) = (self.home.folder / "plans").glob(f"*-{campaign}.csv")
        with file.open(newline="") as rows:
            return {row["customer_id"]: (row["decision"], row["reason"]) for row in csv.DictReader(rows)}


def letter(file: Path) -> EmailMessage:
    """An e-mail of the outbox, as a mail program reads it."""
    return BytesParser(policy=default).parsebytes(file.read_bytes())


def unsubscribe_link(file: Path) -> str:
    """The link of its footer, as the customer sees it in the plain text."""
    text = letter(file).get_body(("plain",)).get_content()
    return re.search(r"https?://\S+/unsubscribe\?\S+", text)[0]


def _to(file: Path) -> str:
    if file.suffix == ".eml":
        return str(letter(file)["To"].addresses[0].addr_spec)
    return re.search(r"\+\d+", file.read_text())[0]
