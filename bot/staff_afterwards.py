"""What can still be done with a sending that is over: take it back."""

from __future__ import annotations

from collections.abc import Sequence

from bot.newsletters import Refusal
from bot.staff_progress import sending_tap
from bot.staff_visit import Visit
from domain.messages import Button, Message
from domain.newsletters import Sending
from store import recalls


async def act_afterwards(visit: Visit, sending: Sending, move: str, more: Sequence[str]) -> Sending | Refusal | None:
    """Ask first, act on the second tap ("yes"); return the sending when it was changed, None when only asked."""
    newsletters, now = visit.room.newsletters, visit.now
    done: Sending | Refusal
    match move, more:
        case "recall", ["yes"]:
            done = await newsletters.recall(visit.tx, sending.id, sending.version, now)
        case "recall", _:
            return await _ask_recall(visit, sending)
        case _:
            return Refusal.NOT_NOW
    if isinstance(done, Sending):
        await visit.note(f"newsletter.{move}", f"sending:{sending.id}")
        await visit.toast("did_it")
    return done


async def _ask_recall(visit: Visit, sending: Sending) -> Refusal | None:
    """Say what a recall can take back and what it cannot, before anything is deleted."""
    can, too_old = await recalls.count_recallable(visit.tx, sending.id, visit.now)
    if not can:
        return Refusal.TOO_LATE if too_old else Refusal.NOTHING
    await _question(visit, sending, "recall", can=can, too_old=too_old)
    return None


async def _question(visit: Visit, sending: Sending, move: str, **values: object) -> None:
    room, language = visit.room, visit.language
    title = await room.newsletters.title_of(visit.tx, sending)
    text = room.words.html(f"sendings.{move}", language, title=title, **values)
    yes = Button(room.words.plain(f"sendings.label.yes_{move}", language), sending_tap(sending, f"{move}.yes"))
    no = Button(visit.plain("label.not_now"), "e.keep")
    await visit.send(Message(text, html=True, keyboard=((yes,), (no,))))
