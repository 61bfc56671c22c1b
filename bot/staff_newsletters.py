"""`/newsletter`: see one as a customer would, count who gets it, have it approved, start it, pause it, end it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence

from bot.approvals import ask_others, tell_author
from bot.config import Approval
from bot.newsletters import Foreseen, Refusal
from bot.staff_progress import progress_card, sending_ref, sending_tap
from bot.staff_visit import Visit, id_of, to_member
from domain.messages import Button, Message
from domain.newsletters import Newsletter, Sending, SendingState
from domain.staff import Role
from store import outbox, sendings
from store.database import Tx
from store.staff import find_member
from templates.markup import Safe

MakeDraft = Callable[[Tx, int, dt.datetime], Awaitable[Sending | Refusal]]
"""Puts a draft into the store for the member of that id."""

_DIRECT = (SendingState.DRAFT, SendingState.APPROVAL, SendingState.STOPPED, SendingState.SCHEDULED)


async def show_newsletters(visit: Visit, argument: str) -> None:
    """List the newsletters with the state of the last sending of each, or open the one that *argument* names."""
    files = {file.newsletter.name: file.newsletter for file in visit.room.newsletters.all()}
    if argument in files:
        _open_later(visit, files[argument])
        return
    if not files:
        await visit.say("newsletters_none", language=visit.room.company.default_language)
        return
    rows = []
    for newsletter in files.values():
        last = await sendings.recent(visit.tx, name=newsletter.name, limit=1)
        state = visit.plain(f"sending_state.{last[0].state.value if last else 'never'}")
        rows.append((Button(f"{newsletter.title} · {state}"[:64], f"n.f.{_digest(newsletter.name)}"),))
    await visit.say("newsletters_title", keyboard=tuple(rows))


async def newsletter_button(visit: Visit, rest: Sequence[str]) -> None:
    """A button: "n.f.NEWSLETTER" opens one, "n.SENDING.VERSION.MOVE" acts on a sending as it was at that version."""
    match rest:
        case ["f", digest]:
            files = visit.room.newsletters.all()
            found = next((file.newsletter for file in files if _digest(file.newsletter.name) == digest), None)
            if found is None:
                await visit.toast("old_button")
            else:
                _open_later(visit, found)
        case [sending, version, move, *more] if id_of(sending) is not None and version.isdecimal():
            await _act(visit, id_of(sending) or 0, int(version), move, more)
        case _:
            await visit.toast("old_button")


def _open_later(visit: Visit, newsletter: Newsletter) -> None:
    newsletters = visit.room.newsletters

    async def make(tx: Tx, staff_id: int, now: dt.datetime) -> Sending | Refusal:
        return await newsletters.draft(tx, newsletter.name, staff_id, now)

    show_draft_later(visit, newsletter, make)


def show_draft_later(visit: Visit, newsletter: Newsletter, make: MakeDraft) -> None:
    """Make a draft and show it in private; counting the audience may take a while, so it happens beside the road."""

    private = visit.privately()
    room = visit.room

    async def show() -> None:
        async with room.database.write() as tx:
            first = private.again(tx)
            draft = await make(tx, first.member.id, first.now)
            if isinstance(draft, Refusal):
                await first.say("toast.old_button")
                return
            await first.note("newsletter.preview", f"newsletter:{newsletter.name}")
            preview = await room.newsletters.preview(tx, draft, first.member, first.now)
            if isinstance(preview, str):  # it may still come out well for others
                await first.say("newsletter_broken", name=newsletter.title, faults=preview)
            else:
                await first.send(preview)
        async with room.database.read() as tx:
            foreseen = await room.newsletters.foresee(tx, draft, room.clock.now())
        async with room.database.write() as tx:
            then = private.again(tx)
            await then.send(_summary(then, newsletter, draft, foreseen))

    room.errands.ask(show)


def _summary(visit: Visit, newsletter: Newsletter, draft: Sending, foreseen: Foreseen) -> Message:
    excluded = Safe("\n").join(
        Safe(visit.html("newsletter_excluded", n=count, reason=_why(visit, reason)))
        for reason, count in sorted(foreseen.excluded.items(), key=lambda item: -item[1])
    )
    text = visit.html(
        "newsletter_here",
        title=newsletter.title,
        n=foreseen.count,
        audience=newsletter.audience,
        excluded=excluded,
        schedule=newsletter.schedule,
    )
    if not foreseen.count:
        return Message(text + visit.html("newsletter_empty"), html=True)
    second = visit.room.approval is Approval.SECOND_PERSON
    go = Button(
        visit.plain("label.ask_approval" if second else "label.send_now"),
        sending_tap(draft, f"{'start' if second else 'ask'}.{foreseen.count}"),
    )
    not_now = Button(visit.plain("label.not_now"), sending_tap(draft, "cancel"))
    return Message(text, html=True, keyboard=((go,), (not_now,)))


async def _act(visit: Visit, sending_id: int, version: int, move: str, more: Sequence[str]) -> None:
    sending = await sendings.get(visit.tx, sending_id)
    if sending is None:
        await visit.toast("old_button")
        return
    drafting = sending.state is SendingState.DRAFT and visit.room.approval is Approval.SECOND_PERSON
    if not visit.member.may(Role.EDITOR if drafting else Role.MANAGER):
        await visit.toast("role_too_low", role=visit.plain(f"role.{Role.MANAGER.value}"))
        return
    if sending.version != version:
        await _refuse(visit, Refusal.STALE)
        return
    newsletters = visit.room.newsletters
    match move:
        case "ask":
            await _ask(visit, sending, more)
        case "start":
            await _start(visit, sending, more)
        case "decline":
            await _decline(visit, sending)
        case "look":
            await _look(visit, sending)
        case "pause":
            await _moved(visit, await newsletters.pause(visit.tx, sending_id, version, visit.now), "paused")
        case "resume":
            await _moved(visit, await newsletters.resume(visit.tx, sending_id, version, visit.now), "resumed")
        case "cancel" if sending.state in _DIRECT or more == ["yes"]:
            await _moved(visit, await newsletters.cancel(visit.tx, sending_id, version, visit.now), "cancelled")
        case "cancel":
            yes = Button(visit.plain("label.cancel_rest"), sending_tap(sending, "cancel.yes"))
            no = Button(visit.plain("label.go_on"), "e.keep")
            await visit.say("newsletter_cancel_rest", title=_title(visit, sending), keyboard=((yes,), (no,)))
        case _:
            await visit.toast("old_button")


async def _ask(visit: Visit, sending: Sending, more: Sequence[str]) -> None:
    """The first tap only asks: sending to many people takes two."""
    count = _count(more)
    yes = Button(visit.plain("label.yes_send"), sending_tap(sending, f"start.{count}"))
    no = Button(visit.plain("label.not_now"), sending_tap(sending, "cancel"))
    await visit.show_html(visit.html("newsletter_confirm", title=_title(visit, sending), n=count), ((yes,), (no,)))


async def _start(visit: Visit, sending: Sending, more: Sequence[str]) -> None:
    result = await visit.room.newsletters.confirm(visit.tx, sending.id, sending.version, visit.member.id, visit.now)
    if isinstance(result, Refusal):
        await _refuse(visit, result)
        return
    await visit.note("newsletter.start", f"sending:{sending.id}", state=result.state.value)
    if result.state is SendingState.APPROVAL:
        await _ask_others(visit, result, _count(more))
        return
    await visit.clear_buttons()
    await visit.toast("started")
    await _send_card(visit, result)


async def _ask_others(visit: Visit, sending: Sending, count: int) -> None:
    asked = await ask_others(visit.tx, visit.room, sending, visit.member, count, visit.now)
    if not asked:
        await visit.show_html(visit.html("newsletter_nobody_approves"))
        return
    await visit.show_html(visit.html("newsletter_asked", title=_title(visit, sending)))
    await visit.toast("asked")


async def _decline(visit: Visit, sending: Sending) -> None:
    declined = await visit.room.newsletters.decline(visit.tx, sending.id, sending.version, visit.now)
    if isinstance(declined, Refusal):
        await _refuse(visit, declined)
        return
    await visit.note("newsletter.decline", f"sending:{sending.id}")
    await tell_author(visit.tx, visit.room, declined, visit.member, "", visit.now)
    title = await visit.room.newsletters.title_of(visit.tx, sending)
    await visit.show_html(visit.html("newsletter_cancelled", title=title))


async def _look(visit: Visit, sending: Sending) -> None:
    """Show a draft once more as it is now, with the buttons of its present version."""
    newsletter = await visit.room.newsletters.newsletter_of(visit.tx, sending)
    if newsletter is None or sending.state is not SendingState.DRAFT:
        await _refuse(visit, Refusal.NOT_NOW)
        return

    async def same(_tx: Tx, _staff_id: int, _now: dt.datetime) -> Sending | Refusal:
        return sending

    show_draft_later(visit, newsletter, same)


async def _moved(visit: Visit, result: Sending | Refusal, done: str) -> None:
    if isinstance(result, Refusal):
        await _refuse(visit, result)
        return
    await visit.note(f"newsletter.{done}", f"sending:{result.id}")
    await visit.toast(done)
    if result.started_at is None:
        await visit.show_html(visit.html("newsletter_cancelled", title=_title(visit, result)))
        return
    progress = await visit.room.newsletters.progress(visit.tx, result.id, visit.now)
    assert progress is not None
    zone = visit.room.company.timezone
    card = progress_card(progress, _title(visit, result), visit.room.words, visit.language, zone)
    await visit.show(card, ref=sending_ref(result.id))


async def _refuse(visit: Visit, refusal: Refusal) -> None:
    keys: Mapping[Refusal, str] = {
        Refusal.SAME_PERSON: "newsletter_own_approval",
        Refusal.GONE: "newsletter_changed",
        Refusal.STALE: "newsletter_changed",
        Refusal.NOT_NOW: "newsletter_changed",
        Refusal.CHANGED: "newsletter_changed",
    }
    await visit.toast("own_approval" if refusal is Refusal.SAME_PERSON else "changed")
    await visit.say(keys[refusal])


async def _send_card(visit: Visit, sending: Sending) -> None:
    """Show how it goes on, here and to its author where somebody else has approved it."""
    room = visit.room
    progress = await room.newsletters.progress(visit.tx, sending.id, visit.now)
    assert progress is not None
    title, zone = _title(visit, sending), room.company.timezone
    card = progress_card(progress, title, room.words, visit.language, zone)
    await visit.send(card, ref=sending_ref(sending.id))
    author = await find_member(visit.tx, sending.created_by) if sending.created_by is not None else None
    if author is None or author.id == visit.member.id or not author.reachable:
        return
    language = author.language or room.company.default_language
    hers = progress_card(progress, title, room.words, language, zone)
    await outbox.put(visit.tx, [to_member(author.id, hers, visit.now, ref=sending_ref(sending.id))])


def _count(more: Sequence[str]) -> int:
    return int(more[0]) if more and more[0].isdecimal() else 0


def _title(visit: Visit, sending: Sending) -> str:
    file = visit.room.newsletters.files.get(sending.name)
    return file.newsletter.title if file is not None else sending.name


def _why(visit: Visit, reason: str) -> str:
    key = f"staff.hold.{reason}"
    return visit.room.words.plain(key, visit.language) if visit.room.words.has(key) else reason


def _digest(name: str) -> str:
    """Shorten a newsletter's name, which may be longer than a button's data, to something that still tells it apart."""
    return hashlib.sha256(name.encode()).hexdigest()[:12]
