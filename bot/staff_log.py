"""`/log`: a contact outside Telegram in three taps (customer, channel, feeling) and one message of words."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import display_name
from bot.staff_customers import hit_button
from bot.staff_expects import Expectation, expect
from bot.staff_visit import Visit, id_of
from dialogues.cases import by_member
from dialogues.outside import Outside, log_outside
from dialogues.taps import short
from dialogues.when_said import split_when
from domain.contacts import Channel, Direction
from domain.customers import Customer
from domain.incoming import Words
from domain.messages import Button
from store.cases import case_by_id, cases_of, standing_case
from store.customers import customer_by_id, customers_by_id, search_customers
from store.staff import recent_customers

_TWO_WAY = (Channel.PHONE, Channel.EMAIL, Channel.SMS, Channel.LETTER)
_ONE_WAY = (Channel.MEETING, Channel.EVENT)
_HITS, _MOST_CASES = 8, 3
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
    """
    A button on the way: "l.CUSTOMER", "l.CUSTOMER.CHANNEL.DIRECTION", "l.CUSTOMER.CHANNEL.DIRECTION.FEELING[.CASE]".

    One tap tells the feeling and, where she has open cases, the case that it was about.
    """
    customer_id = id_of(rest[0]) if rest else None
    customer = await customer_by_id(visit.tx, customer_id) if customer_id is not None else None
    match rest:
        case _ if customer is None:
            await visit.toast("old_button")
        case [_]:
            await _ask_channel(visit, customer)
        case [_, channel, direction] if _is_way(channel, direction):
            await _ask_feeling(visit, customer, Channel(channel), Direction(direction))
        case [_, channel, direction, feeling, *about] if _is_way(channel, direction) and feeling in set("012345"):
            argument = ".".join((short(customer.id), channel, direction, feeling, *about[:1]))
            await expect(visit.tx, visit.member, visit.place, Expectation("log", argument), visit.now)
            cancel = Button(visit.plain("label.cancel"), "e.cancel")
            name = display_name(customer, visit.room.words, visit.language)
            await visit.clear_buttons()
            await visit.say("log_words", name=name, keyboard=((cancel,),))
        case _:
            await visit.toast("old_button")


async def log_words(visit: Visit, argument: str, words: Words) -> None:
    """
    Write the contact on the customer's timeline, with the seller's own feeling (1 to 5) when it was given.

    The words may begin with when it was: "yesterday 14:30", "1.3.".
    """
    parts = argument.split(".")
    customer = await customer_by_id(visit.tx, id_of(parts[0]) or 0) if len(parts) >= 4 else None
    if customer is None:
        await visit.say("log_usage")
        return
    company = visit.room.company
    at, said = split_when(words.text, visit.language, company.languages, visit.now.astimezone(company.zone))
    case = await case_by_id(visit.tx, id_of(parts[4]) or 0) if len(parts) > 4 else None
    case = await standing_case(visit.tx, case) if case is not None and case.customer_id == customer.id else None
    channel, feeling = Channel(parts[1]), int(parts[3]) or None
    said = said if said or words.media else words.text
    outside = Outside(channel, Direction(parts[2]), at or visit.now, said, words.media, feeling)
    by = by_member(visit.member)
    await log_outside(visit.tx, company, visit.room.line, customer, case, outside, by, visit.now)
    await visit.note("contact.log", f"customer:{customer.id}", channel=parts[1])
    name = display_name(customer, visit.room.words, visit.language)
    number = case.id if case is not None else None
    await visit.say("logged", name=name, channel=visit.plain(f"channel.{channel.value}"), at=at, number=number)


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
    found = (await cases_of(visit.tx, [customer.id], only_open=True)).get(customer.id, [])[:_MOST_CASES]
    rows = [tuple(Button(f"{face} {number}", f"{tap}.{number}") for number, face in enumerate(_FEELINGS, start=1))]
    unknown = [Button(visit.plain("label.no_feeling"), f"{tap}.0")]
    for case in found:
        about = visit.plain("number", number=case.id)
        taps = [f"{tap}.{number}.{short(case.id)}" for number in range(len(_FEELINGS) + 1)]
        rows.append(tuple(Button(f"{about} {face}", data) for face, data in zip(_FEELINGS, taps[1:], strict=True)))
        unknown.append(Button(f"{about}: {visit.plain('label.no_feeling')}", taps[0]))
    rows += [(button,) for button in unknown]
    name = display_name(customer, visit.room.words, visit.language)
    text = visit.html("log_feeling", name=name, channel=visit.plain(f"channel.{channel.value}"), cases=bool(found))
    await visit.show_html(text, tuple(rows))
