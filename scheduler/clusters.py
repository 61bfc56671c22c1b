"""
Clusters in the night's work: made anew once a month or when asked, and written into the pictures.

Needs numpy and scipy (`pip install "vuoro[insight]"`); whoever imports this module without them gets ImportError.
"""

from __future__ import annotations

import asyncio
import dataclasses
import datetime as dt
import logging
from collections.abc import AsyncGenerator, Callable

from domain.clusters import Cluster, Clusters
from insight.clusters_making import SEED, ClusterMaking, pairs_of
from store.baskets import BasketLines, basket_lines, group_spending
from store.clusters import keep_clusters, kept_clusters
from store.database import Database
from store.night import unjudged
from store.pictures import change_pictures, picture_columns

log = logging.getLogger(__name__)

EVERY = dt.timedelta(days=30)
YEAR = dt.timedelta(days=365)
"""What was bought in so long a time before makes the clusters."""

_READ = ("customer_id", "visits_year", "spent_year", "last_on", "cluster")
_PICTURES, _CUSTOMERS, _WRITTEN = 50_000, 10_000, 10_000
_MEMBERS, _LINES = 250, 200_000  # whose lines are read in one statement, and how many tell of a cluster at the most
_LOOK_S = 0.5  # while it learns in a thread, other work has its turn

Told = Callable[[int, int], None]


def is_due(last: Clusters | None, day: dt.date, asked: int | None) -> bool:
    """
    Say whether clusters are to be made as of *day*: a month is over, the config asks for another number, the day went
    back, or there were too few customers so far.
    """
    if last is None or last.refusal or last.asked != asked:
        return True
    return not last.day <= day < last.day + EVERY


async def renew_clusters(
    database: Database,
    at: dt.datetime,
    currency: str,
    *,
    asked: int | None = None,
    anew: bool = False,
    told: Told | None = None,
) -> Clusters:
    """Do all of `cluster_parts` and return the clusters as they are then."""
    async for _ in cluster_parts(database, at, currency, asked=asked, anew=anew, told=told):
        pass
    async with database.read() as tx:
        made = await kept_clusters(tx)
    assert made is not None, "clusters: none are kept although they were just made"
    return made


async def cluster_parts(
    database: Database,
    at: dt.datetime,
    currency: str,
    *,
    asked: int | None = None,
    anew: bool = False,
    told: Told | None = None,
) -> AsyncGenerator[None, None]:
    """
    Make the clusters at *at* (aware, in the company's zone), where that is due or *anew* says so, a second at a time.

    *asked* is how many, None for the best number. They rest on the pictures of the day. Stopped in between it leaves
    each customer in one cluster or none, and the next call makes them again. *told* hears how many customers are done.
    """
    async with database.read() as tx:
        last = await kept_clusters(tx)
    if not anew and not is_due(last, at.date(), asked):
        return
    making = await _gathered(database, at.date(), asked, last)
    yield
    refusal = making.gathered()
    made = Clusters(at.date(), 0, SEED, asked, (), (), refusal)
    if not refusal:
        async for _ in _divide(database, making, at, currency, told):
            yield
        made = await asyncio.to_thread(making.made)
        clusters = []
        for each in made.clusters:
            clusters.append(await _with_pairs(database, making, each, at))
            yield
        made = dataclasses.replace(made, clusters=tuple(clusters))
    for change in making.changes(_WRITTEN):
        async with database.write() as tx:
            await change_pictures(tx, change)
        yield
    async with database.write() as tx:
        await keep_clusters(tx, made)
    log.info("clusters.made", extra={"n": made.n, "clusters": len(made.clusters)})


async def _gathered(database: Database, day: dt.date, asked: int | None, last: Clusters | None) -> ClusterMaking:
    async with database.read() as tx:
        making = ClusterMaking(day, asked, await unjudged(tx), last)
    after = 0
    while True:
        async with database.read() as tx:  # one for each, so that no long one stands in the way
            columns = await picture_columns(tx, _READ, after, _PICTURES)
        if not columns[0]:
            return making
        after = columns[0][-1]
        await asyncio.to_thread(making.add, columns)


async def _divide(
    database: Database, making: ClusterMaking, at: dt.datetime, currency: str, told: Told | None
) -> AsyncGenerator[None, None]:
    sample = making.sample()
    owners: list[int] = []
    groups: list[str] = []
    amounts: list[int] = []
    read: list[tuple[list[int], list[str], list[int]]] = []  # where the sample is everybody, what each part spent
    for start in range(0, len(sample), _CUSTOMERS):
        async with database.read() as tx:
            spending = await group_spending(tx, sample[start : start + _CUSTOMERS], at - YEAR, at, currency)
        owners += spending[0]
        groups += spending[1]
        amounts += spending[2]
        if len(sample) == len(making):
            read.append(spending)
        yield
    learning = asyncio.ensure_future(asyncio.to_thread(making.learn, owners, groups, amounts))
    while not learning.done():
        await asyncio.wait({learning}, timeout=_LOOK_S)
        yield
    learning.result()
    del owners, groups, amounts
    done, total = 0, len(making)
    for place, ids in enumerate(making.parts(_CUSTOMERS)):
        if read:
            spending = read[place]
        else:
            async with database.read() as tx:
                spending = await group_spending(tx, ids, at - YEAR, at, currency)
        await asyncio.to_thread(making.assign, ids, *spending)
        done += len(ids)
        if told is not None:
            told(done, total)
        yield


async def _with_pairs(database: Database, making: ClusterMaking, cluster: Cluster, at: dt.datetime) -> Cluster:
    members = making.members(cluster.number)
    lines = BasketLines([], [], [], [], [])
    for start in range(0, len(members), _MEMBERS):
        room = _LINES - len(lines.owners)
        if room <= 0:
            break
        async with database.read() as tx:
            more = await basket_lines(tx, members[start : start + _MEMBERS], at - YEAR, at, room)
        for field in dataclasses.fields(BasketLines):
            getattr(lines, field.name).extend(getattr(more, field.name))
    pairs = await asyncio.to_thread(pairs_of, lines.owners, lines.receipts, lines.products, lines.names, lines.groups)
    return dataclasses.replace(cluster, pairs=pairs)
