"""The folder of every run-time file (``$CRM_HOME``, else ``.crm`` in the clone), its ports, secrets and server.

::

    postgres/  the embedded server          airflow/     AIRFLOW_HOME: logs, process ids, sign-in
    landing/   deliveries                   outbox/      messages of the outbox provider
    data_docs/ validation reports           secrets/     mode 0600 each
    coupons/   codes for the shop platform  locks/       one command at a time
    ports.json chosen ports                 demo.json    figures of the last demo
    plans/     decisions of dry runs        previews/    e-mails to look at
    campaigns/ made at the desk
    experiments/  the sample shop's past campaigns, as a file
    reports/   pages of each business date     backups/  of `make backup`; `make clean` leaves them
"""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from crm import settings
from crm.local.postgres import PortTaken, Server, ServerError, free_port, port_is_free, secret
from crm.migrations.reader import READER

POSTGRES_PORT, AIRFLOW_PORT, REDIS_PORT = "CRM_POSTGRES_PORT", "CRM_AIRFLOW_PORT", "CRM_REDIS_PORT"
DEFAULT_PORTS = {POSTGRES_PORT: 5433, AIRFLOW_PORT: 8080, REDIS_PORT: 6379}
AIRFLOW_DATABASE, WAREHOUSE_DATABASE = "airflow", "warehouse"
#: Everything that we write below the home, and therefore may delete; deliveries of others are not among it.
OWN = (
    *("postgres", "airflow", "outbox", "coupons", "plans", "data_docs", "secrets", "ports.json", "demo.json", "locks"),
    *("previews", "experiments", "reports"),
)

#: Its deliveries are of our own making, as the file .complete in it says.
SAMPLE = "complete_journey"

Say = Callable[[str], None]


@dataclass(frozen=True)
class Home:
    """One installation on this machine."""

    folder: Path

    @classmethod
    def current(cls) -> Home:
        return cls(settings.home())

    @property
    def airflow(self) -> Path:
        return self.folder / "airflow"

    @property
    def experiments(self) -> Path:
        return self.folder / "experiments"

    @property
    def demo_file(self) -> Path:
        return self.folder / "demo.json"

    def make(self) -> None:
        """Create the folder; what it holds is nobody else's business."""
        try:
            (self.folder / "secrets").mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise ServerError(f"cannot write to {error.filename}: set CRM_HOME to a folder of your own") from None

    def secret(self, name: str) -> str:
        """A generated secret, made on first use."""
        return secret(self.folder / "secrets" / name)

    def links_connection(self) -> str:
        """The Airflow connection ``crm_links``, as JSON: the key that signs the links of messages."""
        return json.dumps({"conn_type": "generic", "password": self.secret("links")})

    def port(self, variable: str) -> int:
        """Port by environment, else as chosen before for this home, else the default.

        :raises ServerError: the variable holds no port
        """
        given = os.environ.get(variable)
        if not given:
            return int(self._ports().get(variable, DEFAULT_PORTS[variable]))
        if not given.isdecimal() or not 1 <= int(given) <= 65535:
            raise ServerError(f"{variable} is {given!r}: give a port between 1 and 65535")
        return int(given)

    def choose_port(self, variable: str, say: Say) -> int:
        """The port if it is free; otherwise the next free one, unless the environment asks for this very port.

        :raises PortTaken: names the variable
        """
        wanted = self.port(variable)
        if port_is_free(wanted):
            found = wanted
        elif os.environ.get(variable):
            raise PortTaken(f"port {wanted} on 127.0.0.1 is taken by another program: set {variable} to a free one")
        else:
            found = free_port(wanted + 1)
            say(f"port {wanted} is taken by another program: using {found} (set {variable} to choose another)")
        self._keep_port(variable, found)
        return found

    def server(self) -> Server:
        """The embedded server, on the port on which it runs or would run."""
        server = Server(self.folder / "postgres", self.port(POSTGRES_PORT))
        running_on = server.running_port()
        if running_on is None or os.environ.get(POSTGRES_PORT):
            return server
        return replace(server, port=running_on)

    def start_server(self, say: Say) -> Server:
        """The embedded server, running.

        :raises ServerError: says what to do
        """
        self.make()
        server = self.server()
        while not server.running():
            server = replace(server, port=self.choose_port(POSTGRES_PORT, say))
            try:
                server.start()
            except PortTaken:
                # Another clone took it between our look and our start.
                if os.environ.get(POSTGRES_PORT):
                    raise
        server.start()
        return server

    @contextmanager
    def running_server(self, say: Say) -> Iterator[Server]:
        """The embedded server, stopped afterwards if it was down before."""
        ran = self.server().running()
        server = self.start_server(say)
        try:
            yield server
        finally:
            if not ran:
                server.stop()

    def reader_url(self, server: Server) -> str:
        """Connection URL for BI tools: reads the schema ``mart`` alone. Holds its password."""
        return f"postgresql://{READER}:{self.secret('reader')}@127.0.0.1:{server.port}/{WAREHOUSE_DATABASE}"

    def remove(self) -> None:
        """Delete all that we wrote here, and the folder if nothing else is in it. The server must be down."""
        Server(self.folder / "postgres", self.port(POSTGRES_PORT)).remove()
        for name in OWN:
            path = self.folder / name
            if path.is_dir():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)
        if (self.folder / "landing" / SAMPLE / ".complete").exists():
            shutil.rmtree(self.folder / "landing" / SAMPLE)
        for folder in (self.folder / "landing", self.folder):
            if folder.is_dir() and not any(folder.iterdir()):
                folder.rmdir()

    def _ports(self) -> dict[str, int]:
        try:
            return dict(json.loads((self.folder / "ports.json").read_text()))
        except (OSError, ValueError):
            return {}

    def _keep_port(self, variable: str, port: int) -> None:
        new = self.folder / f"ports.json.{os.getpid()}"
        new.write_text(json.dumps(self._ports() | {variable: port}))
        new.replace(self.folder / "ports.json")
