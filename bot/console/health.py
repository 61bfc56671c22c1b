"""`/healthz` and `/metrics`: is the program at work, and how much of what; numbers only, never a customer's words."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from aiohttp import web

from domain.clock import Clock
from domain.messages import Lane
from store import inbox, outbox
from store.api_requests import count_imports
from store.cases import count_cases
from store.contacts import count_contacts
from store.customers import count_customers
from store.database import Database, StoreUnavailable

Troubles = Callable[[], Mapping[str, str]]
_SLOW_COUNTS_FOR = dt.timedelta(minutes=1)


@dataclass(slots=True)
class _Counted:
    at: dt.datetime
    values: dict[str, int] = field(default_factory=dict)


class Health:
    """Answers both; *troubles* tells what fails at present, by part of the program."""

    def __init__(self, database: Database, clock: Clock, troubles: Troubles) -> None:
        self._database = database
        self._clock = clock
        self._troubles = troubles
        self._large: _Counted | None = None
        self._counting = asyncio.Lock()

    def add_to(self, app: web.Application) -> None:
        """Mount both addresses."""
        app.router.add_get("/healthz", self.healthz)
        app.router.add_get("/metrics", self.metrics)

    async def healthz(self, _request: web.Request) -> web.Response:
        """200 while the store answers and nothing is in trouble, else 503; the body says what."""
        troubles = dict(self._troubles())
        waiting: int | None = None
        try:
            async with self._database.read() as tx:
                waiting = await inbox.count_new(tx)
        except StoreUnavailable as error:
            troubles["store"] = str(error)
        status = 503 if troubles else 200
        body = {"status": "trouble" if troubles else "ok", "troubles": troubles, "inbox": waiting}
        return web.json_response(body, status=status)

    async def metrics(self, _request: web.Request) -> web.Response:
        """The numbers, in Prometheus' text format."""
        lines: list[str] = []
        try:
            async with self._database.read() as tx:
                waiting = await outbox.count_by_lane(tx)
                _gauge(lines, "vuoro_inbox", "Updates that wait to be handled.", {"": await inbox.count_new(tx)})
                parked = await inbox.count_parked(tx)
                _gauge(lines, "vuoro_inbox_parked", "Updates that could not be read.", {"": parked})
                lanes = {f'lane="{lane.name.lower()}"': waiting.get(lane, 0) for lane in Lane}
                _gauge(lines, "vuoro_outbox", "Messages that wait, due or not, by lane.", lanes)
                on_way = await outbox.count_intents(tx)
                _gauge(lines, "vuoro_outbox_on_the_way", "Calls whose outcome is not known yet.", {"": on_way})
                cases = {f'state="{state}"': count for state, count in (await count_cases(tx)).items()}
                _gauge(lines, "vuoro_cases", "Cases by state.", cases)
                counted = await count_imports(tx)
                imports = {f'kind="{kind}",state="{state}"': count for (kind, state), count in counted.items()}
                _gauge(lines, "vuoro_imports", "Imports by kind and state.", imports)
            for name, count in (await self._large_counts()).items():
                _gauge(lines, f"vuoro_{name}", f"All {name} in the store.", {"": count})
            up = 1
        except StoreUnavailable:
            up = 0
        _gauge(lines, "vuoro_store_up", "Whether the store answers.", {"": up})
        troubles = {f'part="{part}"': 1 for part in self._troubles()}
        _gauge(lines, "vuoro_trouble", "Parts of the program that fail at present.", troubles)
        return web.Response(text="\n".join(lines) + "\n", content_type="text/plain", charset="utf-8")

    async def _large_counts(self) -> dict[str, int]:
        """Count the large tables at most once a minute: counting a hundred million rows takes its time."""
        async with self._counting:
            now = self._clock.now()
            if self._large is None or now - self._large.at >= _SLOW_COUNTS_FOR:
                async with self._database.read() as tx:
                    values = {"customers": await count_customers(tx), "contacts": await count_contacts(tx)}
                self._large = _Counted(now, values)
            return self._large.values


def _gauge(lines: list[str], name: str, told: str, values: Mapping[str, int]) -> None:
    lines += [f"# HELP {name} {told}", f"# TYPE {name} gauge"]
    lines += [f"{name}{{{labels}}} {value}" if labels else f"{name} {value}" for labels, value in values.items()]
