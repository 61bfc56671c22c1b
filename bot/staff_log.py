"""`/log`: a contact outside Telegram in three taps (customer, channel, feeling) and the words that were said."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import display_name
from bot.staff_customers import hit_button
from bot.staff_expects import Expectation, expect
from bot.staff_visit import Visit, id_of
from dialogues.taps import short
from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.customers import Customer
from domain.incoming import Words
from domain.messages import Button
from store.contacts import add_contacts
from store.customers import customer_by_id, customers_by_id, search_customers
from store.ids import new_id
from store.staff import recent_customers

_TWO_WAY = (Channel.PHONE, Channel.EMAIL, Channel.SMS, Channel.LETTER)
_ONE_WAY = (Channel.MEETING, Channel.EVENT)
_HITS = 8
_FEELINGS = ("😠", "🙁", "😐", "🙂", "😀")


async def start_log(visit: Visit, argument: str) -> None:
    """
    Begin with the customer: the one of the topic, those that *argument* finds, else those she last had to do with.
    """
    if argument:
        found = await search_customers(visit.tx, argument, limit=_HITS)
        if not found:
            await visit.say("customer_none", word=argument)
            return
    elif visit.topic is not None:
        customer = await customer_by_id(visit.tx, visit.topic.customer_id)
        found = [customer] if customer else []
    else:
        ids = await recent_customers(visit.tx, visit.member.id, limit=_HITS)
        known = await customers_by_id(visit.tx, ids)
        found = [known[each] for each in ids if each in known]
    if len(found) == 1:
        await _ask_channel(visit, found[0])
        return
    rows = tuple((hit_button(visit, customer, f"l.{short(customer.id)}"),) for customer in found)
    await visit.say("log_whom" if found else "log_usage", keyboard=rows)


async def log_button(visit: Visit, rest: Sequence[str]) -> None:
    """A button on the way: "l.CUSTOMER", "l.CUSTOMER.CHANNEL.DIRECTION", "l.CUSTOMER.CHANNEL.DIRECTION.FEELING"."""
    customer_id = id_of(rest[0]) if rest else None
    customer = await customer_by_id(visit.tx, customer_id) if customer_id is not None else None
    match rest:
        case _ if customer is None:
            await visit.toast("old_button")
        case [_]:
            await _ask_channel(visit, customer)
        case [_, channel, direction] if _is_way(channel, direction):
            await _ask_feeling(visit, customer, Channel(channel), Direction(direction))
        case [_, channel, direction, feeling] if _is_way(channel, direction) and feeling in set("012345"):
            argument = f"{short(customer.id)}.{channel}.{direction}.{feeling}"
            await expect(visit.tx, visit.member, visit.place, Expectation("log", argument), visit.now)
            cancel = Button(visit.plain("label.cancel"), "e.cancel")
            name = display_name(customer, visit.room.words, visit.language)
            await visit.clear_buttons()
            await visit.say("log_words", name=name, keyboard=((cancel,),))
        case _:
            await visit.toast("old_button")


async def log_words(visit: Visit, argument: str, words: Words) -> None:
    """Write the contact on the customer's timeline, with the seller's own feeling (1 to 5) when it was given."""
    parts = argument.split(".")
    customer = await customer_by_id(visit.tx, id_of(parts[0]) or 0) if len(parts) == 4 else None
    if customer is None:
        await visit.say("log_usage")
        return
    contact = Contact(
        id=new_id(),
        customer_id=customer.id,
        at=visit.now,
        channel=Channel(parts[1]),
        direction=Direction(parts[2]),
        kind=ContactKind.MEETING if parts[1] in _ONE_WAY else ContactKind.WORDS,
        text=words.text,
        state=ContactState.RECEIVED if parts[2] == Direction.IN else ContactState.SENT,
        media=words.media,
        staff_id=visit.member.id,
        feeling=int(parts[3]) or None,
    )
    await add_contacts(visit.tx, [contact])
    await visit.note("contact.log", f"customer:{customer.id}", channel=parts[1])
    name = display_name(customer, visit.room.words, visit.language)
    await visit.say("logged", name=name, channel=visit.plain(f"channel.{parts[1]}"))


def _is_way(channel: str, direction: str) -> bool:
    return channel in {each.value for each in Channel} and direction in {each.value for each in Direction}


async def _ask_channel(visit: Visit, customer: Customer) -> None:
    tap = f"l.{short(customer.id)}"
    rows = [
        (
            Button(visit.plain("label.channel_in", channel=visit.plain(f"channel.{each.value}")), f"{tap}.{each}.in"),
            Button(visit.plain("label.channel_out", channel=visit.plain(f"channel.{each.value}")), f"{tap}.{each}.out"),
        )
        for each in _TWO_WAY
    ]
    rows.append(
        (
            Button(visit.plain("channel.meeting"), f"{tap}.{_ONE_WAY[0]}.in"),
            Button(visit.plain("channel.event"), f"{tap}.{_ONE_WAY[1]}.in"),
        )
    )
    name = display_name(customer, visit.room.words, visit.language)
    text = visit.html("log_channel", name=name)
    await visit.show_html(text, tuple(rows))


async def _ask_feeling(visit: Visit, customer: Customer, channel: Channel, direction: Direction) -> None:
    tap = f"l.{short(customer.id)}.{channel}.{direction}"
    faces = tuple(Button(f"{face} {number}", f"{tap}.{number}") for number, face in enumerate(_FEELINGS, start=1))
    rows = (faces, (Button(visit.plain("label.no_feeling"), f"{tap}.0"),))
    name = display_name(customer, visit.room.words, visit.language)
    text = visit.html("log_feeling", name=name, channel=visit.plain(f"channel.{channel.value}"))
    await visit.show_html(text, rows)
