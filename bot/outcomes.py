"""
What became of calls, written down: the timeline, the ledger of newsletters, who can be reached, and what goes again.

All of it in the transaction that takes the rows out of the outbox, so that nothing is counted twice or not at all.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bot.delivery import DIED, Delivered
from bot.forum_mending import KINDS as FORUM_KINDS
from bot.forum_mending import Verdict
from bot.forum_topics import ForumTopics
from bot.paid import give_back
from bot.speech import plain
from dialogues.courtesy import Decision
from domain.care import CareState
from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.customers import Reach
from domain.holds import Hold
from domain.messages import Act, GivenUp, Message, Migrated, OnUnknown, Refusal, RetryAt, Sent, Unknown, Waiting
from domain.newsletters import INTERRUPTED, RecipientState
from domain.recalls import RecallOutcome, recall_outcome
from scheduler.care_work import REF as CARE_REF
from store import outbox, recalls, recipients
from store.care import CareOutcome, record_outcomes
from store.contacts import add_contacts
from store.customers import set_reach
from store.database import Tx
from store.holds import keep_holds
from store.ids import new_id
from store.recipients import RecipientOutcome
from store.runs import drop_unasked
from store.signals import raise_blocked
from store.topics import StaffMessage, keep_messages

log = logging.getLogger(__name__)

SendingBroken = Callable[[Tx, int, str, dt.datetime], Awaitable[None]]
AskStaff = Callable[[Tx, Waiting, str, dt.datetime], Awaitable[None]]

_CONTACT_KINDS = frozenset(kind.value for kind in ContactKind)
_REACH = {Refusal.BLOCKED: Reach.BLOCKED, Refusal.DEACTIVATED: Reach.DEACTIVATED}
_SKIPS = frozenset({Refusal.PRIVACY, Refusal.NO_RIGHTS})
_FLEETING = frozenset({Act.TOAST, Act.PIN})  # nobody misses one
_MOST_REPAIRS = 5
_IS_GONE = "message to delete not found"  # she deleted it, or the call before this one did
_STILL_COUNTS = frozenset({Hold.LEAST_GAP, Hold.WEEKLY_CAP})


@dataclass(frozen=True, slots=True)
class Hooks:
    """What others do about an outcome, in the same transaction. None where nobody cares."""

    sending_broken: SendingBroken | None = None  # (tx, sending_id, Telegram's sentence, now): a content error
    ask_staff: AskStaff | None = None  # (tx, row, what is known, now): send again or let go?


@dataclass(slots=True)
class _Changes:
    """What one group of outcomes changes, gathered so that each table is written once."""

    done: list[int] = field(default_factory=list)
    again: list[outbox.Again] = field(default_factory=list)
    rests: list[Waiting] = field(default_factory=list)
    asked: list[tuple[int, str]] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    recipients: list[RecipientOutcome] = field(default_factory=list)
    recalled: list[RecallOutcome] = field(default_factory=list)
    care: list[CareOutcome] = field(default_factory=list)
    staff_messages: list[StaffMessage] = field(default_factory=list)
    reach: dict[Reach, list[int]] = field(default_factory=dict)
    unspent: list[tuple[Waiting, Message]] = field(default_factory=list)  # paid for, and refused


class Recorder:
    """Writes outcomes down. *most_tries* bounds how often a message of unknown fate is sent again."""

    def __init__(self, hooks: Hooks | None = None, most_tries: int = 8) -> None:
        self._hooks = hooks or Hooks()
        self._most_tries = most_tries
        self.forum: ForumTopics | None = None

    async def record(self, tx: Tx, delivered: Sequence[Delivered], now: dt.datetime) -> None:
        """Write a group of outcomes. Nothing of it is kept unless *tx* commits."""
        changes = _Changes()
        for one in delivered:
            await self._one(tx, changes, one, now)
        await _write(tx, changes, now)

    async def hold(self, tx: Tx, held: Sequence[tuple[Waiting, Decision]], now: dt.datetime) -> None:
        """
        Write down which claimed rows must not go, and why: they wait until the hold ends, or are skipped.

        What is outdated leaves the outbox, and its recipient is queued: her message is made anew.
        """
        changes = _Changes()
        for row, decision in held:
            if decision.hold.passes and decision.until is not None:
                changes.again.append(outbox.Again(row.id, decision.until, row.attempts, decision.hold.value))
                continue
            changes.done.append(row.id)
            if decision.hold is Hold.OUTDATED:  # her turn comes again, and it is made as she wants it now
                _recipient(changes, row, RecipientState.QUEUED, "", None, None)
                continue
            _recipient(changes, row, RecipientState.SKIPPED, decision.hold.value, None, now)
            if decision.hold is not Hold.ERASED:
                _contact(changes, row, row.message, ContactState.SKIPPED, now, new_id(), reason=decision.hold.value)
        await _write(tx, changes, now)
        small = [row.run_id for row, _ in held if row.kind == ContactKind.SMALL_QUESTION and row.run_id is not None]
        if small:
            await drop_unasked(tx, small, now)
        await keep_holds(
            tx,
            [
                (row.customer_id, row.kind, decision.hold, _about(row))
                for row, decision in held
                if row.customer_id is not None
                and decision.hold not in {Hold.ERASED, Hold.OUTDATED}
                and row.reason != decision.hold.value  # what is tried again is one hold
            ],
            now,
        )

    async def _one(self, tx: Tx, changes: _Changes, one: Delivered, now: dt.datetime) -> None:
        if one.claimed.paid and not isinstance(one.outcome, Sent | Unknown):
            changes.unspent.append((one.claimed, one.rest or one.row.message))
        for at, part in enumerate(one.sent):
            _contact(
                changes, one.row, part.message, ContactState.SENT, now, part.contact_id, ids=part.message_ids, at=at
            )
        if one.row.kind in FORUM_KINDS and self.forum is not None:
            outcome, row = one.outcome, one.row
            if isinstance(outcome, Sent):
                outcome = Sent(tuple(each for part in one.sent for each in part.message_ids))
            elif one.sent and one.rest is not None:
                row = replace(row, message=one.rest)
            verdict = await self.forum.settled(tx, row, outcome, now)
            if verdict is Verdict.DONE:
                changes.done.append(one.claimed.id)
                return
            if verdict is Verdict.AGAIN:
                self._repaired(changes, one, now)
                return
        await self._usual(tx, changes, one, now)

    async def _usual(self, tx: Tx, changes: _Changes, one: Delivered, now: dt.datetime) -> None:
        row = one.row
        match one.outcome:
            case Sent():
                self._sent(changes, one, now)
            case RetryAt(flood=flood):
                _again(changes, one, now, attempts=row.attempts if flood else row.attempts + 1)
            case GivenUp(reason=Refusal.TOKEN):
                _again(changes, one, now, attempts=row.attempts)
            case Migrated(chat_id):
                await outbox.move_chat(tx, row.chat_id, chat_id)
                self._repaired(changes, one, now)
            case GivenUp() as refused:
                await self._given_up(tx, changes, one, refused, now)
            case Unknown(raw):
                await self._unknown(tx, changes, one, raw, now)

    def _sent(self, changes: _Changes, one: Delivered, now: dt.datetime) -> None:
        row = one.row
        changes.done.append(one.claimed.id)
        if row.act is not Act.SEND:
            _recalled(changes, row)
            return
        ids = [each for part in one.sent for each in part.message_ids]
        _recipient(changes, row, RecipientState.SENT, "", ids[0] if ids else None, now)
        if row.ref and not _is_contact(row):
            changes.staff_messages += [
                StaffMessage(row.chat_id, each, row.ref, now, row.customer_id, row.case_id) for each in ids
            ]

    async def _given_up(self, tx: Tx, changes: _Changes, one: Delivered, refused: GivenUp, now: dt.datetime) -> None:
        row = one.row
        changes.done.append(one.claimed.id)
        if refused.reason in _REACH and row.customer_id is not None and row.chat_id > 0:
            changes.reach.setdefault(_REACH[refused.reason], []).append(row.chat_id)
        if refused.reason is not Refusal.STALE:
            log.warning(
                "message.refused",
                extra={"row": row.id, "act": row.act.value, "kind": row.kind, "reason": refused.reason.value},
            )
        if row.act is not Act.SEND:
            _recalled(changes, row, "" if _IS_GONE in refused.raw else refused.reason.value)
            return
        skipped = refused.reason in _SKIPS
        state = ContactState.SKIPPED if skipped else ContactState.FAILED
        reason = f"{refused.reason.value}: {refused.raw}"
        _contact(changes, row, one.rest or row.message, state, now, one.contact_id, reason=reason)
        ledger = RecipientState.SKIPPED if skipped else RecipientState.FAILED
        _recipient(changes, row, ledger, refused.reason.value, None, now)
        if refused.reason is Refusal.CONTENT and row.newsletter_id is not None and self._hooks.sending_broken:
            await self._hooks.sending_broken(tx, row.newsletter_id, refused.raw, now)

    async def _unknown(self, tx: Tx, changes: _Changes, one: Delivered, raw: str, now: dt.datetime) -> None:
        row = one.row
        if row.act is not Act.SEND:  # twice is the same as once; what is fleeting is too late by now
            if row.act in _FLEETING or row.attempts + 1 >= self._most_tries:
                changes.done.append(one.claimed.id)
                _recalled(changes, row, "no_answer")
            else:
                _again(changes, one, now, attempts=row.attempts + 1)
            return
        _contact(changes, row, one.rest or row.message, ContactState.UNKNOWN, now, one.contact_id, reason=raw)
        log.warning("message.unknown", extra={"row": row.id, "kind": row.kind, "policy": row.on_unknown.value})
        match row.on_unknown:
            case OnUnknown.NEVER_MISS if row.attempts + 1 < self._most_tries:
                _again(changes, one, now, attempts=row.attempts + 1, reason=raw)
            case OnUnknown.ASK_STAFF if self._hooks.ask_staff is not None:
                changes.asked.append((one.claimed.id, raw))
                await self._hooks.ask_staff(tx, row, raw, now)
            case _:
                changes.done.append(one.claimed.id)
                why = INTERRUPTED if raw == DIED else "no_answer"
                _recipient(changes, row, RecipientState.UNKNOWN, why, None, now)

    def _repaired(self, changes: _Changes, one: Delivered, now: dt.datetime) -> None:
        """Send once more after the way was mended, but not for ever."""
        if one.row.attempts >= _MOST_REPAIRS:
            log.error("message.way_not_mended", extra={"row": one.row.id, "kind": one.row.kind})
            changes.done.append(one.claimed.id)
            return
        _again(changes, one, now, attempts=one.row.attempts + 1)


def admissible(row: Waiting, decisions: Mapping[int, Decision]) -> Decision | None:
    """
    Return why a claimed row must not go, or None.

    A message that goes again because nobody knows whether it arrived has been counted against the budget already.
    """
    decision = decisions.get(row.id)
    if decision is not None and row.attempts > 0 and decision.hold in _STILL_COUNTS:
        return None
    return decision


def _again(changes: _Changes, one: Delivered, now: dt.datetime, *, attempts: int, reason: str = "") -> None:
    """Put the row back; when a part of it has gone, only the rest."""
    if one.sent and one.rest is not None:
        changes.rests.append(replace(one.claimed, message=one.rest))
    changes.again.append(outbox.Again(one.claimed.id, min(one.claimed.not_before, now), attempts, reason))


async def _write(tx: Tx, changes: _Changes, now: dt.datetime) -> None:
    if changes.unspent:  # first, as whoever feeds a sending takes hold of it first
        await give_back(tx, changes.unspent)
    if changes.rests:
        await outbox.replace_messages(tx, changes.rests)
    await outbox.settle(tx, done=changes.done, again=changes.again, asked=changes.asked)
    if changes.contacts:
        await add_contacts(tx, changes.contacts)
    if changes.recipients:
        await recipients.record(tx, changes.recipients)
    if changes.recalled:
        await recalls.settle(tx, changes.recalled)
    if changes.care:
        await record_outcomes(tx, changes.care)
    if changes.staff_messages:
        await keep_messages(tx, changes.staff_messages)
    for reach, chats in changes.reach.items():
        if reach is Reach.BLOCKED:
            await raise_blocked(tx, chats, now)
        await set_reach(tx, chats, reach)


def _about(row: Waiting) -> str:
    """Name what a held message belongs to; a newsletter's own ref names only its topic."""
    if row.newsletter_id is not None:
        return f"newsletter:{row.newsletter_id}"
    return row.ref or ("" if row.run_id is None else f"run:{row.run_id}")


def _is_contact(row: Waiting) -> bool:
    return row.act is Act.SEND and row.customer_id is not None and row.chat_id > 0 and row.kind in _CONTACT_KINDS


def _contact(
    changes: _Changes,
    row: Waiting,
    message: Message,
    state: ContactState,
    now: dt.datetime,
    contact_id: int,
    *,
    ids: tuple[int, ...] = (),
    reason: str | None = None,
    at: int = 0,
) -> None:
    """Add the line of the timeline, for a message to a customer; what staff are told is none."""
    if not _is_contact(row):
        return
    assert row.customer_id is not None
    changes.contacts.append(
        Contact(
            id=contact_id,
            customer_id=row.customer_id,
            at=now,
            channel=Channel.TELEGRAM,
            direction=Direction.OUT,
            kind=ContactKind(row.kind),
            text=plain(message),
            state=state,
            media=message.media,
            reason=reason,
            message_id=ids[0] if ids else None,
            message_ids=ids if len(ids) > 1 else (),
            run_id=row.run_id,
            question=row.question,
            case_id=row.case_id,
            newsletter_id=row.newsletter_id,
            staff_id=row.staff_id,
            proactive=row.proactive and at == 0,
        )
    )


def _recipient(
    changes: _Changes,
    row: Waiting,
    state: RecipientState,
    reason: str,
    message_id: int | None,
    now: dt.datetime | None,
) -> None:
    if row.newsletter_id is not None and row.customer_id is not None:
        changes.recipients.append(RecipientOutcome(row.newsletter_id, row.customer_id, state, reason, message_id, now))
    elif row.ref.startswith(CARE_REF) and now is not None:
        hers = next((one.id for one in reversed(changes.contacts) if one.customer_id == row.customer_id), None)
        about = int(row.ref.removeprefix(CARE_REF))
        changes.care.append(CareOutcome(about, CareState(state.value), reason, hers, now))


def _recalled(changes: _Changes, row: Waiting, problem: str = "") -> None:
    if (outcome := recall_outcome(row, problem)) is not None:
        changes.recalled.append(outcome)
