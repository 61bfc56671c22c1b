"""`points("programme")` in rules: SQL, Python and the ledger's balance say the same."""

from __future__ import annotations

import datetime as dt
import random
import zoneinfo

from sqlalchemy import insert, select

from domain.rules import evaluate, parse_rule
from store.customers import add_customers
from store.database import Database
from store.ids import new_id
from store.points import balance_of
from store.points_sql import usable_points
from store.rules_facts import customer_facts
from store.rules_sql import audience_select
from store.tables import customers, points_lots

AT = dt.datetime(2027, 3, 2, 12, tzinfo=zoneinfo.ZoneInfo("Europe/Helsinki"))
DAY = dt.timedelta(days=1)


def _lot(rng: random.Random, who: int) -> dict[str, object]:
    left = rng.choice((-30, -5, 0, 5, 20, 40))
    moments = (AT - DAY, AT, AT + DAY)
    return {
        "id": new_id(),
        "customer_id": who,
        "programme": rng.choice(("plus", "plus", "other")),
        "points": left,
        "points_left": left,
        "earner_id": who,
        "source": "manual",
        "earned_at": AT - 9 * DAY,
        "usable_at": rng.choice(moments),
        "expires_at": rng.choice((None, *moments)),
    }


async def test_usable_points_are_those_of_the_balance(database: Database) -> None:
    """Pending, expired and owed lots, at their very moments, too; who has none has 0."""
    rng = random.Random(7)
    rule = parse_rule('points("plus") >= 20')
    async with database.write() as tx:
        await add_customers(tx, [{"name": str(n), "created_at": AT} for n in range(60)])
        ids = sorted(await tx.scalars(select(customers.c.id)))
        await tx.execute(insert(points_lots), [_lot(rng, who) for who in ids[1:] for _ in range(rng.randrange(5))])
        rows = (await tx.execute(select(customers.c.id, usable_points("plus", AT)))).all()
        by_sql = {row[0]: row[1] for row in rows}
        balances = {who: (await balance_of(tx, who, "plus", AT)).usable for who in ids}
        assert by_sql == balances
        assert {0, 20} <= set(balances.values())
        known = await customer_facts(tx, ids, AT)
        by_python = {who for who in ids if evaluate(rule, known[who], AT)}
        assert by_python == set(await tx.scalars(audience_select(rule, AT))) == {w for w in ids if balances[w] >= 20}
