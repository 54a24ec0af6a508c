"""Figures as the report's language writes them (CLDR, by Babel). A missing figure is a dash, never a zero."""

from __future__ import annotations

import datetime
import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

#: Our locales -> CLDR's.
CLDR = {"en": "en_US", "zh-CN": "zh_Hans_CN"}
MISSING = "–"
MINUS = "\u2212"


@dataclass(frozen=True)
class Formats:
    """``locale`` of the business; ``currency`` of its amounts (ISO 4217)."""

    locale: str
    currency: str

    @property
    def cldr(self) -> str:
        return CLDR[self.locale]

    def count(self, value: Any, sign: bool = False) -> str:
        """A whole number: 12,345."""
        return MISSING if value is None else _signed(value, sign, lambda v: self._decimal(v, "#,##0"))

    def money(self, value: Any, sign: bool = False) -> str:
        """An amount: to the unit from 100 on, else to the cent."""
        if value is None:
            return MISSING
        return self._money(value, "#,##0" if abs(value) >= 99.995 or value == 0 else "#,##0.00", sign)

    def money_of(self, column: Iterable[Any]) -> Callable[[Any], str]:
        """Writes the amounts of one column alike: to the unit where each of them is whole, else to the cent."""
        whole = all(value is None or value == int(value) for value in column)
        return lambda value: MISSING if value is None else self._money(value, "#,##0" if whole else "#,##0.00")

    def estimates_of(self, column: Iterable[Any], *, sign: bool = True) -> Callable[[Any], str]:
        """Writes the estimated amounts of one column alike: to the unit once any is 100 or more, else to the cent."""
        digits = "#,##0" if any(abs(value) >= 99.995 for value in column if value is not None) else "#,##0.00"
        return lambda value: MISSING if value is None else self._money(value, digits, sign)

    def _money(self, value: Any, digits: str, sign: bool = False) -> str:
        from babel.numbers import format_currency

        return _signed(
            value,
            sign,
            lambda v: str(format_currency(v, self.currency, f"¤{digits}", locale=self.cldr, currency_digits=False)),
        )

    def percent(self, value: Any, digits: int = 1) -> str:
        """A share between 0 and 1: 12.3 %."""
        return MISSING if value is None else _signed(value, False, lambda v: self._decimal(v, _percent(digits)))

    def points(self, value: Any, sign: bool = True) -> str:
        """A difference of rates in percentage points: +1.25; without a word."""
        return MISSING if value is None else _signed(100 * value, sign, lambda v: self._decimal(v, "0.00"))

    def lift(self, value: Any) -> str:
        """A relative difference: +4.2 %."""
        return MISSING if value is None else _signed(value, True, lambda v: self._decimal(v, _percent(1)))

    def number(self, value: Any, digits: int = 2, sign: bool = False) -> str:
        """A plain number: 1.25."""
        pattern = "#,##0." + "0" * digits
        return MISSING if value is None else _signed(value, sign, lambda v: self._decimal(v, pattern))

    def p(self, value: Any) -> str:
        """A probability of chance: 0.034; below 0.001 only that."""
        if value is None:
            return MISSING
        return "< 0.001" if value < 0.001 else self._decimal(value, "0.000")

    def day(self, value: datetime.date, length: str = "medium") -> str:
        """A date: Nov 20, 2017; 2017年11月20日."""
        from babel.dates import format_date

        return str(format_date(value, length, locale=self.cldr))

    def month(self, value: str) -> str:
        """``2017-11``: November 2017; 2017年11月."""
        from babel.dates import format_skeleton

        return str(format_skeleton("yMMMM", datetime.date.fromisoformat(f"{value}-01"), locale=self.cldr))

    def _decimal(self, value: Any, pattern: str) -> str:
        from babel.numbers import format_decimal

        return str(format_decimal(value, pattern, locale=self.cldr))


def _percent(digits: int) -> str:
    return "0." + "0" * digits + "%" if digits else "0%"


def _signed(value: Any, sign: bool, write: Any) -> str:
    """The sign in front of everything, of the currency too; a zero that was rounded has none."""
    if isinstance(value, float) and not math.isfinite(value):
        return MISSING
    written = write(abs(value))
    if not any(digit in written for digit in "123456789"):
        return str(written)
    return f"{MINUS if value < 0 else '+' if sign else ''}{written}"
