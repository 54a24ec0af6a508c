"""The status words of a file that the mapping does not know, as reasons for which rows are set aside."""

from __future__ import annotations

from crm.orders import values
from crm.orders.arrow import pa, pc

#: More words than this, or longer ones, are no statuses: the mapping names a column of another kind.
_WORDS, _LONGEST = 10, 40


def reasons(said: pa.Array, unknown: pa.Array) -> pa.Array | str:
    """``unknown_status_<word>`` for the rows of the mask ``unknown``, so that a log says what to add to the mapping.

    Without the word where the column may hold names or addresses of people.
    """
    words = pc.unique(said.filter(unknown)).to_pylist()
    others = len(said) - said.null_count - int(pc.sum(unknown).as_py())
    repeat = len(words) == 1 or 2 * len(words) <= int(pc.sum(unknown).as_py())
    if len(words) > _WORDS or not (others or repeat) or any(len(word) > _LONGEST for word in words):
        return "unknown_status"
    return values.translated(
        said, lambda word: f"unknown_status_{word}" if _is_plain(word) else "unknown_status", pa.string()
    )


def _is_plain(word: str) -> bool:
    return "@" not in word and not any(map(str.isdigit, word))
