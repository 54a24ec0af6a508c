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
                now = self._head(name)
            if now["ETag"] != found["ETag"]:
                raise changed(self.where(name))

    def _head(self, name: str) -> Any:
        """What S3 says of the object after it was read; an object that is gone has changed."""
        from botocore.exceptions import ClientError

        try:
            return self.client.head_object(Bucket=self.bucket, Key=self.prefix + name)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in ("404", "NoSuchKey"):
                raise changed(self.where(name)) from None
            raise

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
            raise LandingError(f"{self.where(name)}: S3 says {code}; {_advice(code)}") from None
        except BotoCoreError as error:
            advice = _FAULTS.get(type(error).__name__, "check the connection {connection} (docs/operations.md)")
            said = advice.format(connection=settings.ORDERS_CONNECTION)
            raise LandingError(
                f"{self.where(name)}: {type(error).__name__}; {said}, then start the run again"
            ) from None


#: What S3 says -> what to do.
_CODES = {
    ("NoSuchBucket",): (
        "there is no such bucket: correct its name in CRM_LANDING or FILES, or endpoint_url in the extra of"
    ),
    ("NoSuchKey", "404"): "it was removed after it was listed: deliver it again. Its place is read through",
    ("AccessDenied", "AllAccessDisabled", "403"): "give the rights s3:ListBucket and s3:GetObject to the key of",
    ("InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"): (
        "correct login (access key) and password (secret key) of"
    ),
    ("PermanentRedirect", "301", "AuthorizationHeaderMalformed", "IllegalLocationConstraintException"): (
        "the bucket is in another region: give it as region_name in the extra of"
    ),
    ("RequestTimeTooSkewed",): "set the clock of this machine right; it concerns every request of",
    ("SlowDown", "InternalError", "ServiceUnavailable", "503", "500"): "start the run again later; if it stays, check",
}
#: Faults before S3 says anything -> what to do.
_FAULTS = {
    "EndpointConnectionError": "nothing answers: correct endpoint_url or region_name in the extra of {connection}",
    "ConnectTimeoutError": "nothing answers: correct endpoint_url or region_name in the extra of {connection}",
    "NoCredentialsError": "give login (access key) and password (secret key) of the connection {connection}",
    "ParamValidationError": "no bucket is called so: correct CRM_LANDING or FILES, s3://<bucket>/<prefix>",
}


def _advice(code: str) -> str:
    rights = "check the bucket and the rights (list, get) of"
    said = next((text for codes, text in _CODES.items() if code in codes), rights)
    return f"{said} the connection {settings.ORDERS_CONNECTION} (docs/operations.md)"


def client() -> Any:
    """The account of ``crm_orders``.

    :raises crm.connections.ConnectionMissing: there is no such connection, or what it says can be no account
    """
    import boto3
    from botocore.exceptions import BotoCoreError

    found = connections.get(settings.ORDERS_CONNECTION)
    try:
        return boto3.client(
            "s3",
            region_name=found.extra.get("region_name"),
            endpoint_url=found.extra.get("endpoint_url"),
            aws_access_key_id=found.login or None,
            aws_secret_access_key=found.password or None,
        )
    except (BotoCoreError, ValueError) as error:
        # The message itself may repeat what somebody put into the wrong field.
        raise connections.ConnectionMissing(
            f"Airflow connection {settings.ORDERS_CONNECTION} cannot be used ({type(error).__name__}): give login and "
            "password both or neither; region_name as eu-central-1, endpoint_url as https://… in its extra"
        ) from None


def opened(url: str) -> Bucket:
    """The place ``s3://bucket/prefix``."""
    bucket, _, prefix = url.removeprefix(SCHEME).partition("/")
    return Bucket(client(), bucket, prefix)


def handed_over(url: str) -> tuple[Bucket, str | None]:
    """What a person named: a folder of a bucket (None), or one object in it.

    :raises LandingError: there is neither
    """
    path = url.removeprefix(SCHEME).strip("/")
    if not path:
        raise LandingError(f"{url} names no bucket: give s3://<bucket>/<folder or file>")
    folder, _, name = path.rpartition("/")
    beside = opened(SCHEME + folder) if folder else None
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
