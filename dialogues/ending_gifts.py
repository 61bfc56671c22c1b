"""What an ending gives her: a membership in a programme or a club, and points, once for each run."""

from __future__ import annotations

import datetime as dt
import logging

from dialogues.club_offer import offer_of
from dialogues.giving import Giving
from dialogues.joining import join_programme
from dialogues.staff_line import StaffLine
from domain.clubs import CLUB, Club
from domain.company import Company
from domain.dialogues import Ending, Run, Script
from domain.languages import best_language
from domain.loyalty import Loyalty
from domain.memberships import PROGRAMME
from domain.messages import Message
from domain.programmes import Programme
from store.clubs import join_club
from store.customers import customer_by_id
from store.database import Tx
from store.memberships import membership_of, memberships_of
from store.points import earn
from store.topic_choices import choose_topics, topics_off
from templates.words import Words

log = logging.getLogger(__name__)

SOURCE = "dialogue"


class EndingGifts:
    """Carries out `join` and `points` of endings, in the caller's transaction."""

    def __init__(self, company: Company, loyalty: Loyalty, words: Words, line: StaffLine) -> None:
        self._company = company
        self._loyalty = loyalty
        self._words = words
        self._giving = Giving(company, loyalty, words, line)

    async def give(
        self, tx: Tx, customer_id: int, script: Script, run: Run, ending: Ending, now: dt.datetime
    ) -> Message | None:
        """
        Let her in first, then give the points: those of a run come once, however often its ending is reached.

        Who is no member gets no points, and what no file tells of (any more) gives nothing; both are logged. A club
        that has age rules is not joined yet: what is to be asked for it afterwards is returned.
        """
        asked = await self._join(tx, customer_id, script, ending.join, now) if ending.join else None
        if ending.points:
            await self._earn(tx, customer_id, script, run, ending, now)
        return asked

    async def _join(self, tx: Tx, customer_id: int, script: Script, name: str, now: dt.datetime) -> Message | None:
        source = f"dialogue:{script.id}"[:64]
        if name.startswith(PROGRAMME):
            programme = self._loyalty.programme(name.removeprefix(PROGRAMME))
            if programme is not None and programme.is_open:
                await join_programme(tx, self._company, self._giving, programme, customer_id, now, source)
                return None
        club = self._loyalty.club(name.removeprefix(CLUB)) if name.startswith(CLUB) else None
        if club is not None:
            return await self._join_club(tx, customer_id, club, now, source)
        log.warning("dialogue.joins_nothing", extra={"script": script.id, "join": name})
        return None

    async def _join_club(self, tx: Tx, customer_id: int, club: Club, now: dt.datetime, source: str) -> Message | None:
        if await membership_of(tx, customer_id, club.membership) is not None:
            return None
        if not club.asks_age:
            await join_club(tx, customer_id, club.name, now, source)
            if club.topic in await topics_off(tx, customer_id):  # she had stopped its letter when she was a member
                await choose_topics(tx, customer_id, {club.topic: True}, source, now)
            return None
        customer = await customer_by_id(tx, customer_id)
        language = best_language(customer.language if customer is not None else None, self._company.languages)
        return offer_of(self._words, club, language, self._company.default_language)

    async def _earn(self, tx: Tx, customer_id: int, script: Script, run: Run, ending: Ending, now: dt.datetime) -> None:
        programme = await self._programme_for(tx, customer_id, ending.programme)
        if programme is None or programme.points is None:
            log.info("dialogue.points_for_nobody", extra={"script": script.id, "run": run.id})
            return
        await earn(
            tx,
            customer_id,
            programme.name,
            ending.points,
            source=SOURCE,
            ref=f"run:{run.id}",
            now=now,
            expires_at=programme.points.expires_at(now, self._company.timezone),
        )

    async def _programme_for(self, tx: Tx, customer_id: int, name: str) -> Programme | None:
        """Return the programme of that name if she is a member of it; for "" the first that gives points."""
        mine = {each.name for each in await memberships_of(tx, customer_id) if each.until is None}
        return next(
            (
                each
                for each in self._loyalty.open_programmes
                if each.points is not None and each.membership in mine and name in ("", each.name)
            ),
            None,
        )
