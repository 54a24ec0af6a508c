"""Request bodies, read no further than they may be long."""

from __future__ import annotations

from fastapi import HTTPException, Request


async def read(request: Request, at_most: int) -> bytes:
    """The body.

    :raises HTTPException: 413, as soon as it is known to be longer than ``at_most`` bytes
    """
    told = request.headers.get("content-length", "")
    if told.isdecimal() and int(told) > at_most:
        raise HTTPException(413)
    body = bytearray()
    async for block in request.stream():
        body += block
        if len(body) > at_most:
            raise HTTPException(413)
    return bytes(body)
