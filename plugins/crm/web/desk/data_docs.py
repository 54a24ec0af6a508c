"""Great Expectations' Data Docs of a delivery: counts, never values. Shown as they are; no script of theirs runs."""

from __future__ import annotations

import datetime

from fastapi import APIRouter, HTTPException
from fastapi.responses import FileResponse

from crm import settings
from crm.web.desk.access import Reader

router = APIRouter()

#: Their pages carry styles of their own; the frame keeps scripts, forms and everything of elsewhere out.
POLICY = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; sandbox"
PATH = "/data-docs/"


def latest(business_date: str) -> str | None:
    """The path within the desk of the last Data Docs of a business date (ISO); None where this machine has none."""
    folder = settings.data_docs() / datetime.date.fromisoformat(business_date).isoformat()
    found = sorted(folder.glob("*/index.html"), key=lambda file: (file.stat().st_mtime, file.parent.name))
    return PATH + found[-1].relative_to(settings.data_docs()).as_posix() if found else None


@router.get(PATH + "{path:path}")
def show(path: str, person: Reader) -> FileResponse:
    """One file of the Data Docs."""
    root = settings.data_docs().resolve()
    file = (root / path).resolve()
    if not file.is_relative_to(root) or not file.is_file():
        raise HTTPException(404)
    return FileResponse(file, headers={"Content-Security-Policy": POLICY})
