"""What a rule can ask about customers, read from the store: for reasons (*why*) and for trying one customer."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from decimal import Decimal
from typing import Any

from sqlalchemy import func, select

from domain.cases import CaseState
from domain.contacts import Direction
from domain.kept_measures import measure_to_keep
from domain.pictures import Picture
from domain.purchases import Purchase
from domain.rules import Rule, names_in
from domain.rules_customer import ATTRIBUTES, CustomerFacts, Membership
from domain.rules_verdict import measures_in
from store.database import Tx
from store.pictures import picture_from
from store.points_sql import usable_points_of
from store.tables import (
    cases,
    consents,
    contacts,
    customers,
    facts,
    memberships,
    pictures,
    purchases,
    segment_members,
    signals,
    tiers,
)
from store.themes import themes_said_by
from store.types import UtcDateTime


async def customer_facts(
    tx: Tx, customer_ids: Iterable[int], at: dt.datetime, *, currency: str = "EUR", rule: Rule | None = None
) -> dict[int, CustomerFacts]:
    """
    Return what rules can ask at *at* (aware, in the company's zone) about those customers; others are missing.

    With *rule*, what that one does not ask for may be left out.
    """
    ids = list(customer_ids)
    wanted = select(customers).where(customers.c.id.in_(ids))
    rows = (await tx.execute(wanted)).all()
    bought = await _purchases(tx, ids, at)
    if rule is not None and _asks_for_purchases_alone(rule):
        return {
            row.id: CustomerFacts(at, attributes=_attributes(row), purchases=tuple(bought[row.id]), currency=currency)
            for row in rows
        }
    known = await _facts(tx, ids)
    clubs = await _memberships(tx, ids)
    agreed = await _consents(tx, ids)
    still_open = await _open_cases(tx, ids)
    spoke = await _last_contacts(tx, ids, at)
    said = await themes_said_by(tx, ids)
    raised = await _signals(tx, ids)
    belong = await _segments(tx, ids)
    drawn = await _pictures(tx, ids)
    stand = await _tiers(tx, ids)
    points = await usable_points_of(tx, ids, at)
    return {
        row.id: CustomerFacts(
            at,
            attributes={**_attributes(row), "open_cases": still_open.get(row.id, 0)},
            facts=known[row.id],
            purchases=tuple(bought[row.id]),
            memberships=tuple(clubs[row.id]),
            consents=frozenset(agreed[row.id]),
            last_contact_at=spoke.get(row.id),
            said=tuple(said.get(row.id, ())),
            signals=tuple(raised[row.id]),
            segments=frozenset(belong[row.id]),
            tiers=stand[row.id],
            points=points.get(row.id, {}),
            picture=drawn.get(row.id),
            currency=currency,
        )
        for row in rows
    }


_IN_THE_ROW = ATTRIBUTES.keys() - {"open_cases"}


def _asks_for_purchases_alone(rule: Rule) -> bool:
    """Say whether *rule* rests on purchases and on what stands in the customer's own row."""
    measured = measures_in(rule).values()
    return names_in(rule) <= _IN_THE_ROW and all(measure_to_keep(*each) is not None for each in measured)


def _attributes(row: Any) -> dict[str, object]:
    named = {name: getattr(row, name) for name in ATTRIBUTES if name not in {"open_cases", "owner"}}
    return {**named, "owner": row.owner_id}


async def _facts(tx: Tx, ids: list[int]) -> defaultdict[int, dict[str, object]]:
    wanted = select(facts.c.customer_id, facts.c.name, facts.c.value)
    current = wanted.where(facts.c.customer_id.in_(ids), facts.c.current)
    found: defaultdict[int, dict[str, object]] = defaultdict(dict)
    for customer_id, name, value in await tx.execute(current):
        if isinstance(value, str | int | float | bool):
            found[customer_id][name] = value
    return found


async def _purchases(tx: Tx, ids: list[int], at: dt.datetime) -> defaultdict[int, list[Purchase]]:
    mine = purchases.c.customer_id.in_(ids)
    wanted = select(purchases).where(mine, purchases.c.at <= at).order_by(purchases.c.at, purchases.c.id)
    found: defaultdict[int, list[Purchase]] = defaultdict(list)
    for row in await tx.execute(wanted):
        found[row.customer_id].append(
            Purchase(
                row.receipt,
                row.at,
                row.amount_minor,
                row.currency,
                product=row.product,
                product_name=row.product_name,
                group=row.group_name,
                quantity=Decimal(str(row.quantity)),
                store=row.store,
                external_id=row.external_id,
            )
        )
    return found


async def _memberships(tx: Tx, ids: list[int]) -> defaultdict[int, list[Membership]]:
    found: defaultdict[int, list[Membership]] = defaultdict(list)
    for row in await tx.execute(select(memberships).where(memberships.c.customer_id.in_(ids))):
        found[row.customer_id].append(Membership(row.name, row.since, row.until))
    return found


async def _consents(tx: Tx, ids: list[int]) -> defaultdict[int, set[str]]:
    wanted = select(consents.c.customer_id, consents.c.purpose)
    given = wanted.where(consents.c.customer_id.in_(ids), consents.c.current, consents.c.given)
    found: defaultdict[int, set[str]] = defaultdict(set)
    for customer_id, purpose in await tx.execute(given):
        found[customer_id].add(purpose)
    return found


async def _segments(tx: Tx, ids: list[int]) -> defaultdict[int, set[str]]:
    wanted = select(segment_members.c.customer_id, segment_members.c.segment)
    found: defaultdict[int, set[str]] = defaultdict(set)
    for customer_id, segment in await tx.execute(wanted.where(segment_members.c.customer_id.in_(ids))):
        found[customer_id].add(segment)
    return found


async def _tiers(tx: Tx, ids: list[int]) -> defaultdict[int, dict[str, str]]:
    wanted = select(tiers.c.customer_id, tiers.c.programme, tiers.c.tier).where(tiers.c.customer_id.in_(ids))
    found: defaultdict[int, dict[str, str]] = defaultdict(dict)
    for customer_id, programme, tier in await tx.execute(wanted):
        found[customer_id][programme] = tier
    return found


async def _pictures(tx: Tx, ids: list[int]) -> dict[int, Picture]:
    rows = await tx.execute(select(pictures).where(pictures.c.customer_id.in_(ids)))
    return {row.customer_id: picture_from(row) for row in rows}


async def _signals(tx: Tx, ids: list[int]) -> defaultdict[int, list[tuple[str, dt.datetime]]]:
    wanted = select(signals.c.customer_id, signals.c.kind, signals.c.at).where(signals.c.customer_id.in_(ids))
    found: defaultdict[int, list[tuple[str, dt.datetime]]] = defaultdict(list)
    for customer_id, kind, at in await tx.execute(wanted):
        found[customer_id].append((kind, at))
    return found


async def _open_cases(tx: Tx, ids: list[int]) -> dict[int, int]:
    states = [state.value for state in CaseState if state.is_open]
    counted = select(cases.c.customer_id, func.count()).where(cases.c.customer_id.in_(ids), cases.c.state.in_(states))
    rows = await tx.execute(counted.group_by(cases.c.customer_id))
    return {row[0]: row[1] for row in rows}


async def _last_contacts(tx: Tx, ids: list[int], at: dt.datetime) -> dict[int, dt.datetime]:
    last = select(contacts.c.customer_id, func.max(contacts.c.at, type_=UtcDateTime())).where(
        contacts.c.customer_id.in_(ids), contacts.c.direction == Direction.IN.value, contacts.c.at <= at
    )
    rows = await tx.execute(last.group_by(contacts.c.customer_id))
    return {row[0]: row[1] for row in rows}
