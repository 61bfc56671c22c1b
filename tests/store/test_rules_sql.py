"""Rules in SQL: the same verdicts as in Python, on both databases, for whatever rule and customer."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import HealthCheck, given, reject, settings
from sqlalchemy import insert, select

from domain.durations import Duration, Unit
from domain.rules import Rule, RuleError, evaluate, parse_rule
from domain.rules_customer import CustomerFacts
from store.calendar_sql import PlusMonths
from store.database import Database, Tx
from store.ids import new_id
from store.rules_facts import customer_facts
from store.rules_sql import audience_select, verdict_column
from store.tables import customers, purchases, runs, signals, verbatim_themes
from tests.store.rules_rows import AT, RULES, ZONE, put_random_customers
from tests.store.sending_rows import put_customers

EVERY_KIND = (
    "visits(12m) >= 2 and average_purchase(12m) > 50 and product_groups(12m) > 1",
    'kind = "consumer" and every_due("maintenance") and bought("car") >= 2',
    'average_monthly(1m, group="phone") > 40',
    'unbroken("magazine") > 3y',
    'unbroken("magazine", each=1y) >= 12m',
    'every_due("wine", every=12m, after="car")',
    'language in ("fi", "sv") and not member("club:wine") and nps <= 6 and open_cases = 0',
    'days_since("purchase") <= 56 or days_since("contact") < 8w',
    "since(birth_date) >= 18y",
    "since(wedding) > 6y",
    "spent(3y) / visits(3y) = average_purchase(3y)",
    "nps / pet > 0.3 or nps = pet",
    'wedding < "2024-02-29"',
    'tag("vip") or "Ä" in tags',
    'consent("marketing") and has(nps)',
    'said("delivery", 90d) or said("price")',
    'signals(8w) >= 1 and not signal("block", 1d)',
    'visits() >= 1 and (member("club:wine") or consent("marketing"))',
    'spent(12m) > 1 and (said("price") or signal("mute")) or segment("families") and bought("wine") > 0',
    'visits() > 0 and (tag("vip") or has(nps) or open_cases > 0 or signals() > 0 or picture.alive > 50)',
    'visits() > 0 and days_since("contact") < 90 and nps >= 6 and every_due("wine", every=1m) != yes',
    "pet",
    'segment("families") and not segment("students")',
    'picture.class = "keep" or picture.class in ("develop") and picture.alive >= 50',
    "picture.clv > 50 and picture.share >= 0.3",
    'contact_kind = "customer" and owner = 5',
    "not unknown",
)


async def verdicts(tx: Tx, rule: Rule) -> dict[int, bool | None]:
    rows = await tx.execute(select(customers.c.id, verdict_column(rule, AT)))
    return {row[0]: None if row[1] is None else bool(row[1]) for row in rows}


async def compare_with_python(tx: Tx, rule: Rule, known: dict[int, CustomerFacts]) -> set[bool | None]:
    by_sql = await verdicts(tx, rule)
    by_python = {customer_id: evaluate(rule, facts, AT) for customer_id, facts in known.items()}
    assert by_sql == by_python
    chosen = set((await tx.execute(audience_select(rule, AT))).scalars())
    assert chosen == {customer_id for customer_id, verdict in by_python.items() if verdict is True}
    return set(by_python.values())


async def test_every_kind_of_rule_has_the_same_verdicts_in_sql_and_in_python(database: Database) -> None:
    """K2: one rule language, whoever evaluates it; and these customers show more than one verdict."""
    async with database.write() as tx:
        ids = await put_random_customers(tx, 1, 120)
        known = await customer_facts(tx, ids, AT)
        seen = {text: await compare_with_python(tx, parse_rule(text), known) for text in EVERY_KIND}
    assert {text for text, verdicts in seen.items() if len(verdicts) == 1} == {"not unknown"}


@pytest.fixture(params=[2, 3])
async def known(database: Database, request: pytest.FixtureRequest) -> dict[int, CustomerFacts]:
    async with database.write() as tx:
        return await customer_facts(tx, await put_random_customers(tx, request.param, 60), AT)


@given(text=RULES)
@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
async def test_random_rules_have_the_same_verdicts_in_sql_and_in_python(
    database: Database, known: dict[int, CustomerFacts], text: str
) -> None:
    """No rule and no customer tells the two apart."""
    try:
        rule = parse_rule(text)
    except RuleError:
        reject()
    async with database.read() as tx:
        await compare_with_python(tx, rule, known)


async def test_audience_is_of_those_for_whom_the_rule_holds_and_not_of_the_unknown(database: Database) -> None:
    """An unknown fact makes nobody a recipient, neither by a rule nor by its opposite."""
    async with database.write() as tx:
        await put_customers(tx, [1, 2], town="Turku")
        await put_customers(tx, [3])
        assert list((await tx.execute(audience_select(parse_rule('town = "Turku"'), AT))).scalars()) == [1, 2]
        assert list((await tx.execute(audience_select(parse_rule('town != "Turku"'), AT))).scalars()) == []
        assert len(list((await tx.execute(audience_select(parse_rule("yes"), AT))).scalars())) == 3


async def test_adding_months_clips_the_day_as_in_python(database: Database) -> None:
    """The last of January plus one month is the last of February, on both databases."""
    days = [dt.date(2027, 1, 31), dt.date(2024, 2, 29), dt.date(2023, 12, 15), dt.date(2027, 8, 31)]
    async with database.write() as tx:
        await put_customers(tx, [1])
        for day in days:
            await tx.execute(customers.update().values(birth_date=day))
            for months in (0, 1, 12, 13, 48, 1200):
                later = await tx.scalar(select(PlusMonths(customers.c.birth_date, months)))
                assert later == Duration(months, Unit.MONTHS).after_date(day), (day, months)


async def test_dates_of_purchases_follow_the_companys_zone_through_clock_changes(database: Database) -> None:
    """Half past midnight in Helsinki is a new day, in summer and in winter."""
    rule = parse_rule('days_since("purchase") = 1')
    for at in (dt.datetime(2027, 3, 29, 12, tzinfo=ZONE), dt.datetime(2027, 11, 1, 12, tzinfo=ZONE)):
        midnight = dt.datetime.combine(at.date() - dt.timedelta(days=1), dt.time(), ZONE)
        for moment, holds in ((midnight, True), (midnight - dt.timedelta(seconds=1), False)):
            async with database.write() as tx:
                await tx.execute(purchases.delete())
                await tx.execute(customers.delete())
                await put_customers(tx, [1])
                line = {"customer_id": 1, "receipt": "r", "at": moment, "amount_minor": 1, "currency": "EUR"}
                await tx.execute(insert(purchases).values(id=new_id(), **line))
                chosen = list((await tx.execute(audience_select(rule, at))).scalars())
            assert bool(chosen) is holds, (at, moment)


async def test_windows_of_what_was_said_and_signalled_include_their_first_day(database: Database) -> None:
    """With 90d, what she said 90 days ago counts and what she said 91 days ago does not; nor does the future."""
    first = dt.datetime.combine(AT.date() - dt.timedelta(days=90), dt.time(), ZONE)
    moments = [first, first - dt.timedelta(microseconds=1), AT, AT + dt.timedelta(microseconds=1)]
    async with database.write() as tx:
        await put_customers(tx, range(1, 5))
        for who, at in enumerate(moments, start=1):
            run = {"customer_id": who, "script_id": "nps", "script_digest": "", "state": "done", "focus": 1}
            await tx.execute(insert(runs).values(id=who, started_at=at, started_by="customer", **run))
            said = {"run_id": who, "question": "why", "theme": "delivery", "customer_id": who, "at": at}
            await tx.execute(insert(verbatim_themes).values(said))
            raised = {"id": who, "customer_id": who, "kind": "block", "at": at, "evidence": {}, "ref": "1"}
            await tx.execute(insert(signals).values(raised))
        known = await customer_facts(tx, range(1, 5), AT)
        for text in ('said("delivery", 90d)', 'signal("block", 90d)', "signals(90d) = 1"):
            await compare_with_python(tx, parse_rule(text), known)
            assert list((await tx.execute(audience_select(parse_rule(text), AT))).scalars()) == [1, 3], text


def test_naive_moment_is_refused() -> None:
    """Today without a zone is nobody's today."""
    with pytest.raises(ValueError, match="naive"):
        audience_select(parse_rule("yes"), AT.replace(tzinfo=None))
