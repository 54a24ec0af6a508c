"""Deliveries in an S3 bucket, through boto3 and the Airflow connection ``crm_orders``."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from crm import connections, settings
from crm.orders.landing import LandingError, changed, is_whole, matches

#: Where the place of deliveries is a bucket.
SCHEME = "s3://"


class Bucket:
    """Objects of an S3 bucket below ``prefix``. S3 shows an object only once its upload is complete."""

    def __init__(self, client: Any, bucket: str, prefix: str = "") -> None:
        self.client, self.bucket = client, bucket
        self.prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""

    def find(self, pattern: str) -> list[str]:
        literal = re.split(r"[*?\[]", pattern, maxsplit=1)[0]
        pages = self.client.get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix=self.prefix + literal)
        with self._explained(pattern):
            keys = [entry["Key"].removeprefix(self.prefix) for page in pages for entry in page.get("Contents", [])]
        return sorted(key for key in keys if not key.endswith("/") and is_whole(key) and matches(key, pattern))

    @contextmanager
    def fetch(self, name: str) -> Iterator[Path]:
        # On disk, not in memory: a delivery may be larger than the machine's memory, and it is read twice.
        with tempfile.NamedTemporaryFile(suffix="".join(Path(name).suffixes)) as file:
            with self._explained(name):
                found = self.client.get_object(Bucket=self.bucket, Key=self.prefix + name)
                shutil.copyfileobj(found["Body"], file, 1 << 20)
            file.flush()
            if Path(file.name).stat().st_size != found["ContentLength"]:
                raise LandingError(f"{self.where(name)} arrived in part: start the run again")
            yield Path(file.name)
            with self._explained(name):
                now = self.client.head_object(Bucket=self.bucket, Key=self.prefix + name)
            if now["ETag"] != found["ETag"]:
                raise changed(self.where(name))

    def where(self, name: str) -> str:
        return f"{SCHEME}{self.bucket}/{self.prefix}{name}"

    @contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        """Errors of S3 with the full name of what was wanted and what to do; they hold no secret."""
        from botocore.exceptions import BotoCoreError, ClientError

        try:
            yield
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            advice = f"check the bucket and the rights of the connection {settings.ORDERS_CONNECTION} (list, get)"
            raise LandingError(f"{self.where(name)}: S3 says {code}; {advice}") from None
        except BotoCoreError as error:
            advice = f"check the connection {settings.ORDERS_CONNECTION} (docs/operations.md), then start the run again"
            raise LandingError(f"{self.where(name)}: {type(error).__name__}; {advice}") from None


def client() -> Any:
    """The account of ``crm_orders``.

    :raises crm.connections.ConnectionMissing: there is no such connection
    """
    import boto3

    found = connections.get(settings.ORDERS_CONNECTION)
    return boto3.client(
        "s3",
        region_name=found.extra.get("region_name"),
        endpoint_url=found.extra.get("endpoint_url"),
        aws_access_key_id=found.login or None,
        aws_secret_access_key=found.password or None,
    )


def opened(url: str) -> Bucket:
    """The place ``s3://bucket/prefix``."""
    bucket, _, prefix = url.removeprefix(SCHEME).partition("/")
    return Bucket(client(), bucket, prefix)


def handed_over(url: str) -> tuple[Bucket, str | None]:
    """What a person named: a folder of a bucket (None), or one object in it.

    :raises LandingError: there is neither
    """
    folder, _, name = url.rstrip("/").rpartition("/")
    beside = opened(folder) if folder.removeprefix(SCHEME) else None
    if beside is not None and name and not url.endswith("/") and name in beside.find(name):
        return beside, name
    whole = opened(url)
    pages = whole.client.get_paginator("list_objects_v2").paginate(
        Bucket=whole.bucket, Prefix=whole.prefix, PaginationConfig={"MaxItems": 1}
    )
    with whole._explained(""):
        if not any(page.get("Contents") for page in pages):
            raise LandingError(f"{url} does not exist: give FILES=<an order file, or a folder of files>")
    return whole, None
