"""How a file is laid out: its quotes, the line of its header, its sheets, the lines that are no records."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

#: Keys that ``orders.customer`` takes over from ``orders``: both read the same files.
SHARED = ("quote", "header_row", "footer")


def _regular(value: str) -> str:
    """A regular expression as RE2 knows them: no look-around, no back references."""
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        pc.match_substring_regex(pa.array([""]), value)
    except pa.ArrowInvalid as error:
        raise ValueError(f"{value!r} is no regular expression (RE2): {error}") from None
    return value


def _position(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _several(value: object) -> object:
    return value if isinstance(value, list | tuple) else (value,)


#: The name of a column; a whole number is its position in a file without a header.
ColumnName = Annotated[str, BeforeValidator(_position)]
Names = Annotated[tuple[ColumnName, ...], BeforeValidator(_several)]
Pattern = Annotated[str, AfterValidator(_regular)]
LineNumber = Annotated[int, Field(ge=1, strict=True)]


class Layout(BaseModel):
    """``quote``: the sign around texts of a CSV, or ``none``: quotes are characters like any other.

    ``header_row``: line of the file (row of the sheet) with the column names, from 1; ``by_name``: the first of the
    first 100 that has the mapped columns; ``none``: there is no header, columns are mapped by their position. Default:
    the first line that is not blank. ``footer``: rows whose first cell matches (RE2) are no records.
    ``sheet``: a sheet of a workbook, or several that are read one after the other; ``*`` = all.
    Default: the first.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    quote: Literal["none"] | Annotated[str, Field(min_length=1, max_length=1)] = '"'
    header_row: Literal["by_name", "none"] | LineNumber | None = None
    footer: Pattern | None = None
    sheet: Names = ()
