"""
A newsletter before it goes: the message itself, the check of everybody who would get it, and what can be done next.

The check renders each message beside the road; only where nobody's would fail there is a button that starts it.
"""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.cards import display_name, shortened
from bot.config import Approval
from bot.newsletters import Refusal
from bot.preflight import Failing, Report, preflight
from bot.staff_costs import cost_line
from bot.staff_previews import previews_of
from bot.staff_progress import EVERY, edit_of, sending_tap, time_left
from bot.staff_visit import Visit
from dialogues.taps import short
from domain.customers import Customer
from domain.messages import Button, Keyboard, Message
from domain.newsletters import Newsletter, Sending
from domain.rules import RuleError
from store import outbox
from store.customers import customers_by_id
from store.database import Tx
from store.ids import new_id
from store.topics import drop_waiting_edits, forget_message, messages_of
from templates.markup import Safe

MakeDraft = Callable[[Tx, int, dt.datetime], Awaitable[Sending | Refusal]]
"""Puts a draft into the store for the member of that id, or finds the one that is to be shown again."""

SHOWN = 20
"""How many failing recipients one message names."""

_PATIENCE = dt.timedelta(seconds=2)  # a shorter check needs no line that says how far it is


def show_draft_later(visit: Visit, newsletter: Newsletter, make: MakeDraft) -> None:
    """Make a draft, show it in private, and check it; a check of many takes a while, so it happens beside the road."""
    private, room = visit.privately(), visit.room

    async def show() -> None:
        async with room.database.write() as tx:
            first = private.again(tx)
            draft = await make(tx, first.member.id, first.now)
            if isinstance(draft, Refusal):
                await first.say("toast.old_button")
                return
            await first.note("newsletter.preview", f"newsletter:{newsletter.name}")
            previews, problem = await previews_of(tx, room, draft, first.member, first.now)
            for preview in previews:
                await first.send(preview)
            if problem:  # it may still come out well for others
                await first.say("newsletter_broken", name=newsletter.title, faults=problem)
            frozen = await room.newsletters.newsletter_of(tx, draft)
        await _check(private, frozen or newsletter, draft)

    room.errands.ask(show)


async def _check(visit: Visit, newsletter: Newsletter, draft: Sending) -> None:
    room = visit.room
    line = CheckLine(visit, newsletter.title)
    report: Report | None = None
    with contextlib.suppress(RuleError):  # a fact that it names was taken out of the config
        report = await preflight(
            room.database,
            room.company,
            room.newsletters.rendering,
            newsletter,
            draft,
            room.clock.now(),
            progress=line.told,
            per_second=room.per_second,
            keep=SHOWN,
        )
    pays = newsletter.paid_stars and room.paid_per_second
    balance = await room.star_balance() if pays and room.star_balance is not None else None
    async with room.database.write() as tx:
        then = visit.again(tx)
        if report is None:
            await line.end(then, Message(_words(then, "no_audience", title=newsletter.title), html=True))
            return
        people = await customers_by_id(tx, [one.customer_id for one in report.failing])
        await line.end(then, _summary(then, newsletter, draft, report, people, balance))


class CheckLine:
    """
    The live line of a check that takes long: "checked 4,200 of 10,000", edited at most every three seconds.

    A short check has none, so that the chat stays tidy.
    """

    def __init__(self, visit: Visit, title: str) -> None:
        self._visit = visit
        self._title = title
        self._ref = f"check:{short(new_id())}"
        self._begun = visit.room.clock.now()
        self._shown_at: dt.datetime | None = None

    async def told(self, checked: int, of: int) -> None:
        """Say how far it is, where it is time to."""
        room, now = self._visit.room, self._visit.room.clock.now()
        if now - (self._shown_at or self._begun) < (EVERY if self._shown_at else _PATIENCE):
            return
        async with room.database.write() as tx:
            visit = self._visit.again(tx)
            text = _words(visit, "checking", title=self._title, checked=checked, of=of)
            if self._shown_at is None:
                await visit.send(Message(text, html=True), ref=self._ref)
            for card in await messages_of(tx, self._ref):
                await drop_waiting_edits(tx, card.chat_id, card.message_id)
                await outbox.put(tx, [edit_of(card, Message(text, html=True), now)])
        self._shown_at = now
        room.errands.woken()

    async def end(self, visit: Visit, message: Message) -> None:
        """Put what was found in place of the line, or send it where there is none."""
        cards = await messages_of(visit.tx, self._ref) if self._shown_at is not None else []
        for card in cards:
            await drop_waiting_edits(visit.tx, card.chat_id, card.message_id)
            await outbox.put(visit.tx, [edit_of(card, message, visit.now)])
            await forget_message(visit.tx, card.chat_id, card.message_id)
        if not cards:
            await visit.send(message)


def _summary(
    visit: Visit,
    newsletter: Newsletter,
    draft: Sending,
    report: Report,
    people: Mapping[int, Customer],
    balance: int | None,
) -> Message:
    excluded = Safe("\n").join(
        Safe(visit.html("newsletter_excluded", n=count, reason=reason_of(visit, reason)))
        for reason, count in sorted(report.excluded.items(), key=lambda item: -item[1])
    )
    failing = Safe("\n").join(_failing(visit, one, people.get(one.customer_id)) for one in report.failing)
    text = _words(
        visit,
        "here",
        title=newsletter.title,
        n=report.count,
        audience=newsletter.audience,
        excluded=excluded,
        schedule=newsletter.schedule,
        checked=report.checked,
        failures=report.failures,
        failing=failing,
        more=report.failures - len(report.failing),
        empty=report.empty,
        longest=report.longest.units,
        languages=", ".join(f"{language} {n}" for language, n in report.languages.items()),
        takes=time_left(dt.timedelta(seconds=report.seconds), visit.room.words, visit.language),
    )
    if report.used_up:
        text += "\n\n" + _words(visit, "used_up", campaigns=", ".join(report.used_up))
    cost = cost_line(visit.room, draft, report.count, visit.language, balance)
    return Message(text + cost, html=True, keyboard=_buttons(visit, draft, report))


def _buttons(visit: Visit, draft: Sending, report: Report) -> Keyboard:
    left_out = sum(report.excluded.values())
    counts = f"{report.count}.{left_out}"
    goes: list[Button] = []
    if report.is_sound and report.count:
        second = visit.room.approval is Approval.SECOND_PERSON
        label = visit.plain("label.ask_approval" if second else "label.send_now")
        goes.append(Button(label, sending_tap(draft, f"{'start' if second else 'ask'}.{counts}")))
        goes.append(Button(_label(visit, "later"), sending_tap(draft, f"later.{counts}")))
    looks = [Button(_label(visit, "look"), sending_tap(draft, "look"))] if not report.is_sound else []
    if visit.room.test_list:
        looks.append(Button(_label(visit, "test_list"), sending_tap(draft, "test")))
    if left_out:
        looks.append(Button(_label(visit, "who_not"), f"n.i.{short(draft.id)}.not"))
    not_now = Button(visit.plain("label.not_now"), sending_tap(draft, "cancel"))
    return tuple(tuple(row) for row in (goes, looks, [not_now]) if row)


def _failing(visit: Visit, one: Failing, customer: Customer | None) -> Safe:
    return visit.room.words.html(
        "sendings.failing",
        visit.language,
        who=customer_link(visit, customer),
        number=one.number or "",
        where=f"{one.file}:{one.line}",
        problem=shortened(one.problem, 120),
        remedy=shortened(one.remedy, 80),
    )


def customer_link(visit: Visit, customer: Customer | None) -> Safe:
    """Name a customer so that a tap opens her chat, where she has one."""
    if customer is None:
        return Safe("–")
    name = display_name(customer, visit.room.words, visit.language)
    key = "sendings.linked" if customer.chat_id is not None else "sendings.named"
    return visit.room.words.html(key, visit.language, name=name, chat=customer.chat_id)


def reason_of(visit: Visit, reason: str) -> str:
    """Name a reason not to write to somebody, or of a failure, in her language."""
    words = visit.room.words
    for key in (f"staff.hold.{reason}", f"sendings.failed.{reason}"):
        if words.has(key):
            return words.plain(key, visit.language)
    return reason


def counts_of(more: Sequence[str]) -> tuple[int, int]:
    """Read how many get it and how many of the audience do not, as the buttons of the summary carry it on."""
    count, left_out, *_ = [*(int(part) for part in more[:2] if part.isdecimal()), 0, 0]
    return count, left_out


def _words(visit: Visit, key: str, /, **values: object) -> Safe:
    return visit.room.words.html(f"sendings.{key}", visit.language, **values)


def _label(visit: Visit, key: str) -> str:
    return visit.room.words.plain(f"sendings.label.{key}", visit.language)
