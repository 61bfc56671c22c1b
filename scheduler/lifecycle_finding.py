"""
Which actions of the lifecycle are in what took place: pure, one contact, fact or purchase history at a time.

What may happen to everybody every week, newsletters, counts once a month, so that a million customers stay a table.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import itertools
import statistics
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from domain.lifecycle import Action, ActionTaken, Stage
from insight.lifecycle import ActionRules, Bought, LifecycleLimits, silence_of
from store.lifecycle_events import Learnt, Line, Said

SCORES = frozenset({"nps", "csat", "ces"})
OFFERS = (Action.FIRST_OFFER, Action.OFFER)
REACHED = (Action.PREVENT_PASSIVATION, Action.ACTIVATE)
_NO_QUALITY = SCORES | {"referred_by"}
_LONGEST_REF = 64


@dataclass(frozen=True, slots=True)
class FindingRules:
    """The limits of the stages, and what counts as which action."""

    limits: LifecycleLimits = field(default_factory=LifecycleLimits)
    actions: ActionRules = field(default_factory=ActionRules)


def in_contact(said: Said, rules: FindingRules, zone: dt.tzinfo) -> Iterator[ActionTaken]:
    """Give the actions that one contact of ours is, by where the customer stood at its time."""
    day = said.at.astimezone(zone).date()
    month = f"month:{day:%Y-%m}"
    is_offer = said.is_newsletter and said.topic in rules.actions.offer_topics

    def taken(action: Action, ref: str) -> ActionTaken:
        return ActionTaken(said.customer_id, action, said.at, ref, said.staff_id)

    if said.first_at is None or said.at < said.first_at:
        if said.is_personal:
            yield taken(Action.LEAD_HANDLING, "")
        if said.is_newsletter:
            yield taken(Action.TARGET_ACQUISITION, month)
        if is_offer:
            yield taken(Action.FIRST_OFFER, "")
        return
    if is_offer:
        yield taken(Action.OFFER, month)
    elif said.is_newsletter and said.at < said.first_at + dt.timedelta(days=rules.limits.start_days):
        yield taken(Action.INFORMATION, month)
    if said.stage == Stage.PREVENTING_END and said.stage_since is not None and day >= said.stage_since:
        episode = f"since:{said.stage_since}"
        yield taken(Action.PREVENT_PASSIVATION, episode)
        if is_offer or said.is_personal:
            yield taken(Action.ACTIVATE, episode)


def in_fact(learnt: Learnt) -> Iterator[ActionTaken]:
    """Give the actions that learning one fact is; what comes with an import is no work on this customer."""
    ref = f"fact:{learnt.id}"
    if learnt.source.startswith("import"):
        return
    if learnt.name in SCORES:
        yield ActionTaken(learnt.customer_id, Action.SATISFACTION, learnt.at, ref)
        return
    is_prospect = learnt.first_at is None or learnt.at < learnt.first_at
    if is_prospect and learnt.name not in _NO_QUALITY:
        yield ActionTaken(learnt.customer_id, Action.QUALIFICATION, learnt.at)
    if learnt.is_again:
        yield ActionTaken(learnt.customer_id, Action.DATA_UPKEEP, learnt.at, ref)


def in_purchases(
    lines: Sequence[Line],
    new: Collection[int],
    known: Sequence[ActionTaken],
    rules: FindingRules,
    zone: dt.tzinfo,
    currency: str,
) -> Iterator[ActionTaken]:
    """
    Give the actions that the *new* lines of one customer are, among all her *lines*, the oldest first.

    *known* are her offers, and contacts that were to keep her, as recorded so far.
    """
    groups: set[str] = set()
    totals: list[int] = []
    days: list[dt.date] = []
    for receipt in _receipts(lines):
        first = receipt[0]
        day = first.at.astimezone(zone).date()
        total = sum(line.amount for line in receipt if line.currency == currency)
        if any(line.id in new for line in receipt):
            ref = f"purchase:{min(line.id for line in receipt)}"
            if not days:
                yield ActionTaken(first.customer_id, Action.CONTRACT, first.at)
            for group in sorted({line.group for line in receipt} - groups - {""}) if days else ():
                yield ActionTaken(first.customer_id, Action.CROSS_SELL, first.at, _short(f"group:{group}"))
            if _is_upsell(totals, total, rules) and _was_offered(known, first.at, zone):
                yield ActionTaken(first.customer_id, Action.UPSELL, first.at, ref)
            if _is_back(days, day, rules.limits) and _was_reached(known, days[-1], first.at, zone):
                yield ActionTaken(first.customer_id, Action.WIN_BACK, first.at, ref)
        groups |= {line.group for line in receipt}
        totals.append(total)
        if not days or day != days[-1]:
            days.append(day)


def _receipts(lines: Sequence[Line]) -> list[list[Line]]:
    """Group lines into receipts, in the order of their first lines."""
    found: dict[str, list[Line]] = {}
    for line in lines:
        found.setdefault(line.receipt, []).append(line)
    return list(found.values())


def _is_upsell(totals: Sequence[int], total: int, rules: FindingRules) -> bool:
    return len(totals) >= rules.actions.usual_receipts and total > rules.actions.dearer * statistics.median(totals)


def _was_offered(known: Sequence[ActionTaken], at: dt.datetime, zone: dt.tzinfo) -> bool:
    """Say whether there was an offer in the month of *at* or the one before, before it."""
    begin = (at.astimezone(zone).date().replace(day=1) - dt.timedelta(days=1)).replace(day=1)
    return any(each.action in OFFERS and each.at < at and each.at.astimezone(zone).date() >= begin for each in known)


def _is_back(days: Sequence[dt.date], day: dt.date, limits: LifecycleLimits) -> bool:
    """Say whether she bought on *day* after a silence that had broken her rhythm."""
    if not days:
        return False
    gaps = [(later - earlier).days for earlier, later in itertools.pairwise(days)]
    bought = Bought(len(days), days[0], days[-1], statistics.median(gaps) if gaps else None)
    return day >= silence_of(bought, days[-1], limits)[0]


def _was_reached(known: Sequence[ActionTaken], last: dt.date, at: dt.datetime, zone: dt.tzinfo) -> bool:
    return any(each.action in REACHED and each.at < at and each.at.astimezone(zone).date() > last for each in known)


def _short(ref: str) -> str:
    """Fit a ref into its column; two long names stay two."""
    if len(ref) <= _LONGEST_REF:
        return ref
    return f"{ref[:40]}:{hashlib.blake2s(ref.encode(), digest_size=8).hexdigest()}"
