"""Which group staff work in now: the configured one, under the id it moved to, and whether it can be written to."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from store import outbox
from store.database import Tx
from store.settings import get_setting, put_setting
from store.topics import move_group

_SETTING = "staff.group"
TRY_AGAIN = dt.timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Group:
    """The staff group. While it is *lost* (until it answers again), staff are written to in private."""

    chat_id: int
    lost: bool = False
    reason: str = ""


async def staff_group(tx: Tx, configured: int | None, now: dt.datetime) -> Group | None:
    """
    Return the group as it is known now, or None when the config names none.

    What was learnt of another configured group is not used. A lost one counts as found again after a quarter of an
    hour: then the next message tries it.
    """
    if configured is None:
        return None
    known = await get_setting(tx, _SETTING)
    if not known or known["configured"] != configured:
        return Group(configured)
    until = known.get("lost_until")
    lost = until is not None and dt.datetime.fromisoformat(until) > now
    return Group(known["chat_id"], lost, known.get("reason", "") if lost else "")


async def group_moved(tx: Tx, configured: int, old: int, new: int) -> None:
    """Keep the id that the group got as a supergroup; everything that waits for the old one goes to the new one."""
    await put_setting(tx, _SETTING, {"configured": configured, "chat_id": new})
    await move_group(tx, old)
    await outbox.move_chat(tx, old, new)


async def group_lost(tx: Tx, configured: int, group: Group, reason: str, now: dt.datetime) -> None:
    """Write to staff in private for a while: the group is gone, or the bot may not write there."""
    until = (now + TRY_AGAIN).isoformat()
    await put_setting(
        tx,
        _SETTING,
        {"configured": configured, "chat_id": group.chat_id, "lost_until": until, "reason": reason[:200]},
    )


async def group_found(tx: Tx, configured: int, group: Group) -> None:
    """The group answers again, or the bot was added to it."""
    if group.lost:
        await put_setting(tx, _SETTING, {"configured": configured, "chat_id": group.chat_id})
