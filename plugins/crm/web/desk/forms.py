"""Forms: where they came from, and what they say. Airflow accepts its cookie from a page of anybody's; we do not."""

from __future__ import annotations

from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit

from fastapi import HTTPException, Request

from crm.web import bodies

#: Uploaded lists have a limit of their own.
FORM_BYTES = 65_536
#: A form whose writer is signed out: with a file as large as an uploaded list may be.
KEPT_BYTES = 24 * 1024 * 1024


def same_origin(request: Request) -> None:
    """A dependency of every form.

    Browsers send ``Origin`` with every POST; ``null`` (a sandboxed frame, a redirect) is nobody's.

    :raises HTTPException: 403, unless it came from a page of this server
    """
    # A proxy that ends TLS hands the host on, not the scheme.
    if urlsplit(request.headers.get("origin", "")).netloc != request.headers.get("host"):
        raise HTTPException(403)


async def read(request: Request, at_most: int = FORM_BYTES) -> dict[str, str]:
    """The fields of a form, the last of those that come twice.

    :raises HTTPException: 413, longer than ``at_most`` bytes; 400, no UTF-8
    """
    body = await bodies.read(request, at_most)
    try:
        found = parse_qs(body.decode(), keep_blank_values=True)
    except ValueError:
        raise HTTPException(400) from None
    return {name: values[-1].strip() for name, values in found.items()}


async def kept(request: Request) -> dict[str, list[str]] | None:
    """What a form of ours said, whatever its kind; None of one from elsewhere, or that cannot be read."""
    try:
        same_origin(request)
        if request.headers.get("content-type", "").startswith("multipart/form-data"):
            return (await read_with_file(request, KEPT_BYTES)).fields
        body = await bodies.read(request, FORM_BYTES)
        return parse_qs(body.decode(), keep_blank_values=True)
    except (HTTPException, ValueError):
        return None


@dataclass(frozen=True)
class Posted:
    """A form with a file: every value of every field, without the blanks around it; the bytes of the file."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    file: bytes = b""


async def read_with_file(request: Request, at_most: int) -> Posted:
    """The fields of a multipart form, and its file (the last that is not empty).

    :raises HTTPException: 413, longer than ``at_most`` bytes; 400, no such form, no UTF-8, or NUL among its fields
    """
    from starlette.datastructures import UploadFile
    from starlette.formparsers import MultiPartException, MultiPartParser

    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        raise HTTPException(400)
    stream = bodies.blocks(request, at_most)
    try:
        found = await MultiPartParser(request.headers, stream, max_files=2, max_fields=500).parse()
    except (MultiPartException, ValueError, KeyError):
        raise HTTPException(400) from None
    fields: dict[str, list[str]] = {}
    content = b""
    try:
        for name, value in found.multi_items():
            if isinstance(value, UploadFile):
                content = await value.read() or content
            else:
                fields.setdefault(name, []).append(value.strip())
    finally:
        await found.close()
    if any("\0" in value for values in fields.values() for value in values):
        raise HTTPException(400)
    return Posted(fields, content)
