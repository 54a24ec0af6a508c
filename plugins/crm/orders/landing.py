"""Where deliveries land: a local folder or an S3 bucket, seen alike as names below one place.

A name is a path with slashes below the place (``shop/orders/2017-11-20.csv.gz``); a pattern is a name with ``*``, ``?``
or ``[…]``, which match within one part of the path, as in a shell.
"""

from __future__ import annotations

import fnmatch
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, Protocol

from crm import settings


class LandingError(Exception):
    """A delivery cannot be found or fetched; the message names the full path and what to do."""


class Landing(Protocol):
    """A place of deliveries."""

    def find(self, pattern: str) -> list[str]:
        """Names that match ``pattern``, sorted."""
        ...

    def fetch(self, name: str) -> AbstractContextManager[Path]:
        """A local file with the content of ``name``, for as long as the ``with`` block lasts."""
        ...

    def where(self, name: str) -> str:
        """``name`` as a person would look for it: full path or URL."""
        ...


class Folder:
    """A local folder (or one mounted from elsewhere)."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def find(self, pattern: str) -> list[str]:
        return sorted(p.relative_to(self.root).as_posix() for p in self.root.glob(pattern) if p.is_file())

    @contextmanager
    def fetch(self, name: str) -> Iterator[Path]:
        yield self.root / name

    def where(self, name: str) -> str:
        return str(self.root / name)


class Bucket:
    """Objects of an S3 bucket below ``prefix``, through a boto3 client (``S3Hook(…).get_conn()`` under Airflow)."""

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        self.client, self.bucket = client, bucket
        self.prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""

    def find(self, pattern: str) -> list[str]:
        literal = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix + literal)
        keys = (entry["Key"].removeprefix(self.prefix) for page in pages for entry in page.get("Contents", []))
        return sorted(key for key in keys if _matches(key, pattern))

    @contextmanager
    def fetch(self, name: str) -> Iterator[Path]:
        # On disk, not in memory: a delivery may be larger than the machine's memory, and it is read twice.
        with tempfile.NamedTemporaryFile(suffix="".join(Path(name).suffixes)) as file:
            body = self.client.get_object(Bucket=self.bucket, Key=self.prefix + name)["Body"]
            shutil.copyfileobj(body, file, 1 << 20)
            file.flush()
            yield Path(file.name)

    def where(self, name: str) -> str:
        return f"s3://{self.bucket}/{self.prefix}{name}"


def at(place: str, client: Callable[[], Any]) -> Landing:
    """The landing place ``place``: ``s3://bucket/prefix`` (``client`` makes the boto3 client) or a folder."""
    if not place.startswith("s3://"):
        return Folder(Path(place))
    bucket, _, prefix = place.removeprefix("s3://").partition("/")
    return Bucket(client(), bucket, prefix)


def default() -> Landing:
    """The folder that the settings name."""
    return Folder(settings.landing())


def _matches(name: str, pattern: str) -> bool:
    """As Path.glob: a star stays within one part of the path."""
    parts, wanted = name.split("/"), pattern.split("/")
    return len(parts) == len(wanted) and all(map(fnmatch.fnmatchcase, parts, wanted))
