"""Batches of the inbox: everybody gets a turn, each chat in its order, each update once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import orjson

from bot.conduct import BATCH, SHARE, Conduct
from domain.incoming import Incoming, Words
from store import inbox
from store.database import Database, Tx
from tests.bot.pump_scene import HandClock
from tests.dialogues.conductor_stand import Stand

NOW = dt.datetime(2027, 3, 2, 10, tzinfo=dt.UTC)
FLOODER, OTHERS = 7, range(100, 130)


class Listener:
    """A desk that takes everything, and remembers batch by batch what it heard."""

    def __init__(self) -> None:
        self.batches: list[list[tuple[int, str]]] = [[]]

    async def handle(self, tx: Tx, incoming: Incoming, now: dt.datetime) -> bool:
        """Hear one update."""
        assert isinstance(incoming, Words)
        self.batches[-1].append((incoming.place.chat_id, incoming.text))
        return True


def message(update_id: int, chat: int, text: str) -> tuple[int, str]:
    """Write an update as Telegram would."""
    body = {
        "update_id": update_id,
        "message": {
            "message_id": update_id,
            "date": int(NOW.timestamp()),
            "chat": {"id": chat, "type": "private"},
            "from": {"id": chat, "is_bot": False, "first_name": "N"},
            "text": text,
        },
    }
    return update_id, orjson.dumps(body).decode()


async def heard(database: Database, folder: Path, updates: Sequence[tuple[int, str]]) -> list[list[tuple[int, str]]]:
    """Handle *updates*, which all wait already, and return what each batch held."""
    async with database.write() as tx:
        await inbox.keep(tx, updates, NOW)
    listener = Listener()
    conduct = Conduct(database, Stand(database, folder).conductor, listener, HandClock(), lambda: None)
    while await conduct.work():
        listener.batches.append([])
    return listener.batches


async def test_who_floods_keeps_nobody_waiting(database: Database, tmp_path: Path) -> None:
    """With a thousand messages of one chat before theirs, the others are heard in the first batch, in full."""
    flood = [message(number, FLOODER, f"flood {number}") for number in range(1, 1001)]
    others = [message(2000 + number, chat, f"{chat}") for number, chat in enumerate(OTHERS)]
    batches = await heard(database, tmp_path, [*flood, *others])
    assert {chat for chat, _ in batches[0]} == {FLOODER, *OTHERS}
    assert sum(chat == FLOODER for chat, _ in batches[0]) == SHARE
    told = [one for batch in batches for one in batch]
    assert len(told) == len(set(told)) == 1000 + len(OTHERS)
    assert [text for chat, text in told if chat == FLOODER] == [f"flood {number}" for number in range(1, 1001)]


async def test_without_a_flood_each_batch_is_what_came_first(database: Database, tmp_path: Path) -> None:
    """Where nobody has more than a share the order of arrival is the order of hearing."""
    updates = [message(number, 100 + number % 25, str(number)) for number in range(1, BATCH + 51)]
    batches = await heard(database, tmp_path, updates)
    assert [len(batch) for batch in batches] == [BATCH, 50]
    assert [text for batch in batches for _, text in batch] == [str(number) for number in range(1, BATCH + 51)]
