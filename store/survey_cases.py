"""The evidence of what became of a survey's invitations, counted in the store; `insight` decides what it means."""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, and_, case, exists, func, literal, or_, select

from domain.contacts import ContactState, Direction
from domain.customers import Purpose
from domain.dialogues import RunState
from domain.holds import Hold
from domain.messages import Refusal
from domain.response import Asked, Delivery, Evidence, NotAsked
from domain.waves import InvitationState
from store.database import Tx
from store.survey_scope import Scope, has_answer, is_late
from store.tables import consents, contacts, invitations, runs, signals

_BLOCK = "block"


async def count_evidence(tx: Tx, scope: Scope, key: str, now: dt.datetime) -> list[tuple[Evidence, int]]:
    """
    Return each kind of evidence among the invitations of *scope* and how many have it.

    *key* is the question that the survey is about; when it is empty, any answer is as good.
    """
    columns = evidence_columns(key, now)
    asked = select(*columns).select_from(scope.runs).where(scope.has_run()).subquery()
    grouped = select(*asked.c, func.count().label("n")).group_by(*asked.c)
    found: list[tuple[Evidence, int]] = [(asked_from(row), row.n) for row in (await tx.execute(grouped)).all()]
    late = case((is_late(), 1), else_=0).label("late")
    without = (
        select(invitations.c.state, invitations.c.reason, late).select_from(scope.invited).where(scope.has_invitation())
    ).subquery()
    counted = select(*without.c, func.count().label("n")).group_by(*without.c)
    return found + [(not_asked_from(row), row.n) for row in (await tx.execute(counted)).all()]


def evidence_columns(key: str, now: dt.datetime) -> list[ColumnElement[Any]]:
    """Return what `asked_from` reads, beside `runs`: each is looked up by an index, the later only for the silent."""
    answered = has_answer()
    return [
        runs.c.state.label("run_state"),
        case((has_answer(key) if key else answered, 1), else_=0).label("key_answered"),
        case((answered, 1), else_=0).label("any_answered"),
        case((answered, literal("")), else_=_delivery(now)).label("delivery"),
        case((answered, 0), (_withdrew(now), 1), else_=0).label("withdrew"),
    ]


def asked_from(row: Any) -> Asked:
    """Read the evidence of a row that has `evidence_columns`."""
    return Asked(
        RunState(row.run_state),
        key=bool(row.key_answered),
        any=bool(row.any_answered),
        delivery=Delivery(row.delivery or Delivery.SENT),
        withdrew=bool(row.withdrew),
    )


def not_asked_from(row: Any) -> NotAsked:
    """Read the evidence of a row with the state and reason of an invitation, and whether it was dropped late."""
    return NotAsked(InvitationState(row.state), row.reason, late=bool(row.late))


def _of_run(now: dt.datetime, *further: ColumnElement[bool]) -> ColumnElement[bool]:
    """Something that we said in the run while it was open; looked up by customer and time."""
    return (
        exists()
        .where(
            contacts.c.customer_id == runs.c.customer_id,
            contacts.c.at >= runs.c.started_at,
            contacts.c.at <= func.coalesce(runs.c.ended_at, now),
            contacts.c.run_id == runs.c.id,
            contacts.c.direction == Direction.OUT.value,
            *further,
        )
        .correlate(runs)
    )


def _delivery(now: dt.datetime) -> ColumnElement[str]:
    states = {
        Delivery.SENT: [ContactState.SENT.value, ContactState.DELETED.value],
        Delivery.UNKNOWN: [ContactState.UNKNOWN.value],
        Delivery.FAILED: [ContactState.FAILED.value, ContactState.SKIPPED.value],
    }
    whens = [(_of_run(now, contacts.c.state.in_(found)), literal(delivery.value)) for delivery, found in states.items()]
    return case(*whens, else_=literal(Delivery.NONE.value))


def _withdrew(now: dt.datetime) -> ColumnElement[bool]:
    """She said no more surveys, or blocked the bot, between the invitation's arrival and the end."""
    end = func.coalesce(runs.c.ended_at, now)
    said_no = (
        exists()
        .where(
            consents.c.customer_id == runs.c.customer_id,
            consents.c.purpose == Purpose.SURVEYS.value,
            consents.c.current,
            ~consents.c.given,
            consents.c.at >= runs.c.started_at,
            consents.c.at <= end,
        )
        .correlate(runs)
    )
    blocked = (
        exists()
        .where(
            signals.c.customer_id == runs.c.customer_id,
            signals.c.kind == _BLOCK,
            signals.c.at >= runs.c.started_at,
            signals.c.at <= end,
        )
        .correlate(runs)
    )
    stopped = _of_run(
        now,
        contacts.c.state.in_([ContactState.FAILED.value, ContactState.SKIPPED.value]),
        or_(contacts.c.reason.like(f"{Refusal.BLOCKED.value}%"), contacts.c.reason == Hold.LEFT_BOT.value),
    )
    came = _of_run(now, contacts.c.state == ContactState.SENT.value)
    return or_(said_no, and_(came, or_(blocked, stopped)))
