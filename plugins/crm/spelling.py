"""How files of other systems spell blanks, missing values and numbers: one reading for every kind of file.

Texts are read strictly: what is not surely a number is none, so that 12,50 never becomes 1250.
"""

from __future__ import annotations

import decimal
import re

#: Other blanks than U+0020 that exports write between digits, before AM, around names: each counts as one blank.
BLANKS = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
#: Signs without any width that say nothing: byte order marks, zero-width blanks, marks of the direction of writing.
INVISIBLE = "\ufeff\u200b\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2060\u2066\u2067\u2068\u2069"
#: Cells by which other systems say that there is no value.
MISSING = frozenset({
    *("#N/A", "#N/A N/A", "#NA", "#NAME?", "#REF!", "#VALUE!", "#DIV/0!", "#NUM!", "#NULL!", "#CALC!", "#SPILL!"),
    *("NULL", "Null", "null", "(null)", "<null>", "\\N", "nan", "NaN", "NAN", "<NA>", "NaT", "None", "undefined"),
    *("-", "--", "---", "–", "—", "N/A", "n/a"),
})  # fmt: skip

#: Signs and words of money, and the currencies that are written with each. A shop's amount in the sign of another
#: currency is no amount of the shop.
_DOLLARS = frozenset({"USD", "CAD", "AUD", "NZD", "HKD", "SGD", "TWD", "MXN", "ARS", "CLP", "COP", "BBD", "BSD", "FJD"})
SIGNS: dict[str, frozenset[str]] = {
    "$": _DOLLARS,
    **{
        sign: frozenset({code})
        for sign, code in (
            *(("US$", "USD"), ("CA$", "CAD"), ("C$", "CAD"), ("A$", "AUD"), ("AU$", "AUD"), ("NZ$", "NZD")),
            *(("HK$", "HKD"), ("S$", "SGD"), ("NT$", "TWD"), ("MX$", "MXN"), ("R$", "BRL"), ("RMB", "CNY")),
            *(("€", "EUR"), ("₹", "INR"), ("₽", "RUB"), ("₩", "KRW"), ("₺", "TRY"), ("₫", "VND"), ("฿", "THB")),
            *(("₴", "UAH"), ("₪", "ILS"), ("₱", "PHP"), ("₦", "NGN"), ("zł", "PLN"), ("Kč", "CZK"), ("Ft", "HUF")),
            *(("Fr.", "CHF"), ("SFr.", "CHF"), ("円", "JPY"), ("元", "CNY"), ("圆", "CNY")),
        )
    },
    "£": frozenset({"GBP", "EGP", "GIP", "FKP", "SHP"}),
    "¥": frozenset({"CNY", "JPY"}),
    "￥": frozenset({"CNY", "JPY"}),
    "kr": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "kr.": frozenset({"SEK", "NOK", "DKK", "ISK"}),
    "Rs": frozenset({"INR", "PKR", "LKR", "NPR", "MUR"}),
    "Rs.": frozenset({"INR", "PKR", "LKR", "NPR", "MUR"}),
}
_CODES = frozenset(code for codes in SIGNS.values() for code in codes) | {
    "ZAR",
    "AED",
    "SAR",
    "IDR",
    "MYR",
    "RON",
    "BGN",
}

#: 2.02407E+18: a spreadsheet's way of showing a long number, whose last digits are gone.
SCIENTIFIC = r"^(\d[.,]\d+[eE]\+?\d{1,3}|\d[eE]\+\d{1,3})$"

_MINUS = str.maketrans(dict.fromkeys("\u2212\ufe63\uff0d", "-"))
_ONE_BLANK = str.maketrans({**dict.fromkeys(BLANKS, " "), **dict.fromkeys(INVISIBLE, "")})
_MONEY = "|".join(re.escape(sign) for sign in sorted(SIGNS, key=len, reverse=True)) + "|[A-Z]{3}"
_AROUND = re.compile(
    rf"(?P<open>\()?\s*(?P<before>[-+])?\s*(?P<left>{_MONEY})?\s*(?P<inside>[-+])?\s*"
    rf"(?P<body>[\d.,][\d.,'’ ]*?(?:[eE][-+]?\d+)?)"
    rf"\s*(?P<right>{_MONEY})?\s*(?P<after>-)?\s*(?P<close>\))?"
)
_PLACES = decimal.Decimal("0.0001")
LIMIT = decimal.Decimal(10) ** 14


def cleaned(text: str) -> str:
    """``text`` trimmed, with plain blanks alone and without signs that nobody sees."""
    return (text if text.isascii() else text.translate(_ONE_BLANK)).strip()


def is_damaged_id(text: str) -> bool:
    """Whether a spreadsheet has written an id as a number that it shortened, such as 2.02407E+18."""
    return bool(re.fullmatch(SCIENTIFIC, text))


def whole_id(text: str) -> str:
    """17850 for the 17850.0 that pandas writes where an id is missing elsewhere in the column."""
    return re.sub(r"^(\d+)\.0$", r"\1", text)


def number(
    text: str, decimal_sign: str = ".", thousands: str = "", currency: str | None = None
) -> decimal.Decimal | None:
    """A number of 4 places (further ones rounded half to even) below 10^14, or None where ``text`` is none.

    Understood: a sign or word of ``currency`` (None: of any) at either end, accounting brackets and a trailing minus,
    blanks as thousands. Thousands, whatever separates them, come in groups of three.
    """
    found = _AROUND.fullmatch(cleaned(text).translate(_MINUS).removeprefix("'"))
    if found is None or not _one_sign(found) or not _own_money(found, currency):
        return None
    plain = _plain(found["body"].strip(), decimal_sign, thousands)
    if plain is None:
        return None
    negative = bool(found["open"]) or "-" in (found["before"], found["inside"], found["after"])
    value = _rounded(plain)
    return value if value is None or not negative else -value


def _one_sign(found: re.Match[str]) -> bool:
    """One word about the sign at most, and brackets in pairs."""
    signs = [found[name] for name in ("before", "inside", "after") if found[name]]
    return bool(found["open"]) == bool(found["close"]) and len(signs) + bool(found["open"]) <= 1


def _own_money(found: re.Match[str], currency: str | None) -> bool:
    words = [found[name] for name in ("left", "right") if found[name]]
    if len(words) > 1 and currency is None:
        return words[0] == words[1]
    return all(_is_of(word, currency) for word in words)


def _is_of(word: str, currency: str | None) -> bool:
    if currency is None:
        return word in SIGNS or word in _CODES
    return word == currency or currency in SIGNS.get(word, ())


def _plain(body: str, decimal_sign: str, thousands: str) -> str | None:
    """``body`` as Python spells it; None where its separators are not the declared ones, in groups of three."""
    mantissa, *power = re.split(r"(?=[eE])", body, maxsplit=1)
    whole, point, fraction = mantissa.partition(decimal_sign)
    if fraction and not fraction.isdigit():
        return None
    separator = _separator(whole, thousands)
    if separator:
        groups = whole.split(separator)
        if not 1 <= len(groups[0]) <= 3 or any(len(group) != 3 for group in groups[1:]):
            return None
        whole = "".join(groups)
    if not (whole or fraction) or (whole and not whole.isdigit()):
        return None
    return f"{whole}{'.' if point else ''}{fraction}{''.join(power)}"


def _separator(whole: str, thousands: str) -> str:
    """The thousands separator of ``whole``: the declared one, or blanks, which are nothing else inside a number."""
    apostrophes = ("'", "’") if thousands == "'" else (thousands,)
    return next((sign for sign in (*apostrophes, " ") if sign and sign in whole), "")


def _rounded(plain: str) -> decimal.Decimal | None:
    with decimal.localcontext(prec=60, rounding=decimal.ROUND_HALF_EVEN):
        try:
            value = decimal.Decimal(plain)
            return value.quantize(_PLACES) if abs(value) < LIMIT - 1 else None
        except decimal.InvalidOperation:
            return None
