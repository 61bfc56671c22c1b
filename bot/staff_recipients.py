"""Whom a sending reaches and whom not: its numbers with their reasons, and the people behind them, page by page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass

from bot.staff_drafts import customer_link, reason_of
from bot.staff_progress import looking_tap, time_left, why_stopped
from bot.staff_visit import Visit, id_of
from dialogues.taps import short
from domain.messages import Button, Keyboard, Message
from domain.newsletters import RecipientState, Sending
from store import ledger, sendings
from store.customers import customers_by_id
from store.database import Tx
from store.foreseeing import foreseen
from store.staff import find_member
from templates.markup import Safe

PAGE = 20
_STEP = 5_000  # customers whom the audience's rule is asked about at once
_LISTS = ("excluded", RecipientState.SKIPPED, RecipientState.FAILED, RecipientState.UNKNOWN)
"""Those who do not get it: left out before the start, and what became of the others; the order of the buttons."""


@dataclass(frozen=True, slots=True)
class _Page:
    """Some customers with the reason why they do not get it; *after* is where the next page begins, None at the end."""

    people: Sequence[tuple[int, str]]
    after: int | None


async def show_details(visit: Visit, sending: Sending) -> None:
    """Show the account with every reason, when it began and ended, and who decided it."""
    room, tx = visit.room, visit.tx
    progress = await room.newsletters.progress(tx, sending.id, visit.now)
    assert progress is not None
    account = progress.account
    approver = await sendings.approver_of(tx, sending.id)
    text = room.words.html(
        "sendings.details",
        visit.language,
        title=await room.newsletters.title_of(tx, sending),
        state=visit.plain(f"sending_state.{sending.state.value}"),
        reason=why_stopped(sending, room.words, visit.language),
        author=await _name(tx, sending.created_by),
        approver=await _name(tx, approver),
        started_at=sending.started_at,
        finished_at=sending.finished_at,
        proved_at=sending.proved_at,
        canary=sending.canary,
        zone=room.company.timezone,
        snapshot=account.snapshot,
        sent=account.sent,
        n_skipped=sum(account.skipped.values()),
        n_failed=sum(account.failed.values()),
        skipped=reasons_of(visit, account.skipped),
        failed=reasons_of(visit, account.failed),
        unknown=account.unknown,
        queued=account.queued,
        excluded=reasons_of(visit, account.excluded),
        eta=time_left(progress.eta, room.words, visit.language),
        recall=progress.recall,
    )
    counts = {
        "excluded": sum(account.excluded.values()),
        RecipientState.SKIPPED: sum(account.skipped.values()),
        RecipientState.FAILED: sum(account.failed.values()),
        RecipientState.UNKNOWN: account.unknown,
    }
    rows = tuple(
        (Button(_label(visit, f"list_{name}", n=counts[name]), looking_tap(sending.id, f"not.{name}")),)
        for name in _LISTS
        if counts[name]
    )
    await visit.send(Message(text, html=True, keyboard=rows))


def show_missing(visit: Visit, sending: Sending, page: Sequence[str]) -> None:
    """
    Send a page of those who do not get it, with names and reasons; *page* is a list's name and where to go on, or
    nothing. Before it starts they are those who would be left out now; looking for them may take a while.
    """
    name = page[0] if page and page[0] in _LISTS else "excluded"
    after = (id_of(page[1]) if len(page) == 2 else 0) or 0
    room = visit.room

    async def errand() -> None:
        found = await _found(visit, sending, name, after)
        async with room.database.write() as tx:
            then = visit.again(tx)
            people = await customers_by_id(tx, [customer_id for customer_id, _ in found.people])
            lines = Safe("\n").join(
                room.words.html(
                    "sendings.missing",
                    then.language,
                    who=customer_link(then, people.get(customer_id)),
                    number=(people[customer_id].number or "") if customer_id in people else "",
                    reason=reason_of(then, reason),
                )
                for customer_id, reason in found.people
            )
            title = await room.newsletters.title_of(tx, sending)
            text = room.words.html(
                "sendings.who_not",
                then.language,
                title=title,
                what=_label(then, f"list_{name}", n=0),
                lines=lines,
                before=sending.started_at is None,
            )
            keyboard: Keyboard = ()
            if found.after is not None:
                more = Button(_label(then, "more"), looking_tap(sending.id, f"not.{name}.{short(found.after)}"))
                keyboard = ((more,),)
            await then.send(Message(text, html=True, keyboard=keyboard))

    room.errands.ask(errand)


async def _found(visit: Visit, sending: Sending, name: str, after: int) -> _Page:
    room = visit.room
    if sending.started_at is None:
        return await _foreseen(visit, sending, after)
    async with room.database.read() as tx:
        if name == "excluded":
            people = await ledger.excluded(tx, sending.id, after=after, limit=PAGE + 1)
        else:
            state = RecipientState(name)
            entries = await ledger.entries(tx, sending.id, state=state, after=after, limit=PAGE + 1)
            people = [(each.customer_id, each.reason or each.state.value) for each in entries]
    return _Page(people[:PAGE], people[PAGE - 1][0] if len(people) > PAGE else None)


async def _foreseen(visit: Visit, sending: Sending, after: int) -> _Page:
    room, now = visit.room, visit.room.clock.now()
    people: list[tuple[int, str]] = []
    async with room.database.read() as tx:
        newsletter = await room.newsletters.newsletter_of(tx, sending)
    if newsletter is None:
        return _Page([], None)
    parts = foreseen(
        room.database,
        sending,
        newsletter,
        at=now.astimezone(room.company.zone),
        currency=room.company.currency,
        size=_STEP,
        after=after,
        left_out=True,
    )
    async with aclosing(parts):
        async for found in parts:
            people += [(each.customer_id, each.reason) for each in found]
            if len(people) > PAGE:
                break
    return _Page(people[:PAGE], people[PAGE - 1][0] if len(people) > PAGE else None)


async def _name(tx: Tx, staff_id: int | None) -> str:
    member = await find_member(tx, staff_id) if staff_id is not None else None
    return member.name if member is not None else ""


def reasons_of(visit: Visit, counts: Mapping[str, int]) -> Safe:
    """List how many for which reason, the most first."""
    return Safe("\n").join(
        Safe(visit.html("newsletter_excluded", n=count, reason=reason_of(visit, reason)))
        for reason, count in sorted(counts.items(), key=lambda item: -item[1])
    )


def _label(visit: Visit, key: str, **values: object) -> str:
    return visit.room.words.plain(f"sendings.label.{key}", visit.language, **values)
