"""Where deliveries land: a local folder or an S3 bucket, seen alike as names below one place.

A name is a path with slashes below the place (``shop/orders/2017-11-20.csv.gz``); a pattern is a name with ``*``, ``?``
or ``[…]``, which match within one part of the path, as in a shell. Files that are still being uploaded are not seen:
hidden ones, and those whose name ends in .part, .tmp and the like until they are whole.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path, PurePosixPath
from typing import Protocol

from crm import settings

#: Ends of names that programs for uploads and downloads give to files which are not whole yet.
UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".uploading", ".inprogress", "~")


class LandingError(Exception):
    """A delivery cannot be found or fetched; the message names the full path and what to do."""


class Landing(Protocol):
    """A place of deliveries."""

    def find(self, pattern: str) -> list[str]:
        """Names that match ``pattern``, sorted."""
        ...

    def fetch(self, name: str) -> AbstractContextManager[Path]:
        """A local file with the content of ``name``, for as long as the ``with`` block lasts.

        :raises LandingError: it changed in the meantime
        """
        ...

    def where(self, name: str) -> str:
        """``name`` as a person would look for it: full path or URL."""
        ...


class Folder:
    """A local folder (or one mounted from elsewhere)."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, pattern: str) -> list[str]:
        names = (p.relative_to(self.root).as_posix() for p in self.root.glob(pattern) if p.is_file())
        return sorted(name for name in names if is_whole(name))

    @contextmanager
    def fetch(self, name: str) -> Iterator[Path]:
        path = self.root / name
        before = _state(path)
        try:
            yield path
        except Exception:
            # What the reader complains of may be a file that was half written.
            if _state(path) != before:
                raise changed(str(path)) from None
            raise
        if _state(path) != before:
            raise changed(str(path))

    def where(self, name: str) -> str:
        return str(self.root / name)


class Flat:
    """A place whose files lie side by side: only the last part of a name is looked for, the name stays whole."""

    def __init__(self, place: Landing) -> None:
        self.place = place

    def find(self, pattern: str) -> list[str]:
        parent = PurePosixPath(pattern).parent
        return [str(parent / name) for name in self.place.find(PurePosixPath(pattern).name)]

    def fetch(self, name: str) -> AbstractContextManager[Path]:
        return self.place.fetch(PurePosixPath(name).name)

    def where(self, name: str) -> str:
        return self.place.where(PurePosixPath(name).name)


def at(place: str) -> Landing:
    """The landing place ``place``: ``s3://bucket/prefix`` or a folder.

    :raises crm.connections.ConnectionMissing: a bucket without the connection ``crm_orders``
    """
    from crm.orders import buckets

    return buckets.opened(place) if place.startswith(buckets.SCHEME) else Folder(Path(place))


def default() -> Landing:
    """The place that the settings name."""
    return at(settings.landing())


def handed_over(place: str) -> tuple[Landing, str | None]:
    """What a person named in place of the landing place: a folder (None), or one file in it.

    :raises LandingError: there is nothing
    """
    from crm.orders import buckets

    if place.startswith(buckets.SCHEME):
        return buckets.handed_over(place)
    path = Path(place)
    if not path.exists():
        raise LandingError(f"{path.resolve()} does not exist: give FILES=<an order file, or a folder of files>")
    return (Folder(path), None) if path.is_dir() else (Folder(path.parent), path.name)


def is_whole(name: str) -> bool:
    """False for files that are still being written, as their names say."""
    last = PurePosixPath(name).name
    return not last.startswith(".") and not last.lower().endswith(UNFINISHED)


def matches(name: str, pattern: str) -> bool:
    """As Path.glob: a star stays within one part of the path."""
    parts, wanted = name.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted))


def changed(where: str) -> LandingError:
    """The error about a file that somebody wrote to while it was read."""
    return LandingError(f"{where} changed while it was read; nothing of it was taken in. Start the run again")


def _state(path: Path) -> tuple[int, int, int] | None:
    """Size, time of the last change and identity of a file; None = gone."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns, found.st_ino
