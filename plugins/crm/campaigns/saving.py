"""Save a campaign that was made at the desk: one file of ``$CRM_HOME/campaigns``, whole, never over another."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from crm import settings
from crm.campaigns import declarations

if TYPE_CHECKING:
    from crm.campaigns.declarations import Declaration


def path(campaign: str) -> Path:
    """Where the campaign of that name is saved. The name is one that ``declarations`` takes: no path."""
    return settings.own_campaigns() / f"{campaign}.yaml"


def taken(campaign: str) -> bool:
    """Whether a file of one of the folders declares the campaign, or has its name."""
    found = declarations.read()
    names = {each.campaign for each in found.usable} | {Path(refusal.file).stem for refusal in found.refused}
    return campaign in names or any(
        (folder / f"{campaign}.yaml").exists() for folder in (settings.campaigns(), settings.own_campaigns())
    )


def save(declared: Declaration) -> Path:
    """Write the text of ``declared``; Airflow makes a DAG of it when it next looks.

    :raises FileExistsError: there is a campaign of that name
    """
    file = path(declared.campaign)
    file.parent.mkdir(parents=True, exist_ok=True)
    if taken(declared.campaign):
        raise FileExistsError(file)
    handle, unfinished = tempfile.mkstemp(dir=file.parent, prefix=f".{declared.campaign}.", suffix=".unfinished")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as out:
            out.write(declared.body)
            out.flush()
            os.fsync(out.fileno())
        # Other processes of Airflow may run under another user of the same group.
        os.chmod(unfinished, 0o644)
        os.link(unfinished, file)  # unlike a rename it never replaces a file that came meanwhile
    finally:
        os.unlink(unfinished)
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    return file
