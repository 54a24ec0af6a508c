"""How many parts an SMS costs: GSM 03.38 (3GPP TS 23.038) and its concatenation header (TS 23.040)."""

from __future__ import annotations

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")


@dataclass(frozen=True)
class Parts:
    """``encoding`` gsm7 or ucs2, ``units`` (septets or UTF-16 code units), ``parts`` billed."""

    encoding: str
    units: int
    parts: int


def count(text: str) -> Parts:
    """Parts of ``text``: 160 septets or 70 UTF-16 units in one, 153 or 67 in each of several.

    A character of two units (an escape pair, a surrogate pair) never straddles two parts.
    """
    if all(c in _BASIC or c in _EXTENDED for c in text):
        return _fit("gsm7", [2 if c in _EXTENDED else 1 for c in text], 160, 153)
    return _fit("ucs2", [2 if ord(c) > 0xFFFF else 1 for c in text], 70, 67)


def _fit(encoding: str, widths: list[int], single: int, several: int) -> Parts:
    units = sum(widths)
    if units <= single:
        return Parts(encoding, units, 1)
    parts, used = 1, 0
    for width in widths:
        if used + width > several:
            parts, used = parts + 1, 0
        used += width
    return Parts(encoding, units, parts)
