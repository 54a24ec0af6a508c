"""Where an embedded PostgreSQL can live when we are root: it refuses to run as root, so it runs as a user of its own.

That user must be able to reach data and binaries. Where the home or the virtual environment is closed to it (say, below
``/root``), they live below ``/var/lib/crm-postgres``; no permission elsewhere is changed.

A note in the folder names the place. A copy of the folder carries the note too: it is noticed and refused, so that
nothing of the original is started, written or deleted by it.
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
#: In the server's folder: where its data live. Beside the data: the folder that they belong to.
NOTE, OWNER = "location", "owner"
INSTEAD = "`make backup` in the original, then `make restore FROM=<backup>` with CRM_HOME=<new folder>"


class ReachError(Exception):
    """No user or folder can be found for the server; the message says what to do."""


class NotItsData(ReachError):
    """The folder was copied, its database was not; the message says what to do."""


def is_root() -> bool:
    return os.geteuid() == 0


def reachable(path: Path) -> bool:
    """May everybody enter every folder from the root down to ``path`` (which need not exist yet)?"""
    return all(not parent.exists() or parent.stat().st_mode & 0o001 for parent in [path, *path.parents])


def base_folder(folder: Path) -> Path:
    """Folder of the data of the server of ``folder``. Chosen once and kept: permissions may change later.

    :raises NotItsData: ``folder`` is a copy whose note names the data of its original, or data that are not here
    """
    if not is_root():
        return folder / "server"
    note, system = folder / NOTE, _system_base(folder)
    if not note.exists():
        return folder / "server" if reachable(folder) else system
    named = Path(note.read_text().strip())
    if named not in (folder / "server", system) and (folder / "server" / "data").exists():
        return folder / "server"  # the data came along
    _must_be_its_own(folder, named, system)
    return named


def _system_base(folder: Path) -> Path:
    return SYSTEM_FOLDER / hashlib.sha256(str(folder.resolve()).encode()).hexdigest()[:12]


def _must_be_its_own(folder: Path, named: Path, system: Path) -> None:
    if not named.exists():
        raise NotItsData(
            f"the database of {folder} is not here: {folder / NOTE} names {named}, which does not exist. A copied "
            f"folder comes without its database: {INSTEAD}; `make clean` removes this one"
        )
    if named in (folder / "server", system) or _moved(folder, named):
        return
    raise NotItsData(
        f"{folder} is a copy: its database, {named}, is that of the original, and is left alone. {INSTEAD}; "
        f"`make clean` removes the copy alone. (If the folder was moved, write its path into {named / OWNER})"
    )


def _moved(folder: Path, named: Path) -> bool:
    """Does ``named`` belong to this folder, or to one that is gone? Who owns it is written beside the data."""
    try:
        owner = Path((named / OWNER).read_text().strip())
    except OSError:
        return False
    return owner == folder.resolve() or not (owner / NOTE).exists()


def keep_base_folder(folder: Path, base: Path) -> None:
    """Make ``base`` for the server's user and note that the server of ``folder`` lives there, and whose it is."""
    if not is_root():
        base.mkdir(parents=True, exist_ok=True)
        base.chmod(0o700)
        return
    for made in [*reversed(base.parents), base]:
        if not made.exists():
            made.mkdir()
            made.chmod(0o755)
    _own(base)
    base.chmod(0o711)
    (base / OWNER).write_text(str(folder.resolve()))
    note = folder / f"{NOTE}.new"
    note.write_text(str(base))
    note.replace(folder / NOTE)


def _own(base: Path) -> None:
    """Give ``base`` to the server's user: whole where a copy by root came with its data."""
    user, data = system_user(), base / "data"
    copied = data.exists() and data.stat().st_uid != user[0]
    for path in [base, *([data, *data.rglob("*"), *base.glob("*.log")] if copied else ())]:
        os.chown(path, *user, follow_symlinks=False)


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
