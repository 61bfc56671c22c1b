"""Queued invitations whose time has come: each becomes a run, waits on, or is skipped with the reason."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Mapping, Sequence

from dialogues.conductor import Conductor
from domain.contacts import ContactKind
from domain.holds import Hold
from domain.recontact import InvitingRules, Rest
from domain.waves import Invitation, InvitationState
from scheduler.recontact import rests_for
from scheduler.rounds import INVITING
from store import waves
from store.database import Database, StoreUnavailable, Tx
from store.holds import keep_holds

log = logging.getLogger(__name__)

_COURTESY = frozenset(hold.value for hold in Hold if hold is not Hold.ERASED)
BATCH = 50  # invitations in one transaction
MOST = 500  # invitations in one tick, so that other work has its turn


class Inviting:
    """Starts the dialogue with whoever is due."""

    def __init__(self, database: Database, conductor: Conductor, rules: InvitingRules) -> None:
        self._database = database
        self._conductor = conductor
        self._rules = rules

    async def invite(self, now: dt.datetime) -> None:
        """Invite who is due at *now*, as many as one tick may."""
        invited = 0
        while invited < MOST:
            handled = await self._invite_batch(now)
            invited += handled
            if handled < BATCH:
                return

    async def _invite_batch(self, now: dt.datetime) -> int:
        """Handle the next due invitations in one transaction; one that fails is skipped, the others are done again."""
        async with self._database.read() as tx:
            if not await waves.due(tx, now, 1):
                return 0
        failing: set[tuple[int, int]] = set()
        while True:
            current: Invitation | None = None
            try:
                async with self._database.write() as tx:
                    if not await self._database.lock(tx, INVITING):
                        return 0
                    due = await waves.due(tx, now, BATCH)
                    asked = await waves.last_asked(tx, {invitation.customer_id for invitation in due})
                    outcomes = []
                    for current in due:
                        if (current.wave_id, current.customer_id) in failing:
                            outcomes.append(_skipped(current, "error", now))
                            continue
                        before = asked.get(current.customer_id, {})
                        outcome = await self._outcome(tx, current, before, now)
                        outcomes.append(outcome)
                        if outcome.state is InvitationState.INVITED:
                            asked[current.customer_id] = {**before, current.script_id: now}
                    current = None
                    await waves.settle(tx, outcomes)
                    await keep_holds(tx, _newly_held(due, outcomes), now)
                    return len(due)
            except StoreUnavailable:
                raise
            except Exception as error:
                if current is None:
                    raise
                failing.add((current.wave_id, current.customer_id))
                log.error(
                    "survey.invitation_failed",
                    extra={"wave": current.wave_id, "customer": current.customer_id, "problem": type(error).__name__},
                )

    async def _outcome(
        self, tx: Tx, invitation: Invitation, asked: Mapping[str, dt.datetime], now: dt.datetime
    ) -> Invitation:
        if any(rest.holds_back(asked, now) for rest in self._rests(invitation)):
            return _skipped(invitation, Hold.RECENTLY_ASKED.value, now)
        if self._conductor.library.get(invitation.script_id) is None:
            return _skipped(invitation, "no_script", now)
        started = await self._conductor.start(
            tx,
            invitation.customer_id,
            invitation.script_id,
            _starter(invitation.started_by),
            now,
            wave_id=invitation.wave_id,
            case_id=_case_of(invitation.started_by),
        )
        if isinstance(started, int):
            return dataclasses.replace(invitation, state=InvitationState.INVITED, run_id=started, reason="", at=now)
        if started.passes and now < (invitation.closes_at or invitation.started_at + self._rules.give_up):
            return dataclasses.replace(invitation, reason=started.value, at=now + self._rules.retry)
        return _skipped(invitation, started.value, now)

    def _rests(self, invitation: Invitation) -> Sequence[Rest]:
        library = self._conductor.library
        return rests_for(library, self._rules, invitation.script_id, invitation.started_by, invitation.recontact)


def _newly_held(before: Sequence[Invitation], after: Sequence[Invitation]) -> list[tuple[int, str, Hold, str]]:
    """Return the holds to keep: those with another reason than at the last try, for what is tried again is one hold."""
    return [
        (now.customer_id, ContactKind.SURVEY.value, Hold(now.reason), f"wave:{now.wave_id}")
        for then, now in zip(before, after, strict=True)
        if now.reason in _COURTESY and now.reason != then.reason
    ]


def _skipped(invitation: Invitation, reason: str, now: dt.datetime) -> Invitation:
    return dataclasses.replace(invitation, state=InvitationState.SKIPPED, reason=reason, at=now)


def _starter(started_by: str) -> str:
    """Name who starts the runs. Of a wave it is the wave: only a personal start by staff goes past the courtesy."""
    return started_by if started_by.startswith("event:") else f"wave:{started_by}"


def _case_of(started_by: str) -> int | None:
    """Return the case that an event belongs to: "event:case:12"."""
    match started_by.split(":"):
        case ["event", "case", number] if number.isdigit():
            return int(number)
        case _:
            return None
