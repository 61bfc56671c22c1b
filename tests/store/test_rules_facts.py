"""What is read for one rule's sake gives the same reasons as everything that rules can ask."""

from __future__ import annotations

from sqlalchemy import select

from domain.rules import parse_rule
from domain.rules_why import why
from store.database import Database
from store.rules_facts import customer_facts
from store.tables import purchases
from tests.store.rules_rows import AT, put_random_customers
from tests.store.test_rules_sql import EVERY_KIND


async def test_what_a_rule_does_not_ask_for_is_missed_by_nobody(database: Database) -> None:
    """For a rule of every kind, the trace from its own facts is that from all of them; some need no more than lines."""
    texts = (*EVERY_KIND, 'visits(12m) >= 2 and language != "sv"', "open_cases = 0 and spent(2y) > 1")
    async with database.write() as tx:
        ids = await put_random_customers(tx, 3, 12)
    async with database.read() as tx:
        assert (await tx.execute(select(purchases.c.id).limit(1))).first() is not None
        everything = await customer_facts(tx, ids, AT)
        fewer = 0
        for rule in map(parse_rule, texts):
            own = await customer_facts(tx, ids, AT, rule=rule)
            assert own.keys() == everything.keys()
            for who, facts in own.items():
                assert why(rule, facts, AT) == why(rule, everything[who], AT), (rule, who)
            fewer += own != everything
    assert 0 < fewer < len(texts)
