"""Where a member of staff works: asked once, so that another store's coupon is noticed; and which stores there are."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Sequence

from bot.staff_visit import Visit
from dialogues.taps import short
from domain.messages import Button, Message
from domain.staff import Role
from store.coupons_staff import set_staff_store, store_of_staff, stores_of_purchases, stores_of_staff

_TAP = "h"
_MOST = 24
_LONGEST = 64
_NEW = "+"
_ALIKE = 0.6
"""How like a name must be to what she typed to stand first, by difflib's ratio."""


async def store_command(visit: Visit, argument: str) -> None:
    """
    `/store NAME` says where she works; without a name the stores are shown to choose from.

    A name that nobody knows is refused; with `/store +NAME` a manager makes it known.
    """
    name = " ".join(argument.split())[:_LONGEST]
    if name:
        is_new, name = name.startswith(_NEW), name.removeprefix(_NEW).strip()
        if is_new and name and visit.member.may(Role.MANAGER):
            await keep_store(visit, _as_known(name, await stores_there(visit)) or name)
        elif (store := await store_meant(visit, name, choosing=True)) is not None:
            await keep_store(visit, store)
    elif await stores_there(visit):
        await ask_store(visit, None)
    else:
        await _say(visit, "store_usage")


async def stores_there(visit: Visit) -> list[str]:
    """
    Return the stores that are known, by name: those that tills report purchases from lately, those that campaigns
    and published events name in their files, and those that staff work in. Where two differ in capitals only, the
    tills' name counts.
    """
    by_tills, worked = await stores_of_purchases(visit.tx), await stores_of_staff(visit.tx)
    known: dict[str, str] = {}
    for each in (*by_tills, *_of_files(visit), *worked):
        known.setdefault(each.casefold(), each)
    return sorted(known.values(), key=str.casefold)


async def store_meant(visit: Visit, name: str, *, choosing: bool = False) -> str | None:
    """
    Return the store of that name as it is known, or None when there is none: then she has been told which there are,
    the likest first; with *choosing* each is a button that makes it hers.

    As long as neither a till nor a file names a store there is nothing to compare with, and a new name is believed.
    """
    known = await stores_there(visit)
    store = _as_known(name, known)
    if store is not None:
        return store
    if not _of_files(visit) and not await stores_of_purchases(visit.tx):
        return name
    listed = _likest_first(name, known)[:_MOST]
    more = len(known) - len(listed)
    text = _html(visit, "store_unknown", name=name, stores=", ".join(listed), more=more, choosing=choosing)
    await visit.send(Message(text, html=True, keyboard=_buttons(listed) if choosing else ()))
    return None


async def ask_store(visit: Visit, coupon_id: int | None) -> None:
    """Ask where she works, before she goes on with a coupon; a store that she has said is told."""
    rows = _buttons((await stores_there(visit))[:_MOST], f".{short(coupon_id)}" if coupon_id is not None else "")
    at = await store_of_staff(visit.tx, visit.member.id)
    await visit.send(Message(_html(visit, "which_store", at=at or ""), html=True, keyboard=rows))


async def store_of_button(visit: Visit, digest: str) -> str | None:
    """Return the store of a button, or None where it is gone."""
    return next((each for each in await stores_there(visit) if _digest(each) == digest), None)


async def keep_store(visit: Visit, store: str) -> None:
    """Keep where she works, and say so."""
    await set_staff_store(visit.tx, visit.member.id, store, visit.now)
    await visit.show_html(_html(visit, "store_is", store=store))


def _of_files(visit: Visit) -> list[str]:
    loyalty = visit.room.loyalty
    named = [store for campaign in loyalty.campaigns for store in campaign.stores]
    return [*named, *(event.store for event in loyalty.events if event.store and event.published)]


def _as_known(name: str, known: Sequence[str]) -> str | None:
    return next((each for each in known if each.casefold() == name.casefold()), None)


def _likest_first(name: str, known: Sequence[str]) -> list[str]:
    folded = {each.casefold(): each for each in known}
    near = difflib.get_close_matches(name.casefold(), list(folded), n=len(folded), cutoff=_ALIKE)
    return [*(folded[each] for each in near), *(each for each in known if each.casefold() not in near)]


def _buttons(stores: Sequence[str], tail: str = "") -> tuple[tuple[Button, ...], ...]:
    buttons = [Button(each[:40], f"{_TAP}.{_digest(each)}{tail}") for each in stores]
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))


def _digest(store: str) -> str:
    return hashlib.sha256(store.encode()).hexdigest()[:12]


async def _say(visit: Visit, key: str, **values: object) -> None:
    await visit.send(Message(_html(visit, key, **values), html=True))


def _html(visit: Visit, key: str, **values: object) -> str:
    return visit.room.words.html(f"redeeming.{key}", visit.language, **values)
