"""Actions of the lifecycle in the store: each counts once, and the goodbye is one of them."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import select

from domain.lifecycle import Action, ActionTaken, Stage, done_in, next_actions
from domain.purchases import Purchase
from store.customers import customer_by_id
from store.database import Database
from store.lifecycle import actions_of, actions_of_many, end_relationship, record_actions, resume_relationships
from store.purchases import add_purchases
from store.tables import stale_customers
from tests.store.test_lives import AT, BEFORE, people


async def test_action_counts_once(database: Database) -> None:
    """However often a night sees it; another ref of the same action is another one."""
    async with database.write() as tx:
        ann, bea = await people(tx, 2)
        offers = [ActionTaken(ann, Action.OFFER, BEFORE, ref) for ref in ("month:2027-03", "month:2027-04")]
        await record_actions(tx, [*offers, *offers])
        await record_actions(tx, [ActionTaken(ann, Action.OFFER, AT, "month:2027-03", 7)])
        assert await actions_of(tx, ann) == offers
        assert await actions_of(tx, bea) == []
        assert await actions_of_many(tx, [ann, bea], [Action.OFFER, Action.OWNER]) == {ann: offers}


async def test_first_purchase_is_a_contract_even_if_it_was_imported(database: Database) -> None:
    """Of a history that nobody watched at least that is told; a return is no contract."""
    async with database.write() as tx:
        ann, _ = await people(tx, 2)
        back = Purchase("R0", BEFORE - dt.timedelta(days=9), -100, "EUR")
        await add_purchases(tx, [(ann, back), (ann, Purchase("R1", BEFORE, 100, "EUR"))])
        assert await actions_of(tx, ann) == [ActionTaken(ann, Action.CONTRACT, BEFORE)]


async def test_goodbye_is_said_once_and_can_be_over(database: Database) -> None:
    """Its second time changes nothing; after she came back it may be said again, as another action."""
    async with database.write() as tx:
        ann, _ = await people(tx, 2)
        assert await end_relationship(tx, ann, BEFORE, 7)
        assert not await end_relationship(tx, ann, AT, 7)
        ended = await customer_by_id(tx, ann)
        assert ended is not None
        assert ended.ended_at == BEFORE
        await resume_relationships(tx, [ann], AT)
        assert await end_relationship(tx, ann, AT, 7)
        assert [each.at for each in await actions_of(tx, ann)] == [BEFORE, AT]
        assert (await tx.scalars(select(stale_customers.c.customer_id))).all() == [ann]


def test_open_actions_are_those_of_the_stage_that_are_not_done() -> None:
    """What prevents an end counts anew each time; after the goodbye there is nothing to do."""
    taken = [ActionTaken(1, Action.WELCOME, BEFORE), ActionTaken(1, Action.ACTIVATE, BEFORE, "since:2027-03-01")]
    open_now = next_actions(Stage.START, done_in(taken, Stage.START))
    assert open_now == (Action.OWNER, Action.INFORMATION, Action.CONTRACT, Action.SATISFACTION)
    assert done_in(taken, Stage.PREVENTING_END, BEFORE) == {Action.ACTIVATE}
    assert done_in(taken, Stage.PREVENTING_END, AT) == frozenset()
    assert next_actions(Stage.ENDED, ()) == ()
