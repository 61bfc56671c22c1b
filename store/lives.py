"""Lives of customers, read for the nightly picture: one statement a table for thousands of ids."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, bindparam, cast, exists, func, or_, select

from domain.cases import CaseKind, CaseState, Move
from domain.customers import Reach
from domain.dialogues import RunState
from domain.lives import COST_TO_SERVE, PARTNER, REFERRED_BY, Life
from store.bulk import one_of
from store.database import Tx
from store.tables import case_events, cases, consents, customers, facts, memberships, purchases, runs, signals
from store.types import UtcDateTime

NPS, SATISFACTION, WELCOME = "nps", "csat", "welcome"

_FACTS = (NPS, SATISFACTION, PARTNER, COST_TO_SERVE)
_OPEN = [state.value for state in CaseState if state.is_open]
_REACHES = {reach.value: reach for reach in Reach}
_Among = Callable[[ColumnElement[int]], ColumnElement[bool]]


async def load_lives(tx: Tx, ids: Sequence[int], at: dt.datetime) -> dict[int, Life]:
    """
    Return the lives of those customers as of *at* (aware, in the company's zone, whose days count), by their ids.

    Who is not in the store is missing. Facts, consents and cases are those that stand when it is read; signals and
    memberships those of *at*. Eight statements, however many they are.
    """
    if not ids:
        return {}
    among, keys = _which(tx, ids)
    days, wanted = _Days(at), set(ids)
    rows = (await tx.execute(_CUSTOMERS.where(among(customers.c.id)), keys)).all()
    parts = {row.id: _of_customer(row, days) for row in rows if row.id in wanted}
    for statement, column, put in _SOURCES:
        moment = {**keys, "at": at} if put in _OF_A_MOMENT else keys
        for row in (await tx.execute(statement.where(among(column)), moment)).all():
            if (part := parts.get(row.customer_id)) is not None:
                put(part, row, days)
    for referrer, joined in (await tx.execute(_REFERRALS.where(among(_REFERRER)).group_by(_REFERRER), keys)).all():
        if referrer in parts:
            parts[referrer]["referrals"] = joined
    return {customer_id: Life(**part) for customer_id, part in parts.items()}


class _Days:
    """Days of instants in the zone of a moment."""

    def __init__(self, at: dt.datetime) -> None:
        self._zone = at.tzinfo

    def __call__(self, instant: dt.datetime) -> dt.date:
        return instant.astimezone(self._zone).date()


def _which(tx: Tx, ids: Sequence[int]) -> tuple[_Among, dict[str, Any]]:
    """Return the condition for those ids and its parameters: a range where they lie close, else a list as one value."""
    low, high = min(ids), max(ids)
    if high - low < 2 * len(ids):
        return lambda column: column.between(bindparam("low"), bindparam("high")), {"low": low, "high": high}
    dialect = tx.dialect.name
    return lambda column: one_of(column, dialect), {"ids": list(ids)}


_AT = bindparam("at", type_=UtcDateTime())
_CUSTOMERS = select(
    customers.c.id,
    customers.c.created_at,
    customers.c.met_at,
    customers.c.last_in_at,
    customers.c.ended_at,
    customers.c.not_served_at,
    customers.c.owner_id,
    customers.c.reach,
    customers.c.kind,
    customers.c.contact_kind,
)
_KNOWN = select(facts.c.customer_id, facts.c.name, facts.c.word, facts.c.figure, facts.c.at).where(
    facts.c.name.in_(_FACTS), facts.c.current
)
_AGREED = select(consents.c.customer_id, consents.c.purpose, consents.c.given).where(consents.c.current)
_DECISION = (
    select(case_events.c.move)
    .where(case_events.c.case_id == cases.c.id, case_events.c.move.in_([Move.RESOLVE.value, Move.DECLINE.value]))
    .order_by(case_events.c.at.desc(), case_events.c.id.desc())
    .limit(1)
    .correlate(cases)
    .scalar_subquery()
)
_STATE = func.coalesce(cases.c.state, "")  # so that they are found by their customers, not by their states
_CASES = select(cases.c.customer_id, cases.c.kind, cases.c.state, cases.c.resolved_at, cases.c.opened_at).where(
    or_(
        _STATE.in_(_OPEN),
        and_(
            cases.c.kind == CaseKind.COMPLAINT.value,
            or_(
                _STATE.in_([CaseState.DECLINED.value]),
                and_(_STATE.in_([CaseState.CLOSED.value]), _DECISION.in_([Move.DECLINE.value])),
            ),
        ),
    )
)
_SIGNALS = (
    select(signals.c.customer_id, signals.c.kind, signals.c.at)
    .where(signals.c.at <= _AT)
    .order_by(signals.c.customer_id, signals.c.at, signals.c.id)
)
_CLUBS = (
    select(memberships.c.customer_id, memberships.c.name)
    .where(memberships.c.since <= _AT, or_(memberships.c.until.is_(None), memberships.c.until > _AT))
    .order_by(memberships.c.customer_id, memberships.c.name)
)
_WELCOMED = (
    select(runs.c.customer_id, runs.c.ended_at)
    .where(func.coalesce(runs.c.script_id, "") == WELCOME, runs.c.state == RunState.DONE.value)
    .order_by(runs.c.customer_id, runs.c.started_at)
)
_REFERRER = cast(facts.c.figure, BigInteger)
_REFERRALS = (
    select(_REFERRER, func.count())
    .join_from(facts, customers, customers.c.id == facts.c.customer_id)
    .where(facts.c.name == REFERRED_BY, facts.c.current, facts.c.figure.is_not(None))
    .where(or_(customers.c.met_at.is_not(None), exists().where(purchases.c.customer_id == customers.c.id)))
    .where(customers.c.id != _REFERRER)
)


def _of_customer(row: Any, days: _Days) -> dict[str, Any]:
    number, created, met, last_in, ended, not_served, owner, reach, kind, contact_kind = row
    return {
        "customer_id": number,
        "created_on": days(created),
        "met_on": None if met is None else days(met),
        "last_in_on": None if last_in is None else days(last_in),
        "ended_on": None if ended is None else days(ended),
        "not_served_on": None if not_served is None else days(not_served),
        "owner_id": owner,
        "reach": _REACHES[reach],
        "kind": kind,
        "contact_kind": contact_kind,
    }


def _put_fact(part: dict[str, Any], row: Any, days: _Days) -> None:
    match row.name:
        case "nps" if row.figure is not None:
            part["nps"], part["nps_on"] = round(row.figure), days(row.at)
        case "csat" if row.figure is not None:
            part["satisfaction"], part["satisfaction_on"] = round(row.figure), days(row.at)
        case "cost_to_serve":
            part["cost_to_serve"] = row.figure
        case "partner":
            part["is_partner"] = part.get("is_partner", False) or row.word == "yes"


def _put_consent(part: dict[str, Any], row: Any, _: _Days) -> None:
    match row.purpose:
        case "marketing":
            part["takes_newsletters"] = bool(row.given)
        case "surveys":
            part["takes_surveys"] = bool(row.given)
        case "profiling":
            part["objects_to_profiling"] = not row.given


def _put_case(part: dict[str, Any], row: Any, days: _Days) -> None:
    if row.state not in _OPEN:
        declined = days(row.resolved_at or row.opened_at)
        part["declined_on"] = max(filter(None, (declined, part.get("declined_on"))))
        return
    part["open_cases"] = part.get("open_cases", 0) + 1
    if row.kind == CaseKind.COMPLAINT.value:
        part["has_open_complaint"] = True


def _put_signal(part: dict[str, Any], row: Any, days: _Days) -> None:
    part["signal"], part["signal_on"] = row.kind, days(row.at)


def _put_club(part: dict[str, Any], row: Any, _: _Days) -> None:
    part["memberships"] = (*part.get("memberships", ()), row.name)
    if row.name == PARTNER:
        part["is_partner"] = True


def _put_welcome(part: dict[str, Any], row: Any, days: _Days) -> None:
    if row.ended_at is not None:
        part.setdefault("welcomed_on", days(row.ended_at))


_SOURCES: tuple[tuple[Select[Any], ColumnElement[int], Callable[[dict[str, Any], Any, _Days], None]], ...] = (
    (_KNOWN, facts.c.customer_id, _put_fact),
    (_AGREED, consents.c.customer_id, _put_consent),
    (_CASES, cases.c.customer_id, _put_case),
    (_SIGNALS, signals.c.customer_id, _put_signal),
    (_CLUBS, memberships.c.customer_id, _put_club),
    (_WELCOMED, runs.c.customer_id, _put_welcome),
)
_OF_A_MOMENT = (_put_signal, _put_club)
