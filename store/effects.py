"""
What customers did after a newsletter, counted in the store: recipients by variant, and those who were kept from it.

Customers are taken in steps, so that a million of them fit into memory; a step walks indexes by customer and time.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from sqlalchemy import ColumnElement, Float, Select, and_, case, cast, distinct, exists, func, literal, or_, select

from domain.cases import CaseKind
from domain.contacts import Direction
from domain.customers import Purpose
from domain.effects import ClickKind, Doings, Followed, SendingEffects
from domain.holds import Hold
from domain.newsletters import Measure, RecipientState, Sending
from domain.signals import SignalKind
from store.database import Tx
from store.tables import (
    cases,
    clicks,
    consents,
    contacts,
    customers,
    exclusions,
    purchases,
    reactions,
    recipients,
    signals,
    topic_choices,
)
from store.types import UtcDateTime

STEP = 50_000
_FOLLOWED = (ClickKind.BUTTON.value, ClickKind.LINK.value)
_FLAGS = ("blocked", "opted_out", "complained")


async def effects_of(
    tx: Tx, sending: Sending, currency: str, until: dt.datetime, *, step: int = STEP
) -> SendingEffects:
    """
    Count what a sending brought about up to *until*.

    *currency* is the company's: purchases in others are no part of an amount. An opt-out is a No to news or to a topic
    of them, wherever it was said; a complaint is a case of that kind.
    """
    since = sending.started_at or sending.created_at
    got = await _done(tx, _got(sending.id, since), currency, until, step)
    for name, wanted in (
        ("clicked", _clicked(sending.id, until)),
        ("replied", _replied(sending.id, until)),
        ("reacted", _reacted(sending.id, until)),
    ):
        for variant, people in (await tx.execute(wanted)).all():
            if variant in got:
                got[variant] = got[variant] + Doings(**{name: people})
    held_out = (await _done(tx, _held_out(sending.id, since), currency, until, step)).get("")
    assigned = (
        (await _done(tx, _assigned(sending.id, since), currency, until, step)).get("", Doings()) if held_out else None
    )
    starts, newcomers = await _starts(tx, sending.id, until)
    followed = await _followed(tx, sending.id, until)
    return SendingEffects(since, until, got, assigned, held_out, followed, starts, newcomers)


async def counted_on_trial(
    tx: Tx, sending: Sending, measure: Measure, currency: str, until: dt.datetime, *, step: int = STEP
) -> dict[str, tuple[int, int]]:
    """
    Return {variant: (how many did what *measure* says, how many it reached)} of those whom an experiment tries one on.

    Variants that reached nobody are missing.
    """
    since = sending.started_at or sending.created_at
    on_trial = recipients.c.variant != ""
    match measure:
        case Measure.PURCHASES:
            done = await _done(tx, _got(sending.id, since).where(on_trial), currency, until, step)
            return {variant: (doings.bought, doings.n) for variant, doings in sorted(done.items())}
        case Measure.CLICKS:
            wanted = _clicked(sending.id, until)
        case Measure.REPLIES:
            wanted = _replied(sending.id, until)
    found = {row[0]: row[1] for row in (await tx.execute(wanted)).all()}
    reached = (
        select(recipients.c.variant, func.count())
        .where(*_reached(sending.id), on_trial)
        .group_by(recipients.c.variant)
        .order_by(recipients.c.variant)
    )
    return {variant: (found.get(variant, 0), n) for variant, n in (await tx.execute(reached)).all()}


# Groups: (customer_id, arm, begin) ----------------------------------------------------------------------------------


def _reached(sending_id: int) -> tuple[ColumnElement[bool], ...]:
    return recipients.c.sending_id == sending_id, recipients.c.state == RecipientState.SENT.value


def _got(sending_id: int, since: dt.datetime) -> Select[Any]:
    begin = func.coalesce(recipients.c.at, literal(since, UtcDateTime()), type_=UtcDateTime())
    arm: ColumnElement[Any] = recipients.c.variant.label("arm")
    columns: list[ColumnElement[Any]] = [recipients.c.customer_id, arm, begin.label("begin")]
    return select(*columns).where(*_reached(sending_id))


def _assigned(sending_id: int, since: dt.datetime) -> Select[Any]:
    return _from_the_start(recipients.c.customer_id, since).where(recipients.c.sending_id == sending_id)


def _held_out(sending_id: int, since: dt.datetime) -> Select[Any]:
    return _from_the_start(exclusions.c.customer_id, since).where(
        exclusions.c.sending_id == sending_id, exclusions.c.reason == Hold.HOLD_OUT.value
    )


def _from_the_start(customer: ColumnElement[int], since: dt.datetime) -> Select[Any]:
    arm: ColumnElement[Any] = literal("").label("arm")
    columns: list[ColumnElement[Any]] = [customer, arm, literal(since, UtcDateTime()).label("begin")]
    return select(*columns)


# What they did ------------------------------------------------------------------------------------------------------


async def _done(tx: Tx, group: Select[Any], currency: str, until: dt.datetime, step: int) -> dict[str, Doings]:
    """Count, by arm, what a group did from each one's beginning up to *until*."""
    found: dict[str, Doings] = {}
    after = 0
    while True:
        customer = group.selected_columns[0]
        some = group.where(customer > after).order_by(customer).limit(step).subquery("some")
        each = _each(some, currency, until)
        rows = (await tx.execute(_summed(each))).all()
        for row in rows:
            arm, _, *counts, squares = row
            doings = dict(zip(("n", *_FLAGS, "bought", "orders", "amount"), map(int, counts), strict=True))
            found[arm] = found.get(arm, Doings()) + Doings(**doings, squares=float(squares))
        if sum(row.n for row in rows) < step:
            return dict(sorted(found.items()))
        after = max(row.last for row in rows)


def _each(some: Any, currency: str, until: dt.datetime) -> Any:
    """Say of each customer of *some* what she did; computed once each, however often it is used."""
    end = literal(until, UtcDateTime())

    def hers(table: Any, at: Any) -> ColumnElement[bool]:
        return and_(table.c.customer_id == some.c.customer_id, at >= some.c.begin, at < end)

    blocked = exists().where(hers(signals, signals.c.at), signals.c.kind == SignalKind.BLOCK.value)
    no_news = exists().where(
        hers(consents, consents.c.at), consents.c.purpose == Purpose.MARKETING.value, ~consents.c.given
    )
    no_topic = exists().where(hers(topic_choices, topic_choices.c.at), ~topic_choices.c.wanted)
    complained = exists().where(hers(cases, cases.c.opened_at), cases.c.kind == CaseKind.COMPLAINT.value)
    bought = and_(hers(purchases, purchases.c.at), purchases.c.amount_minor >= 0, purchases.c.quantity > 0)
    orders = select(func.count(distinct(purchases.c.receipt))).where(bought).correlate(some).scalar_subquery()
    total = cast(func.coalesce(func.sum(purchases.c.amount_minor), 0), purchases.c.amount_minor.type)
    spent = select(total).where(hers(purchases, purchases.c.at), purchases.c.currency == currency)
    flags = (
        blocked.correlate(some),
        or_(no_news.correlate(some), no_topic.correlate(some)),
        complained.correlate(some),
    )
    return (
        select(
            some.c.customer_id,
            some.c.arm,
            *(case((flag, 1), else_=0).label(name) for name, flag in zip(_FLAGS, flags, strict=True)),
            orders.label("orders"),
            spent.correlate(some).scalar_subquery().label("amount"),
        )
        .cte("each")
        .prefix_with("MATERIALIZED")
    )


def _summed(each: Any) -> Select[Any]:
    amount = cast(each.c.amount, Float(53))
    return select(
        each.c.arm,
        func.max(each.c.customer_id).label("last"),
        func.count().label("n"),
        *(func.sum(each.c[name]) for name in _FLAGS),
        func.sum(case((each.c.orders > 0, 1), else_=0)),
        func.sum(each.c.orders),
        func.sum(each.c.amount),
        func.sum(amount * amount),
    ).group_by(each.c.arm)


def _people(table: Any, *conditions: ColumnElement[bool]) -> Select[Any]:
    """Count, by variant, the recipients whom it reached that *table* has a row of."""
    return (
        select(recipients.c.variant, func.count(distinct(recipients.c.customer_id)))
        .select_from(table.join(recipients, recipients.c.customer_id == table.c.customer_id))
        .where(*conditions)
        .group_by(recipients.c.variant)
    )


def _clicked(sending_id: int, until: dt.datetime) -> Select[Any]:
    mine = (clicks.c.sending_id == sending_id, clicks.c.kind.in_(_FOLLOWED), clicks.c.at < until)
    return _people(clicks, *_reached(sending_id), *mine)


def _replied(sending_id: int, until: dt.datetime) -> Select[Any]:
    mine = (contacts.c.newsletter_id == sending_id, contacts.c.direction == Direction.IN.value, contacts.c.at < until)
    return _people(contacts, *_reached(sending_id), *mine)


def _reacted(sending_id: int, until: dt.datetime) -> Select[Any]:
    to_it = (reactions.c.message_id == recipients.c.message_id, reactions.c.at < until)
    return _people(reactions, *_reached(sending_id), *to_it)


async def _followed(tx: Tx, sending_id: int, until: dt.datetime) -> tuple[Followed, ...]:
    people = func.count(distinct(clicks.c.customer_id)).label("people")
    wanted = (
        select(clicks.c.kind, clicks.c.target, people, func.count())
        .where(clicks.c.sending_id == sending_id, clicks.c.kind.in_(_FOLLOWED), clicks.c.at < until)
        .group_by(clicks.c.kind, clicks.c.target)
        .order_by(people.desc(), clicks.c.kind, clicks.c.target)
    )
    return tuple(Followed(ClickKind(row[0]), row[1], row[2], row[3]) for row in (await tx.execute(wanted)).all())


async def _starts(tx: Tx, sending_id: int, until: dt.datetime) -> tuple[int, int]:
    """Return how many people started the bot by this sending's link, and for how many that was the first contact."""
    is_new = case((customers.c.met_at >= clicks.c.at, clicks.c.customer_id))
    wanted = (
        select(func.count(distinct(clicks.c.customer_id)), func.count(distinct(is_new)))
        .select_from(clicks.join(customers, customers.c.id == clicks.c.customer_id))
        .where(clicks.c.sending_id == sending_id, clicks.c.kind == ClickKind.DEEP_LINK.value, clicks.c.at < until)
    )
    people, new = (await tx.execute(wanted)).one()
    return people, new
