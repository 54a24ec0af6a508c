"""Registers the CRM's web routes in Airflow. Every Airflow process imports this file: it must cost nothing."""

from __future__ import annotations

from typing import Any

from airflow.plugins_manager import AirflowPlugin


async def open_app(scope: Any, receive: Any, send: Any) -> None:
    """The routes that need no sign-in (crm/web/open_app.py), imported by the first request."""
    from crm.web.open_app import app

    await app(scope, receive, send)


async def desk(scope: Any, receive: Any, send: Any) -> None:
    """The operator's desk (crm/web/desk/app.py), imported by the first request; it acts through Airflow's own app."""
    from crm.web.desk.airflow_calls import AIRFLOW
    from crm.web.desk.app import app

    await app({**scope, AIRFLOW: scope.get("app")}, receive, send)


class CrmPlugin(AirflowPlugin):
    """``/crm``: providers' signed events, unsubscribe links. ``/desk``: the operator's pages, behind the sign-in."""

    name = "crm"
    fastapi_apps = [  # noqa: RUF012 - Airflow's own type
        {"app": open_app, "url_prefix": "/crm", "name": "CRM"},
        {"app": desk, "url_prefix": "/desk", "name": "CRM desk"},
    ]
    # Without a url_route it opens as a page of its own: in Airflow's sandboxed frame no link could lead out again.
    external_views = [{"name": "CRM", "href": "/desk/", "destination": "nav"}]  # noqa: RUF012 - Airflow's own type
