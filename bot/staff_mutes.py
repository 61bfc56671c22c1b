"""Muting a customer: for how long and why, by command or button; her words are kept, and staff are spared them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

from bot.cards import display_name, shortened
from bot.kept_words import kept_tap
from bot.staff_customers import hit_button
from bot.staff_expects import Expectation, expect
from bot.staff_visit import Visit, id_of
from dialogues.taps import short
from domain.contacts import ContactKind
from domain.customers import Customer
from domain.floods import Kept, Mute
from domain.languages import best_language
from domain.messages import Act, Button, Keyboard, Lane, Message, Waiting
from store import outbox
from store.customers import customer_by_id, search_customers
from store.floods import count_kept, first_kept
from store.ids import new_id
from store.mutes import keep_mute, lift_mute, mute_of

EXPECTED = "mute"
REASONS = ("spam", "abuse", "again")
LENGTHS: Mapping[str, dt.timedelta | None] = {"day": dt.timedelta(days=1), "week": dt.timedelta(days=7), "always": None}
_TYPED = {"1d": "day", "1w": "week", "always": "always"}
_USUAL = "week"
_HITS = 8
_LONGEST_REASON = 300


async def mute_command(visit: Visit, argument: str) -> None:
    """
    `/mute` in a customer's topic asks for length and reason; `/mute 1d words` (1d, 1w, always) does it at once.

    Elsewhere the word finds the customer first.
    """
    if visit.topic is None:
        await _find(visit, argument)
        return
    customer = await customer_by_id(visit.tx, visit.topic.customer_id)
    if customer is None:
        return
    if not argument:
        await _ask_length(visit, customer)
        return
    first, _, rest = argument.partition(" ")
    length, reason = (_TYPED[first], rest) if first in _TYPED else (_USUAL, argument)
    await _mute(visit, customer, length, reason.strip())


async def unmute_command(visit: Visit, argument: str) -> None:
    """`/unmute` passes her words on again: the customer of the topic, or the one whom the word finds."""
    if visit.topic is None:
        await _find(visit, argument)
        return
    customer = await customer_by_id(visit.tx, visit.topic.customer_id)
    if customer is not None:
        await _unmute(visit, customer)


async def mute_button(visit: Visit, rest: Sequence[str]) -> None:
    """A button on the way: "x.CUSTOMER", "x.CUSTOMER.off", "x.CUSTOMER.LENGTH", "x.CUSTOMER.LENGTH.REASON"."""
    customer_id = id_of(rest[0]) if rest else None
    customer = await customer_by_id(visit.tx, customer_id) if customer_id is not None else None
    match rest:
        case _ if customer is None:
            await visit.toast("old_button")
        case [_]:
            await _ask_length(visit, customer)
        case [_, "off"]:
            await visit.clear_buttons()
            await _unmute(visit, customer)
        case [_, length] if length in LENGTHS:
            await _ask_reason(visit, customer, length)
        case [_, length, "typed"] if length in LENGTHS:
            await _ask_words(visit, customer, length)
        case [_, length, reason] if length in LENGTHS and reason in REASONS:
            await visit.clear_buttons()
            words, language = visit.room.words, visit.room.company.default_language
            await _mute(visit, customer, length, words.plain(f"floods.reason.{reason}", language))
        case _:
            await visit.toast("old_button")


async def typed_reason(visit: Visit, argument: str, words: str) -> None:
    """Take the reason that she was asked for."""
    who, _, length = argument.partition(".")
    customer = await customer_by_id(visit.tx, id_of(who) or 0)
    if customer is not None and length in LENGTHS:
        await _mute(visit, customer, length, words.strip())


async def _find(visit: Visit, argument: str) -> None:
    found = await search_customers(visit.tx, argument, limit=_HITS) if argument else []
    if len(found) == 1:
        await _ask_length(visit, found[0])
    elif found:
        rows = tuple((hit_button(visit, customer, f"x.{short(customer.id)}"),) for customer in found)
        await _say(visit, "whom", keyboard=rows)
    else:
        await _say(visit, "usage")


async def _ask_length(visit: Visit, customer: Customer) -> None:
    """Ask for how long; of a customer who is muted, say so and offer to end it."""
    tap, name = f"x.{short(customer.id)}", _name(visit, customer)
    mute = await mute_of(visit.tx, customer.id, visit.now)
    if mute is not None:
        button = Button(_plain(visit, "label.unmute"), f"{tap}.off")
        await _say(visit, "is_muted", name=name, until=mute.until, reason=mute.reason, keyboard=((button,),))
        return
    row = tuple(Button(_plain(visit, f"label.length.{length}"), f"{tap}.{length}") for length in LENGTHS)
    await _say(visit, "how_long", name=name, keyboard=(row, (_cancel(visit),)))


async def _ask_reason(visit: Visit, customer: Customer, length: str) -> None:
    tap = f"x.{short(customer.id)}.{length}"
    rows = [(Button(_plain(visit, f"reason.{reason}"), f"{tap}.{reason}"),) for reason in REASONS]
    rows += [(Button(_plain(visit, "label.typed"), f"{tap}.typed"),), (_cancel(visit),)]
    text = visit.room.words.html("floods.why", visit.language, name=_name(visit, customer))
    await visit.show_html(text, tuple(rows))


async def _ask_words(visit: Visit, customer: Customer, length: str) -> None:
    await expect(
        visit.tx, visit.member, visit.place, Expectation(EXPECTED, f"{short(customer.id)}.{length}"), visit.now
    )
    await visit.clear_buttons()
    await _say(visit, "type_reason", name=_name(visit, customer), keyboard=((_cancel(visit),),))


async def _mute(visit: Visit, customer: Customer, length: str, reason: str) -> None:
    span = LENGTHS[length]
    until = None if span is None else visit.now + span
    reason = shortened(reason, _LONGEST_REASON)
    await keep_mute(visit.tx, Mute(customer.id, visit.now, until, visit.member.id, reason))
    await visit.note("customer.mute", f"customer:{customer.id}", length=length)
    await _tell(visit, customer, "muted_by", until=until, reason=reason)


async def _unmute(visit: Visit, customer: Customer) -> None:
    """End the mute: staff see how much was kept meanwhile; a customer who knows of the mute learns that it is over."""
    mute = await mute_of(visit.tx, customer.id, visit.now)
    if mute is None:
        await _say(visit, "not_muted", name=_name(visit, customer))
        return
    await lift_mute(visit.tx, customer.id)
    await visit.note("customer.unmute", f"customer:{customer.id}")
    count = await count_kept(visit.tx, customer.id, Kept.MUTED, mute.at)
    first = await first_kept(visit.tx, customer.id, Kept.MUTED, count) if count else None
    await _tell(visit, customer, "unmuted_by", n=count, first=first)
    if mute.told_at is not None and customer.chat_id is not None:
        language = best_language(customer.language, visit.room.company.languages)
        message = Message(visit.room.words.html("service.unmuted", language), html=True)
        kind = ContactKind.SERVICE.value
        row = Waiting(new_id(), Act.SEND, customer.chat_id, Lane.REPLY, kind, message, visit.now, visit.now)
        await outbox.put(visit.tx, [replace(row, customer_id=customer.id)])


async def _tell(visit: Visit, customer: Customer, key: str, *, first: int | None = None, **values: object) -> None:
    """Say it where staff talk about her, and to the member where she is, if that is elsewhere."""
    room = visit.room

    def drawn(language: str) -> Message:
        name, by = display_name(customer, room.words, language), visit.member.name
        text = room.words.html(f"floods.{key}", language, name=name, by=by, **values)
        show = Button(room.words.plain("floods.label.show", language), kept_tap(customer.id, first or 0))
        return Message(text, html=True, keyboard=((show,),) if first is not None else ())

    await room.line.notify(visit.tx, customer, None, drawn, visit.now, but=visit.member.id)
    if visit.place.private:
        await visit.send(drawn(visit.language), ref=f"customer:{customer.id}", customer_id=customer.id)
    await visit.toast("did_it")


async def _say(visit: Visit, key: str, *, keyboard: Keyboard = (), **values: object) -> None:
    text = visit.room.words.html(f"floods.{key}", visit.language, **values)
    await visit.send(Message(text, html=True, keyboard=keyboard))


def _plain(visit: Visit, key: str) -> str:
    return visit.room.words.plain(f"floods.{key}", visit.language)


def _name(visit: Visit, customer: Customer) -> str:
    return display_name(customer, visit.room.words, visit.language)


def _cancel(visit: Visit) -> Button:
    return Button(visit.plain("label.cancel"), "e.cancel")
