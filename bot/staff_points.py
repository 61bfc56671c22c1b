"""`/points WORD`: a customer's points for staff, with every change; `/points WORD +50 reason` gives or takes some."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.cards import display_name
from bot.staff_customers import hit_button
from bot.staff_visit import Visit, id_of
from dialogues.points_by_hand import ByHand, change_by_hand, may_be_told
from dialogues.points_words import change_line, title_of
from dialogues.taps import short
from domain.customers import Customer
from domain.messages import Button, Keyboard, Message
from domain.points_account import Short
from domain.programmes import Programme
from domain.staff import Role
from store.customers import customer_by_id, search_customers
from store.memberships import memberships_of
from store.points import balance_of, programmes_of, statement

_HITS = 8
_AT_ONCE = 10
_MOST = 1_000_000
_LONGEST_REASON = 300
_CHANGE = re.compile(r"(?:(?P<word>.*?)\s+)?(?P<points>[+\-−]\d{1,9})(?:\s+(?P<reason>\S.*))?", re.DOTALL)


async def points_command(visit: Visit, argument: str) -> None:
    """Show the points of whom the word finds, or of the topic's customer; "+50 reason" behind it changes them."""
    found = _CHANGE.fullmatch(argument.strip())
    word = (found["word"] or "" if found else argument).strip()
    if word:
        hits = await search_customers(visit.tx, word, limit=_HITS)
    else:
        hers = await customer_by_id(visit.tx, visit.topic.customer_id) if visit.topic is not None else None
        hits = [hers] if hers is not None else []
    if len(hits) != 1:
        rows = tuple((hit_button(visit, each, f"p.{short(each.id)}"),) for each in hits)
        if hits:
            await _say(visit, "whom", keyboard=rows, change=found is not None)
        else:
            await _say(visit, "nobody" if word else "usage", word=word)
    elif found is None:
        await _show(visit, hits[0], 0, 0)
    else:
        await _change(visit, hits[0], int(found["points"].replace("−", "-")), found["reason"] or "")


async def points_button(visit: Visit, rest: Sequence[str]) -> None:
    """A button: "p.CUSTOMER", or "p.CUSTOMER.PROGRAMME.PAGE" with the programme's place among hers."""
    customer_id = id_of(rest[0]) if rest else None
    customer = await customer_by_id(visit.tx, customer_id) if customer_id is not None else None
    match rest[1:]:
        case _ if customer is None:
            await visit.toast("old_button")
        case []:
            await _show(visit, customer, 0, 0)
        case [place, page] if place.isdecimal() and page.isdecimal() and len(place) < 3 and len(page) < 5:
            await _show(visit, customer, int(place), int(page))
        case _:
            await visit.toast("old_button")


async def _show(visit: Visit, customer: Customer, place: int, page: int) -> None:
    room, tx = visit.room, visit.tx
    programmes = await _programmes(visit, customer)
    name = display_name(customer, room.words, visit.language)
    if place >= len(programmes):
        await _say(visit, "none", customer, name=name)
        return
    programme = programmes[place]
    await visit.note("points.look", f"customer:{customer.id}", programme=programme.name)
    balance = await balance_of(tx, customer.id, programme.name, visit.now)
    entries = await statement(tx, customer.id, programme.name, limit=_AT_ONCE + 1, offset=page * _AT_ONCE)
    lines = [change_line(room.words, each, visit.language) for each in entries[:_AT_ONCE]]
    text = room.words.html(
        "points_staff.balance",
        visit.language,
        name=name,
        programme=title_of(programme, visit.language, room.company.default_language),
        usable=balance.usable,
        pending=balance.pending,
        owed=balance.owed,
    )
    tap, rows = f"p.{short(customer.id)}", []
    if len(entries) > _AT_ONCE:
        rows.append((Button(_plain(visit, "label.older"), f"{tap}.{place}.{page + 1}"),))
    for other, each in enumerate(programmes):
        if other != place:
            title = title_of(each, visit.language, room.company.default_language)
            rows.append((Button(title, f"{tap}.{other}.0"),))
    rows.append((Button(_plain(visit, "label.card"), f"u.{short(customer.id)}"),))
    shown = Message("\n".join((text, *lines)), html=True, keyboard=tuple(rows))
    await visit.show(shown, ref=_ref(customer), customer_id=customer.id)
    await visit.toast()


async def _change(visit: Visit, customer: Customer, points: int, reason: str) -> None:
    room, name = visit.room, display_name(customer, visit.room.words, visit.language)
    if not visit.member.may(Role.MANAGER):
        await _say(visit, "only_managers")
        return
    if not reason.strip() or not points or abs(points) > _MOST:
        await _say(visit, "reason_needed")
        return
    mine = await _programmes(visit, customer, only_member=points > 0)
    if not mine:
        await _say(visit, "none", customer, name=name)
        return
    act = ByHand(points, reason.strip()[:_LONGEST_REASON], visit.member.id)
    done = await change_by_hand(visit.tx, room.company, room.words, mine[0], customer, act, visit.now)
    if isinstance(done, Short):
        await _say(visit, "short", customer, name=name, usable=done.usable, missing=done.missing)
        return
    await _say(
        visit,
        "gave" if points > 0 else "took",
        customer,
        name=name,
        by=visit.member.name,
        points=abs(points),
        usable=done.usable,
        reason=act.reason,
        told=may_be_told(customer),
    )


async def _programmes(visit: Visit, customer: Customer, *, only_member: bool = False) -> list[Programme]:
    """Return the programmes with points that she is in, then those that she has left with some."""
    open_ = [each for each in visit.room.loyalty.open_programmes if each.points is not None]
    mine = {each.name for each in await memberships_of(visit.tx, customer.id) if each.until is None}
    had = set() if only_member else set(await programmes_of(visit.tx, customer.id))
    return [
        *(each for each in open_ if each.membership in mine),
        *(each for each in open_ if each.membership not in mine and each.name in had),
    ]


async def _say(
    visit: Visit, key: str, customer: Customer | None = None, *, keyboard: Keyboard = (), **values: object
) -> None:
    """Answer with a sentence; one that names the customer is remembered as hers, so that forgetting her deletes it."""
    message = Message(
        visit.room.words.html(f"points_staff.{key}", visit.language, **values), html=True, keyboard=keyboard
    )
    ref, who = ("", None) if customer is None else (_ref(customer), customer.id)
    await visit.send(message, ref=ref, customer_id=who)
    await visit.toast()


def _ref(customer: Customer) -> str:
    return f"points:{customer.id}"


def _plain(visit: Visit, key: str) -> str:
    return visit.room.words.plain(f"points_staff.{key}", visit.language)
