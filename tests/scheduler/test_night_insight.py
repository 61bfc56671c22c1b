"""A whole night with repeat buying and clusters in it: everybody who may be judged is, and the next night keeps it."""

from __future__ import annotations

import datetime as dt

from domain.company import Company
from domain.customers import Consent, Purpose
from domain.rules import parse_rule
from domain.segments import Segment
from insight.settings import InsightRules
from scheduler.picture_night import whole_night
from scheduler.picture_work import Work
from scheduler.repeat_buying import kept
from store.clusters import kept_clusters
from store.consents import give_consents
from store.database import Database
from store.pictures import picture_columns
from store.segments import segments_of
from tests.scheduler.test_clusters import AT, CELLAR, KINDS, fill

READ = ("customer_id", "purchase_days", "alive", "expected", "cluster")


async def test_a_night_tells_who_still_buys_and_who_shops_alike(sqlite_database: Database) -> None:
    """Estimates are those of who speaks, clusters are there before the segments that ask for them, no is respected."""
    await fill(sqlite_database, dict(enumerate(KINDS, 1)))
    async with sqlite_database.write() as tx:
        await give_consents(tx, [(5, Consent(Purpose.PROFILING, False, "1", "test", AT))])
    cellar = Segment("cellar", parse_rule("picture.cluster = 1"))
    work = Work(sqlite_database, Company(), InsightRules(), (cellar.rule,), (cellar,))
    steps: set[str] = set()
    await whole_night(work, AT, lambda step, _done, _total: steps.add(step))
    assert {"repeat buying", "clusters"} <= steps
    async with sqlite_database.read() as tx:
        learnt, made = await kept(tx), await kept_clusters(tx)
        rows = {row[0]: row[1:] for row in zip(*await picture_columns(tx, READ), strict=True)}
        assert [each.name for each in await segments_of(tx, 1)] == ["cellar"]
    assert learnt is not None
    assert made is not None
    assert learnt.n == made.n == 149
    assert [each.size for each in made.clusters] == [59, 50, 40]
    for whose, (days, alive, expected, cluster) in rows.items():
        if whose in {5, 151}:
            assert (alive, expected, cluster) == (None, None, None)
        else:
            assert expected is not None
            assert (alive is None) is (learnt.fit is not None and days == 1)
            assert cluster == KINDS[whose - 1] + 1
    assert sum(row[-1] == CELLAR + 1 for row in rows.values()) == 59
    await whole_night(work, AT + dt.timedelta(days=1), lambda _step, _done, _total: None)
    async with sqlite_database.read() as tx:
        assert await kept_clusters(tx) == made
        assert await kept(tx) == learnt
