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
    """Rows under ``columns`` (separated by |; a leading > aligns to the right)."""
    from rich.table import Table

    made = Table(title=title, title_justify="left", title_style="bold", box=None, padding=(0, 2, 0, 0))
    for column in columns.split("|"):
        made.add_column(column.lstrip(">"), justify="right" if column.startswith(">") else "left", no_wrap=True)
    for row in rows:
        made.add_row(*("" if cell is None else str(cell) for cell in row))
    return made
