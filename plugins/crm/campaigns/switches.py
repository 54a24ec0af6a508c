"""Which campaigns are on: what an operator switched at the desk, else the settings, else the declaration itself.

A switch is a small file beside the desk's own campaigns, ``$CRM_HOME/campaigns/<campaign>.switch``, which every process
of Airflow reads. The campaigns that are shipped say ``enabled: false``: nobody writes to a new shop's customers before
somebody of the shop switched them on.
"""

from __future__ import annotations

import datetime
import json
import os
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from crm import settings

if TYPE_CHECKING:
    from crm.business import Business
    from crm.campaigns.declarations import Declaration


@dataclass(frozen=True)
class Switch:
    """What an operator said; ``at``: ISO, with its zone."""

    enabled: bool
    by: str
    at: str


class SwitchError(Exception):
    """A switch cannot be read; the message names the file and what to do."""


def path(campaign: str) -> Path:
    """The file of a campaign's switch."""
    return settings.own_campaigns() / f"{campaign}.switch"


def read(campaign: str) -> Switch | None:
    """What an operator said last about the campaign; None: nobody has.

    :raises SwitchError: names the file
    """
    file = path(campaign)
    try:
        said = json.loads(file.read_text(encoding="utf-8"))
        return Switch(bool(said["enabled"]), str(said["by"]), str(said["at"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError):
        raise SwitchError(f"{file}: cannot be read; delete it and switch the campaign at the desk again") from None


def turn(campaign: str, *, enabled: bool, by: str, at: datetime.datetime) -> None:
    """Switch the campaign on or off; the last word counts. What is decided already goes its way."""
    file, said = path(campaign), Switch(enabled, by, at.isoformat())
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=file.parent, prefix=f".{campaign}.", suffix=".unfinished")
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        json.dump(asdict(said), out, ensure_ascii=False)
        out.flush()
        os.fsync(out.fileno())
    # Other processes of Airflow may run under another user of the same group.
    os.chmod(unfinished, 0o644)
    os.replace(unfinished, file)


def is_on(declared: Declaration, business: Business) -> bool:
    """Whether the campaign runs on its dates. A switch that cannot be read is off: nobody is written to by mistake."""
    try:
        switch = read(declared.campaign)
    except SwitchError:
        return False
    if switch is not None:
        return switch.enabled
    return declared.enabled or declared.campaign in business.campaigns_on
