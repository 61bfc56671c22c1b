"""Tables whose rows are not simply dropped or blanked when a customer is forgotten; what was under way ends."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, delete, exists, insert, not_, null, or_, select, update

from domain.cases import CaseState
from domain.customer_rows import IMPORTED
from domain.customers import Purpose
from domain.dialogues import RunState
from domain.holds import Hold
from domain.newsletters import RecipientState
from store.customer_words import forget_words
from store.database import Tx
from store.erasing_rules import FORGOTTEN, HUSK
from store.ids import new_id
from store.inbox import erased
from store.recipients import RecipientOutcome, record
from store.tables import (
    answers,
    audit,
    case_clocks,
    cases,
    consents,
    coupons,
    customers,
    event_guests,
    guardians,
    imports,
    inbox,
    invitations,
    memberships,
    merges,
    outbox,
    picks,
    plan_actions,
    recipients,
    runs,
    staff_messages,
    topic_choices,
    topics,
)

Figures = Collection[tuple[str, str]]
"""(digest of a script, question): those whose answers are choices and scores, which stay for the sums."""

_ERASED = Hold.ERASED.value
_LEAST = 4  # signs of a word that raw updates are searched for; shorter ones are in every other text
_NEWSLETTER = "newsletter:%"


@dataclass(frozen=True, slots=True)
class Told:
    """What stands for her in raw texts: her own words for herself, her chat, her numbers."""

    words: tuple[str, ...]


def told_of(row: Mapping[str, Any], names: Collection[str] = ()) -> Told:
    """Return what stands for the customer of *row*, and *names* that she has had besides."""
    found = [row[name] for name in ("name", "username", "email", "phone", "number", "chat_id")]
    texts = [str(each).strip() for each in (*found, *names) if each not in (None, "")]
    texts += [part for text in texts for part in text.split()]  # a row of an import may hold the family name alone
    return Told(tuple(dict.fromkeys(each for each in texts if len(each) >= _LEAST)))


async def erase_answers(tx: Tx, customer_id: int, figures: Figures) -> int:
    """Blank her answers; choices and scores stay as figures."""
    hers = (await tx.execute(select(runs.c.id, runs.c.script_digest).where(runs.c.customer_id == customer_id))).all()
    count = 0
    for run in hers:
        kept = [question for digest, question in figures if digest == run.script_digest]
        of_run = answers.c.run_id == run.id
        blank: dict[str, Any] = {"text": "", "media": null(), "message_id": None}
        words = and_(of_run, answers.c.question.not_in(kept))
        count += (await tx.execute(update(answers).where(of_run).values(**blank))).rowcount
        await tx.execute(update(answers).where(words).values(value=null()))
    return count


async def erase_runs(tx: Tx, customer_id: int, now: dt.datetime) -> int:
    """End what was under way; that it took place stays."""
    is_open = and_(runs.c.customer_id == customer_id, runs.c.state == RunState.OPEN.value)
    ended = {"state": RunState.CANCELLED.value, "ended_at": now, "due_at": None}
    return (await tx.execute(update(runs).where(is_open).values(**ended))).rowcount


async def erase_cases(tx: Tx, customer_id: int, now: dt.datetime) -> int:
    """Close those that are open, stop their clocks, and blank every word in all of them."""
    hers = cases.c.customer_id == customer_id
    shut = (CaseState.CLOSED.value, CaseState.SPAM.value, CaseState.MERGED.value)
    running = and_(case_clocks.c.case_id.in_(select(cases.c.id).where(hers)), case_clocks.c.stopped_at.is_(None))
    await tx.execute(update(case_clocks).where(running).values(stopped_at=now, due_at=None, warn_at=None))
    closed: dict[str, Any] = {"state": CaseState.CLOSED.value, "closed_at": now, "settle_by": None}
    closed |= {"answering_id": None, "answering_until": None}
    await tx.execute(update(cases).where(hers, cases.c.state.not_in(shut)).values(**closed))
    return (await tx.execute(update(cases).where(hers).values(summary="", remedy="", order_ref=""))).rowcount


async def erase_consents(tx: Tx, customer_id: int, now: dt.datetime) -> int:
    """What she said yes or no to stays as proof, without its source in words; from now on nothing is agreed to."""
    hers = consents.c.customer_id == customer_id
    ours = and_(consents.c.source.like(_NEWSLETTER), consents.c.text_version != IMPORTED)
    await tx.execute(update(consents).where(hers, not_(ours)).values(source=""))
    count = (await tx.execute(update(consents).where(hers).values(current=False))).rowcount
    no = {"id": new_id(), "customer_id": customer_id, "purpose": Purpose.PROFILING.value, "given": False}
    await tx.execute(insert(consents).values(**no, text_version="", source=FORGOTTEN, at=now, current=True))
    return count


async def erase_topic_choices(tx: Tx, customer_id: int) -> int:
    """Under which newsletter she switched a topic off stays: it is that newsletter's account."""
    hers = topic_choices.c.customer_id == customer_id
    ours = topic_choices.c.source.like(_NEWSLETTER)
    return (await tx.execute(update(topic_choices).where(hers, not_(ours)).values(source=""))).rowcount


async def erase_loyalty(tx: Tx, customer_id: int, now: dt.datetime) -> dict[str, int]:
    """Memberships end, open coupons are void, what a benefit or a list gives nobody any more is let go."""
    counts = {}
    hers = memberships.c.customer_id == customer_id
    await tx.execute(update(memberships).where(hers, memberships.c.until.is_(None)).values(until=now, ends_on=None))
    counts["memberships"] = (await tx.execute(update(memberships).where(hers).values(source=""))).rowcount
    mine = coupons.c.customer_id == customer_id
    await tx.execute(update(coupons).where(mine, coupons.c.state == "open").values(state="revoked"))
    counts["coupons"] = (await tx.execute(update(coupons).where(mine).values(evidence=null()))).rowcount
    of_picks = picks.c.customer_id == customer_id
    counts["picks"] = (await tx.execute(update(picks).where(of_picks).values(message_id=None))).rowcount
    guest = event_guests.c.customer_id == customer_id
    coming = event_guests.c.state.in_(["waiting", "invited", "accepted"])
    await tx.execute(update(event_guests).where(guest, coming).values(state="skipped", reason=_ERASED))
    counts["event_guests"] = (await tx.execute(update(event_guests).where(guest).values(evidence=null()))).rowcount
    child, guardian = guardians.c.customer_id == customer_id, guardians.c.guardian_id == customer_id
    counts["guardians"] = (await tx.execute(delete(guardians).where(child))).rowcount
    withdrawn = update(guardians).where(guardian).values(guardian_id=None, state="withdrawn", at=now)
    counts["guardians"] += (await tx.execute(withdrawn)).rowcount
    return counts


async def erase_contacts_to_come(tx: Tx, customer_id: int, now: dt.datetime) -> dict[str, int]:
    """What was meant for her is skipped with the reason, in the accounts too; her rows leave the outbox."""
    counts = {}
    open_ = (RecipientState.QUEUED.value, RecipientState.OUTBOX.value, RecipientState.UNKNOWN.value)
    mine = and_(recipients.c.customer_id == customer_id, recipients.c.state.in_(open_[:2]))
    sending_ids = list(await tx.scalars(select(recipients.c.sending_id).where(mine)))
    counts["outbox"] = (await tx.execute(delete(outbox).where(outbox.c.customer_id == customer_id))).rowcount
    await record(
        tx, [RecipientOutcome(each, customer_id, RecipientState.SKIPPED, _ERASED, at=now) for each in sending_ids]
    )
    recalled = and_(recipients.c.customer_id == customer_id, recipients.c.recall.in_(["queued", "outbox"]))
    await tx.execute(update(recipients).where(recalled).values(recall="failed"))
    counts["recipients"] = len(sending_ids)
    waiting = and_(invitations.c.customer_id == customer_id, invitations.c.state.in_(["queued", "drawn", "reserve"]))
    skipped = update(invitations).where(waiting).values(state="skipped", reason=_ERASED, at=now)
    counts["invitations"] = (await tx.execute(skipped)).rowcount
    planned = plan_actions.c.customer_id == customer_id
    to_come = plan_actions.c.state.in_(["queued", "held", "outbox", "task"])
    await tx.execute(update(plan_actions).where(planned, to_come).values(state="skipped", reason=_ERASED))
    counts["plan_actions"] = (await tx.execute(update(plan_actions).where(planned).values(note=""))).rowcount
    return counts


async def erase_traces(tx: Tx, ids: Collection[int], told: Told) -> dict[str, int]:
    """Raw updates, the audit log's details and the problems of imports, where they speak of her; merges of hers."""
    counts = {}
    subjects = [f"customer:{each}" for each in ids]
    counts["audit"] = (
        await tx.execute(update(audit).where(audit.c.subject.in_(subjects)).values(detail=null()))
    ).rowcount
    merged = or_(merges.c.kept_id.in_(list(ids)), merges.c.gone_id.in_(list(ids)))
    counts["merges"] = (await tx.execute(delete(merges).where(merged))).rowcount
    counts["inbox"] = await _erase_updates(tx, told)
    counts["imports"] = await _erase_problems(tx, told)
    return counts


async def _erase_updates(tx: Tx, told: Told) -> int:
    """Leave of a handled update only what tells that it came before; what is not handled yet is not hers yet."""
    said = [each for word in told.words for each in {word, json.dumps(word)[1:-1]}]
    if not said:
        return 0
    speaks = or_(*(inbox.c.body.contains(each, autoescape=True) for each in said))
    rows = (await tx.execute(select(inbox.c.id, inbox.c.body).where(inbox.c.state != "new", speaks))).all()
    for row in rows:
        await tx.execute(update(inbox).where(inbox.c.id == row.id).values(body=erased(row.body), error=None))
    return len(rows)


async def _erase_problems(tx: Tx, told: Told) -> int:
    """A bad row of an import is told with what stood in it: of those that speak of her nothing stays."""
    count = 0
    for row in (await tx.execute(select(imports.c.id, imports.c.detail).where(imports.c.detail.is_not(None)))).all():
        if not isinstance(row.detail, dict):
            continue
        clean = {name: _without(value, told) for name, value in row.detail.items()}
        if clean != row.detail:
            await tx.execute(update(imports).where(imports.c.id == row.id).values(detail=clean))
            count += 1
    return count


def _without(value: Any, told: Told) -> Any:
    """Return a part of a document without the items that speak of her."""
    if isinstance(value, list):
        return [each for each in value if not _speaks(each, told)]
    return "" if isinstance(value, str) and _speaks(value, told) else value


def _speaks(value: Any, told: Told) -> bool:
    written = json.dumps(value, ensure_ascii=False, default=str).casefold()
    return any(word.casefold() in written for word in told.words)


async def erase_forum(tx: Tx, customer_id: int) -> dict[str, int]:
    """Forget where staff were shown her; deleting it in Telegram is the caller's, who reads it before."""
    counts = {"staff_messages": 0, "topics": 0}
    gone = delete(staff_messages).where(staff_messages.c.customer_id == customer_id)
    counts["staff_messages"] = (await tx.execute(gone)).rowcount
    counts["topics"] = (await tx.execute(delete(topics).where(topics.c.customer_id == customer_id))).rowcount
    return counts


async def erase_customer(tx: Tx, customer_id: int, now: dt.datetime) -> None:
    """Leave a husk of her own row: what counts, and that nothing goes there any more."""
    await forget_words(tx, [customer_id])
    row = customers.c.id == customer_id
    await tx.execute(update(customers).where(row).values(**HUSK, ended_at=now))


async def all_ids(tx: Tx, customer_id: int) -> list[int]:
    """Return her id and those of all who were merged into her and are not back."""
    found, waiting = {customer_id}, [customer_id]
    while waiting:
        into = and_(merges.c.kept_id.in_(waiting), merges.c.undone_at.is_(None))
        gone = set(await tx.scalars(select(merges.c.gone_id).where(into))) - found
        found |= gone
        waiting = sorted(gone)
    back = exists().where(customers.c.id == merges.c.gone_id)
    there = set(await tx.scalars(select(merges.c.gone_id).where(merges.c.gone_id.in_(sorted(found)), back)))
    return [customer_id, *sorted(found - there - {customer_id})]


async def names_before(tx: Tx, ids: Collection[int]) -> list[str]:
    """Return by what else she was known: in the rows of those merged into her, and before imports changed it."""
    details = await tx.scalars(select(merges.c.detail).where(merges.c.kept_id.in_(list(ids))))
    gone = [detail.get("gone", {}) for detail in details if isinstance(detail, dict)]
    named = ("name", "username", "email", "phone", "number", "chat_id")
    return [str(row[name]) for row in gone for name in named if row.get(name) not in (None, "")]


def proof_of(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a document in its one canonical form."""
    written = json.dumps(document, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(written.encode()).hexdigest()
