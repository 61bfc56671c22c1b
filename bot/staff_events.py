"""`/event` for staff: how each event goes, its guests, who came, the code at the door, beginning and cancelling it."""

from __future__ import annotations

from collections.abc import Sequence

from bot.cards import display_name
from bot.event_marking import mark_came
from bot.staff_visit import Visit, id_of
from dialogues.event_words import EventWords
from dialogues.taps import short
from domain.drawing_names import qr_media
from domain.events import Event, EventState, GuestState, KeptEvent, door_token
from domain.links import start_link
from domain.messages import Button, Keyboard, Message
from domain.staff import Role
from scheduler.event_guests import begin_inviting
from store.customers import customer_by_id, customers_by_id
from store.event_attendance import counts_of
from store.event_door import door_key
from store.events import cancel_event, event_by_id, event_named, guests, to_tell_cancelled
from templates.markup import Safe

_TAP = "j"
_BY_NAME = "-"  # no number, so that it is no event's
_PAGE = 10
_AT_THE_DOOR = (GuestState.ACCEPTED, GuestState.ATTENDED, GuestState.ABSENT, GuestState.INVITED)


async def event_command(visit: Visit, argument: str) -> None:
    """Show an event with its figures; without a name all of them."""
    events = [each for each in visit.room.loyalty.events if each.published]
    name = argument.strip()
    event = next((each for each in events if each.name == name), None)
    if event is None and len(events) == 1 and not name:
        event = events[0]
    if event is None:
        lines = Safe("\n").join([_html(visit, "line", name=each.name, title=_title(visit, each)) for each in events])
        await visit.send(Message(_html(visit, "list" if events else "none", lines=lines), html=True))
        return
    kept = await event_named(visit.tx, event.name)
    if kept is None:
        starts = event.starts_at(visit.room.company.zone)
        begins = event.may_invite(visit.now, visit.room.company.zone)
        rows = _decisions(visit, event, ("begin", "cancel") if begins else ())
        text = _html(visit, "not_yet", title=_title(visit, event), starts=starts)
        await visit.send(Message(text, html=True, keyboard=rows))
    else:
        await _show(visit, event, kept)


async def event_button(visit: Visit, rest: Sequence[str]) -> None:
    """
    A button: "j.EVENT.g.PAGE" lists guests, "j.EVENT.c.PAGE.CUSTOMER" marks one, "j.EVENT.d" is the door's code.

    "j.-.NAME.begin" and "j.-.NAME.cancel", each with ".yes" once more, decide about an event, chosen or not.
    """
    match rest:
        case [first, name, ("begin" | "cancel") as what, *sure] if first == _BY_NAME and sure in ([], ["yes"]):
            await _decide(visit, name, what, sure=bool(sure))
            return
    kept = await event_by_id(visit.tx, id_of(rest[0]) or 0) if rest else None
    event = None if kept is None else visit.room.loyalty.event(kept.name)
    match rest[1:]:
        case _ if kept is None or event is None:
            await visit.toast("old_button")
        case ["s"]:
            await _show(visit, event, kept)
        case ["g", page] if page.isdecimal() and len(page) < 5:
            await _list(visit, event, kept, int(page))
        case ["c", page, who] if page.isdecimal() and len(page) < 5:
            await _mark(visit, event, kept, int(page), id_of(who) or 0)
        case ["d"]:
            await _door(visit, event)
        case _:
            await visit.toast("old_button")


async def _show(visit: Visit, event: Event, kept: KeptEvent) -> None:
    counts = await counts_of(visit.tx, kept)
    text = _html(
        visit,
        "page",
        title=_title(visit, event),
        place=event.where,
        starts=kept.starts_at,
        state=kept.state.value,
        counts=counts,
        accepted=_percent(counts.accepted_share),
        declined=_percent(counts.declined_share),
        attended=_percent(counts.attended_share),
        came=bool(counts.attended),
    )
    tap = f"{_TAP}.{short(kept.id)}"
    rows: Keyboard = ((_button(visit, "guests", f"{tap}.g.0"), _button(visit, "door", f"{tap}.d")),)
    is_ahead = kept.state is EventState.INVITING and visit.now < kept.starts_at
    rows = (*rows, *_decisions(visit, event, ("cancel",) if is_ahead else ()))
    await visit.show(Message(text, html=True, keyboard=rows))


async def _list(visit: Visit, event: Event, kept: KeptEvent, page: int) -> None:
    """Show those who are expected, by rank, each with a button that says that she has come."""
    found = await guests(visit.tx, kept.id, _AT_THE_DOOR, limit=_PAGE + 1, offset=page * _PAGE)
    people = await customers_by_id(visit.tx, [each.customer_id for each in found])
    await visit.note("event.guests", f"event:{kept.name}", page=page)
    lines, rows, tap = [], [], f"{_TAP}.{short(kept.id)}"
    for guest in found[:_PAGE]:
        name = display_name(people[guest.customer_id], visit.room.words, visit.language)
        state = visit.room.words.plain(f"events_staff.state.{guest.state.value}", visit.language)
        lines.append(_html(visit, "guest", name=name, state=state, came=guest.state is GuestState.ATTENDED))
        if guest.state is not GuestState.ATTENDED:
            label = visit.room.words.plain("events_staff.label.came", visit.language, name=name[:30])
            rows.append((Button(label, f"{tap}.c.{page}.{short(guest.customer_id)}"),))
    turn = [_button(visit, "back", f"{tap}.s" if page == 0 else f"{tap}.g.{page - 1}")]
    if len(found) > _PAGE:
        turn.append(_button(visit, "more", f"{tap}.g.{page + 1}"))
    text = _html(visit, "guests", title=_title(visit, event), lines=Safe("\n").join(lines), page=page + 1)
    await visit.show(Message(text, html=True, keyboard=(*rows, tuple(turn))))


async def _mark(visit: Visit, event: Event, kept: KeptEvent, page: int, customer_id: int) -> None:
    customer, room = await customer_by_id(visit.tx, customer_id), visit.room
    came = None
    if customer is not None:
        came = await mark_came(
            visit.tx, room.company, room.words, room.loyalty, event, kept, customer, visit.now, visit.member.id
        )
    if came is None:
        await visit.toast("old_button")
        return
    if came:
        await visit.note("event.attended", f"customer:{customer_id}", event=kept.name)
    await _list(visit, event, kept, page)


async def _door(visit: Visit, event: Event) -> None:
    link = start_link(visit.room.loyalty.username, door_token(await door_key(visit.tx), event.name))
    text = _html(visit, "door", title=_title(visit, event), link=link)
    await visit.send(Message(text, html=True, media=(qr_media(link, event.name),)))


# Beginning and cancelling -------------------------------------------------------------------------------------------


def _decisions(visit: Visit, event: Event, what: Sequence[str]) -> Keyboard:
    """Return the buttons of what a manager may decide about an event."""
    if event.cancelled or not what or not visit.member.may(Role.MANAGER):
        return ()
    return (tuple(_button(visit, each, f"{_TAP}.{_BY_NAME}.{event.name}.{each}") for each in what),)


async def _decide(visit: Visit, name: str, what: str, *, sure: bool) -> None:
    """The first tap asks, the second does it; once, however often it is tapped."""
    event = visit.room.loyalty.event(name)
    kept = None if event is None else await event_named(visit.tx, name)
    if not visit.member.may(Role.MANAGER):
        await visit.toast("role_too_low", role=visit.plain(f"role.{Role.MANAGER.value}"))
    elif event is None or not event.published or not _may(visit, event, kept, what):
        await visit.toast("old_button")
    elif not sure:
        told = [] if kept is None else await to_tell_cancelled(visit.tx, kept.id, kept.places + event.reserve)
        starts = event.starts_at(visit.room.company.zone)
        n = len(told) if what == "cancel" else event.places
        text = _html(visit, f"ask_{what}", title=_title(visit, event), starts=starts, n=n)
        yes = _button(visit, f"yes_{what}", f"{_TAP}.{_BY_NAME}.{name}.{what}.yes")
        no = Button(visit.plain("label.cancel"), "e.cancel")
        await visit.send(Message(text, html=True, keyboard=((yes, no),)))
    else:
        await visit.clear_buttons()
        if what == "begin":
            _begin_later(visit, event)
        elif await cancel_event(visit.tx, event, event.starts_at(visit.room.company.zone), visit.now):
            await visit.note("event.cancel", f"event:{name}")
            await visit.send(Message(_html(visit, "did_cancel", title=_title(visit, event)), html=True))


def _may(visit: Visit, event: Event, kept: KeptEvent | None, what: str) -> bool:
    """Say whether an event stands so that this can be decided about it."""
    if event.cancelled:
        return False
    if what == "begin":
        return kept is None and event.may_invite(visit.now, visit.room.company.zone)
    starts = event.starts_at(visit.room.company.zone) if kept is None else kept.starts_at
    return visit.now < starts and (kept is None or kept.state is EventState.INVITING)


def _begin_later(visit: Visit, event: Event) -> None:
    """Choose the guests beside the road: all customers are ranked, which may take its time."""
    room = visit.room

    async def errand() -> None:
        begun = await begin_inviting(room.database, room.company, event, room.clock.now())
        async with room.database.write() as tx:
            then, kept = visit.again(tx), await event_named(tx, event.name)
            if begun and kept is not None:
                await then.note("event.invite", f"event:{event.name}")
                await _show(then, event, kept)
            elif kept is None:
                await then.send(Message(_html(then, "not_begun", title=_title(then, event)), html=True))

    room.errands.ask(errand)


def _percent(share: float | None) -> int | None:
    return None if share is None else round(100 * share)


def _title(visit: Visit, event: Event) -> str:
    return EventWords(visit.room.company, visit.room.words).title(event, visit.language)


def _button(visit: Visit, label: str, tap: str) -> Button:
    return Button(visit.room.words.plain(f"events_staff.label.{label}", visit.language), tap)


def _html(visit: Visit, key: str, **values: object) -> Safe:
    return visit.room.words.html(f"events_staff.{key}", visit.language, **values)
