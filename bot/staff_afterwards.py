"""What can still be done with a sending that is over: again to the failed, on to newcomers, or take it back."""

from __future__ import annotations

from collections.abc import Sequence

from bot.newsletters import Refusal
from bot.staff_progress import sending_tap
from bot.staff_recipients import reasons_of
from bot.staff_visit import Visit
from domain.messages import Button, Message
from domain.newsletters import Sending
from store import recalls, recipients


async def act_afterwards(visit: Visit, sending: Sending, move: str, more: Sequence[str]) -> Sending | Refusal | None:
    """Ask first, act on the second tap ("yes"); return the sending when it was changed, None when only asked."""
    newsletters, now = visit.room.newsletters, visit.now
    done: Sending | Refusal
    match move, more:
        case "retry", ["yes"]:
            done = await newsletters.retry_failed(visit.tx, sending.id, sending.version, now)
        case "newcomers", ["yes"]:
            done = await newsletters.continue_for_newcomers(visit.tx, sending.id, sending.version, now)
        case "retry", _:
            return await _ask_retry(visit, sending)
        case "newcomers", _:
            _ask_newcomers_later(visit, sending)
            return None
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


async def _ask_retry(visit: Visit, sending: Sending) -> Refusal | None:
    """Say for how many it failed and why, before it goes to them once more."""
    failed = (await recipients.account(visit.tx, sending.id)).failed
    if not failed:
        return Refusal.NOTHING
    await _question(visit, sending, "retry", n=sum(failed.values()), reasons=reasons_of(visit, failed))
    return None


def _ask_newcomers_later(visit: Visit, sending: Sending) -> None:
    """Count those who came to the audience since, beside the road, and ask."""
    room = visit.room

    async def errand() -> None:
        async with room.database.read() as tx:
            count = await room.newsletters.count_newcomers(tx, sending, room.clock.now())
        async with room.database.write() as tx:
            then = visit.again(tx)
            if count:
                await _question(then, sending, "newcomers", n=count)
            else:
                text = room.words.html("sendings.no_newcomers", then.language)
                await then.send(Message(text, html=True))

    room.errands.ask(errand)


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
