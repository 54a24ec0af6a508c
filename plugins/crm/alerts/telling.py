"""Alerts to people: a task failed, a date is late. By HTTP to the Airflow connection ``crm_alerts``.

==============  ======================================================================================
``host``        the webhook's address: ``https://hooks.slack.com/services``
``password``    the secret rest of it, if any: ``T000/B000/XXXX``, ``send?key=XXXX``
extra           ``{"format": "slack"}`` (default), ``wecom``, ``dingtalk``, ``feishu``, or ``json``: all fields
==============  ======================================================================================

An alert names DAG, task, business date and the kind of error, never the error's words: those may quote a row. Without
the connection it stands in the log alone.
"""

from __future__ import annotations

import datetime
import http.client
import json
import logging
import re
import urllib.error
import urllib.request
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal
from urllib.parse import urlsplit

from crm import connections, settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from crm.business import Alerts
    from crm.connections import Connection
    from crm.warehouse import Warehouse

log = logging.getLogger(__name__)
TIMEOUT_SECONDS = 10
Told = Literal["sent", "told before", "nobody to tell"]

_TEXTS = {
    "en": {
        "failed": "{dag_id}{date}: task {task_id} failed ({error}). {url}",
        "late": "{dag_id}{date} is not done {minutes} minutes after it began to wait: is the delivery in? {url}",
    },
    "zh-CN": {
        "failed": "{dag_id}{date}：任务 {task_id} 失败（{error}）。{url}",
        "late": "{dag_id}{date} 已等待 {minutes} 分钟仍未完成：数据是否已送达？{url}",
    },
}
FORMATS: dict[str, Callable[[Alert, str], dict[str, Any]]] = {
    "slack": lambda _, text: {"text": text},
    "wecom": lambda _, text: {"msgtype": "text", "text": {"content": text}},
    "dingtalk": lambda _, text: {"msgtype": "text", "text": {"content": text}},
    "feishu": lambda _, text: {"msg_type": "text", "content": {"text": text}},
    "json": lambda alert, text: asdict(alert) | {"text": text},
}


class AlertError(Exception):
    """The alert reached nobody; says what the receiver answered, never its address (it is a secret)."""


@dataclass(frozen=True)
class Alert:
    """``error``: the class of the exception. ``partition_key``: the business date; "" for runs on a clock."""

    about: Literal["failed", "late"]
    dag_id: str
    run_id: str
    task_id: str = ""
    partition_key: str = ""
    error: str = ""
    minutes: int = 0
    url: str = ""

    def text(self, locale: str) -> str:
        """One line for people."""
        date = f" {self.partition_key}" if self.partition_key else ""
        return _TEXTS[locale][self.about].format(date=date, **asdict(self)).strip()


def tell(alert: Alert, warehouse: Warehouse, rules: Alerts, locale: str, now: datetime.datetime) -> Told:
    """Tell ``alert`` to whoever listens, unless the same was told within ``rules.repeat_after_hours``.

    :raises AlertError: the receiver did not take it; it is told when it comes again
    :raises ConnectionMissing: the connection names no host; so too
    """
    alert = _plain(alert)
    text = alert.text(locale)
    log.warning("alert: %s", text)
    connection = connections.find(settings.ALERTS_CONNECTION)
    if connection is None:
        log.info("it stands in this log alone: there is no Airflow connection %s", settings.ALERTS_CONNECTION)
        return "nobody to tell"
    key = {name: getattr(alert, name) for name in ("about", "dag_id", "task_id")} | {"partition_key": _of(alert)}
    if not _claim(warehouse, key, rules, now):
        return "told before"
    try:
        _post(connection, alert, text)
    except (AlertError, connections.ConnectionMissing):
        _release(warehouse, key)
        raise
    return "sent"


def _plain(alert: Alert) -> Alert:
    """Airflow takes any text as a partition key; only a date is told."""
    return alert if re.fullmatch(r"\d{4}-\d{2}-\d{2}", alert.partition_key) else replace(alert, partition_key="")


def _of(alert: Alert) -> str:
    """What the trouble is of: a business date, the DAG on its clock, or a run that somebody started without a date."""
    return alert.partition_key or ("" if alert.run_id.startswith("scheduled__") else alert.run_id)


def _claim(warehouse: Warehouse, key: dict[str, str], rules: Alerts, now: datetime.datetime) -> bool:
    """Is this the one to tell it? Yes where the warehouse cannot be asked: that is told rather too often."""
    from sqlalchemy.exc import SQLAlchemyError

    from crm.warehouse import WarehouseError

    try:
        with warehouse.transaction() as tx:
            again = datetime.timedelta(hours=rules.repeat_after_hours)
            return bool(tx.rows("alerts/claim", **key, now=now, repeat_after=again))
    except (SQLAlchemyError, WarehouseError):
        log.warning("the warehouse cannot say whether this was told before")
        return True


def _release(warehouse: Warehouse, key: dict[str, str]) -> None:
    from sqlalchemy.exc import SQLAlchemyError

    from crm.warehouse import WarehouseError

    try:
        with warehouse.transaction() as tx:
            tx.run("alerts/release", **key)
    except (SQLAlchemyError, WarehouseError):
        log.warning("the warehouse cannot be told that this alert reached nobody")


def _post(connection: Connection, alert: Alert, text: str) -> None:
    form = str(connection.extra.get("format") or "slack")
    if form not in FORMATS:
        raise AlertError(f"{connection.connection_id}: format is {form!r}, give one of {', '.join(FORMATS)}")
    address = connection.required("host")
    if not address.startswith(("http://", "https://")):
        raise AlertError(f"{connection.connection_id}: host must be a whole address, https://…")
    if connection.port:
        parts = urlsplit(address)
        address = parts._replace(netloc=f"{parts.netloc}:{connection.port}").geturl()
    if connection.password:
        address = f"{address.rstrip('/')}/{connection.password.lstrip('/')}"
    body = json.dumps(FORMATS[form](alert, text), ensure_ascii=False).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json; charset=utf-8"}, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_SECONDS) as answer:
            refused = _refused(answer.read(65536))
    except urllib.error.HTTPError as error:
        raise AlertError(f"{connection.connection_id}: the receiver answered {error.code}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise AlertError(f"{connection.connection_id}: no answer ({type(error).__name__})") from None
    if refused:
        raise AlertError(f"{connection.connection_id}: the receiver refused it, code {refused}")


def _refused(answer: bytes) -> int:
    """The error that WeCom and DingTalk (errcode) or Feishu (code) name in an answer of status 200; 0: taken."""
    try:
        found = json.loads(answer)
    except ValueError:
        return 0  # Slack says "ok"
    codes = (found.get(name) for name in ("errcode", "code")) if isinstance(found, dict) else ()
    return next((code for code in codes if isinstance(code, int) and code), 0)
