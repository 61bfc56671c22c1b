"""People at companies, as staff see and keep them: a page of the card, roles by taps, `/person COMPANY WHO`."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import display_name, shortened
from bot.customer_card import collect
from bot.customer_card_lines import Pen
from bot.customer_card_pages import people_page
from bot.customer_owner import change_part
from bot.staff_visit import Visit, id_of
from dialogues.taps import short
from domain.customers import Customer, CustomerKind
from domain.messages import Button, Message
from domain.people import CompanyRole, PersonAtCompany
from store.customers import customer_by_id, find_customers
from store.people import people_at

_SHOWN = 12
_HITS = 8
_ROLES = tuple(CompanyRole)
_NO_PART = "x"


async def people_tap(visit: Visit, customer: Customer, what: str, rest: Sequence[str]) -> None:
    """
    A button of the page: "c" is the page, "r" somebody's part at this company.

    "r.PERSON" shows it, "r.PERSON.N" turns one of the roles on or off, "r.PERSON.x" takes the person off.
    """
    match what, list(rest):
        case "c", []:
            await show_people(visit, customer)
        case "r", [who, *change] if len(change) < 2 and (person := await _customer(visit, who)) is not None:
            if change and not await _change(visit, customer, person, change[0]):
                await visit.toast("old_button")
                return
            if change == [_NO_PART]:
                await show_people(visit, customer)
            else:
                await _show_part(visit, customer, person)
        case _:
            await visit.toast("old_button")


async def show_people(visit: Visit, customer: Customer) -> None:
    """Show a company's people or a person's companies, in place; each opens a card, and shows the roles to change."""
    pen = _pen(visit)
    card = await collect(visit.tx, customer, visit.room.company, visit.room.library, visit.now)
    await visit.note("customer.look", f"customer:{customer.id}", page="people")
    rows: list[tuple[Button, ...]] = []
    for part in card.people[:_SHOWN]:
        other_id = part.company_id if part.person_id == customer.id else part.person_id
        other = card.others.get(other_id)
        name = shortened(display_name(other, visit.room.words, visit.language) if other else str(other_id), 30)
        edit = f"u.{short(part.company_id)}.r.{short(part.person_id)}"
        rows.append((Button(name, f"u.{short(other_id)}"), Button("✏️", edit)))
    rows.append((Button(pen.plain("label.back"), f"u.{short(customer.id)}.b"),))
    message = Message(people_page(card, pen), html=True, keyboard=tuple(rows))
    await visit.show(message, ref=f"customer:{customer.id}", customer_id=customer.id)


async def person_command(visit: Visit, argument: str) -> None:
    """`/person COMPANY WHO`: choose somebody's part at the company that the first word finds."""
    first, _, word = argument.strip().partition(" ")
    companies = (await find_customers(visit.tx, first, limit=2, language=visit.language)).customers if first else []
    if len(companies) != 1 or not word.strip():
        await visit.send(Message(_pen(visit).html("person_usage"), html=True))
        return
    company = companies[0]
    found = (await find_customers(visit.tx, word, limit=_HITS, language=visit.language)).customers
    if not found:
        await visit.say("customer_none", word=word)
    elif len(found) == 1:
        await _show_part(visit, company, found[0])
    else:
        rows = tuple((Button(_told(visit, person), f"u.{short(company.id)}.r.{short(person.id)}"),) for person in found)
        await visit.say("customer_several", word=word, more=len(found) >= _HITS, keyboard=rows)


async def _show_part(visit: Visit, company: Customer, person: Customer) -> None:
    pen = _pen(visit)
    if company.id == person.id:
        await visit.send(Message(pen.html("person_self"), html=True))
        return
    part = await _part(visit, company, person)
    if part is None and company.kind is not CustomerKind.COMPANY:
        await visit.send(Message(pen.html("person_no_company", company=pen.name(company)), html=True))
        return
    held = part.roles if part is not None else ()
    key = f"u.{short(company.id)}.r.{short(person.id)}"
    labels = [pen.plain("label.role", on=role in held, role=pen.plain(f"role.{role.value}")) for role in _ROLES]
    buttons = [Button(label, f"{key}.{number}") for number, label in enumerate(labels)]
    rows = [tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2)]
    if part is not None:
        rows.append((Button(pen.plain("label.no_part"), f"{key}.{_NO_PART}"),))
    rows.append((Button(pen.plain("label.people"), f"u.{short(company.id)}.c"),))
    text = pen.html("part_of", person=pen.name(person), company=pen.company_name(company))
    await visit.show(Message(text, html=True, keyboard=tuple(rows)))


async def _change(visit: Visit, company: Customer, person: Customer, change: str) -> bool:
    """Do what was tapped; False for what no button says."""
    part = await _part(visit, company, person)
    roles: tuple[CompanyRole, ...] | None = None
    if change != _NO_PART:
        if not change.isdecimal() or int(change) >= len(_ROLES) or company.id == person.id:
            return False
        if company.kind is not CustomerKind.COMPANY:
            return False
        held = set(part.roles) if part is not None else set()
        roles = tuple(held ^ {_ROLES[int(change)]})
    title = part.title if part is not None else ""
    await change_part(visit.tx, company, person, roles, visit.member.id, visit.now, title=title)
    return True


async def _part(visit: Visit, company: Customer, person: Customer) -> PersonAtCompany | None:
    parts = await people_at(visit.tx, company.id)
    return next((part for part in parts if part.person_id == person.id), None)


async def _customer(visit: Visit, who: str) -> Customer | None:
    customer_id = id_of(who)
    return await customer_by_id(visit.tx, customer_id) if customer_id is not None else None


def _told(visit: Visit, person: Customer) -> str:
    name = display_name(person, visit.room.words, visit.language)
    behind = [part for part in (person.company, person.town, person.number) if part]
    return shortened(" · ".join([name, *behind[:2]]), 60)


def _pen(visit: Visit) -> Pen:
    room = visit.room
    return Pen(room.words, room.labels, room.library, room.company, visit.language, visit.now, room.segments)
