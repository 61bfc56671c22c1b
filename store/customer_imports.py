"""
Imported customers in the store, batch by batch: what a row gives is added or renewed, never taken away.

What the customer herself said stands above a file. Each change is kept in `import_changes` with what was before.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from domain.customer_rows import IMPORTED, Clash, ImportedCustomer
from domain.customers import Purpose
from domain.folding import search_words
from domain.import_values import quoted
from store.bulk import one_of
from store.customer_consents import Answer, answer_to_add
from store.customer_identities import Identities
from store.customer_import_rows import (
    ADD_ANSWERS,
    ADD_CUSTOMERS,
    ADD_FACTS,
    PUT_NOTES,
    PUT_RECORDS,
    SET_ASIDE,
    answer_row,
    fact_row,
    free_ids,
    with_record,
)
from store.customer_words import FOUND_BY, add_words
from store.customers import change_customers
from store.database import Tx
from store.ids import new_id
from store.stale import mark_stale
from store.tables import consents, customers, facts, foreign_records

COLUMNS = ("number", "chat_id", "name", "language", "kind", "company", "town", "birth_date", "email", "phone")
"""The columns of customers that an import can give."""
_NAMES = {"chat_id": "telegram_id"}  # as files call them
_BITS = {name: 1 << place for place, name in enumerate(COLUMNS)}
_LINE = len(COLUMNS)


@dataclass(slots=True)
class CustomersKept:
    """What became of the rows of a batch; `clashes` has by place those that are not kept."""

    kept: int = 0
    skipped: int = 0
    new: int = 0
    clashes: dict[int, Clash] = field(default_factory=dict)


@dataclass(slots=True)
class _Known:
    """A customer as she stands, with what the rows of this batch changed so far."""

    values: dict[str, Any]
    tags: list[str]
    has_met: bool = False
    facts: dict[str, tuple[int, Any, str]] = field(default_factory=dict)  # id, value, source of the current ones
    answers: list[Answer] = field(default_factory=list)
    record: dict[str, Any] | None = None
    changed: dict[str, Any] = field(default_factory=dict)  # columns of hers to write


class CustomerImport:
    """
    Keeps the rows of one import, each batch in a transaction of its own.

    *system* names the program whose records they are ("" for none), and *key* the header of its own id.
    """

    def __init__(self, import_id: int, now: dt.datetime, system: str = "", key: str = "") -> None:
        self._import_id = import_id
        self._now = now
        self._system, self._key = system, key
        self._source = f"{IMPORTED}:{import_id}"
        self._given: dict[int, int] = {}  # by customer: the line that first meant her, and which columns it gave

    async def keep(self, tx: Tx, rows: Sequence[ImportedCustomer]) -> CustomersKept:
        """Store what is new of *rows* in *tx*, in which no other import may write (`imports.hold_imports`)."""
        identities = Identities()
        await identities.look_up(tx, rows)
        found = {row.place: identities.who(row) for row in rows}
        known = await self._load(tx, {who for who in found.values() if isinstance(who, int)}, rows)
        done, work = CustomersKept(), _Work()
        for row in rows:
            who = identities.who(row)  # once more: an earlier row may have put her in
            if isinstance(who, Clash):
                done.clashes[row.place] = who
                continue
            if who is None:
                who = -1 - len(work.new)
                known[who] = work.new[who] = _Known({}, [])
                done.new += 1
            outcome = self._apply(row, who, known[who], work, fills_only=identities.is_former(row))
            if isinstance(outcome, Clash):
                done.clashes[row.place] = outcome
                continue
            identities.add(row, who)
            done.kept += outcome
            done.skipped += not outcome
        await self._write(tx, known, work)
        return done

    def _apply(self, row: ImportedCustomer, who: int, known: _Known, work: _Work, *, fills_only: bool) -> bool | Clash:
        """Note what a row changes; False for a row that changes nothing."""
        first, mask = divmod(self._given.get(who, 0), 1 << _LINE)
        given: dict[str, Any] = {}
        for name, value in row.values.items():
            present = known.values.get(name)
            if present == value or (fills_only and (present or name == "number")):
                continue
            if name == "language" and present and known.has_met:
                continue  # it is the one that she speaks with the bot
            if present and mask & _BITS[name]:
                column = _NAMES.get(name, name)
                return Clash(
                    column,
                    f"{quoted(str(value))} is not what line {first} says of the same customer, {quoted(str(present))}; "
                    "correct one of them",
                )
            given[name] = value
        for name, fact in row.facts.items():
            _, value, source = known.facts.get(name, (0, fact, ""))
            if value != fact and source == self._source:
                return Clash(f"fact:{name}", f"{quoted(str(fact))} is not what another line says of the same customer")
        notes = _Notes(self._import_id, who, work)
        for name, value in given.items():
            notes.note(name, _plain(known.values.get(name)), _plain(value))
            known.values[name] = known.changed[name] = value
        more = [tag for tag in row.tags if tag not in known.tags]
        if more:
            notes.note("tags", known.tags or None, [*known.tags, *more])
            known.changed["tags"] = known.tags = [*known.tags, *more]
        self._apply_facts(row, known, work, notes)
        self._apply_consent(row, known, work, notes)
        self._apply_record(row, known, work, notes)
        bits = sum(_BITS[name] for name in row.values)
        self._given[who] = ((first or row.line) << _LINE) | mask | bits
        return notes.count > 0

    def _apply_facts(self, row: ImportedCustomer, known: _Known, work: _Work, notes: _Notes) -> None:
        for name, value in row.facts.items():
            before = known.facts.get(name)
            if before is not None and (before[1] == value or not before[2].startswith(IMPORTED)):
                continue
            fact_id = new_id()
            if before is not None:
                work.aside["facts"].append({"row": before[0]})
            known.facts[name] = (fact_id, value, self._source)
            work.facts.append((fact_id, notes.who, name, value))
            notes.note(f"fact:{name}"[:80], before and before[0], fact_id)

    def _apply_consent(self, row: ImportedCustomer, known: _Known, work: _Work, notes: _Notes) -> None:
        answer = None if row.said is None else answer_to_add(known.answers, row.said, self._now)
        if answer is None:
            return
        before = next((each for each in known.answers if each.current), None)
        if before is not None:
            work.aside["consents"].append({"row": before.id})
            before.current = False
        known.answers.append(answer)
        work.answers.append((answer, notes.who))
        notes.note(f"consent:{Purpose.MARKETING.value}", before and before.id, answer.id)

    def _apply_record(self, row: ImportedCustomer, known: _Known, work: _Work, notes: _Notes) -> None:
        if row.record is None:
            return
        record = with_record(known.record, dict(row.record), self._key)
        if record != known.record:
            notes.note(f"record:{self._system}", known.record, None)
            known.record = work.records[notes.who] = record

    async def _load(self, tx: Tx, ids: set[int], rows: Sequence[ImportedCustomer]) -> dict[int, _Known]:
        if not ids:
            return {}
        wanted = {"ids": sorted(ids)}

        def hers(column: Any) -> Any:
            return one_of(column, tx.dialect.name)

        columns = [customers.c[name] for name in ("id", *COLUMNS, "tags", "met_at")]
        known = {
            row.id: _Known({name: getattr(row, name) for name in COLUMNS}, row.tags or [], row.met_at is not None)
            for row in await tx.execute(select(*columns).where(hers(customers.c.id)), wanted)
        }
        names = {name for row in rows for name in row.facts}
        if names:
            current = select(facts).where(hers(facts.c.customer_id), facts.c.current, facts.c.name.in_(sorted(names)))
            for row in await tx.execute(current, wanted):
                known[row.customer_id].facts[row.name] = (row.id, row.value, row.source)
        if any(row.said is not None for row in rows):
            marketing = consents.c.purpose == Purpose.MARKETING.value
            said = select(consents).where(hers(consents.c.customer_id), marketing)
            for row in await tx.execute(said, wanted):
                answer = Answer(row.id, row.given, row.source, row.text_version, row.at, row.current)
                known[row.customer_id].answers.append(answer)
        if self._system:
            kept = select(foreign_records.c.customer_id, foreign_records.c.record)
            kept = kept.where(hers(foreign_records.c.customer_id), foreign_records.c.system == self._system)
            for row in await tx.execute(kept, wanted):
                known[row.customer_id].record = row.record
        return known

    async def _write(self, tx: Tx, known: Mapping[int, _Known], work: _Work) -> None:
        ids = await self._put_in(tx, work.new)
        for temporary, real in ids.items():
            self._given[real] = self._given.pop(temporary)
        changed = {who: each.changed for who, each in known.items() if who > 0 and each.changed}
        await change_customers(tx, changed)
        for name, rows in work.aside.items():
            await SET_ASIDE[name].run(tx, rows)
        await ADD_FACTS.run(tx, [fact_row(each, ids, self._source, self._now) for each in work.facts])
        await ADD_ANSWERS.run(tx, [answer_row(each, ids.get(who, who)) for each, who in work.answers])
        system = {"system": self._system, "import_id": self._import_id}
        records = [{"customer_id": ids.get(who, who), "record": each, **system} for who, each in work.records.items()]
        await PUT_RECORDS.run(tx, records)
        noted = [row for row in work.notes if row["customer_id"] > 0]
        put_in = [_note(self._import_id, ids[who], "", None, _given_at_first(each)) for who, each in work.new.items()]
        await PUT_NOTES.run(tx, noted + put_in)
        await mark_stale(tx, sorted({row["customer_id"] for row in noted}), self._now)

    async def _put_in(self, tx: Tx, new: Mapping[int, _Known]) -> dict[int, int]:
        if not new:
            return {}
        made = await free_ids(tx, len(new))
        rows: list[dict[str, Any]] = []
        for who, each in zip(made, new.values(), strict=True):
            values = {name: each.values.get(name) for name in COLUMNS}
            values |= {"name": values["name"] or "", "kind": values["kind"] or "consumer"}
            search = " ".join(search_words(*(values.get(name) for name in FOUND_BY)))
            rows.append({"id": who, **values, "tags": each.tags or None, "search": search, "created_at": self._now})
        await ADD_CUSTOMERS.run(tx, rows)
        await add_words(tx, [(row["id"], row["search"]) for row in rows])
        return dict(zip(new, made, strict=True))


@dataclass(slots=True)
class _Work:
    """What a batch writes; new customers have negative ids until they are put in."""

    new: dict[int, _Known] = field(default_factory=dict)
    facts: list[tuple[int, int, str, Any]] = field(default_factory=list)
    answers: list[tuple[Answer, int]] = field(default_factory=list)
    records: dict[int, dict[str, Any]] = field(default_factory=dict)
    aside: dict[str, list[dict[str, int]]] = field(default_factory=lambda: {"facts": [], "consents": []})
    notes: list[dict[str, Any]] = field(default_factory=list)


@dataclass(slots=True)
class _Notes:
    """Counts and notes what one row changes."""

    import_id: int
    who: int
    work: _Work
    count: int = 0

    def note(self, name: str, before: Any, after: Any) -> None:
        self.count += 1
        self.work.notes.append(_note(self.import_id, self.who, name, before, after))


def _note(import_id: int, who: int, name: str, before: Any, after: Any) -> dict[str, Any]:
    return {"import_id": import_id, "customer_id": who, "field": name, "before": before, "after": after}


def _given_at_first(new: _Known) -> dict[str, Any]:
    """Return what putting her in gave her besides her number, so that an undo can take it back while she stays."""
    given = {name: _plain(value) for name, value in new.values.items() if name != "number" and value}
    return given | ({"tags": new.tags} if new.tags else {})


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else value
