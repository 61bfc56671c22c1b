"""What staff see of programmes, in Telegram and on the command line: sizes, tiers, costs, what a silent one does."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.company import Company
from domain.loyalty import Loyalty
from domain.memberships import held_out_of
from domain.money import major_units
from domain.programmes import MissingPart, Programme, missing_parts
from insight.effects import Gap, Rate, rate, share_gap, welch
from store.benefits import benefit_costs
from store.database import Tx
from store.memberships import count_members
from store.programme_report import Effects, Group, programme_effects
from store.tiers import count_moves_of_tiers, count_tiers

MONTH = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class ProgrammeLine:
    """One programme in the list: members now and new ones of 30 days, by tier, held out, and what a draft lacks."""

    programme: Programme
    published: bool
    members: int
    joined: int
    tiers: dict[str, int]
    held_out: int
    missing: tuple[MissingPart, ...] = ()


@dataclass(frozen=True, slots=True)
class BenefitLine:
    """A benefit that was given: how often, and what that cost in minor units."""

    name: str
    count: int
    cost: int


@dataclass(frozen=True, slots=True)
class ProgrammeReport:
    """
    One programme's report. Of a silent one *effects*: *goal* of members and of those compared, and the difference.

    *gain* is what a member spent more in 90 days, after joining than before, than those compared did; minor units.
    """

    line: ProgrammeLine
    moves: dict[tuple[str, str], int]
    benefits: tuple[BenefitLine, ...]
    cost: int
    cost_year: int
    effects: Effects | None = None
    goal: Rate | None = None
    goal_compared: Rate | None = None
    goal_gap: Gap | None = None
    gain: Gap | None = None


def all_programmes(loyalty: Loyalty) -> tuple[Programme, ...]:
    """Return published programmes and drafts, by name."""
    return tuple(sorted((*loyalty.programmes, *loyalty.programme_drafts), key=lambda each: each.name))


async def programme_lines(tx: Tx, programmes: Sequence[Programme], now: dt.datetime) -> list[ProgrammeLine]:
    """Return the list of programmes with their sizes."""
    names = [name for each in programmes for name in (each.membership, held_out_of(each.name))]
    counts = await count_members(tx, names)
    joined = await count_members(tx, names, now - MONTH)
    return [
        ProgrammeLine(
            each,
            each.published,
            counts.get(each.membership, 0),
            joined.get(each.membership, 0),
            await count_tiers(tx, each.name),
            counts.get(held_out_of(each.name), 0),
            () if each.published else missing_parts(each),
        )
        for each in programmes
    ]


async def programme_report(tx: Tx, programme: Programme, company: Company, now: dt.datetime) -> ProgrammeReport:
    """Look at one programme; of a silent one at all its members' purchases around their joining."""
    (line,) = await programme_lines(tx, [programme], now)
    costs = await benefit_costs(tx, programme.name)
    year = await benefit_costs(tx, programme.name, now - dt.timedelta(days=365))
    given = [each for each in programme.benefits if each.id in costs]
    report = ProgrammeReport(
        line,
        await count_moves_of_tiers(tx, programme.name, (now - MONTH).date()),
        tuple(BenefitLine(each.id, *costs[each.id]) for each in given),
        sum(cost for _, cost in costs.values()),
        sum(cost for _, cost in year.values()),
    )
    if programme.is_open:
        return report
    effects = await programme_effects(tx, programme, now, company.zone, company.currency)
    return ProgrammeReport(
        report.line,
        report.moves,
        report.benefits,
        report.cost,
        report.cost_year,
        effects,
        rate(effects.members.at_goal, effects.members.n),
        rate(effects.compared.at_goal, effects.compared.n),
        share_gap((effects.members.at_goal, effects.members.n), (effects.compared.at_goal, effects.compared.n)),
        _gain(effects.members, effects.compared),
    )


def _gain(members: Group, compared: Group) -> Gap:
    (n, total, squares), (m, other, other_squares) = members.change, compared.change
    if min(n, m) < _LEAST:
        return Gap()
    interval = welch((n, total, squares), (m, other, other_squares))
    return Gap(total / n - other / m, interval.low, interval.high)


_LEAST = 10


def investment_left(report: ProgrammeReport, currency: str) -> Decimal | None:
    """Return what is left of the year's investment in major units; below 0 when it cost more; None without one."""
    planned = report.line.programme.targets.investment
    return None if planned is None else planned - major_units(report.cost_year, currency)
