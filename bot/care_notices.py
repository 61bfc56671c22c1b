"""What staff are told of care plans: tasks of the day, what is late, and actions that an outage made too late."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from bot.care_lines import TAP, task_buttons, task_lines
from bot.staff_progress import looking_tap
from bot.staff_visit import to_member
from dialogues.taps import short
from domain.care import CareRun
from domain.company import Company
from domain.languages import in_language
from domain.messages import Button, Keyboard, Message
from domain.newsletters import Sending
from domain.staff import Role, StaffMember
from scheduler.care_notices import Workload
from store import outbox
from store.database import Tx
from store.staff import list_members, names_of
from templates.markup import Safe
from templates.words import Words


@dataclass(frozen=True, slots=True)
class CareNotices:
    """Puts the scheduler's words about care into the outbox, in each reader's language."""

    company: Company
    words: Words

    async def ask_late(self, tx: Tx, run: CareRun, count: int, now: dt.datetime) -> None:
        """Ask the managers whether an action that an outage made too late is to go after all."""
        await self._to_managers(tx, run, "late_ask", count, now)

    async def tell_late(self, tx: Tx, run: CareRun, count: int, now: dt.datetime) -> None:
        """Tell the managers that an action was left out."""
        await self._to_managers(tx, run, "late_told", count, now)

    async def ask_approval(self, tx: Tx, run: CareRun, sending: Sending, now: dt.datetime) -> None:
        """Tell the managers that a newsletter waits for them, with the button that shows it."""
        await self._to_managers(tx, run, "approve", 1, now, sending)

    async def remind_approval(
        self, tx: Tx, run: CareRun, sending: Sending, until: dt.datetime, now: dt.datetime
    ) -> None:
        """Remind the managers of a newsletter that waits for them, and say until when it does."""
        await self._to_managers(tx, run, "approve_soon", 1, now, sending, until)

    async def tell_unapproved(self, tx: Tx, run: CareRun, now: dt.datetime) -> None:
        """Tell the managers that a newsletter was left out, and how it can be sent all the same."""
        await self._to_managers(tx, run, "unapproved", 1, now)

    async def _to_managers(
        self,
        tx: Tx,
        run: CareRun,
        key: str,
        count: int,
        now: dt.datetime,
        sending: Sending | None = None,
        until: dt.datetime | None = None,
    ) -> None:
        for member in await list_members(tx):
            if not member.reachable or not member.may(Role.MANAGER):
                continue
            language = self._language(member)
            told = late_words(run, self.company, language) | {"n": count, "until": until}
            text = self.words.html(f"care.{key}", language, **told, newsletter=run.content.get("newsletter", ""))
            labels = {act: self.words.plain(f"care.label.{act}", language) for act in ("go", "drop", "look")}
            keyboard: Keyboard = ()
            if key == "late_ask":
                keyboard = (tuple(Button(labels[act], f"{TAP}.late.{short(run.id)}.{act}") for act in ("go", "drop")),)
            elif sending is not None:
                keyboard = ((Button(labels["look"], looking_tap(sending.id, "card")),),)
            await outbox.put(tx, [to_member(member.id, Message(text, html=True, keyboard=keyboard), now)])

    async def digest(self, tx: Tx, member: StaffMember, work: Workload, now: dt.datetime) -> None:
        """Send a member her tasks of the day, in one message with a button for each."""
        language, company = self._language(member), self.company
        lines = task_lines(work.tasks, work.customers, company, self.words, language, now)
        if work.more:
            lines.append(self.words.html("care.more", language, n=work.more))
        n = len(work.tasks) + work.more
        text = self.words.html("care.digest", language, n=n, late=work.late, lines=Safe("\n").join(lines))
        keyboard = task_buttons(work.tasks, work.customers, company, self.words, language)
        await outbox.put(tx, [to_member(member.id, Message(text, html=True, keyboard=keyboard), now)])

    async def overdue(self, tx: Tx, member: StaffMember, late: Mapping[int | None, int], now: dt.datetime) -> None:
        """Tell a manager whose tasks are late."""
        language = self._language(member)
        names = await names_of(tx, [who for who in late if who is not None])
        lines = [
            self.words.html(
                "care.owes",
                language,
                who=self.words.plain("care.nobody", language) if who is None else names.get(who) or str(who),
                n=n,
            )
            for who, n in sorted(late.items(), key=lambda each: (-each[1], each[0] or 0))
        ]
        text = self.words.html("care.overdue", language, n=sum(late.values()), lines=Safe("\n").join(lines))
        await outbox.put(tx, [to_member(member.id, Message(text, html=True), now)])

    def _language(self, member: StaffMember) -> str:
        return member.language or self.company.default_language


def late_words(run: CareRun, company: Company, language: str) -> dict[str, object]:
    """Name a run for a sentence: what, of which plan, when it was due."""
    first = company.default_language
    return {
        "title": in_language(run.content.get("title", {}), language, first) or run.action,
        "plan": in_language(run.content.get("plan_title", {}), language, first) or run.plan,
        "due": run.due_at,
    }
