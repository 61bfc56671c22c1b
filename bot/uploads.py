"""
Local files in messages: uploaded once, and from then on known by the id that Telegram gave.

Pictures that are drawn when they are sent are the exception: each goes to one customer, so nothing is remembered.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
from telegram import InputFile

from bot.qr_pictures import qr_picture
from bot.speech import Call, file_ids
from domain.company import Company
from domain.drawing_names import is_drawn, read_qr
from domain.loyalty import Loyalty
from domain.messages import Media, Message
from domain.own_files import is_own_file, read_own_file
from store.database import Database
from store.own_data import own_data
from store.settings import get_setting, put_setting


class Uploads:
    """Remembers, in the store, which file's bytes this bot has uploaded before."""

    def __init__(self, database: Database, bot_id: str, company: Company | None = None) -> None:
        self._database = database
        self.loyalty = Loyalty()  # what programmes there are, for the file of her own data
        self._company = company or Company()
        self._bot_id = bot_id  # another bot cannot use the ids of this one
        self._known: dict[str, str] = {}
        self._names: dict[tuple[str, int, int], str] = {}
        self._uploading = asyncio.Lock()

    @contextlib.asynccontextmanager
    async def filled(self, message: Message) -> AsyncIterator[Message]:
        """
        Give *message* with the file ids that are known.

        While a file has to be uploaded, others that may need the same one wait, so that it is uploaded once; then they
        all go at once. Raises OSError when a file cannot be read, StoreUnavailable.
        """
        filled = await self._fill(message)
        if not _is_filled(filled):
            async with self._uploading:
                filled = await self._fill(message)
                if not _is_filled(filled):
                    yield filled
                    return
        yield filled

    async def learn(self, call: Call, result: Any) -> None:
        """Remember the ids of what *call* uploaded."""
        for media, file_id in file_ids(call, result):
            if _is_made(media):
                continue
            name = self._name(media)
            self._known[name] = file_id
            async with self._database.write() as tx:
                await put_setting(tx, name, file_id)

    async def params(self, call: Call) -> dict[str, Any]:
        """Return the parameters of *call* with the bytes of its files; her own data are read now. Raises OSError."""
        made: dict[str, bytes] = {}
        for media in call.uploads.values():
            if is_own_file(media.path):
                async with self._database.read() as tx:
                    who, asked_at = read_own_file(media.path)
                    document = await own_data(
                        tx,
                        who,
                        asked_at,
                        self.loyalty.programmes,
                        currency=self._company.currency,
                        zone=self._company.zone,
                    )
                made[media.path] = orjson.dumps(document, option=orjson.OPT_INDENT_2)
        return with_files(call, made)

    async def forget(self, message: Message) -> bool:
        """Forget the ids of the message's local files, which Telegram refused; say whether any was known."""
        names = [self._name(media) for media in message.media if _is_to_upload(media)]
        known = [name for name in names if self._known.pop(name, None) is not None]
        for name in known:
            async with self._database.write() as tx:
                await put_setting(tx, name, None)
        return bool(known)

    async def _fill(self, message: Message) -> Message:
        media = [await self._filled_media(one) if _is_to_upload(one) else one for one in message.media]
        return replace(message, media=tuple(media))

    async def _filled_media(self, media: Media) -> Media:
        name = self._name(media)
        if name not in self._known:
            async with self._database.read() as tx:
                file_id = await get_setting(tx, name)
            if file_id is None:
                return media
            self._known[name] = str(file_id)
        return replace(media, file_id=self._known[name])

    def _name(self, media: Media) -> str:
        path = Path(media.path)
        facts = path.stat()
        key = (media.path, facts.st_mtime_ns, facts.st_size)
        if key not in self._names:
            digest = hashlib.sha256(path.read_bytes()).hexdigest()[:32]
            self._names[key] = f"file:{self._bot_id}:{media.kind.value[:3]}:{digest}"
        return self._names[key]


def _is_filled(message: Message) -> bool:
    return not any(_is_to_upload(media) or not (media.file_id or media.path) for media in message.media)


def _is_to_upload(media: Media) -> bool:
    return bool(media.path) and not media.file_id and not _is_made(media)


def _is_made(media: Media) -> bool:
    return is_drawn(media.path) or is_own_file(media.path)


def with_files(call: Call, made: Mapping[str, bytes] | None = None) -> dict[str, Any]:
    """Return the parameters of *call* with the bytes of its local files and its drawn pictures. Raises OSError."""
    params = dict(call.params)
    for name, media in call.uploads.items():
        if is_drawn(media.path):
            params[name] = InputFile(qr_picture(*read_qr(media.path)), filename=media.name)
            continue
        if made is not None and media.path in made:
            params[name] = InputFile(made[media.path], filename=media.name)
            continue
        path = Path(media.path)
        params[name] = InputFile(path.read_bytes(), filename=media.name or path.name)
    return params
