"""`/customer WORD`: finding a customer page by page, and her card with its pages, edited in place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.cards import display_name, shortened
from bot.customer_card import Card, collect, spending_until, staff_names
from bot.customer_card_front import front
from bot.customer_card_lines import Pen
from bot.customer_card_pages import facts_page, moves_page, people_name, picture_page, purchases_page, timeline_page
from bot.staff_forgetting import forget_button
from bot.staff_goodbye import goodbye_button
from bot.staff_group import staff_group
from bot.staff_owners import owner_tap
from bot.staff_people import people_tap
from bot.staff_visit import Visit, id_of
from dialogues.taps import short
from domain.contacts import Contact
from domain.customers import Customer, CustomerKind
from domain.messages import Button, Keyboard, Message
from domain.staff import Role
from store.clusters import kept_clusters
from store.contacts import timeline
from store.customers import customer_by_id, find_customers
from store.moves import moves_of
from store.topic_choices import choices_of
from store.topics import find_topic

EARNINGS = Role.EDITOR
"""Who sees what the company earns with a customer: to answer her nobody needs it."""

_LINES = 10
_HITS = 10
_MOVES = 25
_LONGEST_TAP = 64  # bytes, Telegram's limit
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_SEARCH = "+"  # is no id, so that it may stand where a customer's id does
Place = tuple[dt.datetime, int]
"""Where a page of the timeline ended: the moment and the id of its last contact."""

_PAGES = {"t": "timeline", "p": "purchases", "f": "facts", "i": "picture", "m": "moves"}


async def find_customer(visit: Visit, argument: str) -> None:
    """
    Show the card of the one customer that *argument* finds, or buttons to choose among several.

    Without a word, in a customer's topic, hers.
    """
    if not argument and visit.topic is not None:
        customer = await customer_by_id(visit.tx, visit.topic.customer_id)
        if customer is not None:
            await show_customer(visit, customer)
    elif not argument:
        await visit.say("customer_usage")
    else:
        await _show_hits(visit, argument, 0)


async def customer_button(visit: Visit, rest: Sequence[str]) -> None:
    """
    A button of the list or the card: "u.CUSTOMER" (the card anew), "u.CUSTOMER.b" (the card in place), a page of it
    ("u.CUSTOMER.t[.AT.CONTACT]"), what changes something ("u.CUSTOMER.o", "u.CUSTOMER.r"), or "u.+.OFFSET.WORD".
    """
    if rest and rest[0] == _SEARCH:
        match rest:
            case [_, offset, *word] if offset.isdecimal() and word:
                await _show_hits(visit, ".".join(word), int(offset))
            case _:
                await visit.toast("old_button")
        return
    customer_id = id_of(rest[0]) if rest else None
    customer = await customer_by_id(visit.tx, customer_id) if customer_id is not None else None
    match rest[1:]:
        case _ if customer is None:
            await visit.toast("old_button")
        case []:
            await show_customer(visit, customer)
        case ["b"]:
            await show_customer(visit, customer, in_place=True)
        case ["t", at, contact] if (before := _moment(at, contact)) is not None:
            await _show_page(visit, customer, "t", before)
        case [page] if page in _PAGES:
            await _show_page(visit, customer, page)
        case ["o", *more]:
            if await owner_tap(visit, customer, more):
                await show_customer(visit, customer, in_place=True)
        case [("c" | "r") as what, *more]:
            await people_tap(visit, customer, what, more)
        case _:
            await visit.toast("old_button")


def hit_button(visit: Visit, customer: Customer, tap: str) -> Button:
    """Make the button that chooses one of several customers: name, and what tells namesakes apart."""
    name = display_name(customer, visit.room.words, visit.language)
    behind = [part for part in (customer.company, customer.town, customer.number) if part]
    return Button(shortened(" · ".join([name, *behind[:2]]), 60), tap)


async def show_customer(visit: Visit, customer: Customer, *, in_place: bool = False) -> None:
    """Show the card, in place of a page of it where that was tapped; every look is written into the audit log."""
    pen = pen_of(visit)
    card = await collect(visit.tx, customer, visit.room.company, visit.room.library, visit.now)
    await visit.note("customer.look", f"customer:{customer.id}")
    keyboard = await _keyboard(visit, card, pen)
    await _put(visit, customer, front(card, pen), keyboard, in_place=in_place)


def pen_of(visit: Visit) -> Pen:
    """Give what draws cards for this member."""
    room = visit.room
    earnings = visit.member.may(EARNINGS)
    return Pen(room.words, room.labels, room.library, room.company, visit.language, visit.now, room.segments, earnings)


async def _show_page(
    visit: Visit, customer: Customer, page: str, before: tuple[dt.datetime, int] | None = None
) -> None:
    pen, rows = pen_of(visit), list[tuple[Button, ...]]()
    back = Button(pen.plain("label.back"), f"u.{short(customer.id)}.b")
    match page:
        case "t":
            lines = await timeline(visit.tx, customer.id, before=before, limit=_LINES + 1)
            names = await staff_names(visit.tx, (line.staff_id for line in lines))
            text = timeline_page(customer, lines[:_LINES], names, pen)
            if len(lines) > _LINES:
                rows.append((_older(visit, customer, lines[_LINES - 1]),))
        case "p":
            spending = await spending_until(visit.tx, customer.id, visit.room.company, visit.now)
            text = purchases_page(customer, spending, pen)
        case "m":
            text = moves_page(customer, await moves_of(visit.tx, customer.id, _MOVES), pen)
        case _:
            card = await collect(visit.tx, customer, visit.room.company, visit.room.library, visit.now)
            topics = await choices_of(visit.tx, customer.id) if page == "f" else []
            made = await kept_clusters(visit.tx) if page == "i" else None
            clusters = {} if made is None else {each.number: each.name for each in made.clusters}
            text = facts_page(card, topics, pen) if page == "f" else picture_page(card, pen, clusters)
    await visit.note("customer.look", f"customer:{customer.id}", page=_PAGES[page])
    await _put(visit, customer, text, (*rows, (back,)), in_place=True)


async def _put(visit: Visit, customer: Customer, text: str, keyboard: Keyboard, *, in_place: bool) -> None:
    message = Message(text, html=True, keyboard=keyboard)
    if in_place:
        await visit.show(message, ref=f"customer:{customer.id}", customer_id=customer.id)
    else:
        await visit.send(message, ref=f"customer:{customer.id}", customer_id=customer.id)


async def _show_hits(visit: Visit, word: str, offset: int) -> None:
    found = await find_customers(visit.tx, word, limit=_HITS, language=visit.language, offset=offset)
    pen = pen_of(visit)
    if not found.customers and offset == 0:
        await visit.say("customer_none", word=word)
        return
    if found.total == 1:
        await show_customer(visit, found.customers[0])
        return
    await visit.note("customer.find", "customers", found=found.total)
    rows: list[tuple[Button, ...]] = [
        (hit_button(visit, customer, f"u.{short(customer.id)}"),) for customer in found.customers
    ]
    last = offset + len(found.customers)
    turns = [(pen.plain("label.newer"), max(offset - _HITS, 0))] if offset else []
    turns += [(pen.plain("label.more"), last)] if last < found.total else []
    buttons = [(label, f"u.{_SEARCH}.{at}.{word}") for label, at in turns]
    if all(len(tap.encode()) <= _LONGEST_TAP for _, tap in buttons):
        rows += [tuple(Button(label, tap) for label, tap in buttons)] if buttons else []
    asked = shortened(word, 100)
    text = pen.html(
        "hits", word=asked, n=found.total, more=found.more, shown=len(found.customers), first=offset + 1, last=last
    )
    message = Message(text, html=True, keyboard=tuple(rows))
    await (visit.show(message) if visit.tapped is not None else visit.send(message))


async def _keyboard(visit: Visit, card: Card, pen: Pen) -> Keyboard:
    customer, key = card.customer, f"u.{short(card.customer.id)}"

    def page(name: str, letter: str) -> Button:
        return Button(pen.plain(f"label.{name}"), f"{key}.{letter}")

    cases = [Button(visit.plain("label.number", number=case.id), f"s.{case.id}.show") for case in card.open_cases[:4]]
    first = [page("timeline", "t")] if card.contacts else []
    first += [page("purchases", "p")] if card.spending.last_at is not None else []
    first += [page("facts", "f")] if card.facts else []
    second = [page("picture", "i"), page("moves", "m")] if card.picture is not None else []
    if card.people or customer.kind is CustomerKind.COMPANY:
        second.append(page(people_name(card), "c"))
    owner = card.profile.owner_id
    named = card.staff.get(owner) or str(owner) if owner is not None else ""
    label = pen.plain("label.owner", owner=shortened(named, 20)) if named else pen.plain("label.no_owner")
    third = [Button(label, f"{key}.o"), Button(visit.plain("label.log"), f"l.{short(customer.id)}")]
    last = [each for each in (goodbye_button(visit, customer), forget_button(visit, customer)) if each is not None]
    rows = (cases, first, second, third, last, await topic_link(visit, customer))
    return tuple(tuple(row) for row in rows if row)


def _older(visit: Visit, customer: Customer, last: Contact) -> Button:
    at = short((last.at - _EPOCH) // dt.timedelta(microseconds=1))
    return Button(visit.plain("label.older"), f"u.{short(customer.id)}.t.{at}.{short(last.id)}")


def _moment(at: str, contact: str) -> Place | None:
    microseconds, contact_id = id_of(at), id_of(contact)
    if microseconds is None or contact_id is None or microseconds > 10**17:
        return None
    return _EPOCH + dt.timedelta(microseconds=microseconds), contact_id


async def topic_link(visit: Visit, customer: Customer) -> list[Button]:
    """Offer the way to the customer's topic, unless this is it."""
    group = await staff_group(visit.tx, visit.room.line.group)
    topic = await find_topic(visit.tx, customer.id)
    if group is None or topic is None or topic.chat_id != group.chat_id or visit.topic == topic:
        return []
    inner = str(group.chat_id).removeprefix("-100")
    return [Button(visit.plain("label.topic"), url=f"https://t.me/c/{inner}/{topic.thread_id}")]
