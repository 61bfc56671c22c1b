"""A company whose coming year is full of sendings, with customers who can be reached; for rehearsals."""

from __future__ import annotations

import asyncio
import datetime as dt
import sqlite3
from pathlib import Path

from store.database import Database, store_url
from tests.bench.picture_store import make_store
from tests.store.sending_rows import put_consents

NEWS = """+++
title = "{title}"
schedule = "{cron}"
late = "2d"
canary = 0
unknown = "never twice"
audience = '{audience}'
+++
<b>Hello {{{{ name }}}}!</b>
News of {{{{ today | date }}}}.
"""
SENDINGS = {
    "monthly": ("0 10 1 * *", 'kind = "consumer"'),
    "magazine": ("0 11 15 3,9,12 *", "visits(24m) >= 2"),
    "keepers": ("30 9 20 */2 *", 'picture.class = "keep"'),
}
PLANS = """[[survey]]
dialogue = "nps"
schedule = "0 12 8 2,5,8,11 *"
sample = { size = 500 }
late = "12h"
"""
CONFIG = """[company]
name = "Rehearsed"
languages = ["en"]
[staff]
admins = [501]
[newsletters]
approval = "none"
[content]
folder = "content"
"""


def make_company(folder: Path, customers: int, lines: int, until: dt.datetime) -> Path:
    """Write the config, content and store of so many customers who have bought until *until*; return the config."""
    content = folder / "content"
    for name in ("newsletters", "plans"):
        (content / name).mkdir(parents=True)
    for name, (cron, audience) in SENDINGS.items():
        text = NEWS.format(title=name, cron=cron, audience=audience)
        (content / "newsletters" / f"{name}.en.j2").write_text(text)
    (content / "plans" / "surveys.toml").write_text(PLANS)
    (folder / "vuoro.toml").write_text(CONFIG)
    file = folder / "vuoro.db"
    make_store(file, customers, lines, until)
    with sqlite3.connect(file) as database:
        database.execute(
            "UPDATE customers SET chat_id = 1000000 + id, reach = 'reachable', met_at = created_at, language = 'en'"
        )
    database.close()
    asyncio.run(_agree(file, customers))
    return folder / "vuoro.toml"


async def _agree(file: Path, customers: int) -> None:
    """Let nine of ten take advertising, and all surveys."""
    database = Database(store_url(f"sqlite:///{file}"))
    async with database.write() as tx:
        await put_consents(tx, [each for each in range(1, customers + 1) if each % 10])
        await put_consents(tx, range(1, customers + 1), "surveys")
    await database.close()
