"""Which group staff work in now: the configured one, under the id it moved to, and what of it cannot be used."""

from __future__ import annotations

import datetime as dt
import enum
from dataclasses import dataclass, replace
from typing import Any

from domain.messages import Act, Lane, Message, Refusal, Waiting
from store import outbox
from store.database import Tx
from store.ids import new_id
from store.settings import get_setting, put_setting
from store.topics import drop_acts_in, drop_looks, move_group

TOPIC = 0  # the chat id of rows for the customer's topic: `bot.forum_topics` finds the topic when they are sent
LOOK = "forum_look"
MOVED = "forum:moved"  # the ref of a look that shows the open cards in any case
_SETTING = "staff.group"
_FIRST_LOOK = dt.timedelta(minutes=2)
_LONGEST_WAIT = dt.timedelta(hours=1)
_PINS_REST = dt.timedelta(days=1)
_TOPICS_REST = dt.timedelta(hours=1)


class Lack(enum.StrEnum):
    """Why the group cannot be used, so that staff are written to in private."""

    GONE = "gone"
    NO_FORUM = "no_forum"
    NO_RIGHTS = "no_rights"


@dataclass(frozen=True, slots=True)
class Group:
    """
    The staff group. With a *lack* it is lost: staff are written to in private until a look finds it usable.

    *looks* counts the looks that found it lost. *no_pins_until* and *no_topics_until* are set once Telegram refused to
    pin or to make topics; staff have been told by then.
    """

    chat_id: int
    lack: Lack | None = None
    looks: int = 0
    no_pins_until: dt.datetime | None = None
    no_topics_until: dt.datetime | None = None

    @property
    def lost(self) -> bool:
        """Say whether staff are written to in private."""
        return self.lack is not None

    def may_pin(self, now: dt.datetime) -> bool:
        """Say whether it is worth asking Telegram to pin something."""
        return self.no_pins_until is None or self.no_pins_until <= now

    def takes_topics(self, now: dt.datetime) -> bool:
        """Say whether it is worth asking Telegram for a new topic."""
        return self.no_topics_until is None or self.no_topics_until <= now


async def staff_group(tx: Tx, configured: int | None) -> Group | None:
    """
    Return the group as it is known now, or None when the config names none.

    What was learnt of another configured group is not used.
    """
    if configured is None:
        return None
    known = await get_setting(tx, _SETTING)
    if not known or known["configured"] != configured:
        return Group(configured)
    lack = known.get("lack")
    return Group(
        known["chat_id"],
        None if lack is None else Lack(lack),
        known.get("looks", 0),
        _moment(known.get("no_pins_until")),
        _moment(known.get("no_topics_until")),
    )


async def group_moved(tx: Tx, configured: int, group: Group, new: int, now: dt.datetime) -> None:
    """Keep the id that the group got as a supergroup; what waits for the old one goes there, with the open cards."""
    await _keep(tx, configured, Group(new, group.lack))
    await move_group(tx, group.chat_id)
    await drop_acts_in(tx, group.chat_id)  # a supergroup counts its messages anew
    await outbox.move_chat(tx, group.chat_id, new)
    await look_at(tx, now, now, ref=MOVED)


async def group_lost(tx: Tx, configured: int, group: Group, lack: Lack, now: dt.datetime) -> None:
    """Write to staff in private, and look again after a while: two minutes, then longer and longer, at most an hour."""
    await _keep(tx, configured, replace(group, lack=lack, looks=group.looks + 1))
    wait = min(_FIRST_LOOK * 2 ** min(group.looks, 10), _LONGEST_WAIT)
    await look_at(tx, now + wait, now)


async def group_found(tx: Tx, configured: int, group: Group) -> Group:
    """The group can be used again, with all its rights as far as is known."""
    found = Group(group.chat_id)
    await _keep(tx, configured, found)
    return found


async def pins_refused(tx: Tx, configured: int, group: Group, now: dt.datetime) -> None:
    """Do without pins for a day; then it is tried again."""
    await _keep(tx, configured, replace(group, no_pins_until=now + _PINS_REST))


async def pins_allowed(tx: Tx, configured: int, group: Group) -> Group:
    """The rights may be others now: pin again."""
    if group.no_pins_until is None:
        return group
    allowed = replace(group, no_pins_until=None)
    await _keep(tx, configured, allowed)
    return allowed


async def topics_refused(tx: Tx, configured: int, group: Group, now: dt.datetime) -> None:
    """Do without new topics for an hour; then it is tried again."""
    await _keep(tx, configured, replace(group, no_topics_until=now + _TOPICS_REST))


async def topics_given(tx: Tx, configured: int, group: Group) -> None:
    """Telegram made a topic again."""
    if group.no_topics_until is not None:
        await _keep(tx, configured, replace(group, no_topics_until=None))


async def look_at(tx: Tx, at: dt.datetime, now: dt.datetime, *, ref: str = "") -> None:
    """Let the pump look at that moment whether the group can be used; one look waits at a time."""
    await drop_looks(tx, TOPIC, ref)
    row = Waiting(new_id(), Act.LOOK, TOPIC, Lane.STAFF, LOOK, Message(), created_at=now, not_before=at, ref=ref)
    await outbox.put(tx, [row])


def lack_of(refusal: Refusal, raw: str) -> Lack:
    """Return what Telegram's refusal of a call to the group says about it."""
    if "not a forum" in raw.lower() or "only for supergroups" in raw.lower():
        return Lack.NO_FORUM
    return Lack.NO_RIGHTS if refusal is Refusal.NO_RIGHTS else Lack.GONE


async def _keep(tx: Tx, configured: int, group: Group) -> None:
    kept: dict[str, Any] = {"configured": configured, "chat_id": group.chat_id}
    if group.lack is not None:
        kept |= {"lack": group.lack.value, "looks": group.looks}
    for name, moment in (("no_pins_until", group.no_pins_until), ("no_topics_until", group.no_topics_until)):
        if moment is not None:
            kept[name] = moment.isoformat()
    await put_setting(tx, _SETTING, kept)


def _moment(text: str | None) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(text)
