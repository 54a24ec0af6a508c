"""The desk's application: its pages, its headers, and what is shown when something is wrong."""

from __future__ import annotations

import logging
import traceback
from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import RedirectResponse, Response
from starlette.exceptions import HTTPException
from starlette.middleware.base import RequestResponseEndpoint

from crm.business import Business
from crm.web import parts
from crm.web.desk import (
    calendar,
    campaign,
    campaign_runs,
    campaigns,
    customer,
    daily_acts,
    data_docs,
    forms,
    new,
    pages,
    replies,
    results,
    segments,
    today,
    wills,
)

log = logging.getLogger(__name__)

#: No script runs, nothing is loaded from elsewhere, nothing is kept: pages speak of customers.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self' data:; frame-src 'self';"
    " form-action 'self'; base-uri 'none'; frame-ancestors 'self'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "X-Robots-Tag": "noindex, nofollow",
}

app = FastAPI(title="CRM desk", docs_url=None, redoc_url=None, openapi_url=None)
for page in (
    *(today, calendar, campaigns, campaign, campaign_runs, new, results, segments),
    *(customer, wills, replies, data_docs, daily_acts),
):
    app.include_router(page.router)


@app.get("/desk.css")
def style() -> Response:
    """The style sheet: the one thing that needs no sign-in."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return Response(pages.style()[0], media_type="text/css", headers=headers)


@app.exception_handler(HTTPException)
async def _refused(request: Request, error: HTTPException) -> Response:
    """Who is not signed in is sent to Airflow's sign-in and comes back, with the form that was written; everything else
    is said on a page."""
    if error.status_code == 401 and request.method == "GET":
        asked = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        return RedirectResponse(f"{pages.airflow(request)}/api/v2/auth/login?next={quote(asked, safe='')}", 303)
    if error.status_code == 401 and (kept := await forms.kept(request)) is not None:
        return _signed_out(request, kept)
    return _said(request, error.status_code)


def _signed_out(request: Request, kept: dict[str, list[str]]) -> Response:
    """The form as it was sent, to be sent again after the sign-in in another tab; a chosen file is not kept."""
    is_file = request.headers.get("content-type", "").startswith("multipart/")
    return pages.render(
        request,
        "signed_out.html",
        _business(),
        None,
        401,
        page="",
        kept=kept,
        here=f"{pages.base(request)}{request.url.path.removeprefix(pages.base(request))}",
        is_file=is_file,
    )


@app.exception_handler(RequestValidationError)
def _misunderstood(request: Request, error: RequestValidationError) -> Response:
    """A parameter that is none: the framework's answer would quote it."""
    return _said(request, 400)


@app.middleware("http")
async def _answered(request: Request, call_next: RequestResponseEndpoint) -> Response:
    try:
        response = await call_next(request)
    except Exception as error:
        # Its kind and place alone: what an error says may quote a row.
        where = traceback.extract_tb(error.__traceback__)[-1]
        log.error("answered 503: %s at %s:%s", type(error).__name__, where.filename, where.lineno)
        response = _said(request, 503)
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    return response


def _said(request: Request, status: int) -> Response:
    known = status if f"error.{status}" in pages.texts("en") else 400
    phrase = HTTPStatus(status).phrase
    return pages.render(
        request, "error.html", _business(), None, status, page="", said=known, code=status, phrase=phrase
    )


def _business() -> Business:
    """As the pages are given it."""
    found: Business = app.dependency_overrides.get(parts.business, parts.business)()
    return found
