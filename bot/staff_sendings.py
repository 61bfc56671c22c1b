"""What the buttons of a draft, a request for approval and a progress card do, each for one version of a sending."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.approvals import ask_others, tell_author
from bot.config import Approval
from bot.newsletters import Refusal
from bot.staff_afterwards import act_afterwards
from bot.staff_drafts import counts_of, reason_of, show_draft_later
from bot.staff_expects import Expectation, expect
from bot.staff_previews import previews_of
from bot.staff_progress import progress_card, sending_ref, sending_tap
from bot.staff_schedules import ask_when, begin_typing, moment_of
from bot.staff_visit import Visit, id_of, to_member
from bot.trials import try_out
from dialogues.taps import short
from domain.messages import Button, Message
from domain.newsletters import Sending, SendingState
from domain.staff import Role
from store import outbox, sendings
from store.database import Tx
from store.staff import find_member
from templates.markup import Safe

EXPECTED = "declined"
"""What her next words are for after she has declined: the author's to read."""

_S = SendingState
_DIRECT = (_S.DRAFT, _S.APPROVAL, _S.STOPPED, _S.SCHEDULED)
_LOOKS = frozenset({"look", "test"})
_BEFORE = frozenset({"look", "test", "later", "pick", "at", "ask", "start", "decline"})
_AFTERWARDS = frozenset({"retry", "newcomers", "recall"})


async def act_on(visit: Visit, sending_id: int, version: int, move: str, more: Sequence[str]) -> None:
    """Do what a button says, if she may and if nobody has changed the sending since it was shown."""
    sending = await sendings.get(visit.tx, sending_id)
    if sending is None:
        await visit.toast("old_button")
        return
    asks_another = visit.room.approval is Approval.SECOND_PERSON or move in _LOOKS
    for_editors = (sending.state is _S.DRAFT and asks_another) or move == "remind"
    if not visit.member.may(Role.EDITOR if for_editors else Role.MANAGER):
        await visit.toast("role_too_low", role=visit.plain(f"role.{Role.MANAGER.value}"))
    elif sending.version != version:
        await refuse(visit, Refusal.STALE)
    elif move in _BEFORE:
        await _before(visit, sending, move, more)
    elif move in _AFTERWARDS:
        done = await act_afterwards(visit, sending, move, more)
        if isinstance(done, Refusal):
            await refuse(visit, done)
        elif done is not None:
            await _show_card(visit, done)
    else:
        await _meanwhile(visit, sending, move, more)


async def refuse(visit: Visit, refusal: Refusal) -> None:
    """Say why nothing was done."""
    match refusal:
        case Refusal.SAME_PERSON:
            await visit.toast("own_approval")
            await visit.say("newsletter_own_approval")
        case Refusal.NOTHING | Refusal.TOO_LATE:
            text = visit.room.words.html(f"sendings.refused_{refusal.value}", visit.language)
            await visit.send(Message(text, html=True))
        case _:
            await visit.toast("changed")
            await visit.say("newsletter_changed")


async def send_card(visit: Visit, sending: Sending) -> None:
    """Show where she is how a sending goes on; the card stays up to date. What waits for approval is shown itself."""
    room = visit.room
    if sending.state is _S.APPROVAL:
        for preview in (await previews_of(visit.tx, room, sending, visit.member, visit.now))[0]:
            await visit.send(preview)
    progress = await room.newsletters.progress(visit.tx, sending.id, visit.now)
    assert progress is not None
    title = await room.newsletters.title_of(visit.tx, sending)
    card = progress_card(progress, title, room.words, visit.language, room.company.timezone)
    await visit.send(card, ref=sending_ref(sending.id))


async def _before(visit: Visit, sending: Sending, move: str, more: Sequence[str]) -> None:
    """What is done with a draft, or with a request for approval."""
    match move:
        case "look":
            await _look(visit, sending)
        case "test":
            await _test(visit, sending)
        case "later":
            await ask_when(visit, sending, counts_of(more))
        case "pick":
            await begin_typing(visit, sending, counts_of(more))
        case "at" if (at := moment_of(more)) is not None and at > visit.now:
            await _start(visit, sending, more, at)
        case "ask":
            await _ask(visit, sending, more)
        case "start":
            await _start(visit, sending, more)
        case "decline":
            await _decline(visit, sending)
        case _:
            await visit.toast("old_button")


async def _meanwhile(visit: Visit, sending: Sending, move: str, more: Sequence[str]) -> None:
    """What is done with a sending that goes on, or that is to be given up."""
    newsletters, now = visit.room.newsletters, visit.now
    match move:
        case "pause":
            await _moved(visit, await newsletters.pause(visit.tx, sending.id, sending.version, now), "paused")
        case "resume":
            await _moved(visit, await newsletters.resume(visit.tx, sending.id, sending.version, now), "resumed")
        case "remind" if sending.state is _S.APPROVAL:
            _ask_again(visit, sending)
        case "cancel" if sending.state in _DIRECT or more == ["yes"]:
            await _moved(visit, await newsletters.cancel(visit.tx, sending.id, sending.version, now), "cancelled")
        case "cancel":
            yes = Button(visit.plain("label.cancel_rest"), sending_tap(sending, "cancel.yes"))
            no = Button(visit.plain("label.go_on"), "e.keep")
            await visit.say("newsletter_cancel_rest", title=await _title(visit, sending), keyboard=((yes,), (no,)))
        case _:
            await visit.toast("old_button")


async def _look(visit: Visit, sending: Sending) -> None:
    """Show a draft once more, as its files are now, with the buttons of its present version."""
    newsletters = visit.room.newsletters
    present = await newsletters.bring_up_to_date(visit.tx, sending)
    newsletter = await newsletters.newsletter_of(visit.tx, present)
    if newsletter is None or present.state is not _S.DRAFT:
        await refuse(visit, Refusal.NOT_NOW)
        return

    async def same(_tx: Tx, _staff_id: int, _now: dt.datetime) -> Sending | Refusal:
        return present

    await visit.clear_buttons()
    show_draft_later(visit, newsletter, same)


async def _test(visit: Visit, sending: Sending) -> None:
    """Send it to the test list, and say who of it gets it."""
    room = visit.room
    trial = await try_out(visit.tx, room.newsletters, sending, room.test_list, visit.now)
    await visit.note("newsletter.test", f"sending:{sending.id}", sent=trial.sent)
    missing = Safe("\n").join(
        room.words.html("sendings.test_missing", visit.language, number=number, reason=reason_of(visit, why))
        for number, why in trial.missing.items()
    )
    text = room.words.html(
        "sendings.tested", visit.language, title=await _title(visit, sending), n=trial.sent, missing=missing
    )
    await visit.send(Message(text, html=True))


async def _ask(visit: Visit, sending: Sending, more: Sequence[str]) -> None:
    """The first tap only asks: sending to many people takes two."""
    count, left_out = counts_of(more)
    yes = Button(visit.plain("label.yes_send"), sending_tap(sending, f"start.{count}.{left_out}"))
    no = Button(visit.plain("label.not_now"), sending_tap(sending, "cancel"))
    text = visit.html("newsletter_confirm", title=await _title(visit, sending), n=count)
    await visit.show_html(text, ((yes,), (no,)))


async def _start(visit: Visit, sending: Sending, more: Sequence[str], at: dt.datetime | None = None) -> None:
    newsletters = visit.room.newsletters
    result = await newsletters.confirm(visit.tx, sending.id, sending.version, visit.member.id, visit.now, at=at)
    if isinstance(result, Refusal):
        await refuse(visit, result)
        if result is Refusal.CHANGED and (present := await sendings.get(visit.tx, sending.id)) is not None:
            await _look(visit, present)
        return
    await visit.note("newsletter.start", f"sending:{sending.id}", state=result.state.value)
    if result.state is _S.APPROVAL:
        await _ask_others(visit, result, counts_of(more))
        return
    await visit.clear_buttons()
    await visit.toast("started" if result.state.is_sending else "did_schedule")
    await send_card(visit, result)
    await _send_author_a_card(visit, result)


async def _ask_others(visit: Visit, sending: Sending, counts: tuple[int, int]) -> None:
    count, left_out = counts
    room = visit.room
    asked = await ask_others(visit.tx, room, sending, visit.member, count, visit.now, left_out=left_out)
    if not asked:
        await visit.show_html(visit.html("newsletter_nobody_approves"))
        return
    await visit.show_html(visit.html("newsletter_asked", title=await _title(visit, sending)))
    await visit.toast("asked")


def _ask_again(visit: Visit, sending: Sending) -> None:
    """Ask the other managers once more; there may be one who was not there before."""
    room = visit.room

    async def errand() -> None:
        async with room.database.read() as tx:
            foreseen = await room.newsletters.foresee(tx, sending, room.clock.now())
        async with room.database.write() as tx:
            then = visit.again(tx)
            present = await sendings.hold(tx, sending.id)
            if present is None or present.version != sending.version:
                await then.say("newsletter_changed")
                return
            left_out = sum(foreseen.excluded.values())
            asked = await ask_others(tx, room, present, then.member, foreseen.count, then.now, left_out=left_out)
            if asked:
                await then.say("newsletter_asked", title=await _title(then, present))
            else:
                await then.say("newsletter_nobody_approves")

    room.errands.ask(errand)


async def _decline(visit: Visit, sending: Sending) -> None:
    """Say no at once; her next words, if she writes any, go as the reason to the author, or to the other managers."""
    declined = await visit.room.newsletters.decline(visit.tx, sending.id, sending.version, visit.now)
    if isinstance(declined, Refusal):
        await refuse(visit, declined)
        return
    await visit.note("newsletter.decline", f"sending:{sending.id}")
    told = await tell_author(visit.tx, visit.room, declined, visit.member, "", visit.now)
    await visit.toast("declined_sending")
    key = "did_decline" if declined.state is _S.DRAFT else "did_decline_slot"
    key = f"sendings.{key}" if told else f"sendings.{key}_alone"
    text = visit.room.words.html(key, visit.language, title=await _title(visit, sending))
    await visit.show_html(text)
    if told:
        await expect(visit.tx, visit.member, visit.place, Expectation(EXPECTED, short(sending.id)), visit.now)


async def pass_on(visit: Visit, argument: str, text: str) -> None:
    """Give the author the reason that somebody wrote after she had declined."""
    sending = await sendings.get(visit.tx, id_of(argument) or 0)
    told = sending is not None and await tell_author(visit.tx, visit.room, sending, visit.member, text, visit.now)
    key = "passed_on" if sending is None or sending.created_by is not None else "passed_on_slot"
    key = f"sendings.{key if told else 'not_passed_on'}"
    await visit.send(Message(visit.room.words.html(key, visit.language), html=True))


async def _moved(visit: Visit, result: Sending | Refusal, done: str) -> None:
    if isinstance(result, Refusal):
        await refuse(visit, result)
        return
    await visit.note(f"newsletter.{done}", f"sending:{result.id}")
    await visit.toast(done)
    if result.started_at is None:
        await visit.show_html(visit.html("newsletter_cancelled", title=await _title(visit, result)))
    else:
        await _show_card(visit, result)


async def _show_card(visit: Visit, sending: Sending) -> None:
    """Put the card in place of what she tapped."""
    room = visit.room
    progress = await room.newsletters.progress(visit.tx, sending.id, visit.now)
    assert progress is not None
    title = await _title(visit, sending)
    card = progress_card(progress, title, room.words, visit.language, room.company.timezone)
    await visit.show(card, ref=sending_ref(sending.id))


async def _send_author_a_card(visit: Visit, sending: Sending) -> None:
    """Let its author follow, too, where somebody else has approved it."""
    author = await find_member(visit.tx, sending.created_by) if sending.created_by is not None else None
    if author is None or author.id == visit.member.id or not author.reachable:
        return
    room = visit.room
    progress = await room.newsletters.progress(visit.tx, sending.id, visit.now)
    assert progress is not None
    language = author.language or room.company.default_language
    card = progress_card(progress, await _title(visit, sending), room.words, language, room.company.timezone)
    await outbox.put(visit.tx, [to_member(author.id, card, visit.now, ref=sending_ref(sending.id))])


async def _title(visit: Visit, sending: Sending) -> str:
    return await visit.room.newsletters.title_of(visit.tx, sending)
