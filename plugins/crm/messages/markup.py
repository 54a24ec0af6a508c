"""HTML of e-mails: personal values stand only where they are harmless, and CSS is inlined.

Many mail programs know no ``<style>``. What cannot be inlined (media queries, dark mode, ``:hover``) stays in it.
"""

from __future__ import annotations

import functools
from html.parser import HTMLParser
from typing import Any

from crm.messages import personal

#: The only values that may stand in an attribute, as the whole of it.
ADDRESSES = {personal.token(name, "html") for name in ("link", "unsubscribe")}
_RAW = ("style", "script")


class MarkupError(ValueError):
    """The page cannot be sent; the message says what to change."""


class _Places(HTMLParser):
    """Refuses tokens where escaping does not protect: in tags, styles, scripts and comments."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            address = name == "href" and value in ADDRESSES
            if not address and (personal.TOKEN.search(value or "") or personal.TOKEN.search(name)):
                raise MarkupError(
                    f"<{tag} {name}>: no personal value may stand in a tag, but link or unsubscribe as a whole href"
                )

    def handle_data(self, data: str) -> None:
        if self.cdata_elem in _RAW and personal.TOKEN.search(data):
            raise MarkupError(f"<{self.cdata_elem}>: no personal value may stand in it")

    def handle_comment(self, data: str) -> None:
        # Outlook reads conditional comments as markup.
        if any(match.group() not in ADDRESSES for match in personal.TOKEN.finditer(data)):
            raise MarkupError("<!-- -->: no personal value may stand in a comment, but link and unsubscribe")


def finish(page: str) -> str:
    """``page`` as it goes out, its tokens where they were.

    :raises MarkupError: a personal value stands where it could do harm, or a style cannot be read
    """
    _Places(page)
    try:
        return str(_inliner().inline(page)) + "\n"
    except ValueError as error:
        raise MarkupError(f"<style>: {error}") from None


@functools.cache
def _inliner() -> Any:
    from css_inline import CSSInliner

    return CSSInliner(
        keep_style_tags=True,
        remove_inlined_selectors=True,
        minify_css=True,
        apply_width_attributes=True,
        load_remote_stylesheets=False,
    )
