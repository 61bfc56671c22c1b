"""
Records whose time is over: what no longer serves anybody is deleted, or loses its words, kind by kind.

Each function does a part in the caller's transaction, at most *limit* rows, and returns how many: as long as it is
`limit` there may be more. A kill between two parts loses nothing and doubles nothing.
"""

from __future__ import annotations

import datetime as dt
import fnmatch
from typing import Any

from sqlalchemy import Table, and_, delete, exists, null, or_, select, update

from domain.cases import CaseState
from domain.coupons import CouponState
from store.database import Tx
from store.settings import get_setting, put_setting
from store.stale import mark_stale
from store.tables import (
    answers,
    audit,
    cases,
    clicks,
    contact_edits,
    contacts,
    coupon_tries,
    coupons,
    facts,
    holds,
    import_changes,
    imports,
    moves,
    offers,
    picks,
    purchases,
    runs,
)

LIMIT = 5_000
OFFERS_KEPT = dt.timedelta(days=62)
"""The shortest time for offers: the batch of this month, which she may have seen, and the one before, whose new
products do not come again at once."""

_PEOPLE = 500
_SHUT = (CaseState.CLOSED.value, CaseState.SPAM.value, CaseState.MERGED.value)


async def purge_holds(tx: Tx, before: dt.datetime, limit: int = LIMIT) -> int:
    """Delete why contacts were held back before that moment; return how many lines."""
    return await _delete(tx, holds, holds.c.at < before, limit)


async def purge_audit(tx: Tx, before: dt.datetime, limit: int = LIMIT) -> int:
    """Delete what staff did before that moment; return how many lines."""
    return await _delete(tx, audit, audit.c.at < before, limit)


async def purge_facts(tx: Tx, pattern: str, before: dt.datetime, limit: int = LIMIT) -> int:
    """Delete facts with a name like *pattern* ("shoe_*") that were learnt before that moment, current ones, too."""
    names = [name for name in await tx.scalars(select(facts.c.name).distinct()) if fnmatch.fnmatchcase(name, pattern)]
    return await _delete(tx, facts, and_(facts.c.name.in_(names), facts.c.at < before), limit) if names else 0


async def purge_moves(tx: Tx, before: dt.datetime, limit: int = LIMIT) -> int:
    """Delete moves between classes, stages and segments before that day."""
    return await _delete(tx, moves, moves.c.day < before.date(), limit)


async def purge_clicks(tx: Tx, before: dt.datetime, limit: int = LIMIT) -> int:
    """Delete who followed what in a newsletter before that moment; its results lose these clicks."""
    return await _delete(tx, clicks, clicks.c.at < before, limit)


async def purge_coupon_tries(tx: Tx, before: dt.datetime, limit: int = LIMIT) -> int:
    """Delete attempts to redeem before that moment; what was redeemed stays with the coupon."""
    return await _delete(tx, coupon_tries, coupon_tries.c.at < before, limit)


async def purge_offers(tx: Tx, before: dt.datetime, limit: int = LIMIT, *, now: dt.datetime) -> int:
    """
    Delete what was chosen for customers before that moment, but nothing of the last `OFFERS_KEPT`, and nothing of which
    a coupon is good at *now*; coupons know by themselves what they are for.

    Goes through some hundreds of customers a time, by id, from where the last time ended; *limit* while more follow.
    """
    setting = "retention.offers"
    after = int(await get_setting(tx, setting) or 0)
    hers = select(offers.c.customer_id).where(offers.c.customer_id > after).distinct()
    people = list(await tx.scalars(hers.order_by(offers.c.customer_id).limit(_PEOPLE)))
    if people:
        is_good = (coupons.c.state == CouponState.OPEN.value) & (coupons.c.valid_until > now)
        of_it = (coupons.c.customer_id == offers.c.customer_id) & (coupons.c.batch == offers.c.batch)
        these = offers.c.customer_id.between(people[0], people[-1]) & (
            offers.c.made_at < min(before, now - OFFERS_KEPT)
        )
        await tx.execute(delete(offers).where(these, ~exists().where(of_it, is_good)))
    is_end = len(people) < _PEOPLE
    await put_setting(tx, setting, None if is_end else people[-1])
    return 0 if is_end else limit


async def purge_picks(tx: Tx, before: dt.datetime, limit: int = LIMIT, *, now: dt.datetime) -> int:
    """Delete lists to pick from that were opened before that moment, by the rule of offers; the coupons stay."""
    return await _delete(tx, picks, picks.c.opened_at < min(before, now - OFFERS_KEPT), limit)


async def purge_purchases(tx: Tx, before: dt.datetime, limit: int = LIMIT, *, now: dt.datetime) -> int:
    """Delete lines bought before that moment; what is reckoned of these customers is reckoned anew."""
    old = select(purchases.c.id, purchases.c.customer_id).where(purchases.c.at < before).limit(limit)
    rows = (await tx.execute(old)).all()
    await tx.execute(delete(purchases).where(purchases.c.id.in_([row.id for row in rows])))
    await mark_stale(tx, {row.customer_id for row in rows}, now)
    return len(rows)


async def purge_imports(tx: Tx, before: dt.datetime, limit: int = LIMIT) -> int:
    """Delete what imports that ended before that moment changed, and their problems: they cannot be undone any more."""
    ended = select(imports.c.id).where(imports.c.ended_at < before)
    await tx.execute(update(imports).where(imports.c.id.in_(ended)).values(detail=null()))
    return await _delete(tx, import_changes, import_changes.c.import_id.in_(ended), limit)


async def purge_words(tx: Tx, before: dt.datetime, limit: int = LIMIT) -> int:
    """
    Take the words and files out of contacts before that moment; that each took place stays counted.

    Those of a case that is open keep theirs.
    """

    async def blank(ids: list[int]) -> None:
        open_case = exists().where(cases.c.id == contacts.c.case_id, cases.c.state.not_in(_SHUT))
        these = and_(contacts.c.id.in_(ids), ~open_case)
        await tx.execute(delete(contact_edits).where(contact_edits.c.contact_id.in_(ids)))
        await tx.execute(update(contacts).where(these).values(text="", media=null(), edited_from=None))

    return await _walk(tx, contacts, "words", before, limit, blank)


async def purge_media(tx: Tx, before: dt.datetime, limit: int = LIMIT) -> int:
    """Forget the files of contacts and answers before that moment."""

    async def blank(ids: list[int]) -> None:
        await tx.execute(update(contacts).where(contacts.c.id.in_(ids)).values(media=null()))

    async def blank_answers(ids: list[int]) -> None:
        await tx.execute(update(answers).where(answers.c.id.in_(ids)).values(media=null()))

    done = await _walk(tx, contacts, "media", before, limit, blank)
    return max(done, await _walk(tx, answers, "media_of_answers", before, limit, blank_answers))


async def purge_answers(tx: Tx, before: dt.datetime, limit: int = LIMIT) -> int:
    """Take the words out of answers before that moment; scores and choices stay. Open dialogues keep theirs."""

    async def blank(ids: list[int]) -> None:
        is_open = exists().where(runs.c.id == answers.c.run_id, runs.c.state == "open")
        wanted = select(answers.c.id, answers.c.value, answers.c.text).where(answers.c.id.in_(ids), ~is_open)
        for row in (await tx.execute(wanted.where(answers.c.text != ""))).all():
            said = isinstance(row.value, str) and row.value.strip() == row.text.strip()
            gone: dict[str, Any] = {"text": "", "value": null()} if said else {"text": ""}
            await tx.execute(update(answers).where(answers.c.id == row.id).values(**gone))

    return await _walk(tx, answers, "answers", before, limit, blank)


async def _delete(tx: Tx, table: Table, which: Any, limit: int) -> int:
    keys = table.primary_key.columns
    if len(keys) == 1:
        (key,) = keys
        ids = list(await tx.scalars(select(key).where(which).limit(limit)))
        return (await tx.execute(delete(table).where(key.in_(ids)))).rowcount if ids else 0
    rows = (await tx.execute(select(*keys).where(which).limit(limit))).all()
    if not rows:
        return 0
    these = or_(*(and_(*(key == value for key, value in zip(keys, row, strict=True))) for row in rows[:500]))
    gone = (await tx.execute(delete(table).where(these))).rowcount
    return limit if gone and len(rows) > 500 else gone


async def _walk(tx: Tx, table: Table, name: str, before: dt.datetime, limit: int, blank: Any) -> int:
    """
    Blank the next rows of *table* by id, from where the last time ended; ids grow with time.

    Where one is still young the next time begins with it: none is passed over. Returns *limit* while more may follow.
    """
    setting = f"retention.{name}"
    after = int(await get_setting(tx, setting) or 0)
    wanted = select(table.c.id, table.c.at).where(table.c.id > after).order_by(table.c.id).limit(limit)
    rows = (await tx.execute(wanted)).all()
    young = next((place for place, row in enumerate(rows) if row.at >= before), None)
    ripe = [row.id for row in rows if row.at < before]
    if ripe:
        await blank(ripe)
    done = rows if young is None else rows[:young]
    if done:
        await put_setting(tx, setting, done[-1].id)
    return len(rows) if young is None else 0
