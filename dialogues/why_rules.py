"""A rule told to the customer for whom it held: what of her was measured, and how much it was."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal, InvalidOperation

from dialogues.running import Running
from domain.languages import in_language
from domain.rules import RuleError, parse_rule
from domain.rules_customer import ATTRIBUTES
from domain.rules_functions import MONEY
from domain.rules_pictures import PICTURE_NAMES
from domain.rules_why import Reason, why
from store.database import Tx
from store.rules_facts import customer_facts
from templates import locales
from templates.markup import Safe

_CALL = re.compile(r"(?P<name>\w+)\((?P<inside>.*)\)", re.DOTALL)
_WINDOW = re.compile(r"\b(?P<n>\d+)(?P<unit>[dwmy])\b")
_OTHER = re.compile(r"\b(?!window\b)\w+\s*=\s*\d+[dwmy]\b")
_TEST = re.compile(r"(?P<test>>=|<=|!=|=|>|<|in|holds) (?P<limit>.+)", re.DOTALL)
_MEASURED = re.compile(r"[^\"].* \((?P<value>.+)\)", re.DOTALL)
_OPTION = re.compile(r'"[^"]*"|[^",()\s]+')
_TESTS = {
    ">=": "at_least",
    ">": "more",
    "<=": "at_most",
    "<": "less",
    "=": "same",
    "!=": "other",
    "in": "among",
    "holds": "holds",
}
_KEPT_WORDS = frozenset({"kind", "reach"})  # attributes whose values are words of ours
_TEXT = re.compile(r'"(?P<text>[^"]*)"')
_RECKONED = frozenset({"segment", "tier", "points", "signal", "signals", "tag", "owner", "contact_kind"})
"""What staff made of her: told as that, not by its name inside, which may be a silent programme's."""

MOST = 12  # lines; a rule that asks more is told in part


async def told_rule(running: Running, tx: Tx, customer_id: int, rule: str, at: dt.datetime, language: str) -> Safe:
    """
    Return the lines of what was measured of her for *rule* at *at*, or nothing where the rule asked nothing.

    What she bought is looked at as of then; other things as they are now, of which no past is kept for rules.
    """
    company, words = running.company, running.speaker.words
    try:
        parsed = parse_rule(rule, about_customers=True) if rule.strip() else None
    except RuleError:
        parsed = None
    if parsed is None:
        return Safe("")
    moment = at.astimezone(company.zone)
    known = (await customer_facts(tx, [customer_id], moment, currency=company.currency)).get(customer_id)
    if known is None:
        return Safe("")
    found = why(parsed, known, moment, currency=company.currency)
    lines = [_line(running, reason, language) for reason in found.trace if not reason.takes]
    lines = list(dict.fromkeys(lines))[:MOST]
    if found.holds is not True:
        lines.append(words.html("why.changed", language))
    return Safe("\n").join(lines)


def told_measure(running: Running, term: str, value: object, language: str) -> Safe:
    """Return the line of one measure with what was measured of her by it; *term* as rules write it."""
    name = term.partition("(")[0]
    unit = running.company.currency if name in MONEY else ""
    return _line(running, Reason(term, str(value), "", True, "", unit), language)


def _line(running: Running, reason: Reason, language: str) -> Safe:
    words = running.speaker.words
    call = _CALL.fullmatch(reason.term)
    name = call["name"] if call else reason.term
    inside = call["inside"] if call else ""
    text = _TEXT.search(inside)
    subject = text["text"] if text else ""
    hidden = name in _RECKONED or name in PICTURE_NAMES or (name == "member" and not subject.startswith("club:"))
    if hidden:
        return words.html("why.line_reckoned", language)
    if name == "member":
        subject = subject.removeprefix("club:")
    window = _WINDOW.search(_OTHER.sub("", _TEXT.sub("", inside)))
    key = f"why.term.{name}"
    money = reason.unit == running.company.currency
    return words.html(
        "why.line",
        language,
        what=words.plain(key, language, subject=subject) if words.has(key) else _named(running, reason.term, language),
        window=words.plain("why.window", language, n=int(window["n"]), unit=window["unit"]) if window else "",
        value=_value(running, name, reason.value, language, money=money),
        # of what the rule must not find only what was measured
        test=_test(running, name, reason.test, language, money=money) if reason.holds else "",
    )


def _test(running: Running, name: str, test: str, language: str, *, money: bool) -> str:
    """Put into words what was asked of a value: ">= 2" is "at least 2"; nothing where the value itself tells it."""
    found = _TEST.fullmatch(test)
    if found is None or found["test"] == "=":
        return ""
    measured = _MEASURED.fullmatch(found["limit"])
    limit = measured["value"] if measured is not None else found["limit"]
    options = _OPTION.findall(limit) if found["test"] == "in" else [limit]
    told = ", ".join(_value(running, name, each, language, money=money) for each in options)
    return running.speaker.words.plain(f"why.test.{_TESTS[found['test']]}", language, value=told)


def _value(running: Running, name: str, value: str, language: str, *, money: bool) -> str:
    """Write a value of a rule as people of *language* do: amounts, days, spans of time, yes and no."""
    words = running.speaker.words
    if value.startswith('"'):
        text = value.strip('"')
        if name == "language":
            return locales.own_name(text)
        key = f"mydata.value.{text}"
        return words.plain(key, language) if name in _KEPT_WORDS and words.has(key) else text
    if value in ("yes", "no"):
        return words.plain(f"dialogue.{value}", language)
    if value == "unknown":
        return words.plain("why.not_known", language)
    span = _WINDOW.fullmatch(value)
    if span is not None:
        return words.plain("why.span", language, n=int(span["n"]), unit=span["unit"])
    day = value.removeprefix("since ")
    try:
        shown = locales.date(dt.date.fromisoformat(day), language, dt.UTC, "medium")
        return shown if day == value else words.plain("why.since", language, day=shown)
    except ValueError:
        pass
    try:
        number = Decimal(value)
    except InvalidOperation:
        return value
    if money:
        return locales.amount(number, running.company.currency, language)
    return locales.number(number, language)


def _named(running: Running, term: str, language: str) -> str:
    """Name an attribute or a fact as her own data do; anything else as the rule writes it."""
    words = running.speaker.words
    name = term.removeprefix("fact.")
    known = running.library.facts.get(name)
    if known is not None:
        return in_language(known.label, language, running.company.default_language)
    key = f"service.fact.{name}"
    if words.has(key):
        return words.plain(key, language)
    return name.replace("_", " ").capitalize() if name.isidentifier() and name not in ATTRIBUTES else term
