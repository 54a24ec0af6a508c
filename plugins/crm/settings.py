"""Connection ids and paths. Nothing is read at import; every path can be moved by the environment."""

from __future__ import annotations

import os
from pathlib import Path

#: Airflow connections. Secrets live only there.
WAREHOUSE_CONNECTION = "crm_warehouse"
ORDERS_CONNECTION = "crm_orders"
SENDGRID_CONNECTION = "crm_sendgrid"
AWS_CONNECTION = "crm_aws"
LINKS_CONNECTION = "crm_links"
ALERTS_CONNECTION = "crm_alerts"
#: Airflow's own database, which tasks do not reach by themselves: for housekeeping alone.
AIRFLOW_DATABASE_CONNECTION = "crm_airflow_database"

PROJECT = Path(__file__).resolve().parents[2]
INCLUDE = PROJECT / "include"
SQL = INCLUDE / "sql"
SOURCES = INCLUDE / "sources"
EXPERIMENTS = INCLUDE / "experiments"
CAMPAIGNS = INCLUDE / "campaigns"
CALENDARS = INCLUDE / "calendars"
TEMPLATES = INCLUDE / "templates"


def home() -> Path:
    """Folder of every run-time file: ``$CRM_HOME``, else ``.crm`` in the clone."""
    return Path(os.environ.get("CRM_HOME") or PROJECT / ".crm").resolve()


def landing() -> str:
    """Where deliveries arrive, a folder or ``s3://bucket/prefix``: ``$CRM_LANDING``, else ``landing`` in the home."""
    return os.environ.get("CRM_LANDING") or str(home() / "landing")


def outbox() -> Path:
    """Folder into which the outbox provider writes its messages."""
    return Path(os.environ.get("CRM_OUTBOX") or home() / "outbox")


def plans() -> Path:
    """Folder of the decisions of dry runs."""
    return home() / "plans"


def reports() -> Path:
    """Folder of the reports, one folder for each business date."""
    return home() / "reports"


def data_docs() -> Path:
    """Folder of Great Expectations' Data Docs."""
    return home() / "data_docs"


def campaigns() -> Path:
    """Folder of the campaign declarations: ``$CRM_CAMPAIGNS``, else ``include/campaigns``."""
    return Path(os.environ.get("CRM_CAMPAIGNS") or CAMPAIGNS)


def own_campaigns() -> Path:
    """Folder of the campaigns that were made at the desk; every process of Airflow reads it, the API server writes."""
    return home() / "campaigns"


def calendars() -> Path:
    """Folder of festivals.yaml and seasons.yaml: ``$CRM_CALENDARS``, else ``include/calendars``."""
    return Path(os.environ.get("CRM_CALENDARS") or CALENDARS)
