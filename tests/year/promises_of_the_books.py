"""What was promised of waves, slots, runs and accounts, held against the program's own books and the calendar."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterator

from dialogues.standing import standing_of
from domain.dialogues import Run, RunState
from domain.holds import Hold
from domain.newsletters import SendingState
from domain.schedules import SlotState
from domain.waves import InvitationState
from scheduler.slots import slots_between
from tests.year.books import Books
from tests.year.calendar import BEGIN
from tests.year.company import LANGUAGES
from tests.year.outages import down_at
from tests.year.play import Year
from tests.year.promises import Broken

_SAME, _ANY = dt.timedelta(days=60), dt.timedelta(days=7)
_GIVE_UP = dt.timedelta(days=9)


def slots_happen_once(year: Year, books: Books) -> Iterator[Broken]:
    """Every slot of the year was started once, or reported as late: exactly those that an outage kept too long."""
    for schedule in books.schedules:
        handled = books.slots[schedule.id]
        due = list(slots_between(schedule.cron, schedule.timezone, BEGIN, year.clock.now()))
        if [slot.due_at for slot in handled] != due:
            odd = {slot.due_at for slot in handled} ^ set(due)
            yield Broken("slots once", schedule.name, min(odd, default=None), f"{len(odd)} slots missing or too many")
        for slot in handled:
            outage = down_at(slot.due_at)
            late = outage is not None and outage.end - slot.due_at > dt.timedelta(seconds=schedule.late_s)
            if late != (slot.state is SlotState.REPORTED_LATE):
                yield Broken("slots once", schedule.name, slot.due_at, f"it was {slot.state}")
        started = sorted(slot.due_at for slot in handled if slot.state is SlotState.STARTED)
        table = books.sendings if schedule.kind == "newsletter" else books.waves
        found = sorted(row.due_at for row in table if row.schedule_id == schedule.id)
        if found != started:
            yield Broken("slots once", schedule.name, None, f"{len(started)} slots started {len(found)} times")
        yield from _reports(year, books, schedule.id, schedule.name)


def _reports(year: Year, books: Books, schedule_id: int, name: str) -> Iterator[Broken]:
    """Staff were told of what was late."""
    late = [slot for slot in books.slots[schedule_id] if slot.state is SlotState.REPORTED_LATE]
    told = [m.text for m in year.staff.owner.chat.everything if m.from_bot and "⏰" in m.text]
    if late and not told:
        yield Broken("staff are told", name, late[0].due_at, "nobody was told that the slot was missed")


def newsletters_are_accounted_for(year: Year, books: Books) -> Iterator[Broken]:
    """Each sending is finished with nobody left, or waits for customers who are held with a reason."""
    for row in books.sendings:
        account = books.accounts[row.id]
        if row.state == SendingState.FINISHED and account.queued:
            yield Broken("accounts", row.name, row.due_at, f"finished with {account.queued} left")
        if row.state not in {SendingState.FINISHED, SendingState.RUNNING}:
            yield Broken("accounts", row.name, row.due_at, f"it is {row.state}: {row.reason}")
        counted = Counter(account.skipped)
        if unnamed := [reason for reason in counted if reason not in set(Hold)]:
            yield Broken("accounts", row.name, row.due_at, f"skipped without a known reason: {unnamed}")


def holds_have_reasons(year: Year, books: Books) -> Iterator[Broken]:
    """Whatever was held has one of the known reasons."""
    known = set(Hold)
    for row in books.holds:
        if row.reason not in known:
            yield Broken("holds", str(row.customer_id), row.at, f"{row.kind} was held for {row.reason!r}")


def invitations_add_up(year: Year, books: Books) -> Iterator[Broken]:
    """A wave's invitations are its audience, each customer once, and each has its outcome: a run, or a reason."""
    of_wave = defaultdict(list)
    for row in books.invitations:
        of_wave[row.wave_id].append(row)
    runs = {run.id: run for run in books.runs}
    towns = {customer.person.id: customer.town for customer in year.customers}
    for wave in books.waves:
        found = of_wave[wave.id]
        name = f"{wave.script_id} ({wave.started_by})"
        if wave.started_by == "schedule":
            everybody = "Tampere" not in wave.audience
            wanted = {who for who, chat in books.chat_of.items() if everybody or towns[chat] == "Tampere"}
            if {row.customer_id for row in found} != wanted:
                yield Broken("invitations", name, wave.started_at, f"{len(found)} of an audience of {len(wanted)}")
        for row in found:
            run = runs.get(row.run_id) if row.run_id is not None else None
            invited = row.state == InvitationState.INVITED
            if invited and (run is None or run.wave_id != wave.id or run.customer_id != row.customer_id):
                yield Broken("invitations", name, row.at, f"customer {row.customer_id} was invited to no run")
            if row.state == InvitationState.SKIPPED and not row.reason:
                yield Broken("invitations", name, row.at, f"customer {row.customer_id} was skipped without a reason")
            if row.state == InvitationState.QUEUED and year.clock.now() - wave.started_at > _GIVE_UP:
                yield Broken("invitations", name, row.at, f"customer {row.customer_id} still waits: {row.reason}")
    per_wave = Counter((run.wave_id, run.customer_id) for run in books.runs if run.wave_id is not None)
    for (wave_id, who), times in per_wave.items():
        if times > 1:
            yield Broken("invitations", f"customer {who}", None, f"{times} runs of wave {wave_id}")


def surveys_leave_time_between(year: Year, books: Books) -> Iterator[Broken]:
    """The same survey again after 60 days at least (a closed case is its own reason), any other after a week."""
    waves = {wave.id: wave for wave in books.waves}
    asked = defaultdict(list)
    for row in books.invitations:
        if row.state == InvitationState.INVITED:
            asked[row.customer_id].append((row.at, waves[row.wave_id]))
    for who, times in asked.items():
        times.sort(key=lambda one: one[0])
        for place, (at, wave) in enumerate(times):
            for before, other in times[:place]:
                by_wave = not wave.started_by.startswith("event:case")
                least = _SAME if by_wave and other.script_id == wave.script_id else _ANY
                if at - before < least:
                    how = f"{wave.script_id} came {at - before} after {other.script_id}"
                    yield Broken("recontact", f"customer {who}", at, how)


def runs_come_to_an_end(year: Year, books: Books) -> Iterator[Broken]:
    """A run has ended, or it is open and nothing of it is overdue."""
    now = year.clock.now()
    for run in books.runs:
        if run.state is RunState.OPEN and run.due_at is not None and run.due_at < now:
            yield Broken("runs end", f"customer {run.customer_id}", run.due_at, f"{run.script_id} is overdue")
        if run.state is not RunState.OPEN and (run.ended_at is None or run.due_at is not None):
            yield Broken("runs end", f"customer {run.customer_id}", run.started_at, f"{run.script_id}: no end")


def answers_give_the_state(year: Year, books: Books) -> Iterator[Broken]:
    """Where each run stands follows from its stored answers alone."""
    for run in books.runs:
        if how := _differs(year, run):
            yield Broken("replay", f"customer {run.customer_id}", run.started_at, f"{run.script_id}: {how}")


def _differs(year: Year, run: Run) -> str:
    script = year.content.library.get(run.script_id)
    if script is None or script.digest != run.script_digest:
        return "its script is not kept"
    standing = standing_of(script, run, {"languages": LANGUAGES})
    match run.state:
        case RunState.DONE if standing.open is not None:
            return f"done, and {standing.open.id} is not answered"
        case RunState.OPEN if standing.open is None or standing.open.id != run.asked:
            return f"open at {run.asked}, and its answers say {standing.open.id if standing.open else 'done'}"
        case RunState.EXPIRED | RunState.CANCELLED | RunState.HANDED_OVER:
            ended = run.ended_at
            timely = tuple(answer for answer in run.answers if ended is None or answer.at <= ended)
            if standing_of(script, dataclasses.replace(run, answers=timely), {"languages": LANGUAGES}).open is None:
                return f"{run.state}, and everything was answered in time"
    return ""
