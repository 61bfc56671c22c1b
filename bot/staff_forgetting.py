"""Forgetting at the desk, for a customer who asked elsewhere: a manager asks for it on her card, and confirms."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import display_name
from bot.staff_visit import Visit, id_of
from dialogues.taps import short
from domain.customers import Customer
from domain.messages import Button, Message
from domain.staff import Role
from store.customers import customer_by_id
from store.erasures import ask, erasure_of

TAP = "b"
ROLE = Role.MANAGER


def forget_button(visit: Visit, customer: Customer) -> Button | None:
    """Return the button for a customer's card; None for a member who may not."""
    if not visit.member.may(ROLE):
        return None
    return Button(visit.room.words.plain("forgotten.label.forget", visit.language), f"{TAP}.{short(customer.id)}")


async def forget_tap(visit: Visit, rest: Sequence[str]) -> None:
    """The button and its confirmation: "b.CUSTOMER", "b.CUSTOMER.yes"."""
    customer_id = id_of(rest[0]) if rest else None
    customer = await customer_by_id(visit.tx, customer_id) if customer_id is not None else None
    words = visit.room.words
    match rest:
        case _ if customer is None:
            await visit.toast("old_button")
        case _ if await erasure_of(visit.tx, customer.id) is not None:
            await visit.send(Message(words.html("forgotten.already", visit.language), html=True))
        case [_]:
            name = display_name(customer, words, visit.language)
            yes = Button(words.plain("forgotten.label.yes", visit.language), f"{TAP}.{short(customer.id)}.yes")
            no = Button(visit.plain("label.cancel"), "e.cancel")
            text = words.html("forgotten.ask", visit.language, name=name)
            await visit.send(Message(text, html=True, keyboard=((yes, no),)), customer_id=customer.id)
        case [_, "yes"]:
            await visit.clear_buttons()
            await ask(visit.tx, customer.id, f"staff:{visit.member.id}", visit.now)
            await visit.note("customer.forget", f"customer:{customer.id}")
            text = words.html("forgotten.asked", visit.language, by=visit.member.name)
            await visit.send(Message(text, html=True))
        case _:
            await visit.toast("old_button")
