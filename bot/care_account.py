"""Planned against done: each day of a care plan's year with what has become of it."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass, field

from domain.care import UNAPPROVED, CarePlan, CareRun, CareState, RunState, planned
from domain.company import Company
from domain.contacts import Channel
from domain.languages import in_language
from scheduler.care_slots import zone_of
from store import care
from store.database import Tx

_DONE = (CareState.SENT, CareState.DONE)
_HELD = (CareState.QUEUED, CareState.HELD, CareState.OUTBOX)
_MISSED = frozenset({RunState.LATE, RunState.CANCELLED})
_FAILED = (CareState.FAILED, CareState.UNKNOWN)


@dataclass(frozen=True, slots=True)
class CareDay:
    """
    One day of an action: `targets = done + held + open + sum(skipped) + failed`.

    *open* tasks are *late* when the day is over; *skipped* is by reason, what staff did not do among it. *state* None:
    it has not begun.
    """

    action: str
    titles: Mapping[str, str]
    channel: Channel
    day: dt.date
    cost: int = 0
    state: RunState | None = None
    targets: int = 0
    done: int = 0
    held: int = 0
    open: int = 0
    late: int = 0
    failed: int = 0
    skipped: Mapping[str, int] = field(default_factory=dict)

    @property
    def missed(self) -> bool:
        """Say whether it did not come about: an outage made it too late, or nobody approved it."""
        return self.state in _MISSED or UNAPPROVED in self.skipped

    def title(self, language: str, default: str) -> str:
        """Say what it is."""
        return in_language(self.titles, language, default) or self.action


async def care_days(tx: Tx, plan: CarePlan, year: int, company: Company, now: dt.datetime) -> list[CareDay]:
    """Return a plan's year by day: what is planned now, and what was begun of a plan that has changed since."""
    begins = dt.datetime(year, 1, 1, tzinfo=company.zone) - dt.timedelta(days=1)
    ends = dt.datetime(year + 1, 1, 1, tzinfo=company.zone) + dt.timedelta(days=1)
    accounts = await care.account(tx, plan.name, begins, ends)
    today = now.astimezone(company.zone).date()
    found: list[CareDay] = []
    begun: dict[tuple[str, dt.date], list[tuple[CareRun, dict[tuple[CareState, str], int]]]] = {}
    for run, counts in accounts.values():
        day = run.due_at.astimezone(company.zone).date()
        action = plan.action(run.action)
        if action is not None:
            day = run.due_at.astimezone(zoneinfo.ZoneInfo(zone_of(action, company.timezone))).date()
        begun.setdefault((run.action, day), []).append((run, counts))
    for action, day in planned(plan, year):
        runs = begun.get((action.id, day))
        plain = CareDay(action.id, action.title, action.channel, day, action.cost)
        found.append(_counted(plain, *runs.pop(0), today) if runs else plain)
    for (name, day), runs in begun.items():
        for run, counts in runs if day.year == year else ():
            channel, titles = Channel(run.content["channel"]), run.content.get("title", {})
            cost = int(run.content.get("cost", 0))
            found.append(_counted(CareDay(name, titles, channel, day, cost), run, counts, today))
    return sorted(found, key=lambda each: each.day)


def _counted(plain: CareDay, run: CareRun, counts: Mapping[tuple[CareState, str], int], today: dt.date) -> CareDay:
    skipped: dict[str, int] = {}
    sums = dict.fromkeys(CareState, 0)
    for (state, reason), n in counts.items():
        sums[state] += n
        if state in {CareState.SKIPPED, CareState.NOT_DONE}:
            skipped[reason or "other"] = skipped.get(reason or "other", 0) + n
    still = sums[CareState.TASK]
    return CareDay(
        plain.action,
        plain.titles,
        plain.channel,
        plain.day,
        plain.cost,
        run.state,
        sum(sums.values()),
        sum(sums[state] for state in _DONE),
        sum(sums[state] for state in _HELD),
        still,
        still if plain.day < today else 0,
        sum(sums[state] for state in _FAILED),
        skipped,
    )
