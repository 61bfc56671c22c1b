"""
What was promised, held against what Telegram's side saw in the year. Each promise names who was wronged, and when.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from domain.company import CourtesyRules
from domain.contacts import Channel, ContactState, Direction
from domain.customers import Purpose
from domain.dialogues import RunState
from tests.year.books import Books
from tests.year.company import ZONE
from tests.year.people import Customer
from tests.year.play import Year
from tests.year.telegram_side import Begins, Begun, begun_with, first_text, said_at, unexplained

WEEK = dt.timedelta(days=7)
_UNKNOWN_WITHIN = dt.timedelta(days=1)
_ONE_CONTACT = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise that was not kept."""

    promise: str
    who: str
    at: dt.datetime | None
    how: str

    def __str__(self) -> str:
        day = f"{self.at:%d %B %Y %H:%M:%S} UTC" if self.at is not None else "the whole year"
        return f"{self.promise}: {self.who}, {day}: {self.how}"


Promise = Callable[[Year, Books], Iterator[Broken]]


def contacts_are_messages(year: Year, books: Books) -> Iterator[Broken]:
    """Each message of a chat is one contact of the timeline, both ways; of those of unknown fate each may be one."""
    promise = "contacts are messages"
    heard, sent, unknown = _contacts_by_chat(books)
    for customer in year.customers:
        chat = customer.person.id
        messages = customer.person.chat.everything
        written = Counter(m.message_id for m in messages if not m.from_bot)
        if written != heard[chat]:
            lost, twice = written - heard[chat], heard[chat] - written
            yield Broken(promise, customer.name, None, f"of her messages {lost} were lost, {twice} applied twice")
        at_telegram = Counter(m.message_id for m in messages if m.from_bot)
        if missing := sent[chat] - at_telegram:
            yield Broken(promise, customer.name, None, f"{missing} are said to be sent, and Telegram has them not")
        if len(extra := at_telegram - sent[chat]) > unknown[chat]:
            texts = [first_text(m)[:60] for m in messages if m.message_id in extra]
            yield Broken(promise, customer.name, None, f"no contact for {texts}; of unknown fate: {unknown[chat]}")


def _contacts_by_chat(books: Books) -> tuple[dict[int, Counter[int]], dict[int, Counter[int]], Counter[int]]:
    heard: dict[int, Counter[int]] = defaultdict(Counter)
    sent: dict[int, Counter[int]] = defaultdict(Counter)
    unknown: Counter[int] = Counter()
    for row in books.contacts:
        chat = books.chat_of[row.customer_id]
        if row.channel != Channel.TELEGRAM:
            continue
        ids = row.message_ids or [row.message_id]
        if row.direction == Direction.IN:
            heard[chat].update(ids)
        elif row.state == ContactState.SENT:
            sent[chat].update(ids)
        elif row.state == ContactState.UNKNOWN:
            unknown[chat] += 1
    return heard, sent, unknown


def courtesy_is_kept(year: Year, books: Books) -> Iterator[Broken]:
    """Weekly cap, least gap, quiet hours, open complaints, consents, breaks and blocks, for all that we begin."""
    unknown = _contacts_by_chat(books)[2]
    rules = year.config.company.courtesy
    for customer in year.customers:
        begun = _without_copies(list(begun_with(year, customer)), unknown[customer.person.id])
        for one in begun:
            yield from (Broken("courtesy", customer.name, one.at, how) for how in _breaches(one, rules))
        for before, after in pairwise(begun):
            if after.at - before.at < rules.least_gap:
                how = f"{after.why} {after.what} came {after.at - before.at} after {before.why} {before.what}"
                yield Broken("courtesy: least gap", customer.name, after.at, how)
        for first, last in zip(begun, begun[rules.per_week :], strict=False):
            if last.at - first.at < WEEK:
                how = f"{rules.per_week + 1} within {last.at - first.at}, the last one {last.why} {last.what}"
                yield Broken("courtesy: weekly cap", customer.name, last.at, how)


def _breaches(one: Begun, rules: CourtesyRules) -> Iterator[str]:
    notes, what = one.customer.notes, f"{one.why} {one.what}"
    local = one.at.astimezone(zoneinfo.ZoneInfo(one.customer.zone or ZONE))
    if local.time() >= rules.quiet_from or local.time() < rules.quiet_to:
        yield f"{what} came in her quiet hours ({local:%H:%M})"
    if any(span.covers(one.at) for span in notes.complaints):
        yield f"{what} came while her complaint was open"
    if any(span.covers(one.at) for span in notes.pauses):
        yield f"{what} came in the break that she was promised"
    if any(span.covers(one.at) for span in notes.blocks):
        yield f"{what} came although she had blocked the bot"
    purpose = {Begins.NEWSLETTER: Purpose.MARKETING, Begins.SURVEY: Purpose.SURVEYS}.get(one.why)
    if purpose is not None and not notes.agreed_at(purpose, one.at):
        yield f"{what} came without her consent to {purpose}"
    if one.why is Begins.SMALL_QUESTION and any(span.covers(one.at) for span in notes.refused[Purpose.SURVEYS]):
        yield f"{what} came although she does not want to be asked"


def _without_copies(begun: Sequence[Begun], unknown: int) -> list[Begun]:
    """Leave out what stands twice since nobody knew whether it had arrived."""
    kept: list[Begun] = []
    for one in begun:
        if unknown and kept and kept[-1].text == one.text and one.at - kept[-1].at < _UNKNOWN_WITHIN:
            continue
        kept.append(one)
    return kept


def small_questions_are_not_repeated(year: Year, books: Books) -> Iterator[Broken]:
    """Never one that she has answered and that is fresh, never one put lately, and at most one at a time."""
    facts = {fact.name: fact for fact in year.content.library.facts.all()}
    unknown = _contacts_by_chat(books)[2]
    for customer in year.customers:
        begun = [one for one in begun_with(year, customer) if one.why is Begins.SMALL_QUESTION]
        asked = _without_copies(begun, unknown[customer.person.id])
        for place, one in enumerate(asked):
            fact = facts[one.what]
            known = [at for name, at in customer.notes.told if name == one.what and at < one.at]
            if known and fact.is_fresh(max(known), one.at):
                how = f"{one.what} was asked again, and she had answered on {max(known):%d %B}"
                yield Broken("small questions: repeated", customer.name, one.at, how)
            before = [other.at for other in asked[:place] if other.what == one.what]
            if before and one.at - max(before) < fact.again:
                how = f"{one.what} was put {one.at - max(before)} after the last time"
                yield Broken("small questions: again", customer.name, one.at, how)
            if place and one.at - asked[place - 1].at < _ONE_CONTACT:
                how = f"{one.what} came in the same contact as {asked[place - 1].what}"
                yield Broken("small questions: one a contact", customer.name, one.at, how)


def nothing_comes_unexplained(year: Year, books: Books) -> Iterator[Broken]:
    """Everything that she gets is an answer, or one of the things that the company may begin."""
    closed: dict[int, set[dt.datetime]] = defaultdict(set)
    for run in books.runs:
        if run.state is RunState.EXPIRED and run.case_id is not None and run.ended_at is not None:
            closed[books.chat_of[run.customer_id]].add(run.ended_at.replace(microsecond=0))
    for customer in year.customers:
        for message in unexplained(year, customer, closed[customer.person.id]):
            yield Broken("unexplained", customer.name, said_at(message), repr(first_text(message)[:80]))


def newsletters_come_once(year: Year, books: Books) -> Iterator[Broken]:
    """The same newsletter (its text names the day of its slot) comes to nobody twice."""
    for customer in year.customers:
        counted = Counter(one.text for one in begun_with(year, customer) if one.why is Begins.NEWSLETTER)
        for text, times in counted.items():
            if times > 1:
                yield Broken("newsletters once", customer.name, None, f"{times} times: {text[:60]!r}")


def blocked_are_left_alone(year: Year, books: Books) -> Iterator[Broken]:
    """Whoever has blocked the bot is not tried with anything of the company's own, once it has heard of it."""
    by_chat = {customer.person.id: customer for customer in year.customers}
    for row in books.contacts:
        if row.proactive and row.state == ContactState.FAILED:
            customer: Customer = by_chat[books.chat_of[row.customer_id]]
            if any(span.covers(row.at) for span in customer.notes.blocks):
                yield Broken("blocked", customer.name, row.at, f"{row.kind} was tried: {row.reason}")
