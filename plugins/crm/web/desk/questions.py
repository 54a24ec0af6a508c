"""The question that a run asks before it sends, as it was frozen: Markdown, shown without its power."""

from __future__ import annotations

import functools
from typing import Any


def html(body: str) -> str:
    """``body`` (Markdown with tables) as HTML: HTML within it is text, and nothing in it loads or leads away."""
    found: str = _reader().render(body)
    return found


@functools.cache
def _reader() -> Any:
    from markdown_it import MarkdownIt

    reader = MarkdownIt("commonmark", {"html": False}).enable("table")
    return reader.disable(["image", "link", "autolink", "html_block", "html_inline"])
