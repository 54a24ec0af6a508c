"""What was measured, as a table for people."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

median = statistics.median


@dataclass(frozen=True)
class Row:
    """One ratio and its bound; ``note``: the figures it is made of. A row without a ratio only informs."""

    what: str
    note: str
    ratio: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    aim: str = ""

    @property
    def bound(self) -> str:
        if self.at_least is not None:
            return f"≥ {self.at_least:g}"
        return f"≤ {self.at_most:g}" if self.at_most is not None else ""

    @property
    def holds(self) -> bool:
        if self.ratio is None:
            return True
        if self.at_least is not None:
            return self.ratio >= self.at_least
        return self.at_most is None or self.ratio <= self.at_most

    def cells(self) -> tuple[str, str, str, str, str]:
        ratio = "" if self.ratio is None else f"{self.ratio:.3g}"
        verdict = "" if not self.bound else "yes" if self.holds else "NO"
        bound = self.bound + (f" (aim {self.aim})" if self.aim else "")
        return self.what, self.note, ratio, bound, verdict


HEADINGS = ("what", "figures", "ratio", "bound", "holds")


def markdown(rows: Sequence[Row]) -> str:
    lines = [" | ".join(HEADINGS), " | ".join("---" for _ in HEADINGS), *(" | ".join(row.cells()) for row in rows)]
    return "\n".join(f"| {line} |" for line in lines)


def show(title: str, rows: Sequence[Row]) -> None:
    """Print the rows as an aligned table."""
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left")
    for heading in HEADINGS:
        table.add_column(heading, justify="right" if heading == "ratio" else "left")
    for row in rows:
        table.add_row(*row.cells())
    Console(width=150).print(table)
