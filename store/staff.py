"""Staff members: their roles, what their next words are for, and whether the bot can write to them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from dataclasses import replace

from sqlalchemy import Row, insert, select, update

from domain.staff import Role, StaffMember
from store.database import Tx
from store.tables import audit
from store.tables import staff as table

_PRESENT = table.c.removed_at.is_(None)
_IDS = select(table.c.id).where(_PRESENT)


async def install_admins(tx: Tx, ids: Collection[int], now: dt.datetime) -> None:
    """
    Put the config's admins in: new ones are added, removed ones come back, others are raised to admin.

    Nobody is lowered or removed here: that is `vuoro staff remove`.
    """
    for staff_id in ids:
        member = await find_member(tx, staff_id)
        if member is None or member.role is not Role.ADMIN:
            await add_member(tx, staff_id, member.name if member else "", Role.ADMIN, now)


async def add_member(
    tx: Tx, staff_id: int, name: str, role: Role, now: dt.datetime, *, language: str | None = None
) -> StaffMember:
    """
    Make *staff_id* a member with exactly *role*, whether she is new, was removed, or had another role.

    An empty *name* and no *language* leave what was known. She counts as reachable until Telegram says otherwise.
    """
    values: dict[str, object] = {"role": role.value, "removed_at": None}
    if name:
        values["name"] = name
    if language:
        values["language"] = language
    changed = await tx.execute(update(table).where(table.c.id == staff_id).values(values))
    if changed.rowcount == 0:
        values |= {"id": staff_id, "reachable": True, "added_at": now}
        await tx.execute(insert(table).values(values))
    member = await find_member(tx, staff_id)
    assert member is not None
    return member


async def remove_member(tx: Tx, staff_id: int, now: dt.datetime) -> bool:
    """Take every right from *staff_id*; False when she had none. The row stays, for the names in old events."""
    changed = await tx.execute(
        update(table).where(table.c.id == staff_id, _PRESENT).values(removed_at=now, expects="", role=Role.AGENT.value)
    )
    return changed.rowcount > 0


async def find_member(tx: Tx, staff_id: int) -> StaffMember | None:
    """Return the present member of that Telegram id, or None."""
    row = (await tx.execute(select(table).where(table.c.id == staff_id, _PRESENT))).one_or_none()
    return None if row is None else _member(row)


async def list_members(tx: Tx) -> list[StaffMember]:
    """Return every present member, by id."""
    return [_member(row) for row in await tx.execute(select(table).where(_PRESENT).order_by(table.c.id))]


async def ids_of_members(tx: Tx) -> frozenset[int]:
    """Return the Telegram ids of every present member; one small query for a whole batch of updates."""
    return frozenset(await tx.scalars(_IDS))


async def names_of(tx: Tx, ids: Collection[int]) -> dict[int, str]:
    """Return id → name, of removed members too: the history keeps its names."""
    rows = await tx.execute(select(table.c.id, table.c.name).where(table.c.id.in_(set(ids))))
    return {row.id: row.name for row in rows}


async def expect_words(tx: Tx, staff_id: int, what: str) -> None:
    """Remember what the next words of *staff_id* are for, such as "reply:12"; "" forgets it."""
    await tx.execute(update(table).where(table.c.id == staff_id).values(expects=what))


async def note_presence(tx: Tx, member: StaffMember, name: str, language: str | None) -> StaffMember:
    """Keep the name under which *member* writes, and her language unless she has one; returns her as she is now."""
    fresh = replace(member, name=name or member.name, language=member.language or language, reachable=True)
    if fresh != member:
        await tx.execute(
            update(table)
            .where(table.c.id == member.id)
            .values(name=fresh.name, language=fresh.language, reachable=True)
        )
    return fresh


async def set_language(tx: Tx, staff_id: int, language: str) -> None:
    """Choose the language in which the bot writes to *staff_id*."""
    await tx.execute(update(table).where(table.c.id == staff_id).values(language=language))


async def set_reachable(tx: Tx, staff_id: int, reachable: bool) -> None:
    """Note whether the bot can write to *staff_id* in private: she blocked it, never met it, or came back."""
    await tx.execute(update(table).where(table.c.id == staff_id).values(reachable=reachable))


async def recent_customers(tx: Tx, staff_id: int, limit: int) -> list[int]:
    """Return the ids of the customers whom a member last looked at or answered, the newest first, each once."""
    wanted = (
        select(audit.c.subject)
        .where(audit.c.staff_id == staff_id, audit.c.subject.like("customer:%"))
        .order_by(audit.c.at.desc(), audit.c.id.desc())
        .limit(limit * 10)
    )
    subjects = dict.fromkeys(await tx.scalars(wanted))
    return [int(subject.partition(":")[2]) for subject in subjects][:limit]


def _member(row: Row[tuple[object, ...]]) -> StaffMember:
    return StaffMember(
        id=row.id,
        name=row.name,
        role=Role(row.role),
        language=row.language,
        expects=row.expects,
        reachable=row.reachable,
    )
