"""Where a member of staff works: asked once, so that another store's coupon is noticed; and which stores there are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from bot.known_stores import KnownStores, known_stores
from bot.staff_visit import Visit
from dialogues.taps import short
from domain.messages import Button, Message
from domain.staff import Role
from store.coupons_staff import add_store, set_staff_store, store_of_staff, stores_of_purchases
from store.database import unhurried

_TAP = "h"
_MOST = 24
_LONGEST = 64
_NEW = "+"


async def store_command(visit: Visit, argument: str) -> None:
    """
    `/store NAME` says where she works; without a name the stores are shown to choose from.

    A name that nobody knows is refused; with `/store +NAME` a manager makes it known.
    """
    typed = " ".join(argument.split())[:_LONGEST]
    is_new, name = typed.startswith(_NEW), typed.removeprefix(_NEW).strip()
    if is_store_name(name):
        if is_new and visit.member.may(Role.MANAGER):
            known = (await stores_there(visit, name)).named(name)
            if known is None:
                await add_store(visit.tx, name)
            await keep_store(visit, known or name)
        elif (store := await store_meant(visit, name, choosing=True)) is not None:
            await keep_store(visit, store)
    elif not typed and (await stores_there(visit)).names:
        await ask_store(visit, None)
    else:
        await _say(visit, "store_usage")


def is_store_name(name: str) -> bool:
    """Say whether that can be a store's name: it has a letter or a digit."""
    return any(sign.isalnum() for sign in name)


async def stores_there(visit: Visit, name: str = "") -> KnownStores:
    """Return the stores that are known; for a *name* that is not among them it is looked further."""
    return await known_stores(visit.tx, visit.room.loyalty, name)


async def store_meant(visit: Visit, name: str, *, choosing: bool = False) -> str | None:
    """
    Return the store of that name as it is known, or None when there is none: then she has been told which there are,
    the likest first; with *choosing* each is a button that makes it hers.
    """
    known = await stores_there(visit, name)
    store = known.meant(name)
    if store is None:
        listed = known.likest(name)[:_MOST]
        more = len(known.names) - len(listed)
        text = _html(visit, "store_unknown", name=name, stores=", ".join(listed), more=more, choosing=choosing)
        await visit.send(Message(text, html=True, keyboard=_buttons(listed) if choosing else ()))
    return store


async def ask_store(visit: Visit, coupon_id: int | None) -> None:
    """Ask where she works, before she goes on with a coupon; a store that she has said is told."""
    names = (await stores_there(visit)).names
    rows = _buttons(names[:_MOST], f".{short(coupon_id)}" if coupon_id is not None else "")
    at = await store_of_staff(visit.tx, visit.member.id)
    text = _html(visit, "which_store", at=at or "", more=max(len(names) - _MOST, 0))
    await visit.send(Message(text, html=True, keyboard=rows))


async def store_of_button(visit: Visit, digest: str) -> str | None:
    """Return the store of a button, or None where it is gone."""
    near = next((each for each in (await stores_there(visit)).names if _digest(each) == digest), None)
    if near is not None:
        return near
    with unhurried(visit.tx):  # the button may have come of a name that was looked for further back
        by_tills = await stores_of_purchases(visit.tx, far=True)
    return next((each for each in by_tills if _digest(each) == digest), None)


async def keep_store(visit: Visit, store: str) -> None:
    """Keep where she works, and say so."""
    await set_staff_store(visit.tx, visit.member.id, store, visit.now)
    await visit.show_html(_html(visit, "store_is", store=store))


def _buttons(stores: Sequence[str], tail: str = "") -> tuple[tuple[Button, ...], ...]:
    buttons = [Button(each[:40], f"{_TAP}.{_digest(each)}{tail}") for each in stores]
    return tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))


def _digest(store: str) -> str:
    return hashlib.sha256(store.encode()).hexdigest()[:12]


async def _say(visit: Visit, key: str, **values: object) -> None:
    await visit.send(Message(_html(visit, key, **values), html=True))


def _html(visit: Visit, key: str, **values: object) -> str:
    return visit.room.words.html(f"redeeming.{key}", visit.language, **values)
