"""Where an embedded PostgreSQL can live when we are root: it refuses to run as root, so it runs as a user of its own.

That user must be able to reach data and binaries. Where the home or the virtual environment is closed to it (say, below
``/root``), they live below ``/var/lib/crm-postgres``; no permission elsewhere is changed.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import shutil
import subprocess
from pathlib import Path

SYSTEM_USER = "crm-postgres"
SYSTEM_FOLDER = Path("/var/lib/crm-postgres")


class ReachError(Exception):
    """No user or folder can be found for the server; the message says what to do."""


def is_root() -> bool:
    return os.geteuid() == 0


def reachable(path: Path) -> bool:
    """May everybody enter every folder from the root down to ``path`` (which need not exist yet)?"""
    return all(not parent.exists() or parent.stat().st_mode & 0o001 for parent in [path, *path.parents])


def base_folder(folder: Path) -> Path:
    """Folder of the data of the server of ``folder``. Chosen once and kept: permissions may change later."""
    if not is_root():
        return folder / "server"
    note = folder / "location"
    if note.exists():
        return Path(note.read_text().strip())
    if reachable(folder):
        return folder / "server"
    digest = hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]
    return SYSTEM_FOLDER / digest


def keep_base_folder(folder: Path, base: Path) -> None:
    """Make ``base`` for the server's user and note that the server of ``folder`` lives there."""
    if not is_root():
        base.mkdir(parents=True, exist_ok=True)
        base.chmod(0o700)
        return
    for made in [*reversed(base.parents), base]:
        if not made.exists():
            made.mkdir()
            made.chmod(0o755)
    os.chown(base, *system_user())
    base.chmod(0o711)
    note = folder / "location.new"
    note.write_text(str(base))
    note.replace(folder / "location")


def system_user() -> tuple[int, int]:
    """uid and gid of the server's own system user, made on first use.

    :raises ReachError: it cannot be made here
    """
    import pwd

    with contextlib.suppress(KeyError):
        entry = pwd.getpwnam(SYSTEM_USER)
        return entry.pw_uid, entry.pw_gid
    options = [
        "--system",
        "--user-group",
        "--no-create-home",
        "--home-dir",
        "/nonexistent",
        "--shell",
        "/usr/sbin/nologin",
    ]
    try:
        subprocess.run(["useradd", *options, SYSTEM_USER], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        # Another `make` made it in the same instant; else this system has no useradd.
        with contextlib.suppress(KeyError):
            entry = pwd.getpwnam(SYSTEM_USER)
            return entry.pw_uid, entry.pw_gid
        raise ReachError(
            f"PostgreSQL does not run as root, and the system user {SYSTEM_USER!r} could not be made: "
            "make a user of that name, or run as another user than root"
        ) from None
    entry = pwd.getpwnam(SYSTEM_USER)
    return entry.pw_uid, entry.pw_gid


def binaries(install: Path, base: Path, version: str) -> Path:
    """Folder of PostgreSQL's binaries: ``install``, or a copy below ``base`` if the server's user cannot reach it."""
    if not is_root() or reachable(install):
        return install
    # The binaries find their libraries relative to themselves, so the copy keeps the layout of site-packages.
    site = base / f"site-{version}"
    if not site.exists():
        keep, site = site, site.with_name(site.name + ".new")
        shutil.rmtree(site, ignore_errors=True)
        shutil.copytree(install, site / install.parent.name / install.name, symlinks=True)
        libraries = install.parent.with_name(install.parent.name + ".libs")
        if libraries.exists():
            shutil.copytree(libraries, site / libraries.name, symlinks=True)
        _open_to_read(site)
        site.rename(keep)
        site = keep
    return site / install.parent.name / install.name


def _open_to_read(folder: Path) -> None:
    """A copy made under a strict umask is opened again; it is ours alone."""
    for path in [folder, *folder.rglob("*")]:
        if not path.is_symlink():
            path.chmod(path.stat().st_mode | (0o555 if path.is_dir() or os.access(path, os.X_OK) else 0o444))
