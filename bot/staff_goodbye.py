"""The graceful goodbye at the desk: a manager asks for it, sees what the customer will read, and confirms."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import display_name
from bot.staff_visit import Visit, id_of
from dialogues.courtesy import unreachable_for
from dialogues.goodbye import farewell, say_goodbye
from dialogues.taps import short
from domain.customers import Customer
from domain.messages import Button, Keyboard, Message
from domain.staff import Role
from store.customers import customer_by_id
from templates.markup import Safe

TAP = "g"
ROLE = Role.MANAGER


def goodbye_button(visit: Visit, customer: Customer) -> Button | None:
    """Return the button for a customer's card; None for whom it is not: a member's role, or a goodbye that was said."""
    if not visit.member.may(ROLE) or customer.ended_at is not None:
        return None
    return Button(_plain(visit, "label.end"), f"{TAP}.{short(customer.id)}")


async def goodbye_tap(visit: Visit, rest: Sequence[str]) -> None:
    """The button and its confirmation: "g.CUSTOMER", "g.CUSTOMER.yes"."""
    customer_id = id_of(rest[0]) if rest else None
    customer = await customer_by_id(visit.tx, customer_id) if customer_id is not None else None
    match rest:
        case _ if customer is None:
            await visit.toast("old_button")
        case [_] | [_, "yes"] if customer.ended_at is not None:
            await _say(visit, "already", name=_name(visit, customer), at=customer.ended_at)
        case [_]:
            await _ask(visit, customer)
        case [_, "yes"]:
            await visit.clear_buttons()
            room = visit.room
            await say_goodbye(visit.tx, room.company, room.words, customer, visit.now, visit.member.id)
            await _say(visit, "done", name=_name(visit, customer), by=visit.member.name)
        case _:
            await visit.toast("old_button")


async def _ask(visit: Visit, customer: Customer) -> None:
    words, name = visit.room.words, _name(visit, customer)
    text = Safe(farewell(words, visit.room.company, customer).text)
    key = "reads" if unreachable_for(customer) is None else "unread"
    told = words.html(f"goodbye.{key}", visit.language, name=name, text=text)
    yes = Button(_plain(visit, "label.confirm"), f"{TAP}.{short(customer.id)}.yes")
    no = Button(visit.plain("label.cancel"), "e.cancel")
    await _say(visit, "ask", name=name, told=told, keyboard=((yes, no),))


async def _say(visit: Visit, key: str, *, keyboard: Keyboard = (), **values: object) -> None:
    text = visit.room.words.html(f"goodbye.{key}", visit.language, **values)
    await visit.send(Message(text, html=True, keyboard=keyboard))


def _plain(visit: Visit, key: str) -> str:
    return visit.room.words.plain(f"goodbye.{key}", visit.language)


def _name(visit: Visit, customer: Customer) -> str:
    return display_name(customer, visit.room.words, visit.language)
