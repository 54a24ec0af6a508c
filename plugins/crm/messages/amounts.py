"""Money and days as a message's language writes them (CLDR, by Babel)."""

from __future__ import annotations

import datetime
import functools
from decimal import Decimal

#: Our locales -> CLDR's.
CLDR = {"en": "en_US", "zh-CN": "zh_Hans_CN"}


@functools.lru_cache(maxsize=4096)
def money(amount: str, currency: str, locale: str) -> str:
    """``amount`` of ``currency`` (ISO 4217), without decimals where it is whole: $10, CN¥9.50, 10元, US$10."""
    from babel.numbers import format_currency, format_decimal

    value = Decimal(amount)
    digits = "#,##0" if value == value.to_integral_value() else "#,##0.00"
    if locale == "zh-CN" and currency == "CNY":
        return f"{format_decimal(value, digits, locale=CLDR[locale])}元"
    return str(format_currency(value, currency, f"¤{digits}", locale=CLDR[locale], currency_digits=False))


@functools.lru_cache(maxsize=1024)
def day(date: str, locale: str) -> str:
    """An ISO date: Dec 1, 2017; 2017年12月1日."""
    from babel.dates import format_date

    return str(format_date(datetime.date.fromisoformat(date), "medium", locale=CLDR[locale]))
