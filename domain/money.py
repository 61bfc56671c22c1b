"""Amounts of money: whole minor units (cents) with their currency inside, major units (euros) in rules."""

from __future__ import annotations

from decimal import Decimal

_WITHOUT_MINOR = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"
_THOUSANDTHS = "BHD IQD JOD KWD LYD OMR TND"
_DIGITS = dict.fromkeys(_WITHOUT_MINOR.split(), 0) | dict.fromkeys(_THOUSANDTHS.split(), 3)


def minor_digits(currency: str) -> int:
    """Give the number of places after the point that *currency* has (ISO 4217): 2 for euros, 0 for yen."""
    return _DIGITS.get(currency, 2)


def major_units(amount_minor: int, currency: str) -> Decimal:
    """Turn minor units into exact major units: 5001 cents are 50.01 euros."""
    return Decimal(amount_minor).scaleb(-minor_digits(currency))
