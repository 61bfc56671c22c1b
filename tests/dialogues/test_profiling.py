"""An objection to profiling: one tap under /mydata, at once and everywhere, and back as easily."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update

from domain.customers import Consent, Purpose
from domain.pictures import CustomerClass, Move, MoveKind, Picture
from domain.rules import parse_rule
from domain.segments import InSegment, Segment
from scheduler.segments import renew_segments
from store.consents import consents_of, give_consents
from store.customers import customers_by_chat
from store.database import Database
from store.moves import add_moves, moves_of
from store.pictures import picture_of
from store.segments import segments_of
from store.tables import pictures, stale_customers
from tests.dialogues.conductor_stand import START, Stand
from tests.store.sending_rows import put_customers

TODAY = START.date()
SEGMENTS = [Segment("quiet", parse_rule("visits(12m) = 0")), Segment("english", parse_rule('language = "en"'))]
RECKONED = {
    "recency": 5,
    "frequency": 4,
    "monetary": 3,
    "scheme": "quintiles",
    "value_class": "A",
    "alive": 87,
    "expected": 3.5,
    "clv": 12300,
    "share": 0.4,
    "customer_class": "keep",
    "class_since": TODAY,
    "class_reason": "loyal",
    "cluster": 7,
}
KEPT = {"purchase_days": 3, "visits": 3, "spent": 9900, "stage": "deepening", "step": "client"}


@pytest.fixture
async def stand(database: Database, tmp_path: Path) -> Stand:
    """Ann with a picture and in two segments, of which one judges by what she buys."""
    stand = Stand(database, tmp_path)
    await stand.says("/help")
    async with database.write() as tx:
        ann = (await customers_by_chat(tx, [7]))[7]
        await tx.execute(insert(pictures).values(customer_id=ann.id, day=TODAY, **RECKONED, **KEPT))
    await renew_segments(database, SEGMENTS, TODAY, START, "EUR", "Europe/Helsinki")
    return stand


async def known_of_ann(database: Database) -> tuple[Picture | None, list[InSegment], list[Move], list[int]]:
    async with database.read() as tx:
        ann = (await customers_by_chat(tx, [7]))[7].id
        stale = list(await tx.scalars(select(stale_customers.c.customer_id)))
        return await picture_of(tx, ann), await segments_of(tx, ann), await moves_of(tx, ann), stale


async def test_one_tap_clears_what_was_reckoned_and_keeps_what_was_counted(stand: Stand) -> None:
    """At once, in the transaction of her tap; the night has to look at her again."""
    (letter,) = await stand.says("/mydata")
    (answer,) = await stand.taps(letter, "Don’t profile me")
    assert answer.message.text.startswith("From now on we work out nothing about you")
    picture, segments, moved, stale = await known_of_ann(stand.database)
    assert picture == Picture(customer_id=stale[0], day=TODAY, **KEPT)  # type: ignore[arg-type] # a test's shorthand
    assert segments == [InSegment("english", TODAY)]
    assert [(each.kind, each.name, each.after, each.evidence) for each in moved] == [
        (MoveKind.SEGMENT, "quiet", "out", "objects to profiling")
    ]


async def test_same_tap_again_changes_nothing_and_the_other_button_takes_it_back(stand: Stand) -> None:
    """Both answers stay as history; the next night lets her in again."""
    (letter,) = await stand.says("/mydata")
    (first,) = await stand.taps(letter, "Don’t profile me")
    (second,) = await stand.taps(letter, "Don’t profile me")
    assert first.message == second.message
    (back,) = await stand.taps(second, "You may again")
    assert back.message.text.startswith("Thank you.")
    async with stand.database.read() as tx:
        ann = (await customers_by_chat(tx, [7]))[7]
        said = [(each.purpose, each.given, each.source) for each in await consents_of(tx, ann.id)]
    assert said == [(Purpose.PROFILING, True, "mydata"), (Purpose.PROFILING, False, "mydata")]
    await renew_segments(stand.database, SEGMENTS, TODAY, START, "EUR", "Europe/Helsinki")
    _, segments, _, stale = await known_of_ann(stand.database)
    assert [each.name for each in segments] == ["english", "quiet"]
    assert len(stale) == 1


async def test_command_says_how_it_stands_with_the_button_for_the_other_way(stand: Stand) -> None:
    """Asking is no answer: nothing is kept."""
    (told,) = await stand.says("/profiling")
    assert told.message.text.startswith("We look at what you buy")
    async with stand.database.read() as tx:
        ann = (await customers_by_chat(tx, [7]))[7]
        assert await consents_of(tx, ann.id) == []
    await stand.taps(told, "Don’t profile me")
    (still,) = await stand.says("/profiling")
    assert still.message.text.startswith("From now on")


async def test_objection_that_comes_another_way_clears_as_well(stand: Stand) -> None:
    """A dialogue's consent question, an import, staff: whoever keeps the no keeps it so."""
    async with stand.database.write() as tx:
        ann = (await customers_by_chat(tx, [7]))[7].id
        await put_customers(tx, [900])
        await tx.execute(insert(pictures).values(customer_id=900, day=TODAY, customer_class="keep"))
        no = Consent(Purpose.PROFILING, False, "1", "staff", START)
        await give_consents(tx, [(ann, no), (900, Consent(Purpose.MARKETING, False, "1", "staff", START))])
        other = await picture_of(tx, 900)
    picture, segments, _, _ = await known_of_ann(stand.database)
    assert picture is not None
    assert (picture.customer_class, picture.class_since) == (None, None)
    assert other is not None
    assert other.customer_class is CustomerClass.KEEP
    assert segments == [InSegment("english", TODAY)]
    assert isinstance(segments[0].since, dt.date)


async def test_night_that_wrote_while_she_objected_is_put_right_by_its_segments(stand: Stand) -> None:
    """It read who objects before her tap, and wrote after it; she is cleared again before anybody asks."""
    (letter,) = await stand.says("/mydata")
    await stand.taps(letter, "Don’t profile me")
    async with stand.database.write() as tx:
        await tx.execute(update(pictures).values(**RECKONED))
    await renew_segments(stand.database, SEGMENTS, TODAY, START, "EUR", "Europe/Helsinki")
    picture, _, _, stale = await known_of_ann(stand.database)
    assert picture == Picture(customer_id=stale[0], day=TODAY, **KEPT)  # type: ignore[arg-type] # a test's shorthand


async def test_objection_forgets_how_she_moved_between_classes_and_into_judging_segments(stand: Stand) -> None:
    """The card's moves would tell what was reckoned, and on what evidence; stages and steps are counted, and stay."""
    async with stand.database.write() as tx:
        ann = (await customers_by_chat(tx, [7]))[7].id
        made = [
            Move(ann, MoveKind.CLASS, TODAY, "develop", "keep", "value A, 20 visits"),
            Move(ann, MoveKind.VALUE, TODAY, "B", "A", "brings more of the year"),
            Move(ann, MoveKind.SEGMENT, TODAY, "out", "in", "visits(12m): 0", "quiet"),
            Move(ann, MoveKind.SEGMENT, TODAY, "out", "in", "language: en", "english"),
            Move(ann, MoveKind.STEP, TODAY, "customer", "client", "3 visits"),
        ]
        await add_moves(tx, made)
    left = [("quiet", "out"), ("", "client"), ("english", "in")]
    (letter,) = await stand.says("/mydata")
    for _ in range(2):
        await stand.taps(letter, "Don’t profile me")
        _, _, moved, _ = await known_of_ann(stand.database)
        assert sorted((each.name, each.after) for each in moved) == sorted(left)
