"""`/newsletter`: the list, how the last sending of each stands, and the way to the next one."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Sequence

from bot.newsletters import Refusal
from bot.staff_drafts import show_draft_later
from bot.staff_progress import looking_tap
from bot.staff_recipients import show_details, show_missing
from bot.staff_sendings import act_on, send_card
from bot.staff_visit import Visit, id_of
from domain.messages import Button, Message
from domain.newsletters import Newsletter, Sending, SendingState
from store import sendings
from store.database import Tx

_S = SendingState
_ALIVE = (_S.APPROVAL, _S.SCHEDULED, _S.CANARY, _S.RUNNING, _S.PAUSED, _S.STOPPED)


async def show_newsletters(visit: Visit, argument: str) -> None:
    """List the newsletters with the state of the last sending of each, or open the one that *argument* names."""
    files = {file.newsletter.name: file.newsletter for file in visit.room.newsletters.all()}
    if argument in files:
        await _open(visit, files[argument])
        return
    rows = []
    for newsletter in files.values():
        last = await _last(visit.tx, newsletter.name)
        state = visit.plain(f"sending_state.{last.state.value if last else 'never'}")
        rows.append((Button(f"{newsletter.title} · {state}"[:64], f"n.f.{_digest(newsletter.name)}"),))
    for sending in await sendings.in_state(visit.tx, *_ALIVE):
        if sending.name not in files:  # written in the chat, or its files have gone
            title = await visit.room.newsletters.title_of(visit.tx, sending)
            label = f"{title} · {visit.plain(f'sending_state.{sending.state.value}')}"
            rows.append((Button(label[:64], looking_tap(sending.id, "card")),))
    if rows:
        await visit.say("newsletters_title", keyboard=tuple(rows))
    else:
        await visit.say("newsletters_none", language=visit.room.company.default_language)


async def newsletter_button(visit: Visit, rest: Sequence[str]) -> None:
    """
    A button: "n.f.NEWSLETTER" opens one, "n.d.NEWSLETTER" makes a new draft of it, "n.i.SENDING.WHAT" only shows
    something, "n.SENDING.VERSION.MOVE" acts on a sending as it was at that version.
    """
    match rest:
        case [("f" | "d") as how, digest]:
            files = visit.room.newsletters.all()
            found = next((file.newsletter for file in files if _digest(file.newsletter.name) == digest), None)
            if found is None:
                await visit.toast("old_button")
            elif how == "f":
                await _open(visit, found)
            else:
                _draft_later(visit, found)
        case ["i", number, what, *more] if id_of(number) is not None:
            await _look_into(visit, id_of(number) or 0, what, more)
        case [number, version, move, *more] if id_of(number) is not None and version.isdecimal():
            await act_on(visit, id_of(number) or 0, int(version), move, more)
        case _:
            await visit.toast("old_button")


async def _open(visit: Visit, newsletter: Newsletter) -> None:
    """Show how its last sending goes on, with a way to the next one; or make a draft where there was none."""
    last = await _last(visit.tx, newsletter.name)
    if last is None:
        _draft_later(visit, newsletter)
        return
    private = visit.privately()
    await send_card(private, last)
    words = visit.room.words
    anew = Button(words.plain("sendings.label.anew", visit.language), f"n.d.{_digest(newsletter.name)}")
    text = words.html("sendings.anew", visit.language, title=newsletter.title)
    await private.send(Message(text, html=True, keyboard=((anew,),)))


def _draft_later(visit: Visit, newsletter: Newsletter) -> None:
    newsletters = visit.room.newsletters

    async def make(tx: Tx, staff_id: int, now: dt.datetime) -> Sending | Refusal:
        return await newsletters.draft(tx, newsletter.name, staff_id, now)

    show_draft_later(visit, newsletter, make)


async def _last(tx: Tx, name: str) -> Sending | None:
    """Return the newest sending that is more than a draft which came to nothing."""
    for sending in await sendings.recent(tx, name=name):
        if sending.state in _ALIVE or sending.started_at is not None:
            return sending
    return None


async def _look_into(visit: Visit, sending_id: int, what: str, more: Sequence[str]) -> None:
    sending = await sendings.get(visit.tx, sending_id)
    if sending is None:
        await visit.toast("old_button")
        return
    match what, more:
        case "card", []:
            await send_card(visit, sending)
        case "details", []:
            await show_details(visit, sending)
        case "not", [*page]:
            show_missing(visit, sending, page)
        case _:
            await visit.toast("old_button")


def _digest(name: str) -> str:
    """Shorten a newsletter's name, which may be longer than a button's data, to something that still tells it apart."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]
