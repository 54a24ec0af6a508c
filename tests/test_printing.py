"""Tables that people read on a terminal: words give way, figures do not."""

from __future__ import annotations

import io

from rich.console import Console

from crm import printing


def test_where_a_row_is_too_wide_words_are_wrapped_and_no_figure_is_cut():
    words, figure = "contacted lately (frequency cap) " * 5, "+1,599 [-6,057, +9,255]"
    out = Console(file=io.StringIO(), width=printing.WIDTH, highlight=False)
    rows = [["thanksgiving", figure, figure, words, figure], ["", None, 1, "a" * 200, ""]]
    out.print(printing.table("", "campaign|>brought|>claimed by counting|most were left out for|>in all", rows))
    text = out.file.getvalue()
    assert text.count(figure) == 3
    assert "claimed by counting" in text
    assert "…" not in text
    assert text.count("a" * 20) >= 5
    assert all(len(line) <= printing.WIDTH for line in text.splitlines())
