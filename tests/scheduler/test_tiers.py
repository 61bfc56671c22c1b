"""The night's tiers: up at once, down after the grace, kept while something is unknown; cards and the rule language."""

from __future__ import annotations

import asyncio
import datetime as dt
from dataclasses import replace
from decimal import Decimal

import pytest
from sqlalchemy import select

from bot.forum import Forum
from bot.staff_labels import Labels
from dialogues.giving import Giving
from dialogues.joining import Joined, NotInvited, join_programme, leave_programme
from dialogues.library import SHIPPED as SCRIPTS
from dialogues.library import Library
from dialogues.tier_words import TierWords
from domain.benefits import Benefit, Bond, Form, Give, Occasion
from domain.company import Company
from domain.durations import Duration, Unit
from domain.loyalty import Loyalty
from domain.pictures import MoveKind
from domain.programmes import Communication, Joining, Programme, Tier, Told
from domain.purchases import Purchase
from domain.rules import evaluate, parse_rule
from scheduler.tiers import Tiers
from store.benefits import given_to
from store.customers import add_customers, search_customers
from store.database import Database
from store.member_cards import customer_of_card, customers_by_card
from store.memberships import join, leave
from store.moves import moves_of
from store.purchases import add_purchases
from store.rules_facts import customer_facts
from store.rules_sql import audience_select
from store.tables import outbox, purchases
from store.tiers import count_tiers, tier_of
from templates.words import SHIPPED, Words

NIGHT = dt.datetime(2027, 3, 2, 5, tzinfo=dt.UTC)
COMPANY = Company(languages=("en", "fi"), timezone="UTC")
WORDS = Words.load([SHIPPED], COMPANY.languages)
CLUB = Programme(
    "club",
    published=True,
    title={"en": "Club"},
    join=Joining.OPEN,
    communication=Communication(messages=frozenset({Told.TIERS})),
    tiers=(
        Tier("base", {"en": "Base"}),
        Tier("silver", {"en": "Silver"}, parse_rule("spent(3m) >= 100"), Duration(10, Unit.DAYS)),
        Tier(
            "gold", {"en": "Gold"}, parse_rule("spent(3m) >= 500 and average_monthly(2m) > 1"), Duration(10, Unit.DAYS)
        ),
    ),
)


def giving(loyalty: Loyalty) -> Giving:
    line = Forum(COMPANY, WORDS, Labels(WORDS, Library.load([SCRIPTS], COMPANY.languages)), None)
    return Giving(COMPANY, loyalty, WORDS, line)


def tiers(database: Database, programme: Programme = CLUB, step: int = 2) -> Tiers:
    loyalty = Loyalty(programmes=(programme,))
    return Tiers(database, COMPANY, loyalty, giving(loyalty), TierWords(COMPANY, WORDS), step=step)


async def settle(database: Database, spent: dict[int, int], at: dt.datetime = NIGHT) -> None:
    """Put in members who spent so many euros a week before."""
    async with database.write() as tx:
        await add_customers(
            tx,
            [
                {
                    "id": who,
                    "chat_id": 1000 + who,
                    "reach": "reachable",
                    "met_at": at,
                    "created_at": at,
                    "name": f"C{who}",
                }
                for who in spent
            ],
        )
        lines = [
            (who, Purchase(f"r{who}", at - dt.timedelta(days=7), amount * 100, "EUR", quantity=Decimal(1)))
            for who, amount in spent.items()
            if amount
        ]
        await add_purchases(tx, lines)
        for who in spent:
            await join(tx, who, CLUB.membership, at, "chat")


async def standing(database: Database, who: int) -> tuple[str, dt.date | None]:
    async with database.read() as tx:
        found = await tier_of(tx, who, "club")
        assert found is not None
        return found.tier, found.grace_until


async def test_members_get_the_highest_tier_whose_rule_holds_whatever_the_steps(database: Database) -> None:
    """Who is new gets a tier in silence; a second night changes nothing and says nothing."""
    await settle(database, {1: 0, 2: 99, 3: 100, 4: 700, 5: 0})
    for _ in range(2):
        await tiers(database).renew(NIGHT)
    async with database.read() as tx:
        assert await count_tiers(tx, "club") == {"base": 3, "silver": 2}  # 4 has too few bills for gold: unknown
        assert [(move.kind, move.before, move.after) for move in await moves_of(tx, 3)] == [
            (MoveKind.TIER, "", "silver")
        ]
        assert not (await tx.scalars(select(outbox.c.id))).all()


async def test_purchase_lifts_at_once_and_grace_ends_kindly(database: Database) -> None:
    """Up with a message; when the rule holds no longer, once told until when she stays; then down with a move."""
    await settle(database, {1: 0})
    job = tiers(database)
    await job.renew(NIGHT)
    async with database.write() as tx:
        await add_purchases(tx, [(1, Purchase("x", NIGHT, 12000, "EUR"))])
    await job.renew(NIGHT + dt.timedelta(days=1))
    assert await standing(database, 1) == ("silver", None)
    past = NIGHT + dt.timedelta(days=100)
    for day in (0, 1, 10):
        await job.renew(past + dt.timedelta(days=day))
        assert await standing(database, 1) == ("silver", (past + dt.timedelta(days=10)).date())
    await job.renew(past + dt.timedelta(days=11))
    assert await standing(database, 1) == ("base", None)
    async with database.read() as tx:
        moved = [(move.before, move.after) for move in await moves_of(tx, 1)]
        assert moved == [("silver", "base"), ("base", "silver"), ("", "base")]
        assert "spent(3m): 0" in (await moves_of(tx, 1))[0].evidence
        assert len((await tx.scalars(select(outbox.c.id))).all()) == 3


async def test_two_processes_at_one_night_move_and_tell_once(database: Database) -> None:
    """Entering, climbing and fading, each side by side: one move and one message each."""
    await settle(database, {1: 0})
    past = NIGHT + dt.timedelta(days=100)
    for at, bought in ((NIGHT, 0), (NIGHT + dt.timedelta(days=1), 12000), (past, 0)):
        if bought:
            async with database.write() as tx:
                await add_purchases(tx, [(1, Purchase("x", NIGHT, bought, "EUR"))])
        await asyncio.gather(*(tiers(database).renew(at) for _ in range(3)))
    async with database.read() as tx:
        assert [(move.before, move.after) for move in await moves_of(tx, 1)] == [("base", "silver"), ("", "base")]
        assert len((await tx.scalars(select(outbox.c.id))).all()) == 2


async def test_tier_of_another_name_is_no_climb(database: Database) -> None:
    """Staff call silver something else: who has it goes over with a move and without a word."""
    await settle(database, {1: 120})
    await tiers(database).renew(NIGHT)
    base, silver, gold = CLUB.tiers
    await tiers(database, replace(CLUB, tiers=(base, replace(silver, name="plus"), gold))).renew(NIGHT)
    async with database.read() as tx:
        assert [move.after for move in await moves_of(tx, 1)] == ["plus", "silver"]
        assert not (await tx.scalars(select(outbox.c.id))).all()


async def test_rule_that_holds_again_within_the_grace_keeps_the_tier(database: Database) -> None:
    """The grace is over without a word, and without a move."""
    await settle(database, {1: 150})
    job = tiers(database)
    await job.renew(NIGHT)
    past = NIGHT + dt.timedelta(days=100)
    await job.renew(past)
    async with database.write() as tx:
        await add_purchases(tx, [(1, Purchase("x", past, 20000, "EUR"))])
    await job.renew(past + dt.timedelta(days=20))
    assert await standing(database, 1) == ("silver", None)


async def test_what_is_unknown_takes_no_tier_away(sqlite_database: Database) -> None:
    """The lines that a rule measured are gone, as by retention: nobody knows, so she stays."""
    club = replace(CLUB, tiers=(CLUB.tiers[0], Tier("a", {"en": "A"}, parse_rule("average_purchase(3m) > 1"))))
    await settle(sqlite_database, {1: 150})
    job = tiers(sqlite_database, club)
    await job.renew(NIGHT)
    async with sqlite_database.write() as tx:
        await tx.execute(purchases.delete())
    await job.renew(NIGHT + dt.timedelta(days=1))
    assert await standing(sqlite_database, 1) == ("a", None)


async def test_night_is_done_once_and_goes_on_where_it_was_killed(sqlite_database: Database) -> None:
    """Each tick a few steps; a new process goes on; when all are done nothing is due before the next night."""
    await settle(sqlite_database, {who: 100 * (who % 2) for who in range(1, 20)})
    for _ in range(10):
        await tiers(sqlite_database, step=1).tick(NIGHT)  # each time a new process
    job = tiers(sqlite_database, step=1)
    async with sqlite_database.read() as tx:
        assert await count_tiers(tx, "club") == {"base": 9, "silver": 10}
        assert await job.next_due(tx, NIGHT) == NIGHT.replace(hour=4, minute=30) + dt.timedelta(days=1)


async def test_joining_brings_card_and_tier_and_leaving_ends_both(database: Database) -> None:
    """A card is found by its number; a second joining finds the first; after leaving the card is void."""
    await settle(database, {})
    loyalty = Loyalty(programmes=(CLUB,))
    async with database.write() as tx:
        await add_customers(tx, [{"id": 7, "created_at": NIGHT, "name": "Ann"}])
        joined = await join_programme(tx, COMPANY, giving(loyalty), CLUB, 7, NIGHT, "chat")
        assert isinstance(joined, Joined)
        assert (joined.tier, joined.already) == ("base", False)
        again = await join_programme(tx, COMPANY, giving(loyalty), CLUB, 7, NIGHT, "link")
        assert again == Joined(joined.number, "base", already=True)
        assert await customer_of_card(tx, joined.number[:4] + " " + joined.number[4:]) == 7
        assert await customers_by_card(tx, [joined.number, "1"]) == {joined.number: 7}
        assert [each.id for each in await search_customers(tx, joined.number)] == [7]
        assert await leave_programme(tx, "club", CLUB.membership, 7, NIGHT)
        assert not await leave_programme(tx, "club", CLUB.membership, 7, NIGHT)
        assert await tier_of(tx, 7, "club") is None
        assert await customers_by_card(tx, [joined.number]) == {}


async def test_joining_straight_into_a_tier_brings_what_climbing_to_it_brings(database: Database) -> None:
    """Who climbs one step or two at a time and who joins at the top get the same, once; coming back brings nothing."""
    rich = replace(
        CLUB,
        benefits=(welcome("all"), welcome("silver"), welcome("gold")),
        tiers=(
            replace(CLUB.tiers[0], benefits=("all",)),
            replace(CLUB.tiers[1], benefits=("silver",)),
            Tier("gold", {"en": "Gold"}, parse_rule("spent(3m) >= 500"), benefits=("gold",)),
        ),
    )
    gives, later = giving(Loyalty(programmes=(rich,))), NIGHT + dt.timedelta(days=1)
    await settle(database, {1: 0, 2: 0, 3: 500})
    async with database.write() as tx:
        for who in (1, 2, 3):
            await leave(tx, who, rich.membership, NIGHT)
            for _ in range(2):
                await join_programme(tx, COMPANY, gives, rich, who, NIGHT, "chat", by_staff=True)
    async with database.write() as tx:
        await add_purchases(tx, [(1, Purchase("a", NIGHT, 10000, "EUR")), (2, Purchase("b", NIGHT, 50000, "EUR"))])
    await tiers(database, rich).renew(NIGHT)
    async with database.write() as tx:
        await add_purchases(tx, [(1, Purchase("c", NIGHT, 40000, "EUR"))])
    await tiers(database, rich).renew(later)
    async with database.write() as tx:
        before = await given_to(tx, [1, 2, 3], "club")
        await leave_programme(tx, "club", rich.membership, 3, later)
        again = await join_programme(tx, COMPANY, gives, rich, 3, later, "chat")
        assert isinstance(again, Joined)
        assert (again.tier, again.gifts) == ("gold", ())
        assert await given_to(tx, [1, 2, 3], "club") == before
    assert sorted(before) == [1, 2, 3]
    assert all([each.benefit for each in had] == ["all", "silver", "gold"] for had in before.values())


def welcome(name: str) -> Benefit:
    """A gift of words for reaching a tier."""
    return Benefit(name, {"en": name}, Form.RELATIONSHIP, Bond.SOCIAL, Give.WORDS, Occasion.TIER)


async def test_invitation_only_programme_says_what_is_lacking(sqlite_database: Database) -> None:
    """Whom the rule does not mean cannot join by herself; staff may let her in."""
    circle = replace(CLUB, join=Joining.INVITATION, rule=parse_rule("visits(12m) >= 3"))
    await settle(sqlite_database, {})
    async with sqlite_database.write() as tx:
        await add_customers(tx, [{"id": 7, "created_at": NIGHT, "name": "Ann"}])
        gives = giving(Loyalty(programmes=(circle,)))
        refused = await join_programme(tx, COMPANY, gives, circle, 7, NIGHT, "chat")
        assert isinstance(refused, NotInvited)
        assert refused.needs is not None
        assert [(need.function, need.more) for need in refused.needs] == [("visits", Decimal(3))]
        let_in = await join_programme(tx, COMPANY, gives, circle, 7, NIGHT, "staff:5", by_staff=True)
        assert isinstance(let_in, Joined)


@pytest.mark.parametrize(
    ("text", "who"),
    [('tier("club") = "silver"', [2]), ('tier("club") != "silver"', [1, 3]), ('tier("club") in ("base", "gold")', [1])],
)
async def test_rules_ask_for_a_tier_alike_in_both_languages(database: Database, text: str, who: list[int]) -> None:
    """In SQL and in Python; who is no member has an empty one."""
    await settle(database, {1: 0, 2: 100})
    await tiers(database).renew(NIGHT)
    rule = parse_rule(text, about_customers=True)
    async with database.write() as tx:
        await add_customers(tx, [{"id": 3, "created_at": NIGHT, "name": "Eve"}])
        assert sorted(await tx.scalars(audience_select(rule, NIGHT))) == who
        known = await customer_facts(tx, [1, 2, 3], NIGHT)
        assert sorted(each for each, facts in known.items() if evaluate(rule, facts, NIGHT) is True) == who
