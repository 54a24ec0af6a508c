"""What all parts of a declaration have in common: a key that nobody knows is refused, with those that there are."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict, model_validator
from pydantic_core import PydanticCustomError

UNKNOWN = "unknown_key"


class DeclarationError(Exception):
    """A declaration cannot be used; the message names the file, the key and what to do.

    ``file`` and ``problems`` (key, what to do) hold the same in parts.
    """

    def __init__(self, message: str, file: str = "", problems: tuple[tuple[str, str], ...] = ()) -> None:
        super().__init__(message)
        self.file, self.problems = file, problems


class Model(BaseModel):
    """A part of a declaration. Fields with ``exclude`` are ours, not keys of the file."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _known_keys(cls, values: Any) -> Any:
        if isinstance(values, dict):
            keys = {field.alias or name: field for name, field in cls.model_fields.items()}
            if unknown := [str(key) for key in values if key not in keys]:
                known = ", ".join(sorted(key for key, field in keys.items() if not field.exclude))
                told = {"keys": ", ".join(unknown), "known": known}
                raise PydanticCustomError(UNKNOWN, "no such key; there are {known}", told)
        return values
