"""**Results** of a sending in Telegram: the picture, the numbers, and the choice between variants."""

from __future__ import annotations

from collections.abc import Sequence

from bot.effects import measure
from bot.effects_words import EffectWords
from bot.experiments import EVENLY, choose_variant
from bot.newsletters import Refusal
from bot.staff_pictures import deliver
from bot.staff_visit import Visit, id_of
from dialogues.taps import short
from domain.messages import Button, Message
from domain.staff import Role
from store import sendings
from store.experiments import look_at


def results_button(visit: Visit, sending_id: int) -> Button:
    """Return the button that shows what a sending brought about."""
    return Button(visit.room.words.plain("effects.label.results", visit.language), results_tap(sending_id))


def results_tap(sending_id: int) -> str:
    """Return what that button carries."""
    return f"r.{short(sending_id)}"


async def effects_button(visit: Visit, rest: Sequence[str]) -> None:
    """A button: "r.SENDING" shows results, "r.SENDING.pick.PLACE" (or "*") decides for the rest, "stop" ends it."""
    match rest:
        case [number] if id_of(number) is not None:
            await show_results(visit, id_of(number) or 0)
        case [number, "pick", choice] if id_of(number) is not None:
            await _choose(visit, id_of(number) or 0, choice)
        case [number, "stop"] if id_of(number) is not None:
            await _stop(visit, id_of(number) or 0)
        case _:
            await visit.toast("old_button")


async def show_results(visit: Visit, sending_id: int) -> None:
    """Send the picture and the numbers of what a sending brought about; counted beside the road."""
    room, language = visit.room, visit.language
    words = EffectWords(room.company, room.words)

    async def errand() -> None:
        async with room.database.read() as tx:
            sending = await sendings.get(tx, sending_id)
            if sending is None:
                return
            newsletter = await room.newsletters.newsletter_of(tx, sending)
            found = await measure(tx, room.company, sending, newsletter, room.clock.now())
            title = await room.newsletters.title_of(tx, sending)
        await deliver(visit, words.page(found, title, language), words.results(found, title, language))

    room.errands.ask(errand)


async def _choose(visit: Visit, sending_id: int, choice: str) -> None:
    """Decide what the rest of an experiment gets, once."""
    if not await _may(visit):
        return
    look = await look_at(visit.tx, sending_id)
    variants = list(look.counts) if look is not None else []
    if choice.isdecimal() and int(choice) < len(variants):
        choice = variants[int(choice)]
    done = await choose_variant(visit.tx, sending_id, choice, visit.now)
    if isinstance(done, Refusal):
        await _refuse(visit, done)
        return
    await visit.note("newsletter.choose", f"sending:{sending_id}", variant=choice)
    visit.room.newsletters.wake()
    await visit.clear_buttons()
    await visit.toast("did_it")
    title = await visit.room.newsletters.title_of(visit.tx, done)
    key = "chosen_split" if choice == EVENLY else "chosen"
    text = visit.room.words.html(f"effects.{key}", visit.language, title=title, variant=choice)
    await visit.send(Message(text, html=True))


async def _stop(visit: Visit, sending_id: int) -> None:
    """Let the rest get nothing: the sending is cancelled."""
    if not await _may(visit):
        return
    sending = await sendings.get(visit.tx, sending_id)
    if sending is None or sending.decided_at is not None:
        await _refuse(visit, Refusal.STALE)
        return
    done = await visit.room.newsletters.cancel(visit.tx, sending.id, sending.version, visit.now)
    if isinstance(done, Refusal):
        await _refuse(visit, done)
        return
    await visit.note("newsletter.cancelled", f"sending:{sending_id}")
    await visit.clear_buttons()
    await visit.toast("cancelled")


async def _may(visit: Visit) -> bool:
    if visit.member.may(Role.MANAGER):
        return True
    await visit.toast("role_too_low", role=visit.plain(f"role.{Role.MANAGER.value}"))
    return False


async def _refuse(visit: Visit, refusal: Refusal) -> None:
    if refusal is Refusal.STALE:
        await visit.clear_buttons()
        await visit.toast("already_settled")
    else:
        await visit.toast("changed")
