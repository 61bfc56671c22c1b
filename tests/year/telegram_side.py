"""
What Telegram's side saw: the bot's messages in each customer's chat, and which of them the company began.

A message is the company's own beginning by what it says (a newsletter, a reminder, a small question) or, for the first
question of a survey, by the customer's silence: she did nothing in that second. The store is not asked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import StrEnum

from bot.playground.messages import Message
from dialogues.courtesy import quiet_until_for
from tests.year.company import ZONE
from tests.year.people import Customer
from tests.year.phrases import Sign
from tests.year.play import Year

RECOVERY = dt.timedelta(minutes=2)
"""For how long after an outage answers come later than what they answer."""


class Begins(StrEnum):
    """Why the company wrote of its own accord."""

    NEWSLETTER = "newsletter"
    SURVEY = "survey"
    REMINDER = "reminder"
    SMALL_QUESTION = "small question"


@dataclass(frozen=True, slots=True)
class Begun:
    """One message with which the company began; *what* names the newsletter, the survey or the fact."""

    customer: Customer
    why: Begins
    what: str
    at: dt.datetime
    text: str


def said_at(message: Message) -> dt.datetime:
    """Return when *message* was written."""
    return dt.datetime.fromtimestamp(int(message.data["date"]), dt.UTC)


def first_text(message: Message) -> str:
    """Return what *message* said before any edit."""
    return message.edits[0] if message.edits else message.text


def begun_with(year: Year, customer: Customer) -> Iterator[Begun]:
    """Yield all that the company began with *customer*, in order."""
    for message in customer.person.chat.everything:
        if not message.from_bot:
            continue
        text, at = first_text(message), said_at(message)
        if mark := year.phrases.newsletter_in(text):
            yield Begun(customer, Begins.NEWSLETTER, mark, at, text)
        elif year.phrases.is_reminder(text):
            yield Begun(customer, Begins.REMINDER, "", at, text)
        elif int(at.timestamp()) in customer.notes.asked_for:
            continue
        elif fact := year.phrases.fact_asked_by(text):
            yield Begun(customer, Begins.SMALL_QUESTION, fact, at, text)
        elif (script := year.phrases.survey_opened_by(text)) and not _has_just_spoken(year, customer, at):
            yield Begun(customer, Begins.SURVEY, script, at, text)


def _has_just_spoken(year: Year, customer: Customer, at: dt.datetime) -> bool:
    """Say whether she did something in the second of *at*, or in the outage whose end brings what it answers."""
    second = int(at.timestamp())
    if second in customer.notes.spoke:
        return True
    begin = next((start for start, end in year.recovered if start <= at <= end + RECOVERY), None)
    return begin is not None and any(int(begin.timestamp()) <= spoke <= second for spoke in customer.notes.spoke)


def unexplained(year: Year, customer: Customer, closed: Collection[dt.datetime]) -> Iterator[Message]:
    """
    Yield messages of the bot that nothing explains: no beginning, and neither she nor staff did anything then.

    At the moments *closed* a dialogue of hers was closed and what she had told in it became a case. She is told at
    once, or when her quiet hours are over and the program is woken next. A case that was decided, and of which she has
    said nothing since, is closed after its time, and she is told once. While something was out of order, and right
    after, answers come later than what they answer.
    """
    decided: dict[int, dt.datetime] = {}
    beginnings = {(begun.at, begun.text) for begun in begun_with(year, customer)}
    told = [_told_between(year, customer, at) for at in closed]
    for message in customer.person.chat.everything:
        at = said_at(message)
        second = int(at.timestamp())
        if not message.from_bot or (at, first_text(message)) in beginnings:
            continue
        if _closes_in_time(year, first_text(message), at, decided):
            continue
        if second in customer.notes.spoke or second in year.staff.acted:
            continue
        if any(first <= at <= last for first, last in told):
            continue
        if any(start <= at <= end + RECOVERY for start, end in year.recovered):
            continue
        yield message


def _closes_in_time(year: Year, text: str, at: dt.datetime, decided: dict[int, dt.datetime]) -> bool:
    """Keep what *text* says in *decided*, and say whether it closes a case that has been decided for long enough."""
    for told in year.phrases.told_by(text):
        match told.sign:
            case Sign.SETTLED:
                decided[told.case] = at
            case Sign.OPEN_AGAIN:
                decided.pop(told.case, None)
            case Sign.OVER if told.case in decided:
                return at - decided.pop(told.case) >= year.config.company.cases.settle
    return False


def _told_between(year: Year, customer: Customer, closed: dt.datetime) -> tuple[dt.datetime, dt.datetime]:
    awake = quiet_until_for(customer.zone or ZONE, year.config.company.courtesy, closed)
    return (closed, closed) if awake is None else (awake, awake + year.grain.step)
