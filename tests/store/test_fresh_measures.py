"""Kept measures in verdicts: the same ones as live, whoever bought, changed or came since the night."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, reject, settings
from sqlalchemy import event, insert, select

from domain.customers import Purpose
from domain.kept_measures import measures_to_keep
from domain.rules import Rule, RuleError, evaluate, parse_rule
from domain.rules_customer import CustomerFacts
from store.audiences import count_audience, ids_among, list_audience
from store.database import Database, Tx
from store.fresh_measures import fresh_measures, measures_not_kept
from store.ids import new_id
from store.rule_holders import holders
from store.rules_facts import customer_facts
from store.rules_sql import holds_for
from store.tables import customers, purchases
from tests.store.kept_rows import keep, live_on
from tests.store.rules_rows import AT, DAY, RULES, put_random_customers
from tests.store.sending_rows import put_customers
from tests.store.test_rules_sql import EVERY_KIND

NIGHT = AT - 2 * DAY - dt.timedelta(hours=9)
KEPT = measures_to_keep(
    [
        parse_rule(text)
        for text in (
            *EVERY_KIND,
            'purchases(8w, group="wine") > 1 and spent(1m) > 1 and average_monthly(2m, group="phone") > 1',
            'bought("wine", 1m) > 1 and every_due("maintenance", every=1m) and unbroken("phone") > 1m',
        )
    ]
)


async def check(tx: Tx, rule: Rule, known: dict[int, CustomerFacts], at: dt.datetime = AT) -> None:
    """Hold every way to a verdict against the plain one."""
    by_python = {customer_id: evaluate(rule, facts, at) for customer_id, facts in known.items()}
    yes = sorted(customer_id for customer_id, verdict in by_python.items() if verdict is True)
    holds = await holds_for(tx, rule, at, "EUR")
    assert sorted(await tx.scalars(select(customers.c.id).where(holds))) == yes
    assert sorted(await holders(tx, rule, at, "EUR")) == yes
    some = await holders(tx, rule, at, "EUR", after=2, upto=50)
    assert sorted(some) == [customer_id for customer_id in yes if 2 < customer_id <= 50]
    counts = await count_audience(tx, rule, at, currency="EUR", purpose=Purpose.MARKETING)
    assert (counts.count, counts.unknown) == (len(yes), list(by_python.values()).count(None))


@pytest.fixture
async def known(database: Database) -> dict[int, CustomerFacts]:
    """Customers of whom some have newer lines than what is kept, others changed ones, and others nothing kept."""
    async with database.write() as tx:
        ids = await put_random_customers(tx, 4, 60)
        await keep(tx, NIGHT, KEPT)
        await live_on(tx, ids, 4)
        return await customer_facts(tx, [*ids, 61, 62], AT)


async def test_every_kind_of_rule_has_the_same_verdicts_with_kept_measures(
    database: Database, known: dict[int, CustomerFacts]
) -> None:
    """K2: what is kept is used exactly where it is still right, two days and a change of the clock after the night."""
    async with database.read() as tx:
        for each in EVERY_KIND:
            await check(tx, parse_rule(each), known)
        fresh = await fresh_measures(tx, parse_rule(EVERY_KIND[0]), AT, "EUR")
        assert fresh is not None
        assert len(fresh.columns) == 3


@given(text=RULES)
@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
async def test_random_rules_have_the_same_verdicts_with_kept_measures(
    database: Database, known: dict[int, CustomerFacts], text: str
) -> None:
    """No rule and no customer tells kept from live."""
    try:
        rule = parse_rule(text)
    except RuleError:
        reject()
    async with database.read() as tx:
        await check(tx, rule, known)


@pytest.mark.parametrize("ahead", [0, 1, 28, 29, 55, 365])
async def test_verdicts_ahead_take_what_is_still_right_by_then(database: Database, ahead: int) -> None:
    """An audience for a coming day: windows move on, and who falls out of one is measured anew."""
    at = NIGHT + ahead * DAY + dt.timedelta(hours=20)
    rules = ("visits(90d) >= 1 and spent(12m) > 0", 'average_purchase(12m) > 10 or bought("wine", 1m) > 0')
    async with database.write() as tx:
        ids = await put_random_customers(tx, 6, 50)
        await keep(tx, NIGHT, KEPT)
        known = await customer_facts(tx, ids, at)
        for each in rules:
            await check(tx, parse_rule(each), known, at)


async def test_moment_before_the_night_another_zone_or_currency_is_measured_live(database: Database) -> None:
    """What the night knows, nobody knew the day before."""
    rule = parse_rule("visits(12m) >= 1")
    async with database.write() as tx:
        await put_random_customers(tx, 6, 5)
        await keep(tx, NIGHT, [])
        assert await fresh_measures(tx, rule, NIGHT, "EUR") is not None
        assert await fresh_measures(tx, rule, NIGHT - dt.timedelta(microseconds=1), "EUR") is None
        assert await fresh_measures(tx, rule, AT.astimezone(dt.UTC), "EUR") is None
        assert await fresh_measures(tx, rule, AT, "SEK") is None
        assert await fresh_measures(tx, parse_rule('kind = "consumer"'), AT, "EUR") is None


async def test_many_newer_lines_are_not_looked_through_for_every_small_step(database: Database) -> None:
    """After a great import a step through an audience measures live; a count still takes what is right."""
    rule = parse_rule("visits(12m) >= 1")
    line = {"receipt": "r", "at": AT, "amount_minor": 1, "currency": "EUR"}
    async with database.write() as tx:
        await put_customers(tx, [1, 2])
        await keep(tx, NIGHT, [])
        await tx.execute(insert(purchases), [{"id": new_id(), "customer_id": 1, **line} for _ in range(3)])
        assert await fresh_measures(tx, rule, AT, "EUR", most_newer=3) is not None
        assert await fresh_measures(tx, rule, AT, "EUR", most_newer=2) is None
        assert (await count_audience(tx, rule, AT, currency="EUR", purpose=None)).count == 1


async def test_members_and_ids_among_take_kept_measures_too(database: Database) -> None:
    """Lists and events see the same people as the count, in pages as well."""
    rule = parse_rule("visits(12m) >= 1 and average_purchase(12m) > 5")
    async with database.write() as tx:
        ids = await put_random_customers(tx, 8, 40)
        await keep(tx, NIGHT, [])
        await live_on(tx, ids, 8)
        known = await customer_facts(tx, [*ids, 41, 42], AT)
        yes = [customer_id for customer_id, facts in known.items() if evaluate(rule, facts, AT)]
        listed = await list_audience(tx, rule, AT, currency="EUR", purpose=None)
        assert [each.id for each in listed] == yes
        assert await ids_among(tx, rule, AT, range(10, 42), currency="EUR") == [i for i in yes if 10 <= i < 42]


async def test_measure_that_has_no_column_is_told(database: Database) -> None:
    """So that the next night keeps it."""
    async with database.write() as tx:
        await keep(tx, NIGHT, [])
        rule = parse_rule('visits(12m) >= 1 and visits(12h) = 0 and bought("tea") > 1')
        assert [str(each) for each in await measures_not_kept(tx, rule)] == ['bought(group="tea")']


async def test_on_sqlite_kept_rows_are_read_in_their_order(sqlite_database: Database) -> None:
    """A million rows by an index of dates would take ten times as long."""
    asked: list[str] = []

    def asked_for(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    async with sqlite_database.write() as tx:
        await put_random_customers(tx, 6, 5)
        await keep(tx, NIGHT, [])
        event.listen(sqlite_database.engine.sync_engine, "before_cursor_execute", asked_for)
        await count_audience(tx, parse_rule("visits(12m) >= 1"), AT, currency="EUR", purpose=None)
        rows = await tx.exec_driver_sql("EXPLAIN QUERY PLAN " + asked[-1].replace("?", "1"))
        plan = [row.detail for row in rows]
    kept, looked_up = plan.index("SCAN kept"), plan.index("SEARCH customers USING INTEGER PRIMARY KEY (rowid=?)")
    assert kept < looked_up
