"""
An objection to profiling, at once: what was reckoned of her is cleared with its history, and she leaves the segments
that judge.

What she bought stays in the books, and what she told stays known; the night reckons nothing of it any more.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, delete, null, or_, update

from domain.pictures import MoveKind
from store.coupons_chosen import withdraw_chosen
from store.database import Tx
from store.memberships import leave_chosen
from store.picks import forget_open_picks
from store.segment_renewal import leave_segments
from store.settings import get_setting, put_setting
from store.stale import mark_stale
from store.tables import event_guests, moves, offers, pictures

EVIDENCE = "objects to profiling"
_SEGMENTS = "segments.profiling"
RECKONED: Mapping[str, Any] = {
    "recency": None,
    "frequency": None,
    "monetary": None,
    "scheme": "",
    "value_class": None,
    "alive": None,
    "expected": None,
    "clv": None,
    "share": None,
    "customer_class": None,
    "class_since": None,
    "class_reason": "",
    "cluster": None,
}
"""The columns of a picture that stay so for who objects to profiling: no RFM, probability, value, class or cluster."""


_JUDGED = moves.c.kind.in_([MoveKind.CLASS.value, MoveKind.VALUE.value])
"""Moves between classes: what they rest on is what she does not want to be reckoned."""


async def keep_profiling_segments(tx: Tx, names: Collection[str]) -> None:
    """Remember which segments judge people by what they buy, so that who objects can leave them at once."""
    wanted = sorted(names)
    if wanted != (await get_setting(tx, _SEGMENTS) or []):
        await put_setting(tx, _SEGMENTS, wanted or None)


async def profiling_segments(tx: Tx) -> frozenset[str]:
    """Return the segments that `keep_profiling_segments` remembered last."""
    return frozenset(await get_setting(tx, _SEGMENTS) or ())


async def end_profiling(tx: Tx, objections: Mapping[int, dt.datetime]) -> None:
    """
    Clear what is reckoned of those customers, let them out of judging segments and of programmes that a rule chose them
    for, and have the night look again.

    How they moved between classes and into those segments, and on what evidence, is forgotten too; the open coupons of
    a six that was chosen for them are withdrawn, and lists to pick from that they have opened are gone.
    """
    if not objections:
        return
    await tx.execute(update(pictures).where(pictures.c.customer_id.in_(list(objections))).values(**RECKONED))
    await tx.execute(delete(offers).where(offers.c.customer_id.in_(list(objections))))  # chosen by what she bought
    guest = event_guests.c.customer_id.in_(list(objections))  # ranked by it
    await tx.execute(update(event_guests).where(guest).values(evidence=null()))
    await tx.execute(delete(event_guests).where(guest, event_guests.c.invited_at.is_(None)))
    await withdraw_chosen(tx, list(objections))
    await forget_open_picks(tx, list(objections))
    judging = sorted(await profiling_segments(tx))
    into_them = (moves.c.kind == MoveKind.SEGMENT.value) & moves.c.name.in_(judging) & (moves.c.evidence != EVIDENCE)
    await _forget_moves(tx, list(objections), or_(_JUDGED, into_them))
    for customer_id, at in objections.items():
        await leave_chosen(tx, customer_id, at)
        await leave_segments(tx, customer_id, judging, at.date(), EVIDENCE)
        await mark_stale(tx, [customer_id], at)


async def clear_again(tx: Tx, objectors: Sequence[int]) -> int:
    """
    Clear what was written of *objectors* all the same, and return of how many.

    A night that reckons for everybody reads who objects before it writes: who objects in between is found here.
    """
    written = or_(*(pictures.c[name].is_not(None) for name, cleared in RECKONED.items() if cleared is None))
    wrong = pictures.c.customer_id.in_(list(objectors)) & written
    await _forget_moves(tx, objectors, _JUDGED)
    return (await tx.execute(update(pictures).where(wrong).values(**RECKONED))).rowcount


async def _forget_moves(tx: Tx, ids: Sequence[int], which: ColumnElement[bool]) -> None:
    await tx.execute(delete(moves).where(moves.c.customer_id.in_(list(ids)), which))
