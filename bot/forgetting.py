"""
Forgetting as due work: what was asked for is done, whatever is killed on the way, and told to her and to staff.

Each step leaves the store right: asked; erased with its proof; the last message gone; the bytes gone and the journal
written. The next start goes on where the last one stopped.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import logging
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from dialogues.choices import choice_ids
from dialogues.fact_files import read_kept
from dialogues.forgetting import last_message, number_of, ref_of
from domain.company import Company
from domain.faults import Faults
from domain.messages import Act, Lane, Message, Waiting
from domain.staff import Role
from store import erasing, outbox
from store.cases import cases_of
from store.customers import customer_by_id
from store.database import Database, Tx, unhurried
from store.erasing_bytes import scrub
from store.erasing_own import proof_of
from store.erasures import Erasure, append, keep_counts, mark_done, open_erasures, written_line
from store.ids import new_id
from store.runs import script_source
from store.staff import list_members
from templates.words import Words

log = logging.getLogger(__name__)

CONDUCT = "conduct"
"""The lock under which customers' words are heard: while it is held, nobody is in the middle of a talk with her."""

_DELETABLE = dt.timedelta(hours=47)  # Telegram deletes a bot's messages for 48 hours
_OUR_WORDS_FIRST = dt.timedelta(minutes=1)
_RETRY = dt.timedelta(seconds=2)
_LAST_MESSAGE = dt.timedelta(hours=1)
_NOTICE = "staff_notice"


class ForgettingJob:
    """The ticker's job that forgets those who asked for it."""

    name = "forgetting"

    def __init__(self, database: Database, company: Company, words: Words, journal: Path) -> None:
        self._database = database
        self._company = company
        self._words = words
        self._journal = journal
        self._is_open = True

    async def prepare(self, now: dt.datetime) -> None:
        """Nothing to bring into the store."""

    async def tick(self, now: dt.datetime) -> None:
        """Go on with every erasure that is not done."""
        async with self._database.read() as tx:
            found = await open_erasures(tx)
        for each in found:
            erasure = await self._erase(each, now) if each.counts is None else each
            if erasure is not None:
                await self._finish(erasure, now)

    async def next_due(self, tx: Tx, now: dt.datetime) -> dt.datetime | None:
        """Return in a moment, while something is not done."""
        return now + _RETRY if await open_erasures(tx) else None

    async def _erase(self, erasure: Erasure, now: dt.datetime) -> Erasure | None:
        """Erase in one transaction, in which the last message and what staff read are put in; None: not yet."""
        who = erasure.was_id
        async with self._database.write() as tx:
            if not await self._database.lock(tx, CONDUCT):
                return None
            if await erasing.is_under_way(tx, who) or await self._still_says(tx, erasure, now):
                return None
            customer = await customer_by_id(tx, who)
            shown = await erasing.shown_to_staff(tx, who)
            open_cases = [case.id for case in (await cases_of(tx, [who], only_open=True)).get(who, [])]
            figures = await figures_of(tx, who, self._company.languages)
            with unhurried(tx):
                counts = await erasing.erase(tx, who, now, figures)
            document = {"erasure": erasure.id, "was": who, "at": now.isoformat(), "counts": counts}
            proof = proof_of(document)
            await keep_counts(tx, erasure, counts, proof)
            erasure = replace(erasure, counts=counts, proof=proof)
            rows = _deletions(shown, erasure, now)
            rows += await self._notices(tx, erasure, open_cases, shown, now)
            last = last_message(self._words, self._company, customer, erasure, proof, now) if customer else None
            await outbox.put(tx, [*rows, *([last] if last is not None else [])])
        log.info("customer.forgotten", extra={"customer": who, "erasure": erasure.id, "rows": sum(counts.values())})
        return erasure

    async def _still_says(self, tx: Tx, erasure: Erasure, now: dt.datetime) -> bool:
        """Say whether an answer to her own tap is still on its way; it is not waited for long."""
        just_asked = now - erasure.asked_at < _OUR_WORDS_FIRST
        return just_asked and await erasing.is_answered(tx, erasure.was_id)

    async def _finish(self, erasure: Erasure, now: dt.datetime) -> None:
        """Once the last message has gone, or its time is over, take the bytes away and write the journal."""
        async with self._database.write() as tx:
            if now - erasure.asked_at >= _LAST_MESSAGE:
                await erasing.drop_rows(tx, ref_of(erasure))
            elif await erasing.has_rows(tx, ref_of(erasure)):
                return
            line = await written_line(tx, erasure)
        if not await scrub(self._database, [*(erasure.counts or ()), "outbox"]):
            return
        await asyncio.to_thread(append, self._journal, line)
        async with self._database.write() as tx:
            await mark_done(tx, erasure, now)
        log.info("customer.forgotten_bytes", extra={"customer": erasure.was_id, "erasure": erasure.id})

    async def _notices(
        self, tx: Tx, erasure: Erasure, cases: Sequence[int], shown: erasing.Shown, now: dt.datetime
    ) -> list[Waiting]:
        """Tell the managers, and nothing of who it was."""
        left = sum(chat > 0 and now - at >= _DELETABLE for chat, _, at in shown.messages)
        rows = []
        for member in await list_members(tx):
            if not member.reachable or not member.may(Role.MANAGER):
                continue
            language = member.language or self._company.default_language
            text = self._words.html(
                "forgotten.told",
                language,
                number=number_of(erasure),
                cases=", ".join(f"No {number}" for number in cases),
                topic=bool(shown.topics),
                left=left,
            )
            rows.append(Waiting(new_id(), Act.SEND, member.id, Lane.STAFF, _NOTICE, Message(text, html=True), now, now))
        return rows


async def figures_of(tx: Tx, customer_id: int, languages: Sequence[str]) -> set[tuple[str, str]]:
    """Return the questions of her runs whose answers are choices or scores: (digest of the script, question)."""
    found = set()
    for digest in await erasing.script_digests(tx, customer_id):
        source = await script_source(tx, digest)
        try:
            script = read_kept(source, "kept version") if source is not None else None
        except Faults:  # of an older program; then none of its answers is kept
            continue
        for question in script.questions if script is not None else ():
            if choice_ids(question, languages):
                found.add((digest, question.id))
    return found


def _deletions(shown: erasing.Shown, erasure: Erasure, now: dt.datetime) -> list[Waiting]:
    """Return the rows that delete her topics, and the messages about her that Telegram still lets a bot delete."""
    groups = {chat for chat, _ in shown.topics}
    rows = [
        Waiting(new_id(), Act.TOPIC, chat, Lane.STAFF, "delete", Message(), now, now, thread_id=thread)
        for chat, thread in shown.topics
    ]
    rows += [
        Waiting(new_id(), Act.DELETE, chat, Lane.STAFF, "delete", Message(), now, now, message_id=message)
        for chat, message, at in shown.messages
        if chat not in groups and now - at < _DELETABLE
    ]
    return [replace(row, ref=ref_of(erasure)) for row in rows]
