"""Holds a request against SendGrid's published OpenAPI description, and against the rules that it states in words."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

#: Where the published description is wrong, and what the API takes: pointer into the request's schema -> schema.
KNOWN_ERRORS: dict[str, dict[str, Any]] = {
    # typed as a string; the API takes an object of strings, as it does in a personalization
    "custom_args": {"type": "object", "additionalProperties": {"type": "string"}},
}
#: Answers that the description leaves out.
UNDOCUMENTED_STATUS = {429}
#: Fields that the description leaves out of events.
UNDOCUMENTED_EVENT_FIELDS = {"sg_event_id", "sg_machine_open"}

RESERVED_HEADERS = {
    "x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding", "to", "from",
    "subject", "reply-to", "cc", "bcc",
}  # fmt: skip
_ADDRESS = re.compile(r"[^@\s<>,;\"]+@[^@\s<>,;\"]+\.[^@\s<>,;\".]+")
_FILES = "file:///spec/"


class Checker:
    """``spec``: the folder with ``paths`` and ``components``."""

    def __init__(self, spec: Path) -> None:
        described = json.loads((spec / "paths/mail_send/mail_send.json").read_text(encoding="utf-8"))
        described = described["mail_send"]["post"]["requestBody"]["content"]["application/json"]["schema"]
        described["properties"] |= KNOWN_ERRORS
        self._schema = described
        self._validator = Draft202012Validator(
            {"$id": f"{_FILES}paths/mail_send/mail_send.json", **described},
            registry=Registry(retrieve=lambda uri: _file(spec, uri)),
            format_checker=FormatChecker(),
        )

    def problems(self, request: Any) -> list[dict[str, Any]]:
        """What is wrong with a request, as SendGrid words its errors: message, field."""
        found = [
            {"message": error.message[:200], "field": ".".join(map(str, error.absolute_path)) or None}
            for error in self._validator.iter_errors(request)
        ]
        if found:
            return found
        unknown = sorted(set(request) - set(self._schema["properties"]))
        return [*({"message": "unknown field", "field": name} for name in unknown), *rules(request)]


def _file(spec: Path, uri: str) -> Resource[Any]:
    contents = json.loads((spec / uri.removeprefix(_FILES)).read_text(encoding="utf-8"))
    return Resource.from_contents(contents, default_specification=DRAFT202012)


def rules(request: Any) -> Iterator[dict[str, Any]]:
    """What the description says in words, and its schema does not."""
    personalizations = request["personalizations"]
    if not personalizations or sum(len(p["to"]) for p in personalizations) > 1000:
        yield {"message": "1 to 1,000 recipients in a request", "field": "personalizations"}
    if not request["content"]:
        yield {"message": "content is required", "field": "content"}
    known = {"to", "cc", "bcc", "from", "subject", "headers", "substitutions", "custom_args", "send_at"}
    for number, p in enumerate(personalizations):
        where = f"personalizations.{number}"
        for name in sorted(set(p) - known):
            yield {"message": "unknown field", "field": f"{where}.{name}"}
        for index, to in enumerate(p["to"]):
            if not _ADDRESS.fullmatch(to["email"]):
                yield {"message": "does not contain a valid address.", "field": f"{where}.to.{index}.email"}
            if re.search("[,;]", to.get("name", "")):
                yield {"message": "no comma or semicolon in a name", "field": f"{where}.to.{index}.name"}
        for part in ("substitutions", "custom_args", "headers"):
            given = p.get(part, {})
            if not all(isinstance(value, str) for value in given.values()):
                yield {"message": "values must be strings", "field": f"{where}.{part}"}
            elif part != "headers" and sum(len(f"{k}{v}".encode()) for k, v in given.items()) >= 10_000:
                yield {"message": "larger than 10,000 bytes", "field": f"{where}.{part}"}
        if RESERVED_HEADERS & {name.lower() for name in p.get("headers", {})}:
            yield {"message": "a reserved header", "field": f"{where}.headers"}
