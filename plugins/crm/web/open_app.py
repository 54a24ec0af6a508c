"""The open app: the only routes of the product that need no sign-in. It imports no Airflow.

``crm_plugin`` mounts it at ``/crm`` of Airflow's API server; ``python -m crm.web`` (or ``uvicorn
crm.web.open_app:app``) runs it alone. Everything else that gets a page belongs into an app of its own, with a sign-in.
"""

from __future__ import annotations

import logging
import traceback

from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse, Response
from starlette.middleware.base import RequestResponseEndpoint
from starlette.types import ASGIApp, Receive, Scope, Send

from crm.web import pages, sendgrid_events, unsubscribe

log = logging.getLogger(__name__)

#: The token is in the address: nobody is told it, nothing is kept, nothing is loaded from elsewhere.
HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": f"default-src 'none'; style-src {pages.style_source()}; form-action 'self';"
    " base-uri 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}

app = FastAPI(title="CRM", docs_url=None, redoc_url=None, openapi_url=None)
app.include_router(sendgrid_events.router)
app.include_router(unsubscribe.router)


@app.get("/health")
def health() -> dict[str, str]:
    """For load balancers: the app answers (the warehouse is not asked)."""
    return {"status": "ok"}


@app.middleware("http")
async def _answered(request: Request, call_next: RequestResponseEndpoint) -> Response:
    """Whatever breaks is answered 503, so that providers repeat and people try again; every answer has the headers."""
    try:
        response = await call_next(request)
    except Exception as error:
        response = _away(request, error)
    response.headers.update(HEADERS)
    return response


class _Unlogged:
    """Servers write the query down when the answer is out (Uvicorn's and Airflow's access logs): by then it is gone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        own = dict(scope)
        if scope["type"] == "http":
            scope["query_string"] = b""
        await self.app(own, receive, send)


app.add_middleware(_Unlogged)


def _away(request: Request, error: Exception) -> Response:
    # Its kind and place alone: what an error says may quote a row.
    where = traceback.extract_tb(error.__traceback__)[-1]
    log.error("answered 503: %s at %s:%s", type(error).__name__, where.filename, where.lineno)
    if request.url.path.endswith(unsubscribe.PATH):
        return pages.unsubscribe("away", pages.preferred(request), None, status=503)
    return PlainTextResponse("temporarily unavailable\n", 503, {"Retry-After": "30"})
