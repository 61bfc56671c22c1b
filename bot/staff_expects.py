"""What a member's next words are for: kept with the place where she was asked, and only for a while."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dialogues.taps import short
from domain.incoming import Place
from domain.staff import StaffMember
from store.database import Tx
from store.staff import expect_words

LASTS = dt.timedelta(minutes=30)  # whoever comes back later has forgotten what she was asked


@dataclass(frozen=True, slots=True)
class Expectation:
    """Her next words in the place where she was asked are *what* ("reply", "note", "log") for *argument*."""

    what: str
    argument: str


async def expect(tx: Tx, member: StaffMember, place: Place, wanted: Expectation, now: dt.datetime) -> None:
    """Remember what her next words here are for; what was expected before is forgotten."""
    until = short(int((now + LASTS).timestamp()) // 60)
    await expect_words(tx, member.id, f"{wanted.what}:{wanted.argument}@{_spot(place)}~{until}")


async def forget_expected(tx: Tx, member: StaffMember) -> None:
    """Her next words are for nothing in particular."""
    if member.expects:
        await expect_words(tx, member.id, "")


def expected_here(member: StaffMember, place: Place, now: dt.datetime) -> Expectation | None:
    """
    Return what her words in *place* are for, or None: nothing was asked, not here, or too long ago.

    So that words to a colleague in another chat never reach a customer.
    """
    head, found, until = member.expects.rpartition("~")
    if not found or int(until, 36) * 60 < now.timestamp():
        return None
    asked, _, spot = head.rpartition("@")
    if spot != _spot(place):
        return None
    what, _, argument = asked.partition(":")
    return Expectation(what, argument)


def _spot(place: Place) -> str:
    sign = "-" if place.chat_id < 0 else ""
    return f"{sign}{short(abs(place.chat_id))}/{short(place.thread_id or 0)}"
