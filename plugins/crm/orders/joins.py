"""The declaration of files that are read together: ``join`` of a mapping, and arithmetic between columns.

docs/sources.md describes every key; ``joining`` reads the files, ``arithmetic`` does the sums.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from crm.orders.layout import LineNumber, Names, Pattern

#: How the rows of one key become one: texts are joined by ``;``.
Combination = Literal["sum", "min", "max", "first", "join"]


class Join(BaseModel):
    """Another file whose columns are read beside those of the kind's own files, as ``<name>.<column>``.

    ``key``: the column that both have, or {column here: column there}; a column here may be one of an earlier join.
    ``combine``: how several rows of one key become one; without it a key that comes twice refuses the files.
    ``missing``: what happens to a row whose key this file does not have. ``extra``: what happens when this file has
    rows that no row names. ``format``, ``encoding`` and the rest say how it is
    written, where they differ from the kind's own.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    files: Names = Field(min_length=1)
    key: dict[str, str]
    combine: dict[str, Combination] = {}
    missing: Literal["set_aside", "blank", "refuse"] = "set_aside"
    extra: Literal["warn", "ignore", "refuse"] = "warn"
    format: Literal["csv", "parquet", "jsonl", "excel"] | None = None
    encoding: str | None = None
    delimiter: str | None = None
    header_row: Literal["by_name", "none"] | LineNumber | None = None
    footer: Pattern | None = None
    quote: str | None = None
    sheet: Names | None = None

    @field_validator("key", mode="before")
    @classmethod
    def _same_name(cls, value: Any) -> Any:
        if isinstance(value, str):
            return {value: value}
        return {name: name for name in value} if isinstance(value, list) else value

    @model_validator(mode="after")
    def _has_keys(self) -> Join:
        if not self.key:
            raise ValueError("key: name the column that both files have, or {column here: column there}")
        if twice := sorted(self.combine.keys() & set(self.key.values())):
            raise ValueError(f"combine: {', '.join(twice)} is a key, the same in all rows that become one")
        return self

    def reading(self) -> dict[str, Any]:
        """The keys that say how this file is written, where they differ from those of the kind's own files."""
        names = ("format", "encoding", "delimiter", "header_row", "footer", "quote", "sheet")
        own = {name: getattr(self, name) for name in names}
        return {name: value for name, value in own.items() if value is not None}


def prefix(column: str, joins: dict[str, Join]) -> str | None:
    """The join that a column such as ``orders.status`` belongs to, or None."""
    name, dot, _ = column.partition(".")
    return name if dot and name in joins else None


def checked(joins: dict[str, Join]) -> dict[str, Join]:
    """``joins``, if each can be done: names are plain, and keys come from the kind's own files or an earlier join."""
    earlier: list[str] = []
    for name, join in joins.items():
        if not name.isidentifier():
            raise ValueError(f"join.{name}: a name is letters, digits and _; its columns are called <name>.<column>")
        for column in join.key:
            other = prefix(column, joins)
            if other is not None and other not in earlier:
                raise ValueError(f"join.{name}.key: {column} belongs to {other}, which must stand before {name}")
        earlier.append(name)
    return joins
