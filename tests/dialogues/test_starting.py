"""Contacts that the company starts with one message: what a no of hers is a no to, when it is made and at the call."""

from __future__ import annotations

import datetime as dt

import pytest

from dialogues.courtesy import Decision, holds_for
from dialogues.starting import start_contact
from domain.company import Company, CourtesyRules
from domain.contacts import ContactKind
from domain.holds import Hold
from domain.messages import Message, Waiting
from store.database import Database
from tests.store.sending_rows import NOW, put_consents, put_customers

COMPANY = Company(courtesy=CourtesyRules(quiet_from=dt.time(0), quiet_to=dt.time(0)))


@pytest.mark.parametrize(
    ("kind", "said", "hold"),
    [
        (ContactKind.CARE, None, None),
        (ContactKind.CARE, True, None),
        (ContactKind.CARE, False, Hold.NO_CONSENT),
        (ContactKind.LOYALTY, False, None),
        (ContactKind.OFFER, None, Hold.NO_CONSENT),
        (ContactKind.OFFER, True, None),
    ],
)
async def test_no_to_advertising_is_a_no_to_care_where_silence_is_none(
    sqlite_database: Database, kind: ContactKind, said: bool | None, hold: Hold | None
) -> None:
    """Care needs no yes; advertising does; what a member has is told her all the same."""
    async with sqlite_database.write() as tx:
        await put_customers(tx, [1])
        if said is not None:
            await put_consents(tx, [1], given=said)
        started = await start_contact(tx, COMPANY, 1, Message("Hello"), kind, NOW, ref="care:1")
    assert (started.hold if isinstance(started, Decision) else None) is hold


async def test_stop_between_the_plan_and_the_call_holds_what_waits_of_care(sqlite_database: Database) -> None:
    """Her /stop is true for what was put on its way before it, too."""
    async with sqlite_database.write() as tx:
        await put_customers(tx, [1])
        row = await start_contact(tx, COMPANY, 1, Message("Hello"), ContactKind.CARE, NOW, ref="care:1")
        assert isinstance(row, Waiting)
        assert await holds_for(tx, [row], COMPANY.courtesy, COMPANY.timezone, NOW) == {}
        await put_consents(tx, [1], given=False)
        held = await holds_for(tx, [row], COMPANY.courtesy, COMPANY.timezone, NOW)
    assert held == {row.id: Decision(Hold.NO_CONSENT)}
