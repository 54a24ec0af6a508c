"""YAML as people write it, read in one way everywhere: nothing is taken for something else than what is written.

Numbers are decimal (``00123``, ``0o17`` and ``12:30`` are texts), ``true`` and ``false`` alone are truths (``NO`` is a
text), dates are texts, and a key stands once. This is YAML 1.2's core schema without what loses leading zeros. Merge
keys (``<<``) are kept. docs/extending.md says it to those who write such files.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Hashable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import yaml

#: PyYAML's parser in C where it is there: every DAG file reads every declaration.
_Base: type[yaml.SafeLoader] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
#: Ends a declaration that YAML 1.1, by which declarations were read before, would read in another way.
MARK = "# Read by the rules of YAML 1.2.\n"
_TAG = "tag:yaml.org,2002:"


class YamlError(ValueError):
    """A file cannot be read; the message names the file, the line, the key, and what to do."""


class _Strict(_Base):  # type: ignore[misc, valid-type]
    """The constructors and resolvers below are all that it knows."""

    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Hashable, Any]:
        self._once(node)
        found: dict[Hashable, Any] = super().construct_mapping(node, deep=deep)
        return found

    def flatten_mapping(self, node: yaml.MappingNode) -> None:
        self._once(node)
        super().flatten_mapping(node)

    @staticmethod
    def _once(node: yaml.MappingNode) -> None:
        """Before merged keys come in, which may be written anew."""
        if getattr(node, "checked", False):
            return
        node.checked = True  # type: ignore[attr-defined]
        seen: dict[tuple[str, str], int] = {}
        for key, _ in node.value:
            named = (key.tag, key.value if isinstance(key, yaml.ScalarNode) else str(id(key)))
            if named in seen:
                what = f"{key.value} stands twice, first in line {seen[named]}: keep one"
                raise yaml.constructor.ConstructorError(None, None, what, key.start_mark)
            seen[named] = key.start_mark.line + 1


_TYPES: dict[str, tuple[str, str, Any]] = {
    "null": (r"~|null|Null|NULL|", "~nN", lambda loader, node: None),
    "bool": ("true|True|TRUE|false|False|FALSE", "tTfF", lambda loader, node: node.value.lower() == "true"),
    "int": ("-?(0|[1-9][0-9]*)", "-0123456789", lambda loader, node: int(node.value)),
    "float": (r"-?(0|[1-9][0-9]*)\.[0-9]+", "-0123456789", lambda loader, node: float(node.value)),
    "str": ("(?!)", "", lambda loader, node: loader.construct_scalar(node)),
}
_Strict.yaml_constructors = {
    None: yaml.SafeLoader.construct_undefined,
    f"{_TAG}map": yaml.SafeLoader.construct_yaml_map,
    f"{_TAG}seq": yaml.SafeLoader.construct_yaml_seq,
}
for _name, (_written, _first, _make) in _TYPES.items():
    _Strict.yaml_constructors[_TAG + _name] = _make
    _letters = [*_first, ""] if _name == "null" else list(_first)
    _Strict.add_implicit_resolver(_TAG + _name, re.compile(f"^(?:{_written})$"), _letters)
_Strict.add_implicit_resolver(f"{_TAG}merge", re.compile("^<<$"), ["<"])


def parse(text: str, file: str) -> Any:
    """What ``text`` holds: mappings, lists, texts, numbers, truths, None.

    :raises YamlError: names ``file``, the line and what is wrong
    """
    try:
        return yaml.load(text, _Strict)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        where = f"line {mark.line + 1}: " if mark else ""
        raise YamlError(f"{file}: not readable as YAML: {where}{error.problem or error.context}") from None
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        raise YamlError(f"{file}: not readable as YAML: {error}") from None


def read(file: Path) -> Any:
    """What a file (UTF-8) holds.

    :raises YamlError: it cannot be opened, is no UTF-8 or no YAML
    """
    return parse(text_of(file), str(file))


def text_of(file: Path) -> str:
    """The text of a file.

    :raises YamlError: it cannot be opened, or is no UTF-8
    """
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise YamlError(f"{file}: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise YamlError(f"{file}: not readable as UTF-8: {error}; save it as UTF-8") from None


def as_written(text: str) -> Any:
    """The same with every value as text, as it stands in the file."""
    return yaml.load(text, yaml.BaseLoader)


def frozen(body: str | None) -> Any:
    """What a declaration that the warehouse keeps holds, as it was read when it was kept: with ``MARK`` by the rules of
    today, else by those of YAML 1.1. None where there is none."""
    if MARK in (body or ""):
        return parse(body or "", "crm.declaration")
    return yaml.load(body or "", _Base)


def marked(body: str) -> str:
    """``body``, which ``parse`` can read, with ``MARK`` at its end where YAML 1.1 reads something else."""
    if MARK in body:
        return body
    try:
        before = yaml.load(body, _Base)
    except (yaml.YAMLError, ValueError):
        before = yaml.YAMLError
    return body if _plain(before) == _plain(parse(body, "")) else f"{body.rstrip()}\n{MARK}"


def _plain(value: Any) -> Any:
    """Comparable with what the other rules made of the same text: 1 is not true, a date is its text."""
    if isinstance(value, dict):
        return [(_plain(key), _plain(each)) for key, each in value.items()]
    if isinstance(value, list):
        return [_plain(each) for each in value]
    if isinstance(value, datetime.date):
        return "text", value.isoformat()
    if isinstance(value, str):
        return "text", value
    return type(value).__name__, repr(value)


def at(text: str, place: Sequence[str | int]) -> str:
    """`` (line 12)``: where in ``text`` the value of a place (``("occasions", 0, "lead_days")``) stands, or what is
    nearest to it; "" where nothing is."""
    node = yaml.compose(text, _Strict)
    line = None
    for part in place:
        found = _inside(node, part)
        if found is None:
            continue  # a part that a model adds, e.g. the kind of a union
        line, node = found
    return "" if line is None else f" (line {line + 1})"


def _inside(node: Any, part: str | int) -> tuple[int, Any] | None:
    if isinstance(node, yaml.SequenceNode):
        number = int(part) if str(part).isdigit() else -1
        each = node.value[number] if 0 <= number < len(node.value) else None
        return each and (each.start_mark.line, each)
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        if key.value == str(part):
            return key.start_mark.line, value
    return None


def problems(text: str, errors: Iterable[Mapping[str, Any]]) -> list[str]:
    """What pydantic found in the content of ``text``, each with its key and line."""
    return [f"{'.'.join(map(str, each['loc'])) or 'file'}: {advice(each)}{at(text, each['loc'])}" for each in errors]


def advice(error: Mapping[str, Any]) -> str:
    """The sentence of one of pydantic's errors; a number or a truth where a text is asked needs quotes."""
    if error["type"] == "string_type" and isinstance(error["input"], bool | int | float):
        return f'{error["input"]} is no text here: put it in quotes, as it is to be read, e.g. "{error["input"]}"'
    return str(error["msg"]).removeprefix("Value error, ")
