"""What a sending says and to whom: its frozen files read again, as one customer would get it, and who would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypedDict

from domain.company import Company
from domain.customers import Customer, Purpose
from domain.faults import FaultList
from domain.messages import Message
from domain.newsletters import Newsletter, Sending, SendingState
from domain.staff import StaffMember
from scheduler.newsletter_files import NewsletterFiles, read_newsletter
from scheduler.rendering import Rendering
from store import freezing, sendings
from store.customers import customers_by_chat
from store.database import Tx
from store.facts import known_facts
from templates.sandbox import NotRenderableError

_S = SendingState


@dataclass(frozen=True, slots=True)
class Foreseen:
    """Who would get it now: how many, and who is left out by reason."""

    count: int
    excluded: Mapping[str, int]


class _Audience(TypedDict):
    """What decides, beside the sending itself, who gets it."""

    at: dt.datetime
    currency: str
    exclude: str
    holdout: int
    purpose: Purpose | None


class NewsletterTexts:
    """What sendings say, and to whom, over the present *files*; *commands* (by dialogue) are what buttons start."""

    def __init__(
        self, company: Company, files: NewsletterFiles, rendering: Rendering, commands: Mapping[str, str]
    ) -> None:
        self._company = company
        self.files = files
        self.rendering = rendering
        self._commands = commands

    async def preview(
        self, tx: Tx, sending: Sending, member: StaffMember, now: dt.datetime, *, variant: str = ""
    ) -> Message | str:
        """
        Return the message itself as *member* would get it as a customer, or what is wrong with it.

        Its buttons are real ones. Without *variant* it is the first one that is tried.
        """
        known = (await customers_by_chat(tx, [member.id])).get(member.id)
        customer = known or Customer(0, chat_id=member.id, name=member.name, language=member.language)
        return await self.message_for(tx, sending, customer, now, variant=variant)

    async def message_for(
        self, tx: Tx, sending: Sending, customer: Customer, now: dt.datetime, *, variant: str = ""
    ) -> Message | str:
        """Return the message as *customer* would get it, or what is wrong with it."""
        newsletter = await self.newsletter_of(tx, sending)
        if newsletter is None:
            return "the newsletter's files cannot be read; run vuoro check"
        facts = (await known_facts(tx, [customer.id])).get(customer.id, []) if customer.id else []
        try:
            message = self.rendering.message(newsletter, sending.id, customer, facts, now, variant=variant)
        except NotRenderableError as error:
            return str(error)
        return message or "the text comes out empty, so nothing would be sent"

    async def newsletter_of(self, tx: Tx, sending: Sending) -> Newsletter | None:
        """Return the newsletter as it was frozen for *sending*, or None when that can no longer be read."""
        return self._read(sending.name, await sendings.content_of(tx, sending.id))

    def _read(self, name: str, content: Mapping[str, str]) -> Newsletter | None:
        present = self.files.get(name)
        folder = present.folder if present is not None else None
        return read_newsletter(
            name, content, self._company.languages, FaultList(), folder=folder, commands=self._commands
        )

    async def title_of(self, tx: Tx, sending: Sending) -> str:
        """Return what staff call it: the title that was frozen with it."""
        file = self.files.get(sending.name)
        if file is not None and file.newsletter.digest == sending.digest:
            return file.newsletter.title
        frozen = await self.newsletter_of(tx, sending)
        return frozen.title if frozen is not None else sending.name

    async def differs(self, tx: Tx, sending: Sending) -> bool:
        """
        Say whether what would go out is no longer what was shown.

        A draft is brought up to date. What waits for approval is frozen, but the files that it shows lie beside it.
        """
        if sending.state is _S.DRAFT:
            return (await self.bring_up_to_date(tx, sending)).version != sending.version
        frozen = await self.newsletter_of(tx, sending)
        return frozen is not None and bool(frozen.media) and frozen.digest != sending.digest

    async def bring_up_to_date(self, tx: Tx, sending: Sending) -> Sending:
        """Give a draft what its files say now, with its next version; one that says the same stays as it is."""
        file = self.files.get(sending.name)
        if sending.state is not _S.DRAFT or file is None:
            return sending
        newsletter = self._read(sending.name, file.content)  # its picture may have been exchanged, too
        if newsletter is None or newsletter.digest == sending.digest:
            return sending
        changed = await sendings.change_draft(
            tx,
            sending.id,
            version=sending.version,
            digest=newsletter.digest,
            content=file.content,
            audience=newsletter.audience,
            canary=newsletter.canary,
            topic=newsletter.topic,
            paid_stars=newsletter.paid_stars,
        )
        return changed or sending

    async def foresee(self, tx: Tx, sending: Sending, now: dt.datetime) -> Foreseen:
        """Count who would get it if it started now, and who would not and why."""
        rule = await self._audience_of(tx, sending, now)
        counts = await freezing.count_audience(tx, sending, **rule)
        return Foreseen(counts.pop("", 0), counts)

    async def count_newcomers(self, tx: Tx, sending: Sending, now: dt.datetime) -> int:
        """Count who would get a finished sending now and was no recipient; it reads the whole audience."""
        return await freezing.count_newcomers(tx, sending, **await self._audience_of(tx, sending, now))

    async def _audience_of(self, tx: Tx, sending: Sending, now: dt.datetime) -> _Audience:
        newsletter = await self.newsletter_of(tx, sending)
        return {
            "at": now.astimezone(self._company.zone),
            "currency": self._company.currency,
            "exclude": newsletter.exclude if newsletter is not None else "",
            "holdout": newsletter.holdout if newsletter is not None else 0,
            "purpose": None if newsletter is not None and newsletter.service else Purpose.MARKETING,
        }
