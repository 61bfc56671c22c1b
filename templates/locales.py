"""Amounts, dates, times, numbers and plurals as people of each language write them; the filters of our templates."""

from __future__ import annotations

import datetime as dt
import functools
import re
import zoneinfo
from decimal import Decimal

from babel import Locale, UnknownLocaleError, dates, numbers

_KEPT = 1_000  # amounts and days that one newsletter writes again for everybody
_BARE_SUNDAY, _ON_SUNDAY = re.compile(r"\bsunnuntai\b"), "sunnuntaina"  # Babel inflects the six other days only
_REGIONS = {"en": "en_GB"}  # the 24-hour clock and day before month, as our readers in Europe expect


@functools.cache
def locale_of(language: str) -> Locale:
    """Give Babel's locale for an IETF tag; a language that Babel does not know is written as English."""
    try:
        return Locale.parse(_REGIONS.get(language, language.replace("-", "_")))
    except (UnknownLocaleError, ValueError):
        return Locale.parse("en_GB")


def money(minor: int, currency: str, language: str) -> str:
    """Write integer minor units ("1250", "EUR") as people write the amount: "12,50 €"; whole amounts keep decimals."""
    return _money(minor, currency, language)


@functools.lru_cache(_KEPT)
def _money(minor: int, currency: str, language: str) -> str:
    amount = Decimal(minor).scaleb(-numbers.get_currency_precision(currency))
    return str(numbers.format_currency(amount, currency, locale=locale_of(language)))


def amount(value: int | float | Decimal, currency: str, language: str) -> str:
    """Write major units ("49.9", "EUR") as people write a price: "49,90 €"; a whole amount has no decimals."""
    locale = locale_of(language)
    pattern = numbers.parse_pattern(locale.currency_formats["standard"].pattern)
    decimals = 0 if value == int(value) else numbers.get_currency_precision(currency)
    pattern.frac_prec = (decimals, decimals)
    return str(pattern.apply(Decimal(str(value)), locale, currency=currency, currency_digits=False))


def number(value: int | float | Decimal, language: str, decimals: int | None = None) -> str:
    """Write a number with the language's own separators, rounded to *decimals* where given."""
    if decimals is None:
        return str(numbers.format_decimal(value, locale=locale_of(language)))
    pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
    return str(numbers.format_decimal(value, format=pattern, locale=locale_of(language)))


def percent(share: float, language: str, decimals: int = 0) -> str:
    """Write a share (0.5) as a percentage: "50 %"."""
    pattern = numbers.parse_pattern(locale_of(language).percent_formats[None])
    pattern.frac_prec = (decimals, decimals)
    return str(pattern.apply(share, locale_of(language)))


def date(value: dt.date | dt.datetime, language: str, zone: dt.tzinfo, form: str = "long") -> str:
    """Write a day, an aware moment's in *zone*. *form*: "short", "medium", "long", "full" or a CLDR pattern."""
    day = value.astimezone(zone).date() if isinstance(value, dt.datetime) else value
    if not isinstance(day, dt.date):
        raise TypeError("a value that is no day is written as one")
    return _date(day, form, language)


def read_day(written: str) -> dt.date | dt.datetime:
    """Read a day or an aware moment in ISO 8601. Raises ValueError with a sentence."""
    try:
        if len(written) == len("2027-03-01"):
            return dt.date.fromisoformat(written)
        moment = dt.datetime.fromisoformat(written)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise ValueError("a value that is no day is written as one")
    return moment


@functools.lru_cache(_KEPT)
def _date(day: dt.date, form: str, language: str) -> str:
    locale = locale_of(language)
    written = str(dates.format_date(day, format=form, locale=locale))
    if locale.language == "fi" and "EEEE" in form:
        return _BARE_SUNDAY.sub(_ON_SUNDAY, written)
    return written


def time(value: dt.datetime | dt.time, language: str, zone: dt.tzinfo) -> str:
    """Write hours and minutes; an aware moment is taken in *zone*."""
    local = value.astimezone(zone).time() if isinstance(value, dt.datetime) else value
    if not isinstance(local, dt.time):
        raise TypeError("a value that is no time is written as one")
    return str(dates.format_time(local, format="short", locale=locale_of(language)))


def plural(count: int | float, language: str, forms: dict[str, str]) -> str:
    """Choose among *forms* ("one", "few", "many", "other") the one that *count* takes; "other" stands for the rest."""
    return forms.get(locale_of(language).plural_form(count), forms["other"])


@functools.cache
def zone_of(name: str) -> zoneinfo.ZoneInfo:
    """Give the time zone of that name; raises `zoneinfo.ZoneInfoNotFoundError`."""
    return zoneinfo.ZoneInfo(name)


def own_name(language: str) -> str:
    """Return a language's name in itself, with a capital letter: "Suomi", "English", "Čeština"."""
    try:
        name = Locale.parse(language, sep="-").get_display_name() or language
    except (UnknownLocaleError, ValueError):
        name = language
    return name[:1].upper() + name[1:]
