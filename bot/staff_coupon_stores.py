"""Where a member of staff works: asked once, so that a coupon of another store is noticed."""

from __future__ import annotations

import hashlib

from bot.staff_visit import Visit
from dialogues.taps import short
from domain.messages import Button, Message
from store.coupons_staff import known_stores, set_staff_store, store_of_staff

_TAP = "h"
_MOST = 24
_LONGEST = 64


async def store_command(visit: Visit, argument: str) -> None:
    """`/store NAME` says where she works; without a name the stores are shown to choose from."""
    name = " ".join(argument.split())[:_LONGEST]
    if name:
        known = {each.casefold(): each for each in await known_stores(visit.tx)}
        await keep_store(visit, known.get(name.casefold(), name))
    elif await known_stores(visit.tx):
        await ask_store(visit, None)
    else:
        at = await store_of_staff(visit.tx, visit.member.id)
        key, values = ("store_is", {"store": at}) if at else ("store_usage", {})
        await visit.send(Message(_html(visit, key, **values), html=True))


async def ask_store(visit: Visit, coupon_id: int | None) -> None:
    """Ask where she works, before she goes on with a coupon."""
    tail = f".{short(coupon_id)}" if coupon_id is not None else ""
    buttons = [Button(each[:40], f"{_TAP}.{_digest(each)}{tail}") for each in (await known_stores(visit.tx))[:_MOST]]
    rows = tuple(tuple(buttons[at : at + 2]) for at in range(0, len(buttons), 2))
    await visit.send(Message(_html(visit, "which_store"), html=True, keyboard=rows))


async def store_of_button(visit: Visit, digest: str) -> str | None:
    """Return the store of a button, or None where it is gone."""
    return next((each for each in await known_stores(visit.tx) if _digest(each) == digest), None)


async def keep_store(visit: Visit, store: str) -> None:
    """Keep where she works, and say so."""
    await set_staff_store(visit.tx, visit.member.id, store, visit.now)
    await visit.show_html(_html(visit, "store_is", store=store))


def _digest(store: str) -> str:
    return hashlib.sha256(store.encode()).hexdigest()[:12]


def _html(visit: Visit, key: str, **values: object) -> str:
    return visit.room.words.html(f"redeeming.{key}", visit.language, **values)
