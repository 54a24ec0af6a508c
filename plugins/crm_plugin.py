"""Registers the CRM's web routes in Airflow. Every Airflow process imports this file: it must cost nothing."""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin


async def open_app(scope: Any, receive: Any, send: Any) -> None:
    """The routes that need no sign-in (crm/web/open_app.py), imported by the first request."""
    from crm.web.open_app import app

    await app(scope, receive, send)


class CrmPlugin(AirflowPlugin):
    """``/crm``: providers' signed events, unsubscribe links."""

    name = "crm"
    fastapi_apps = [{"app": open_app, "url_prefix": "/crm", "name": "CRM"}]  # noqa: RUF012 - Airflow's own type
