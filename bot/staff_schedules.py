"""A newsletter that is to go later: the times to choose from, and the time that she types."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.staff_expects import Expectation, expect
from bot.staff_progress import sending_tap
from bot.staff_send_times import offered, read_moment
from bot.staff_visit import Visit, id_of
from dialogues.taps import short
from domain.messages import Button, Message
from domain.newsletters import Sending, SendingState
from store import sendings

EXPECTED = "send_at"
"""What her next words are for while she is asked to type a time."""


async def ask_when(visit: Visit, sending: Sending, counts: tuple[int, int]) -> None:
    """Offer an hour from now, tomorrow morning, and another time, on the company's clock."""
    zone = visit.room.company.timezone
    rows = [
        (Button(_plain(visit, f"label.{key}", at=at, zone=zone), _at_tap(sending, counts, at)),)
        for key, at in zip(("in_an_hour", "tomorrow"), offered(visit.now, zone), strict=True)
    ]
    pick = Button(_plain(visit, "label.pick"), sending_tap(sending, f"pick.{counts[0]}.{counts[1]}"))
    no = Button(visit.plain("label.not_now"), "e.keep")
    text = _html(visit, "when", title=await visit.room.newsletters.title_of(visit.tx, sending))
    await visit.send(Message(text, html=True, keyboard=(*rows, (pick,), (no,))))


async def begin_typing(visit: Visit, sending: Sending, counts: tuple[int, int]) -> None:
    """Ask her to type the time."""
    argument = f"{short(sending.id)}.{sending.version}.{counts[0]}.{counts[1]}"
    await expect(visit.tx, visit.member, visit.place, Expectation(EXPECTED, argument), visit.now)
    cancel = Button(visit.plain("label.cancel"), "e.cancel")
    text = _html(visit, "type_time", now=visit.now, zone=visit.room.company.timezone)
    await visit.show(Message(text, html=True, keyboard=((cancel,),)))


async def typed_time(visit: Visit, argument: str, text: str) -> None:
    """Read the time that she typed and ask whether it is meant; what is no time is asked for again."""
    number, version, *rest = argument.split(".")
    sending = await sendings.get(visit.tx, id_of(number) or 0)
    if sending is None or sending.version != int(version) or sending.state is not SendingState.DRAFT:
        await visit.say("newsletter_changed")
        return
    zone = visit.room.company.timezone
    at = read_moment(text, visit.now, zone)
    if at is None or at <= visit.now:
        await expect(visit.tx, visit.member, visit.place, Expectation(EXPECTED, argument), visit.now)
        cancel = Button(visit.plain("label.cancel"), "e.cancel")
        key = "no_time" if at is None else "past_time"
        await visit.send(Message(_html(visit, key, at=at, zone=zone), html=True, keyboard=((cancel,),)))
        return
    counts = (int(rest[0]), int(rest[1]))
    title = await visit.room.newsletters.title_of(visit.tx, sending)
    yes = Button(_plain(visit, "label.that_time"), _at_tap(sending, counts, at))
    other = Button(_plain(visit, "label.pick"), sending_tap(sending, f"pick.{counts[0]}.{counts[1]}"))
    question = _html(visit, "at_that_time", title=title, n=counts[0], at=at, zone=zone)
    await visit.send(Message(question, html=True, keyboard=((yes,), (other,))))


def moment_of(more: Sequence[str]) -> dt.datetime | None:
    """Read the moment that a button carries behind its counts; None when it carries none."""
    minutes = id_of(more[2]) if len(more) == 3 else None
    if minutes is None or minutes > _LAST:
        return None
    return dt.datetime.fromtimestamp(minutes * 60, dt.UTC)


_LAST = 2**31  # minutes; beyond that no calendar goes


def _at_tap(sending: Sending, counts: tuple[int, int], at: dt.datetime) -> str:
    return sending_tap(sending, f"at.{counts[0]}.{counts[1]}.{short(int(at.timestamp()) // 60)}")


def _html(visit: Visit, key: str, /, **values: object) -> str:
    return visit.room.words.html(f"sendings.{key}", visit.language, **values)


def _plain(visit: Visit, key: str, /, **values: object) -> str:
    return visit.room.words.plain(f"sendings.{key}", visit.language, **values)
