"""Text files of any encoding as UTF-8, and the place of what is not of it."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from crm.orders.frames import Reading, SourceError

#: Bytes that are read ahead: the header must be among them.
HEAD = 1 << 20
#: Stands for what cannot be decoded; no encoding can yield it.
_MARK = "\ud800"
_UTF8 = ("utf-8", "utf-8-sig")

codecs.register_error("crm_mark", lambda error: (_MARK, error.end))  # type: ignore[attr-defined]


class _Utf8(io.RawIOBase):
    """A byte stream in another encoding, read as UTF-8."""

    def __init__(self, source: BinaryIO, encoding: str) -> None:
        self._source = source
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            block = self._source.read(1 << 18)
            self._rest = self._decoder.decode(block, final=not block).encode()
            if not block:
                break
        count = min(len(buffer), len(self._rest))
        buffer[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


class _NoNul(io.RawIOBase):
    """Refuses NUL bytes, which PostgreSQL's text cannot hold: the sign of UTF-16 or of no text at all."""

    def __init__(self, source: Any) -> None:
        self._source = source

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        block = self._source.read(len(buffer))
        if b"\0" in block:
            raise ValueError("NUL bytes")
        buffer[: len(block)] = block
        return len(block)


def stream(reading: Reading, source: BinaryIO) -> io.BufferedReader[Any]:
    """The file as UTF-8 without a byte order mark. Reading raises ValueError where it is not of its encoding."""
    encoding = _encoding(reading, source)
    read = source if encoding in _UTF8 else io.BufferedReader(_Utf8(source, encoding))
    buffered = io.BufferedReader(_NoNul(read), HEAD)
    if buffered.peek(3).startswith(codecs.BOM_UTF8):
        buffered.read(3)
    return buffered


def _encoding(reading: Reading, source: BinaryIO) -> str:
    """A byte order mark says more surely than any mapping what the file is."""
    source.seek(0)
    marked = source.read(3) == codecs.BOM_UTF8
    source.seek(0)
    return "utf-8-sig" if marked else reading.block.encoding


def is_undecodable(error: Exception) -> bool:
    """True where ``error`` came of bytes that are not of the encoding, in this module or in Arrow."""
    return isinstance(error, UnicodeDecodeError) or any(w in str(error) for w in ("UTF8", "utf8", "NUL bytes"))


def undecodable(reading: Reading, place: str) -> SourceError:
    """The refusal of a file with bytes that are not of its encoding; ``place`` names row and column."""
    return reading.error(
        f"is not {reading.block.encoding}{place}",
        f"correct it there, or set {reading.key('encoding')} of the mapping {reading.mapping.name!r} "
        "(gb18030, latin-1, utf-8 …)",
    )


def bad_record(
    reading: Reading, source: BinaryIO, dialect: dict[str, Any], names: list[str], header_lines: int
) -> str | None:
    """Row, column and line of the first bytes that are not of the encoding; None where there are none.

    :param header_lines: lines of the file up to the header, the header among them
    """
    with _marked(reading, source) as text:
        before = 0
        for line in range(1, header_lines + 1):
            if what := _what(text.readline()):
                return f": line {line} holds {what}"
            before = line
        records = csv.reader(text, **dialect)
        row = 0
        try:
            for cells in records:
                row += bool(cells)
                for position, cell in enumerate(cells):
                    if what := _what(cell):
                        name = names[position] if position < len(names) else f"column {position + 1}"
                        return f": row {row}, column {name} (line {before + records.line_num}) holds {what}"
        except csv.Error:
            return bad_line(reading, source)
    return None


def bad_line(reading: Reading, source: BinaryIO) -> str | None:
    """The place of the first bytes that are not of the encoding, in words; None where there are none."""
    if not (place := bad_place(reading, source)):
        return None
    line, position, what = place
    return f": line {line}, character {position} holds {what}"


def bad_place(reading: Reading, source: BinaryIO) -> tuple[int, int, str] | None:
    """Line and character, from 1, of the first bytes that are not of the encoding, and what they are."""
    with _marked(reading, source) as text:
        for number, line in enumerate(text, 1):
            if what := _what(line):
                position = min(p for p in (line.find(_MARK), line.find("\0")) if p >= 0)
                return number, position + 1, what
    return None


def _what(text: str) -> str | None:
    if "\0" in text:
        return "NUL bytes, as UTF-16 does"
    return "bytes that are no character of it" if _MARK in text else None


def head(reading: Reading, source: BinaryIO) -> str:
    """The first characters of the file, with marks for what cannot be decoded."""
    with _marked(reading, source) as text:
        return text.read(HEAD).removeprefix("\ufeff")


@contextmanager
def _marked(reading: Reading, source: BinaryIO) -> Iterator[io.TextIOWrapper]:
    """The file from its start once more, with marks for what cannot be decoded."""
    encoding = _encoding(reading, source)
    text = io.TextIOWrapper(source, encoding, errors="crm_mark", newline="")
    try:
        yield text
    finally:
        text.detach()
