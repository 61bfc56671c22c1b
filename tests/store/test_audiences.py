"""Audiences looked at before sending: numbers and lists agree with each other and with the verdicts of the rule."""

from __future__ import annotations

from domain.customers import Purpose
from domain.rules import evaluate, parse_rule
from store.audiences import Member, count_audience, list_audience, unknown_facts
from store.database import Database
from store.rules_facts import customer_facts
from tests.store.rules_rows import AT, put_random_customers


async def test_counts_agree_with_the_list_and_with_each_verdict(database: Database) -> None:
    """K2 and N2: count, list and reasons are one truth, on both databases, in pages of any size."""
    rule = parse_rule('visits(12m) >= 1 and (pet or kind = "consumer")')
    async with database.write() as tx:
        ids = await put_random_customers(tx, seed=7, count=60)
        verdicts = [evaluate(rule, facts, AT) for facts in (await customer_facts(tx, ids, AT)).values()]
        counts = await count_audience(tx, rule, AT, currency="EUR", purpose=Purpose.MARKETING)
        listed: list[Member] = []
        while True:
            page = await list_audience(
                tx,
                rule,
                AT,
                currency="EUR",
                purpose=Purpose.MARKETING,
                after=listed[-1].id if listed else 0,
                limit=7,
            )
            listed += page
            if not page:
                break
        excluded = await list_audience(tx, rule, AT, currency="EUR", purpose=Purpose.MARKETING, only_excluded=True)
    assert (counts.count, counts.unknown) == (verdicts.count(True), verdicts.count(None))
    assert counts.count == len(listed) > 0
    assert [each for each in listed if each.reason] == excluded
    assert sum(counts.excluded.values()) == len(excluded)


async def test_names_that_nobody_has_are_found(database: Database) -> None:
    """A slip of the pen in a fact's name is told, whether or not it is written with "fact."."""
    async with database.write() as tx:
        await put_random_customers(tx, seed=7, count=60)
        assert await unknown_facts(tx, ["nps", "fact.pet", "npz", "fact.pett"]) == ["fact.pett", "npz"]
