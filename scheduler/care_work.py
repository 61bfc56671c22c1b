"""What is to be done of a care plan, customer by customer: sent, given to staff, held back for later, or left out."""

from __future__ import annotations

import dataclasses
import datetime as dt
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from dialogues.courtesy import Decision
from dialogues.starting import start_contact
from dialogues.taps import short
from domain.care import CONDITION, NOT_REACHED, CareKind, CareRow, CareRun, CareState
from domain.care_owners import owner_for
from domain.company import Company
from domain.contacts import Channel, ContactKind
from domain.customers import Customer, KnownFact
from domain.holds import Hold
from domain.rules import RuleError, parse_rule
from domain.rules_why import Why, why
from domain.staff import StaffMember
from scheduler.care_texts import CareTexts
from store import care
from store.care_tasks import owners_of_customers
from store.customers import customers_by_id
from store.database import Database, StoreUnavailable, Tx
from store.facts import known_facts
from store.rules_facts import customer_facts
from store.staff import list_members
from templates.sandbox import NotRenderableError
from templates.words import Words

log = logging.getLogger(__name__)

LOCK = "care"
BATCH = 50  # customers in one transaction
MOST = 1_000  # customers in one tick, so that other work has its turn
REF = "care:"
"""How the ref of an action's message begins; its row's id follows."""
_LONGEST_NOTE = 1_000
_OUT_OF_REACH = frozenset({Hold.NEVER_MET, Hold.LEFT_BOT, Hold.DEACTIVATED})
_AGAIN = dt.timedelta(hours=12)


@dataclass(frozen=True, slots=True)
class _Around:
    """What a batch is worked with."""

    runs: Mapping[int, CareRun]
    customers: Mapping[int, Customer]
    facts: Mapping[int, Sequence[KnownFact]]
    owners: Mapping[int, int | None]
    members: Sequence[StaffMember]
    reasons: Mapping[int, Why | None]  # by row; None: the rule cannot be read


class CareWork:
    """Works what is due, in short transactions: what is written down and what goes out is one commit."""

    def __init__(self, database: Database, company: Company, words: Words) -> None:
        self._database = database
        self._company = company
        self._words = words
        self._texts = CareTexts(company)

    async def work(self, now: dt.datetime) -> None:
        """Work as many as one tick may."""
        worked = 0
        while worked < MOST:
            done = await self._batch(now)
            worked += done
            if done < BATCH:
                return

    async def _batch(self, now: dt.datetime) -> int:
        """Work the next in one transaction; one that fails is skipped, and the others are done again."""
        async with self._database.read() as tx:
            if not await care.due(tx, now, 1):
                return 0
        failing: set[int] = set()
        while True:
            current: CareRow | None = None
            try:
                async with self._database.write() as tx:
                    if not await self._database.lock(tx, LOCK):
                        return 0
                    rows = await care.due(tx, now, BATCH)
                    around = await self._around(tx, rows, now)
                    worked = []
                    for current in rows:
                        if current.id in failing:
                            worked.append(_skipped(current, "error", now))
                        else:
                            worked.append(await self._one(tx, current, around, now))
                    current = None
                    await care.put_rows(tx, worked)
                    return len(rows)
            except StoreUnavailable:
                raise
            except Exception as error:
                if current is None:
                    raise
                failing.add(current.id)
                log.error("care.failed", extra={"action": current.id, "problem": type(error).__name__})

    async def _around(self, tx: Tx, rows: Sequence[CareRow], now: dt.datetime) -> _Around:
        who = sorted({row.customer_id for row in rows})
        runs = {run_id: run for run_id in {row.run_id for row in rows} if (run := await care.get_run(tx, run_id))}
        messages = [row.customer_id for row in rows if runs[row.run_id].content.get("kind") == CareKind.MESSAGE]
        return _Around(
            runs,
            await customers_by_id(tx, who),
            await known_facts(tx, messages) if messages else {},
            await owners_of_customers(tx, who),
            await list_members(tx),
            await self._reasons(tx, rows, runs, now),
        )

    async def _reasons(
        self, tx: Tx, rows: Sequence[CareRow], runs: Mapping[int, CareRun], now: dt.datetime
    ) -> dict[int, Why | None]:
        """Ask the rule of each conditional action, as things are at *now*."""
        asked = [row for row in rows if runs[row.run_id].content.get("only_if")]
        if not asked:
            return {}
        at, currency = now.astimezone(self._company.zone), self._company.currency
        known = await customer_facts(tx, {row.customer_id for row in asked}, at, currency=currency)
        found: dict[int, Why | None] = {}
        for row in asked:
            try:
                rule = parse_rule(str(runs[row.run_id].content["only_if"]))
            except RuleError:  # its names may have gone since the file was read
                found[row.id] = None
                continue
            facts = known.get(row.customer_id)
            found[row.id] = None if facts is None else why(rule, facts, at, currency=currency)
        return found

    async def _one(self, tx: Tx, row: CareRow, around: _Around, now: dt.datetime) -> CareRow:
        run, customer = around.runs[row.run_id], around.customers.get(row.customer_id)
        if customer is None:
            return _skipped(row, Hold.ERASED.value, now)
        if run.content.get("only_if"):
            reason = around.reasons.get(row.id)
            trace = "" if reason is None else "; ".join(str(each) for each in reason.trace)
            row = dataclasses.replace(row, note=trace[:_LONGEST_NOTE])
            if reason is None or reason.holds is not True:
                return _skipped(row, CONDITION, now)
        if customer.not_served_at is not None:
            return _skipped(row, Hold.NOT_SERVED.value, now)
        if customer.ended_at is not None:
            return _skipped(row, Hold.ENDED.value, now)
        if run.content.get("kind") == CareKind.TASK:
            return self._task(row, run, around, now)
        return await self._message(tx, row, run, customer, around, now)

    def _task(self, row: CareRow, run: CareRun, around: _Around, now: dt.datetime, reason: str = "") -> CareRow:
        owner = owner_for(run.content, row.customer_id, around.owners.get(row.customer_id), around.members)
        return dataclasses.replace(row, state=CareState.TASK, owner_id=owner, reason=reason, not_before=now, at=now)

    async def _message(
        self, tx: Tx, row: CareRow, run: CareRun, customer: Customer, around: _Around, now: dt.datetime
    ) -> CareRow:
        late = dt.timedelta(seconds=int(run.content["late_s"]))
        was_let_go = run.at > run.due_at + late  # by staff, who were asked
        deadline = (run.at if was_let_go else run.due_at) + late
        if now > deadline:
            return _skipped(row, row.reason or Hold.TOO_LATE.value, now)
        texts: Mapping[str, str] = run.content["text"]
        try:
            message = self._texts.message(texts, customer, around.facts.get(customer.id, ()), now)
        except NotRenderableError:
            log.error("care.text_not_made", extra={"run": run.id, "action": row.id})
            return _skipped(row, Hold.CONTENT.value, now)
        if message is None:
            return _skipped(row, Hold.EMPTY.value, now)
        label = self._words.plain("service.label.why", self._texts.language_of(texts, customer))
        started = await start_contact(
            tx,
            self._company,
            customer.id,
            message,
            ContactKind.CARE,
            now,
            ref=f"{REF}{row.id}",
            why=f"care-{short(row.id)}",
            why_label=label,
            not_after=deadline,
            other_way=_other_way(run),
        )
        if not isinstance(started, Decision):
            return dataclasses.replace(row, state=CareState.OUTBOX, reason="", not_before=now, at=now)
        return self._held(row, run, started, around, deadline, now)

    def _held(
        self, row: CareRow, run: CareRun, decision: Decision, around: _Around, deadline: dt.datetime, now: dt.datetime
    ) -> CareRow:
        hold = decision.hold
        if hold in _other_way(run):
            called = dataclasses.replace(row, channel=Channel.PHONE)
            return self._task(called, run, around, now, NOT_REACHED)
        again = decision.until if decision.until is not None else now + _AGAIN
        if not hold.passes or again > deadline:
            return _skipped(row, hold.value, now)
        return dataclasses.replace(row, state=CareState.HELD, reason=hold.value, not_before=max(again, now), at=now)


def _other_way(run: CareRun) -> frozenset[Hold]:
    """Give the reasons for which staff call her instead."""
    return _OUT_OF_REACH if run.content.get("otherwise") == "task" else frozenset()


def _skipped(row: CareRow, reason: str, now: dt.datetime) -> CareRow:
    return dataclasses.replace(row, state=CareState.SKIPPED, reason=reason, at=now)
