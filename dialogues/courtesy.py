"""Whether a message may go out now: reachability, consent, and one courtesy budget over all that the company starts."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from domain.cases import CaseKind
from domain.clubs import CLUB, club_of_topic
from domain.company import CourtesyRules
from domain.contacts import ContactKind
from domain.customers import Customer, Purpose, Reach
from domain.dialogues import Run, RunState
from domain.holds import Hold
from domain.messages import Act, Waiting
from store.cases import cases_of
from store.clubs import children_among
from store.contacts import proactive_since
from store.customers import customers_by_id
from store.database import Tx
from store.memberships import members_among
from store.runs import runs_by_id
from store.topic_choices import switched_off

WEEK = dt.timedelta(days=7)

FAREWELL = "farewell"
"""The ref of the last message of a graceful goodbye, the only one that still goes out after it."""

_OUR_WORDS = frozenset({ContactKind.SERVICE.value, ContactKind.STAFF_REPLY.value})

TOPIC = "topic:"
"""How the ref of a newsletter's message begins that belongs to a topic: "topic:offers"."""

AGAINST_SMALL_QUESTIONS = (Purpose.SURVEYS, Purpose.PROFILING)
"""
A no to one of these is a no to small questions. They need no yes: each comes at the end of a contact with her, says
what it is for, and answering it is her own free act; but who does not want to be asked, or to be profiled, is not.
"""

SMALL_QUESTION_WAITS = dt.timedelta(minutes=15)
"""How long after the contact that it ends a small question may still be sent; later it would come out of the blue."""


@dataclass(frozen=True, slots=True)
class Decision:
    """Not now, and why. *until* is when to ask again for a hold that passes, None for one that does not."""

    hold: Hold
    until: dt.datetime | None = None


@dataclass(frozen=True, slots=True)
class Situation:
    """What a decision looks at: the customer, when we last started a contact, an open complaint, childhood."""

    customer: Customer
    started: Sequence[dt.datetime] = ()
    complaint_open: bool = False
    is_child: bool = False  # a guardian answers for her, or has been asked to: no yes of hers counts


def hold_for(
    situation: Situation,
    purpose: Purpose | None,
    rules: CourtesyRules,
    zone: str,
    now: dt.datetime,
    *,
    objections: Collection[Purpose] = (),
    topic_off: bool = False,
) -> Decision | None:
    """
    Say why the company must not start a contact at *now*, or None when it may.

    *zone* is the company's, used where the customer's own is not known. *purpose* None needs no consent; a no to one
    of *objections* holds where silence does not. *topic_off*: she has switched the message's topic off.
    """
    customer = situation.customer
    if (unreachable := unreachable_for(customer)) is not None:
        return Decision(unreachable)
    if customer.not_served_at is not None:
        return Decision(Hold.NOT_SERVED)
    if purpose is not None and (situation.is_child or not customer.agrees(purpose)):
        return Decision(Hold.NO_CONSENT)
    if any(customer.consents.get(each) is False for each in objections):
        return Decision(Hold.NO_CONSENT)
    if topic_off:
        return Decision(Hold.TOPIC_OFF)
    if customer.paused_until is not None and customer.paused_until > now:
        return Decision(Hold.PAUSED)
    if customer.muted_until is not None and customer.muted_until > now:
        return Decision(Hold.MUTED)
    if situation.complaint_open:
        return Decision(Hold.OPEN_COMPLAINT, now + dt.timedelta(hours=12))
    if (quiet_until := quiet_until_for(customer.timezone or zone, rules, now)) is not None:
        return Decision(Hold.QUIET_HOURS, quiet_until)
    if situation.started and (gap_ends := max(situation.started) + rules.least_gap) > now:
        return Decision(Hold.LEAST_GAP, gap_ends)
    this_week = sorted(at for at in situation.started if at > now - WEEK)
    if len(this_week) >= rules.per_week:
        return Decision(Hold.WEEKLY_CAP, this_week[-rules.per_week] + WEEK if rules.per_week else now + WEEK)
    return None


def unreachable_for(customer: Customer) -> Hold | None:
    """Say why nothing at all can reach her, or must after the goodbye; None when it may."""
    match customer.reach:
        case Reach.BLOCKED:
            return Hold.LEFT_BOT
        case Reach.DEACTIVATED:
            return Hold.DEACTIVATED
        case Reach.NEVER_MET:
            return Hold.NEVER_MET
        case Reach.REACHABLE if customer.chat_id is None:
            return Hold.NEVER_MET
        case Reach.REACHABLE:
            return Hold.ENDED if customer.ended_at is not None else None


def quiet_until_for(zone: str, rules: CourtesyRules, now: dt.datetime) -> dt.datetime | None:
    """Return when the quiet hours around *now* end (UTC), or None outside them. Equal bounds mean no quiet hours."""
    local = now.astimezone(zoneinfo.ZoneInfo(zone))
    start, end, time = rules.quiet_from, rules.quiet_to, local.time()
    if start == end:
        return None
    quiet = start <= time < end if start < end else time >= start or time < end
    if not quiet:
        return None
    day = local.date() + dt.timedelta(days=1 if time >= end else 0)
    return dt.datetime.combine(day, end, local.tzinfo).astimezone(dt.UTC)


async def situations(tx: Tx, customer_ids: Sequence[int], now: dt.datetime) -> dict[int, Situation]:
    """Return the situation of each customer, in a few queries however many they are."""
    customers = await customers_by_id(tx, customer_ids)
    started = await proactive_since(tx, customer_ids, now - WEEK)
    open_cases = await cases_of(tx, customer_ids, only_open=True)
    complaints = {who for who, cases in open_cases.items() if any(c.kind is CaseKind.COMPLAINT for c in cases)}
    children = await children_among(tx, customer_ids)
    return {
        who: Situation(customer, started.get(who, ()), who in complaints, who in children)
        for who, customer in customers.items()
    }


async def holds_for(
    tx: Tx, rows: Sequence[Waiting], rules: CourtesyRules, zone: str, now: dt.datetime
) -> dict[int, Decision]:
    """
    Ask once more, right before the call, which of *rows* must not go now; keyed by row id, those that may are missing.

    Between plan and moment the customer may have said stop, blocked the bot or complained. Answers to her own words
    only need her to be reachable; whatever else we say to her is dropped after the goodbye. A row without customer
    (staff's traffic) is never held. A question of ours that she has answered meanwhile, or whose dialogue has ended, is
    too late, and so is what has a deadline that is over. What was made for her while she took advertising, and needs no
    consent without it, is outdated when she takes none.
    """
    waiting = {row.run_id for row in rows if row.proactive and row.run_id is not None}
    runs = await runs_by_id(tx, sorted(waiting)) if waiting else {}
    wanted = {row.customer_id for row in rows if row.customer_id is not None and row.proactive}
    known = await situations(tx, sorted(wanted), now) if wanted else {}
    off = await _switched_off(tx, rows)
    of_clubs = await _members_of_clubs(tx, rows)
    decisions = await _after_the_goodbye(tx, rows)
    for row in rows:
        if row.customer_id is None or not row.proactive:
            continue
        situation = known.get(row.customer_id)
        small = row.kind == ContactKind.SMALL_QUESTION
        too_late = small and now - row.created_at > SMALL_QUESTION_WAITS
        too_late |= row.not_after is not None and now > row.not_after
        if too_late or (row.run_id is not None and not _is_still_open(runs.get(row.run_id), row)):
            decisions[row.id] = Decision(Hold.TOO_LATE)
            continue
        if situation is None:
            decisions[row.id] = Decision(Hold.ERASED)
            continue
        if row.promotional and not situation.customer.agrees(Purpose.MARKETING):
            decisions[row.id] = Decision(Hold.OUTDATED)
            continue
        objections = AGAINST_SMALL_QUESTIONS if small else objections_to_kind(row.kind)
        topic_off = (row.customer_id, topic_of(row)) in off
        club = club_of_topic(topic_of(row))
        if club and (row.customer_id, club) not in of_clubs:
            decisions[row.id] = Decision(Hold.NO_CONSENT)
            continue
        purpose = None if club else purpose_of(row)
        decision = hold_for(situation, purpose, rules, zone, now, objections=objections, topic_off=topic_off)
        if decision is not None:
            # What ends a contact does not begin one: held at the call it is dropped, and never tried again.
            decisions[row.id] = Decision(decision.hold) if small else decision
    return decisions


def is_asked(row: Waiting) -> bool:
    """Say whether a row is asked about once more: what we start, what is said without a word of hers, what waited."""
    is_ours = row.kind in _OUR_WORDS or row.not_before > row.created_at
    return row.proactive or (is_ours and row.act is Act.SEND and row.chat_id > 0 and row.ref != FAREWELL)


async def _after_the_goodbye(tx: Tx, rows: Sequence[Waiting]) -> dict[int, Decision]:
    ours = [row for row in rows if not row.proactive and is_asked(row)]
    known = await customers_by_id(tx, sorted({row.customer_id for row in ours if row.customer_id})) if ours else {}
    ended = {(who, customer.chat_id) for who, customer in known.items() if customer.ended_at is not None}
    return {row.id: Decision(Hold.ENDED) for row in ours if (row.customer_id, row.chat_id) in ended}


async def _switched_off(tx: Tx, rows: Sequence[Waiting]) -> frozenset[tuple[int, str]]:
    """Return who of the customers of *rows* has switched off which topic; without any topic nothing is asked."""
    told = [(row.customer_id, topic_of(row)) for row in rows if row.customer_id is not None and topic_of(row)]
    return await switched_off(tx, {who for who, _ in told}, {topic for _, topic in told}) if told else frozenset()


async def _members_of_clubs(tx: Tx, rows: Sequence[Waiting]) -> frozenset[tuple[int, str]]:
    """Return who of the customers of *rows* is a member of which club whose own letter they are to get."""
    told = {(row.customer_id, club) for row in rows if (club := club_of_topic(topic_of(row)))}
    found = set[tuple[int, str]]()
    for club in {club for _, club in told}:
        ids = [who for who, of in told if of == club and who is not None]
        found |= {(who, club) for who in await members_among(tx, f"{CLUB}{club}", ids)}
    return frozenset(found)


def topic_of(row: Waiting) -> str:
    """Name the topic that a newsletter's message belongs to, which its ref carries; "" where it belongs to none."""
    return row.ref.removeprefix(TOPIC) if row.ref.startswith(TOPIC) else ""


def _is_still_open(run: Run | None, row: Waiting) -> bool:
    return run is not None and run.state is RunState.OPEN and row.question in {None, run.asked}


def purpose_of(row: Waiting) -> Purpose | None:
    """Name the consent that a message of our own making needs."""
    return _PURPOSES.get(row.kind)


def objections_to_kind(kind: str) -> tuple[Purpose, ...]:
    """Name the consents of which a no, but not silence, is a no to a contact of that kind."""
    return _OBJECTIONS.get(kind, ())


def purpose_of_kind(kind: ContactKind) -> Purpose | None:
    """Name the consent that a contact of that kind needs where we start it; None where it needs none."""
    return _PURPOSES.get(kind.value)


_PURPOSES = {
    ContactKind.NEWSLETTER.value: Purpose.MARKETING,
    ContactKind.OFFER.value: Purpose.MARKETING,
    ContactKind.INVITATION.value: Purpose.MARKETING,
    ContactKind.SURVEY.value: Purpose.SURVEYS,
}
_OBJECTIONS = {ContactKind.CARE.value: (Purpose.MARKETING,)}
