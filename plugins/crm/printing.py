"""Aligned tables for people, on a terminal or in a task's log."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

WIDTH = 132


def console() -> Console:
    """Standard output, wide enough for the tables when it is no terminal."""
    from rich.console import Console

    width = max(shutil.get_terminal_size().columns, WIDTH) if sys.stdout.isatty() else WIDTH
    return Console(width=width, highlight=False, soft_wrap=False)


def table(title: str, columns: str, rows: Iterable[Iterable[object]]) -> Table:
    """Rows under ``columns`` (separated by |; a leading > aligns to the right).

    Where a row is too wide, words (aligned to the left) are wrapped; figures (to the right) are never cut.
    """
    from rich.table import Table

    cells = [["" if cell is None else str(cell) for cell in row] for row in rows]
    made = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for number, column in enumerate(columns.split("|")):
        header, is_figure = column.lstrip(">"), column.startswith(">")
        whole = max(map(len, [header, *(row[number] for row in cells if len(row) > number)]))
        width = {"no_wrap": True, "min_width": whole} if is_figure else {"overflow": "fold"}
        made.add_column(header, justify="right" if is_figure else "left", **width)
    for row in cells:
        made.add_row(*row)
    return made
