"""A store of customers, and a newsletter to them: its audience is frozen, and it waits for nothing but its start."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

from domain.clock import WallClock
from domain.company import Company, CourtesyRules
from domain.customers import KnownFact
from domain.messages import OnUnknown
from domain.newsletters import Sending, SendingState
from scheduler.feeding import Feeder
from scheduler.newsletter_files import NewsletterFiles
from scheduler.newsletters import Newsletters
from scheduler.rendering import Rendering
from store import sendings
from store.database import Database, store_url
from store.facts import set_facts
from store.ids import new_id
from store.upgrade import upgrade
from templates.words import SHIPPED, Words
from tests.bench.broadcast_senders import STORE
from tests.scheduler.stage import RememberedNotices
from tests.store.sending_rows import put_consents, put_customers

COMPANY = Company(languages=("en",), courtesy=CourtesyRules(50, dt.timedelta(0), dt.time(0), dt.time(0)))
NEWS = """+++
title = "Spring"
canary = 0
unknown = "never twice"
+++
<b>Hello {{ name }}!</b>
Spring is here, and our shop in {{ town }} has <i>new things</i> for you.
{% if fact.points is defined %}You have {{ fact.points }} points,{% endif %}
{{ 1295 | money }} each until {{ today | date }}.
Come and see: """ + ("our spring offers are here, and one of them is for you. " * 4)
_STEP = 1000


async def prepare(folder: Path, customers: int) -> None:
    """Write the content and the store of *customers* into *folder*."""
    newsletters = folder / "content" / "newsletters"
    newsletters.mkdir(parents=True)
    (newsletters / "spring.en.j2").write_text(NEWS)
    url = store_url(f"sqlite:///{folder / STORE}")
    await upgrade(url)
    database = Database(url)
    now = WallClock().now()
    for first in range(1, customers + 1, _STEP):
        ids = range(first, min(first + _STEP, customers + 1))
        async with database.write() as tx:
            for each in ids:
                await put_customers(tx, [each], name=f"Customer {each}", town="Oulu", language="en")
            await put_consents(tx, ids)
        for part in (ids[: _STEP // 2], ids[_STEP // 2 :]):
            async with database.write() as tx:
                await set_facts(tx, [(each, KnownFact("points", each % 90, "bench", now)) for each in part])
    await _freeze(database, newsletters, now)
    await database.close()


async def _freeze(database: Database, folder: Path, now: dt.datetime) -> None:
    files = NewsletterFiles.load([folder], COMPANY.languages)
    file = files.get("spring")
    assert file is not None
    sending = Sending(new_id(), "spring", file.newsletter.digest, SendingState.RUNNING, now, started_at=now)
    async with database.write() as tx:
        await sendings.add(tx, sending, content=file.content, on_unknown=OnUnknown.NEVER_TWICE)
    feeder = Feeder(database, COMPANY, Rendering(COMPANY, Words.load([SHIPPED], COMPANY.languages)), ahead=0)
    await Newsletters(database, COMPANY, files, feeder, RememberedNotices()).tick(now)
    async with database.write() as tx:
        paused = await sendings.move(tx, sending.id, SendingState.PAUSED, now)
    if paused is None or not paused.frozen:
        sys.exit("broadcast: the audience was not frozen; see the log")
