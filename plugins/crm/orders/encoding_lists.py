"""Several encodings of one kind of file: the first that the whole file is written in, never the most likely one."""

from __future__ import annotations

import codecs
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from crm.orders.frames import Reading

_BLOCK = 1 << 20


def settled(reading: Reading, source: BinaryIO) -> Reading:
    """``reading`` in the encoding of the file, where the mapping names several.

    :param source: seekable; it is read to its end and stands at its beginning afterwards
    :raises SourceError: it is of none of them
    """
    encodings = reading.block.encodings
    if not encodings:
        return reading
    for encoding in encodings:
        if is_of(source, encoding):
            # Counted among the warnings, so that whoever loads the file sees in which one it was read.
            reading.warnings[f"file_in_{encoding}"] += 1
            return replace(reading, block=reading.block.model_copy(update={"encoding": encoding, "encodings": ()}))
    place = _furthest(reading, source)
    key = reading.key("encoding")
    advice = f"correct it there, or add its encoding to {key} of the mapping {reading.mapping.name!r}"
    raise reading.error(f"is neither {' nor '.join(encodings)}{place}", advice)


def _furthest(reading: Reading, source: BinaryIO) -> str:
    """Where the encoding that fits longest fails: one bad byte in a file that is of it otherwise."""
    from crm.orders import encoded  # which needs the mapping, which needs this module

    places = {}
    for encoding in reading.block.encodings:
        block = reading.block.model_copy(update={"encoding": encoding})
        source.seek(0)
        if found := encoded.bad_place(replace(reading, block=block), source):
            places[encoding] = found
        source.seek(0)
    if not places:
        return ""
    encoding = max(places, key=lambda name: places[name][:2])
    line, position, what = places[encoding]
    return f": as {encoding}, line {line}, character {position} holds {what}"


def is_of(source: BinaryIO, encoding: str) -> bool:
    """Whether every byte of the file is of the encoding."""
    decoder = codecs.getincrementaldecoder(encoding)("strict")
    source.seek(0)
    try:
        while block := source.read(_BLOCK):
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    finally:
        source.seek(0)
    return True


def fits_everything(encoding: str) -> bool:
    """Whether any bytes are of the encoding, so that nothing that is tried after it is ever tried."""
    try:
        bytes(range(256)).decode(encoding)
    except UnicodeDecodeError:
        return False
    return True
