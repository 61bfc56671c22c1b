"""Newsletters as they were frozen for their sendings: read once, whatever the files say since."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from domain.company import Company
from domain.faults import FaultList
from domain.newsletters import Newsletter, Sending
from scheduler.newsletter_files import NewsletterFiles, read_newsletter
from store import sendings
from store.database import Database


class FrozenNewsletters:
    """Reads the frozen content of sendings, and remembers it; *files* are only asked where the media lie."""

    def __init__(
        self, database: Database, company: Company, files: NewsletterFiles, commands: Mapping[str, str] | None = None
    ) -> None:
        self._database = database
        self._company = company
        self._commands = dict(commands or {})
        self._read: dict[int, Newsletter] = {}
        self.files = files

    async def of(self, sending: Sending) -> Newsletter | None:
        """
        Return what *sending* sends; None when its content cannot be read.

        Also when its picture is gone or another than the one that was approved: files lie beside the frozen texts.
        """
        known = self._read.get(sending.id)
        if known is not None and known.digest == sending.digest:
            return known
        async with self._database.read() as tx:
            content = await sendings.content_of(tx, sending.id)
        present = self.files.get(sending.name)
        newsletter = read_newsletter(
            sending.name,
            content,
            self._company.languages,
            FaultList(),
            folder=present.folder if present is not None else None,
            commands=self._commands,
        )
        if newsletter is None or (newsletter.media and (present is None or newsletter.digest != sending.digest)):
            return None
        self._read[sending.id] = dataclasses.replace(newsletter, digest=sending.digest)
        return self._read[sending.id]

    def forget(self, sending_id: int) -> None:
        """Drop what is remembered of a sending that has ended."""
        self._read.pop(sending_id, None)
