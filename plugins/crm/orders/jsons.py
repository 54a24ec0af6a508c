"""JSON files: one object per line, or one array of objects, however it is broken into lines."""

from __future__ import annotations

import codecs
import io
import json
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from crm.orders import delimited, encoded
from crm.orders.arrow import pa
from crm.orders.frames import Broken, Frame, Reading, SourceError

#: Characters of an array that are read at a time, and the longest object.
_BLOCK, _LONGEST = 1 << 18, 1 << 26
_BLANK = " \t\r\n"


class _TwiceError(Exception):
    """A key that the mapping reads is in an object twice."""


class _Record(NamedTuple):
    """``value``: any JSON value; None with ``broken``: the text of a line that is no JSON."""

    number: int
    value: Any
    broken: str | None = None


def frames(reading: Reading, source: BinaryIO) -> Iterator[Frame]:
    """Numbers stay as they are written, so nothing is rounded on the way. Nested objects become ``outer.inner``.

    :raises SourceError: neither lines nor an array of objects; a key that is there twice; undecodable bytes
    """
    stream = encoded.stream(reading, source)
    try:
        head = stream.peek(encoded.HEAD).lstrip(_BLANK.encode())
        records = _array(reading, stream) if head.startswith(b"[") else _lines(reading, stream)
        first = True
        while block := list(islice(records, delimited.ROWS)):
            frame = _frame(reading, block)
            if first and not len(frame):
                advice = "write one object per line, or one array of objects"
                raise reading.error("holds no JSON objects that are records", advice)
            first = False
            yield frame
    except ValueError as error:
        if not encoded.is_undecodable(error):
            raise
        raise encoded.undecodable(reading, encoded.bad_line(reading, source) or "") from None


def _lines(reading: Reading, stream: io.BufferedReader[Any]) -> Iterator[_Record]:
    loads = _decoder(reading).decode
    lines = (line for line in stream if line.strip(_BLANK.encode()))
    for number, line in enumerate(lines, 1):
        text = line.decode()
        try:
            yield _Record(number, loads(text))
        except json.JSONDecodeError:
            yield _Record(number, None, text)
        except _TwiceError as error:
            raise _twice(reading, number, str(error)) from None


def _array(reading: Reading, stream: io.BufferedReader[Any]) -> Iterator[_Record]:
    """The elements of an array, a block of the file at a time."""
    text = _Text(stream)
    text.take("[")
    number = 0
    if text.next() == "]":
        text.take("]")
    else:
        decode = _decoder(reading).raw_decode
        while number == 0 or text.next() == ",":
            number += 1
            if number > 1:
                text.take(",")
            try:
                yield _Record(number, text.value(decode))
            except json.JSONDecodeError:
                advice = "deliver it whole, or write one object per line"
                raise reading.error(f"has no JSON at record {number} of its array", advice) from None
            except _TwiceError as error:
                raise _twice(reading, number, str(error)) from None
        if text.next() != "]":
            raise reading.error(f"breaks off after record {number} of its array", "deliver it whole")
        text.take("]")
    if text.next():
        raise reading.error(f"goes on after the array of {number} records", "write one array, or one object per line")


class _Text:
    """The characters of a file, of which the ones that were taken are forgotten."""

    def __init__(self, stream: io.BufferedReader[Any]) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder("utf-8")("strict")
        self._text, self._at, self._ended = "", 0, False

    def _more(self) -> bool:
        """Read on; False at the end of the file."""
        if self._ended:
            return False
        block = self._stream.read(_BLOCK)
        self._ended = not block
        self._text = self._text[self._at :] + self._decoder.decode(block, final=not block)
        self._at = 0
        return not self._ended

    def next(self) -> str:
        """The next character that is not blank, which stays; at the end of the file an empty text."""
        while True:
            while self._at < len(self._text) and self._text[self._at] in _BLANK:
                self._at += 1
            if self._at < len(self._text) or not self._more():
                return self._text[self._at : self._at + 1]

    def take(self, wanted: str) -> None:
        assert self.next() == wanted
        self._at += 1

    def value(self, decode: Callable[[str, int], tuple[Any, int]]) -> Any:
        """The next JSON value."""
        self.next()
        while True:
            try:
                value, end = decode(self._text, self._at)
            except json.JSONDecodeError:
                if len(self._text) - self._at > _LONGEST or not self._more():
                    raise
                continue
            # A number that ends with the block may go on in the next one.
            if end < len(self._text) or not self._more():
                self._at = end
                return value


def _decoder(reading: Reading) -> json.JSONDecoder:
    """Numbers as they are written; a key twice in one object is an error where the mapping reads it."""
    read = {part for name in reading.block.every_name() for part in name.split(".")}

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs) and (again := _repeated(pairs) & (read | reading.block.every_name())):
            raise _TwiceError(min(again))
        return found

    def as_declared(number: str) -> str:
        # A typed number is never a matter of custom: it is written as the mapping reads texts.
        return number.replace(".", reading.block.amounts.decimal)

    return json.JSONDecoder(parse_float=as_declared, parse_int=str, parse_constant=str, object_pairs_hook=unique)


def _repeated(pairs: list[tuple[str, Any]]) -> set[str]:
    keys = [key for key, _ in pairs]
    return {key for key in keys if keys.count(key) > 1}


def _twice(reading: Reading, number: int, key: str) -> SourceError:
    return reading.error(f"has two keys {key} in record {number}", "rename one of them")


def _frame(reading: Reading, block: list[_Record]) -> Frame:
    rows: list[dict[str, str | None]] = []
    numbers: list[int] = []
    broken: list[Broken] = []
    for number, value, text in block:
        if isinstance(value, dict):
            rows.append(_row(reading, number, value))
            numbers.append(number)
        else:
            broken.append(Broken(number, "not_json", json.dumps(value) if text is None else text))
    names = list(dict.fromkeys(name for row in rows for name in row))
    columns = {name: pa.array([row.get(name) for row in rows], pa.string()) for name in names}
    return Frame(columns, pa.array(numbers, pa.int64()), broken)


def _row(reading: Reading, number: int, value: dict[str, Any]) -> dict[str, str | None]:
    pairs = list(_flat(value))
    row = dict(pairs)
    if len(row) < len(pairs) and (again := _repeated(pairs) & reading.block.every_name()):
        raise _twice(reading, number, min(again))
    return row


def _flat(row: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, str | None]]:
    for key, value in row.items():
        name = prefix + key
        if isinstance(value, dict):
            yield from _flat(value, f"{name}.")
        elif isinstance(value, list):
            plain = all(isinstance(item, str) for item in value)
            yield name, _sound(";".join(value) if plain else json.dumps(value, ensure_ascii=False))
        elif isinstance(value, bool):
            yield name, "true" if value else "false"
        else:
            yield name, None if value is None else _sound(value)


def _sound(text: str) -> str:
    """Without half surrogate pairs, which JSON can spell and no database stores."""
    return text.encode("utf-8", "replace").decode()
