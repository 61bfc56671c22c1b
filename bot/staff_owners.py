"""Whose customer she is: buttons of her card. Agents take them and give back their own, managers give anybody's."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import display_name, shortened
from bot.customer_owner import give_owner
from bot.staff_visit import Visit, id_of
from dialogues.taps import short
from domain.customers import Customer
from domain.messages import Button, Message
from domain.staff import Role
from store.profiles import profile_of
from store.staff import find_member, list_members

_MOST = 30
_NOBODY = "0"


async def owner_tap(visit: Visit, customer: Customer, rest: Sequence[str]) -> bool:
    """
    A button of "u.CUSTOMER.o": whom to choose ([]), a member ([ID]) or nobody (["0"]).

    True when the owner is now what was asked for, so that the card is to be drawn again.
    """
    match rest:
        case []:
            await _ask(visit, customer)
            return False
        case [chosen]:
            return await _set(visit, customer, None if chosen == _NOBODY else id_of(chosen), clears=chosen == _NOBODY)
        case _:
            await visit.toast("old_button")
            return False


async def _ask(visit: Visit, customer: Customer) -> None:
    key, words, language = f"u.{short(customer.id)}", visit.room.words, visit.language
    profile = await profile_of(visit.tx, customer.id)
    owner = profile.owner_id if profile is not None else None
    manages = visit.member.may(Role.MANAGER)
    rows: list[tuple[Button, ...]] = []
    if owner != visit.member.id:
        rows.append((Button(words.plain("card.label.me", language), f"{key}.o.{short(visit.member.id)}"),))
    if manages:
        others = [each for each in await list_members(visit.tx) if each.id not in {visit.member.id, owner}]
        buttons = [Button(shortened(each.name or str(each.id), 30), f"{key}.o.{short(each.id)}") for each in others]
        rows += [tuple(buttons[at : at + 2]) for at in range(0, min(len(buttons), _MOST), 2)]
    if owner is not None and (manages or owner == visit.member.id):
        rows.append((Button(words.plain("card.label.none", language), f"{key}.o.{_NOBODY}"),))
    rows.append((Button(words.plain("card.label.back", language), f"{key}.b"),))
    text = words.html("card.owner_who", language, name=display_name(customer, words, language))
    await visit.show(Message(text, html=True, keyboard=tuple(rows)), ref=f"customer:{customer.id}")


async def _set(visit: Visit, customer: Customer, owner_id: int | None, *, clears: bool) -> bool:
    profile = await profile_of(visit.tx, customer.id)
    if profile is None or (owner_id is None and not clears):
        await visit.toast("old_button")
        return False
    hers = owner_id == visit.member.id or (clears and profile.owner_id in {None, visit.member.id})
    if not hers and not visit.member.may(Role.MANAGER):
        await visit.toast("owner_not_you", area="card.toast")
        return False
    member = None if owner_id is None else await find_member(visit.tx, owner_id)
    if owner_id is not None and member is None:
        await visit.toast("no_member", area="card.toast")
        return False
    if profile.owner_id != owner_id:
        await give_owner(visit.tx, customer, owner_id, visit.member.id, visit.now)
    if member is None:
        await visit.toast("owner_cleared", area="card.toast")
    else:
        await visit.toast("owner_set", area="card.toast", owner=member.name or member.id)
    return True
