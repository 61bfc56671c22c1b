"""A scene for tests of newsletters in Telegram: one newsletter of our own, thirty readers, and Olga who sends it."""

from __future__ import annotations

import contextlib
import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

from bot.config import Approval
from domain.customers import Consent, Purpose
from domain.newsletters import SendingState
from domain.staff import Role
from store import sendings
from store.consents import give_consents
from store.customers import add_customers, customers_by_chat
from store.staff import add_member
from tests.bot.staff_scene import START, Scene, staff_scene

READERS = 30


def write_newsletter(folder: Path, text: str = "Hello {{ name }}, <b>spring</b> is here.") -> Path:
    """Write one newsletter into a content folder and return the folder."""
    place = folder / "content" / "newsletters"
    place.mkdir(parents=True, exist_ok=True)
    front = '+++\ntitle = "Spring letter"\ncanary = 0\n+++\n'
    (place / "letter.en.j2").write_text(front + text, encoding="utf-8")
    return folder / "content"


@contextlib.asynccontextmanager
async def approval_scene(folder: Path, url: str, *, pete: Role | None) -> AsyncIterator[Scene]:
    """Open a scene where what Olga would send takes a second person's yes; Pete has the role *pete*, or none."""
    content = write_newsletter(folder)
    async with staff_scene(folder, url, forum=False, content=content, approval=Approval.SECOND_PERSON) as scene:
        await add_readers(scene)
        if pete is not None:
            await give_pete(scene, pete)
        yield scene


async def give_pete(scene: Scene, role: Role) -> None:
    """Make Pete a staff member."""
    async with scene.app.database.write() as tx:
        await add_member(tx, scene.pete.id, "Pete", role, scene.clock.now())


async def add_readers(scene: Scene, *, agreed: int = READERS - 5) -> None:
    """Put in thirty customers who can be reached; the first *agreed* of them take newsletters."""
    chats = range(7000, 7000 + READERS)
    async with scene.app.database.write() as tx:
        await add_customers(
            tx,
            [
                {
                    "chat_id": chat,
                    "name": f"Reader {chat}",
                    "number": f"K{chat}",
                    "reach": "reachable",
                    "language": "en",
                    "created_at": START,
                }
                for chat in chats
            ],
        )
        known = await customers_by_chat(tx, chats)
        takers = [known[chat].id for chat in chats[:agreed]]
        await give_consents(
            tx, [(each, Consent(Purpose.MARKETING, True, "v1", "dialogue:welcome", START)) for each in takers]
        )
    for chat in chats:
        scene.play.add_person(f"Reader {chat}", user_id=chat).started = True


async def open_letter(scene: Scene) -> None:
    """Let Olga choose the newsletter from the list."""
    scene.olga.sends("/newsletter")
    await scene.settle()
    scene.olga.taps("Spring letter · not sent yet")
    await scene.settle()


async def sending_now(scene: Scene) -> SendingState:
    """Return where the newest sending stands."""
    async with scene.app.database.read() as tx:
        return (await sendings.recent(tx, name="letter", limit=1))[0].state


async def let_it_go(scene: Scene, ticks: int = 3) -> None:
    """Let the scheduler work for a few seconds."""
    for _ in range(ticks):
        await scene.app.tick()
        await scene.settle()
        scene.clock.advance(dt.timedelta(seconds=4))


async def start_letter(scene: Scene) -> None:
    """Let Olga choose the newsletter and send it: both taps."""
    await open_letter(scene)
    scene.olga.taps("Send now")
    await scene.settle()
    scene.olga.taps("Yes, send it")
    await scene.settle()


async def send_letter(scene: Scene) -> None:
    """Let Olga send the newsletter, and wait until it is over."""
    await start_letter(scene)
    await let_it_go(scene)
