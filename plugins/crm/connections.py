"""Airflow connections, for parts that run inside Airflow and for those that run without it. Secrets live only there.

The environment (``AIRFLOW_CONN_<ID>``: JSON or a URI, as Airflow reads it) comes first, then Airflow where it runs.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


class ConnectionMissing(Exception):
    """There is no such connection, or it lacks something; the message says what to set, never a value."""


@dataclass(frozen=True)
class Connection:
    """One connection. Its representation holds neither password nor extra."""

    connection_id: str
    host: str = ""
    port: int | None = None
    schema: str = ""
    login: str = ""
    password: str = field(default="", repr=False)
    extra: dict[str, Any] = field(default_factory=dict, repr=False)

    def required(self, name: str) -> str:
        """The field or extra ``name``.

        :raises ConnectionMissing: it is empty
        """
        value = getattr(self, name, None) or self.extra.get(name)
        if not value:
            raise ConnectionMissing(f"Airflow connection {self.connection_id} has no {name}: set it")
        return str(value)


def find(connection_id: str) -> Connection | None:
    """The connection, or None where nobody defined it.

    :raises ConnectionMissing: the variable cannot be read
    """
    given = os.environ.get(f"AIRFLOW_CONN_{connection_id.upper()}")
    if given:
        try:
            return _json(connection_id, given) if given.lstrip().startswith("{") else _uri(connection_id, given)
        except ValueError:
            raise ConnectionMissing(
                f"AIRFLOW_CONN_{connection_id.upper()} is neither JSON nor a URI: write it as Airflow wants it"
            ) from None
    return _of_airflow(connection_id)


def get(connection_id: str) -> Connection:
    """The connection.

    :raises ConnectionMissing: there is none
    """
    found = find(connection_id)
    if found is None:
        raise ConnectionMissing(f"Airflow connection {connection_id} is missing: docs/operations.md says what goes in")
    return found


def _json(connection_id: str, text: str) -> Connection:
    given = json.loads(text)
    return Connection(
        connection_id,
        host=given.get("host") or "",
        port=int(given["port"]) if given.get("port") else None,
        schema=given.get("schema") or "",
        login=given.get("login") or "",
        password=given.get("password") or "",
        extra=_extra(given.get("extra")),
    )


def _uri(connection_id: str, text: str) -> Connection:
    parts = urlsplit(text)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    return Connection(
        connection_id,
        host=unquote(parts.hostname or ""),
        port=parts.port,
        schema=unquote(parts.path[1:]),
        login=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        extra=_extra(query.pop("__extra__", None)) or query,
    )


def _extra(given: Any) -> dict[str, Any]:
    found = json.loads(given) if isinstance(given, str) and given else given
    return found if isinstance(found, dict) else {}


def _of_airflow(connection_id: str) -> Connection | None:
    try:
        from airflow.sdk import Connection as AirflowConnection
        from airflow.sdk.exceptions import AirflowNotFoundException
    except ImportError:
        return None  # the stand-alone responses app may run where Airflow is not installed
    try:
        found = AirflowConnection.get(connection_id)
    except AirflowNotFoundException:
        return None
    return Connection(
        connection_id,
        host=found.host or "",
        port=found.port,
        schema=found.schema or "",
        login=found.login or "",
        password=found.password or "",
        extra=dict(found.extra_dejson),
    )
