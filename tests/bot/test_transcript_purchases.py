"""Receipts in transcripts: read as they are written, and brought in by the road that a till's reports take, once."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.transcript_heading import Reading
from bot.transcript_purchases import bring_in, is_receipt, read_receipt
from bot.transcript_reading import read_transcript
from bot.transcript_script import Actor, Bought, Buys
from bot.transcript_stage import Stage
from domain.faults import FaultList
from store.tables import purchases

HEAD = "lang en   at 2027-03-02 10:00   customer Ann met\n"
LINE = "Ann buys receipt 77 at 2027-03-02 12:00 store main: red wine 4.50 x2 [drinks]; bread 3.20"


def _reading() -> tuple[Reading, FaultList]:
    faults = FaultList()
    return Reading("a.chat", faults, actors={"Ann": Actor("Ann", "en")}, number=2), faults


def test_a_receipt_is_read_with_its_lines() -> None:
    """The price is of one; without time and store it is now and the main one."""
    reading, faults = _reading()
    assert read_receipt(reading, LINE) == Buys(
        "Ann",
        "77",
        (Bought("red wine", Decimal("9.00"), Decimal(2), "drinks"), Bought("bread", Decimal("3.20"))),
        store="main",
        at=dt.datetime(2027, 3, 2, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Helsinki")),
    )
    assert read_receipt(reading, "Ann returns receipt 78: bread 3.20") == Buys(
        "Ann", "78", (Bought("bread", Decimal("3.20")),), store="main", back=True
    )
    assert not faults.faults
    assert not is_receipt("Ann: buys receipt 77")


@pytest.mark.parametrize("line", ["Ann buys bread 3.20", "Ann buys receipt 7: bread", "Bo buys receipt 7: bread 3.20"])
def test_what_is_no_receipt_is_told_with_how_to_write_it(line: str) -> None:
    """A slip is named, never passed over."""
    reading, faults = _reading()
    read_receipt(reading, line)
    assert len(faults.faults) == 1


async def test_a_receipt_that_is_told_twice_is_there_once(tmp_path: Path, sqlite_template: Path) -> None:
    """As with a till that repeats its request after a broken line."""
    faults = FaultList()
    transcript = read_transcript(HEAD + LINE + "\n", "a.chat", faults)
    assert transcript is not None
    stage = Stage(transcript, tmp_path, beside=tmp_path)
    try:
        await stage.open(sqlite_template)
        await stage.start_program()
        step = transcript.lines[0].step
        assert isinstance(step, Buys)
        await bring_in(stage, step)
        await bring_in(stage, step)
        async with stage.running.database.read() as tx:
            rows = (await tx.execute(select(purchases.c.product, purchases.c.amount_minor))).all()
    finally:
        await stage.close()
    assert sorted(map(tuple, rows)) == [("bread", 320), ("red wine", 900)]
