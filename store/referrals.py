"""Referrals: whose link it is, who came by it, and what counts."""

from __future__ import annotations

import datetime as dt
import secrets
from typing import Any

from sqlalchemy import ColumnElement, exists, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.clubs import CLUB
from domain.coupons import SIGNS
from domain.customers import KnownFact
from domain.lives import REFERRED_BY
from domain.memberships import PROGRAMME
from domain.referrals import Counts, Referral, ReferralState, Refusal
from store.database import Tx
from store.facts import set_facts
from store.memberships import CHOSEN
from store.stale import mark_stale
from store.tables import customers, memberships, purchases, referral_codes, referrals

_LENGTH = 10
_DEEPEST = 100
_YEAR = dt.timedelta(days=365)
_COUNTED = (ReferralState.JOINED.value, ReferralState.THANKED.value)


async def code_of(tx: Tx, customer_id: int, now: dt.datetime) -> str:
    """Return the code of a customer's link, made when it is first asked for; the oldest where a merge left several."""
    await tx.execute(select(customers.c.id).where(customers.c.id == customer_id).with_for_update(key_share=True))
    mine = select(referral_codes.c.code).where(referral_codes.c.customer_id == customer_id)
    known = await tx.scalar(mine.order_by(referral_codes.c.made_at, referral_codes.c.code).limit(1))
    if known is not None:
        return str(known)
    code = "".join(secrets.choice(SIGNS) for _ in range(_LENGTH))
    await tx.execute(insert(referral_codes).values(code=code, customer_id=customer_id, made_at=now))
    return code


async def whose_code(tx: Tx, code: str) -> int | None:
    """Return the customer whose link has that code, or None."""
    found = await tx.scalar(select(referral_codes.c.customer_id).where(referral_codes.c.code == code))
    return None if found is None else int(found)


async def referral_of(tx: Tx, referred_id: int) -> Referral | None:
    """Return how she came, if somebody brought her; refused ones, too."""
    row = (await tx.execute(select(referrals).where(referrals.c.referred_id == referred_id))).one_or_none()
    return None if row is None else _referral(row)


async def begin_referral(tx: Tx, referral: Referral) -> bool:
    """Keep that she came by somebody's link; False where she has come by one before, which stays."""
    dialect = postgresql if tx.dialect.name == "postgresql" else sqlite
    values = {
        "referred_id": referral.referred_id,
        "customer_id": referral.customer_id,
        "at": referral.at,
        "state": referral.state.value,
        "reason": referral.reason,
    }
    done = await tx.execute(dialect.insert(referrals).values(values).on_conflict_do_nothing())
    return done.rowcount == 1


async def is_upstream(tx: Tx, customer_id: int, of: int) -> bool:
    """Say whether *customer_id* has brought *of*, or somebody who has, and so on: then *of* cannot bring her."""
    seen: set[int] = set()
    at: int | None = of
    while at is not None and at not in seen and len(seen) < _DEEPEST:
        seen.add(at)
        line = referrals.c
        wanted = select(line.customer_id).where(line.referred_id == at, line.state != ReferralState.REFUSED.value)
        at = await tx.scalar(wanted)
        if at == customer_id:
            return True
    return False


async def is_same_person(tx: Tx, one: int, other: int) -> bool:
    """Say whether two customers have the same telephone or e-mail address."""
    found = await tx.execute(select(customers.c.phone, customers.c.email).where(customers.c.id.in_([one, other])))
    rows = found.all()
    return len(rows) == 2 and any(a is not None and a == b for a, b in zip(rows[0], rows[1], strict=True))


async def has_bought(tx: Tx, customer_id: int, *, before: dt.datetime | None = None) -> bool:
    """Say whether she has any purchase, or one from before that moment."""
    hers = purchases.c.customer_id == customer_id
    if before is not None:
        hers &= purchases.c.at < before
    return bool(await tx.scalar(select(exists().where(hers))))


async def counting(tx: Tx, counts: Counts, limit: int) -> list[Referral]:
    """Return referrals that began and whose customer has come by now, the oldest first."""
    line = referrals.c
    wanted = select(referrals).where(line.state == ReferralState.STARTED.value, _came(counts))
    return [_referral(row) for row in await tx.execute(wanted.order_by(line.at, line.referred_id).limit(limit))]


async def unthanked(tx: Tx, limit: int) -> list[Referral]:
    """Return referrals that count and whose referrer has not been told, the oldest first."""
    line = referrals.c
    wanted = select(referrals).where(line.state == ReferralState.JOINED.value)
    return [_referral(row) for row in await tx.execute(wanted.order_by(line.counted_at, line.referred_id).limit(limit))]


async def began_before(tx: Tx, at: dt.datetime) -> bool:
    """Say whether any referral that began before then still waits for its customer to come."""
    line = referrals.c
    waits = exists().where(line.state == ReferralState.STARTED.value, line.at < at)
    return bool(await tx.scalar(select(waits)))


async def refuse_late(tx: Tx, before: dt.datetime, counts: Counts) -> int:
    """Refuse referrals that began before then and whose customer has not come; return how many."""
    line = referrals.c
    late = (line.state == ReferralState.STARTED.value) & (line.at < before) & ~_came(counts)
    values = {"state": ReferralState.REFUSED.value, "reason": Refusal.TOO_LATE.value}
    return (await tx.execute(update(referrals).where(late).values(values))).rowcount


async def move_referral(tx: Tx, referral: Referral, to: ReferralState, now: dt.datetime, reason: str = "") -> bool:
    """
    Bring a referral from the state in which it was seen to another; False: it has moved meanwhile.

    One that counts from now on is a fact of her who came, and the night looks at both again.
    """
    line = referrals.c
    values: dict[str, Any] = {"state": to.value, "reason": reason}
    if to is ReferralState.JOINED:
        values["counted_at"] = now
    seen = (line.referred_id == referral.referred_id) & (line.state == referral.state.value)
    if not (await tx.execute(update(referrals).where(seen).values(values))).rowcount:
        return False
    if to is ReferralState.JOINED:
        fact = KnownFact(REFERRED_BY, referral.customer_id, "referral", now)
        await set_facts(tx, [(referral.referred_id, fact)])
        await mark_stale(tx, [referral.referred_id, referral.customer_id], now)
    return True


async def counted_in_year(tx: Tx, customer_id: int, now: dt.datetime) -> int:
    """Return how many referrals of hers counted in the 365 days before *now*; she is locked until *tx* ends."""
    await tx.execute(select(customers.c.id).where(customers.c.id == customer_id).with_for_update(key_share=True))
    line = referrals.c
    mine = (line.customer_id == customer_id) & line.state.in_(_COUNTED) & (line.counted_at > now - _YEAR)
    return int(await tx.scalar(select(func.count()).select_from(referrals).where(mine)) or 0)


async def brought_by(tx: Tx, customer_id: int) -> tuple[int, int]:
    """Return how many came by her link and are under way or count, and how many of them count."""
    line = referrals.c
    mine = select(line.state, func.count()).where(line.customer_id == customer_id).group_by(line.state)
    counts = {row[0]: row[1] for row in (await tx.execute(mine)).all()}
    counted = sum(counts.get(state, 0) for state in _COUNTED)
    return counted + counts.get(ReferralState.STARTED.value, 0), counted


def _came(counts: Counts) -> ColumnElement[bool]:
    line = referrals.c
    if counts is Counts.PURCHASE:
        bought = purchases.c
        return exists().where(bought.customer_id == line.referred_id, bought.at >= line.at, bought.amount_minor > 0)
    member = memberships.c
    named = or_(member.name.startswith(PROGRAMME, autoescape=True), member.name.startswith(CLUB, autoescape=True))
    joined = (member.since >= line.at) & (member.source != CHOSEN)  # a silent programme is joined by nobody
    return exists().where(member.customer_id == line.referred_id, member.until.is_(None), named, joined)


def _referral(row: Any) -> Referral:
    return Referral(row.referred_id, row.customer_id, row.at, ReferralState(row.state), row.reason, row.counted_at)
