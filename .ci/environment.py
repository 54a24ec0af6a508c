"""Make the virtual environment: uv does in seconds what pip does in minutes.

``environment.py <folder> <lock> [<wider lock>…]``: installs the first. A wider one holds all of it in the same versions
(``make lock``), so where any of them is installed there is nothing to do.
"""

from __future__ import annotations

import fcntl
import shutil
import subprocess
import sys
import venv
from pathlib import Path


def main(folder: Path, requirements: Path, *wider: Path) -> None:
    """Install ``requirements`` into ``folder``; an environment that cannot be mended is made anew."""
    done = folder / "requirements.installed"
    python = folder / "bin" / "python"
    if _installed(done, requirements, *wider):
        return
    with requirements.with_name("requirements.txt").open("rb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # of two `make` at the same time, one waits
        if _installed(done, requirements, *wider):
            return
        if not _works(python):
            _say(f"making {folder} with Python {sys.version.split()[0]}")
            shutil.rmtree(folder, ignore_errors=True)
            _make(folder)
        done.unlink(missing_ok=True)
        _say(f"installing {requirements}")
        if not _uv(python, requirements):
            _say("uv cannot be used here: pip takes some minutes")
            if not _run(python, "-m", "pip", "install", "--disable-pip-version-check", "-r", str(requirements)):
                sys.exit("the packages could not be installed: see above")
        shutil.copyfile(requirements, done)


def _installed(done: Path, *locks: Path) -> bool:
    return done.exists() and any(done.read_bytes() == lock.read_bytes() for lock in locks)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _make(folder: Path) -> None:
    try:
        venv.create(folder, with_pip=True)
    except (subprocess.CalledProcessError, ImportError):
        shutil.rmtree(folder, ignore_errors=True)
        sys.exit("Python cannot make virtual environments here: install its venv (Debian: apt install python3-venv)")


def _works(python: Path) -> bool:
    return python.exists() and _run(python, "-m", "pip", "--version", quiet=True)


def _uv(python: Path, requirements: Path) -> bool:
    pip = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
    return _run(python, *pip, "uv") and _run(
        python, "-m", "uv", "pip", "install", "--quiet", "--python", python, "-r", requirements
    )


def _run(*command: object, quiet: bool = False) -> bool:
    output = subprocess.DEVNULL if quiet else None
    return subprocess.run([str(part) for part in command], stdout=output, stderr=output, check=False).returncode == 0


if __name__ == "__main__":
    main(*map(Path, sys.argv[1:]))
