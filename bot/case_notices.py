"""What staff are told about the clocks of cases, whose a case is, and each morning: sentences, and whom they reach."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.case_lines import case_line, show_button
from bot.forum import Forum
from bot.staff_labels import Labels
from bot.staff_visit import to_member
from domain.cases import Case
from domain.company import Company
from domain.customers import Customer
from domain.messages import Button, Keyboard, Message
from domain.staff import Role, StaffMember
from scheduler.case_notices import CaseDue, Pressed, Pressing
from store import outbox
from store.database import Tx
from store.staff import find_member, list_members, names_of
from templates.markup import Safe
from templates.words import Words

SHOWN = 8
"""How many cases one message names."""

NEXT = Safe("\n")
_PER_ROW = 4


@dataclass(frozen=True, slots=True)
class CaseNotices:
    """
    Puts the scheduler's words about cases into the outbox, in each reader's language, with a button to each case.

    Whoever is meant is written to in private. Where nobody of them can be reached there, it stands in the customer's
    topic, if there is a forum. Implements `scheduler.case_notices.CaseNotices`.
    """

    company: Company
    words: Words
    labels: Labels
    forum: Forum

    async def warn(self, tx: Tx, due: Sequence[CaseDue], now: dt.datetime) -> None:
        """Warn the owner; of nobody's case the forum, else the category's desk, else everybody."""
        members = {member.id: member for member in await list_members(tx) if member.reachable}
        mine: dict[int, list[CaseDue]] = {}
        for each in due:
            if each.case.owner_id in members:
                mine.setdefault(each.case.owner_id, []).append(each)
            elif self.forum.group is not None:
                await self._in_topic(tx, each, "due_line", now)
            else:
                desk = [who for who in self.company.cases.desks.get(each.case.category, ()) if who in members]
                for who in desk or members:
                    mine.setdefault(who, []).append(each)
        for who, theirs in mine.items():
            language = self.forum.language_of(members[who])
            lines = [self._due("due_line", each, language, now) for each in theirs[:SHOWN]]
            if len(theirs) > SHOWN:
                lines.append(self.words.html("clocks.more", language, n=len(theirs) - SHOWN))
            text = NEXT.join(lines)
            if len(theirs) > 1:
                text = self.words.html("clocks.warned", language, n=len(theirs), lines=NEXT.join(lines))
            await self._send(tx, who, text, [each.case for each in theirs], language, now)

    async def late(self, tx: Tx, due: Sequence[CaseDue], now: dt.datetime) -> None:
        """Tell every manager of all that are late, and owners of theirs; where none can be reached, whoever can."""
        members = {member.id: member for member in await list_members(tx) if member.reachable}
        owners = await names_of(tx, {each.case.owner_id for each in due if each.case.owner_id is not None})
        managers = [member.id for member in members.values() if member.may(Role.MANAGER)]
        unheard = [each for each in due if not managers and each.case.owner_id not in members]
        alone = [] if self.forum.group is not None else unheard
        for who, member in members.items():
            theirs = [each for each in due if who in managers or each.case.owner_id == who or each in alone]
            if theirs:
                await self._tell_late(tx, member, theirs, owners, now)
        if self.forum.group is not None:
            for each in unheard:
                await self._in_topic(tx, each, "late_line", now)

    async def given_back(self, tx: Tx, case: Case, customer: Customer, from_id: int, now: dt.datetime) -> None:
        """Tell the new owner that a case of somebody who left is hers now, or colleagues that it is nobody's."""
        who = (await names_of(tx, [from_id])).get(from_id, "") or str(from_id)
        owner = await find_member(tx, case.owner_id) if case.owner_id is not None else None

        def drawn(language: str) -> Message:
            key = "nobodys" if owner is None else "yours_now"
            text = self.words.html(f"clocks.{key}", language, line=self._line(case, customer, language), who=who)
            return Message(text, html=True, keyboard=self._buttons([case], language))

        if owner is not None and owner.reachable:
            row = to_member(owner.id, drawn(self.forum.language_of(owner)), now, case_id=case.id)
            await outbox.put(tx, [row])
        else:
            await self.forum.notify(tx, customer, case.id, drawn, now)

    async def digest(
        self, tx: Tx, member: StaffMember, pressed: Sequence[Pressed], more: int, now: dt.datetime
    ) -> None:
        """Send a member her morning's list, with a button for each case and one for all."""
        language = self.forum.language_of(member)
        owners = await names_of(tx, {each.case.owner_id for each in pressed if each.case.owner_id is not None})
        lines = [self._pressed(each, member, owners, language) for each in pressed]
        if more:
            lines.append(self.words.html("clocks.more", language, n=more))
        n = len(pressed) + more
        text = self.words.html("clocks.digest", language, n=n, lines=NEXT.join(lines))
        keyboard = self._buttons([each.case for each in pressed], language)
        keyboard += ((Button(self.words.plain("clocks.label.cases", language), "s.list"),),)
        await outbox.put(tx, [to_member(member.id, Message(text, html=True, keyboard=keyboard), now)])

    async def _tell_late(
        self, tx: Tx, member: StaffMember, due: Sequence[CaseDue], owners: Mapping[int, str], now: dt.datetime
    ) -> None:
        language = self.forum.language_of(member)
        lines = []
        for each in due[:SHOWN]:
            owner = owners.get(each.case.owner_id or 0, "") if each.case.owner_id != member.id else ""
            lines.append(self._due("late_line", each, language, now, owner=owner))
        if len(due) > SHOWN:
            lines.append(self.words.html("clocks.more", language, n=len(due) - SHOWN))
        text = self.words.html("clocks.late", language, n=len(due), lines=NEXT.join(lines))
        await self._send(tx, member.id, text, [each.case for each in due], language, now)

    async def _in_topic(self, tx: Tx, due: CaseDue, key: str, now: dt.datetime) -> None:
        def drawn(language: str) -> Message:
            text = self._due(key, due, language, now)
            return Message(text, html=True, keyboard=self._buttons([due.case], language))

        await self.forum.notify(tx, due.customer, due.case.id, drawn, now)

    async def _send(self, tx: Tx, who: int, text: str, cases: Sequence[Case], language: str, now: dt.datetime) -> None:
        keyboard = self._buttons(cases[:SHOWN], language)
        case_id = cases[0].id if len(cases) == 1 else None
        await outbox.put(tx, [to_member(who, Message(text, html=True, keyboard=keyboard), now, case_id=case_id)])

    def _due(self, key: str, due: CaseDue, language: str, now: dt.datetime, *, owner: str = "") -> Safe:
        assert due.clock.due_at is not None
        zone = self.company.zone
        return self.words.html(
            f"clocks.{key}",
            language,
            line=self._line(due.case, due.customer, language),
            what=self.words.plain(f"clocks.what.{due.clock.clock.value}", language),
            due=due.clock.due_at,
            today=due.clock.due_at.astimezone(zone).date() == now.astimezone(zone).date(),
            owner=owner,
        )

    def _pressed(self, pressed: Pressed, member: StaffMember, owners: Mapping[int, str], language: str) -> Safe:
        values: dict[str, object] = {"line": self._line(pressed.case, pressed.customer, language)}
        match pressed.why:
            case Pressing.LATE | Pressing.TODAY:
                owner = pressed.case.owner_id
                values |= {"due": pressed.since, "owner": owners.get(owner or 0, "") if owner != member.id else ""}
                if pressed.clock is not None:
                    values["what"] = self.words.plain(f"clocks.what.{pressed.clock.clock.value}", language)
            case Pressing.WAITING:
                values["since"] = pressed.since
            case Pressing.NOBODYS:
                pass
        return self.words.html(f"clocks.digest_{pressed.why.value}", language, **values)

    def _line(self, case: Case, customer: Customer, language: str) -> Safe:
        return case_line(case, customer, self.words, self.labels, language)

    def _buttons(self, cases: Iterable[Case], language: str) -> Keyboard:
        buttons = [show_button(case, self.words, language) for case in cases]
        return tuple(tuple(buttons[start : start + _PER_ROW]) for start in range(0, len(buttons), _PER_ROW))
