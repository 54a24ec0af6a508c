"""Request bodies, read no further than they may be long."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from fastapi import HTTPException, Request


async def read(request: Request, at_most: int) -> bytes:
    """The body.

    :raises HTTPException: 413, as soon as it is known to be longer than ``at_most`` bytes
    """
    body = bytearray()
    async for block in blocks(request, at_most):
        body += block
    return bytes(body)


async def blocks(request: Request, at_most: int) -> AsyncGenerator[bytes, None]:
    """The body as it comes.

    :raises HTTPException: as ``read``
    """
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > at_most:
        raise HTTPException(413)
    length = 0
    async for block in request.stream():
        length += len(block)
        if length > at_most:
            raise HTTPException(413)
        yield block
