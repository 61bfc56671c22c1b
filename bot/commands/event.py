"""`vuoro event`: events and how they go, their guests, beginning to invite, cancelling, and who came."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bot.commands.customer import the_customer
from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    give_json,
    give_table,
    json_option,
    local,
    now,
    staff_option,
)
from bot.commands.office import Office, acting_member, language_of, opened_office
from bot.event_marking import mark_came
from domain.events import Event, EventCounts, KeptEvent
from domain.faults import did_you_mean
from domain.languages import in_language
from domain.staff import Role
from scheduler.event_guests import begin_inviting
from store.audit import note_act
from store.customers import customers_by_id
from store.database import Tx
from store.event_attendance import counts_of
from store.events import cancel_event, event_named, guests, kept_events

_name = click.argument("name", metavar="NAME")


@click.group("event")
def command() -> None:
    """Events: who is invited, who comes, who came."""


@command.command("list")
@config_option
@json_option
@asynchronous
async def list_(config_file: Path | None, as_json: bool) -> None:
    """List all events with what became of their invitations."""
    async with opened_office(config_file, needs_files=False) as office, office.database.read() as tx:
        kept = await kept_events(tx)
        documents = []
        for event in office.content.loyalty.events:
            known = kept.get(event.name)
            counts = EventCounts(event.places) if known is None else await counts_of(tx, known)
            documents.append(_document(office, event, known, counts))
    if as_json:
        give_json(documents)
        return
    columns = ["event", "title", "starts", "state", "places", "invited", "accepted", "waiting", "attended"]
    give_table(columns, [[str(each[column]) for column in columns] for each in documents])


@command.command("show")
@_name
@config_option
@json_option
@asynchronous
async def show(name: str, config_file: Path | None, as_json: bool) -> None:
    """Show how an event goes: invited, accepted, declined, waiting, attended, with shares; who was left out."""
    async with opened_office(config_file, needs_files=False) as office, office.database.read() as tx:
        event = _event(office, name)
        kept = await event_named(tx, name)
        counts = EventCounts(event.places) if kept is None else await counts_of(tx, kept)
    document = _document(office, event, kept, counts)
    if as_json:
        give_json(document)
        return
    for key, value in document.items():
        shown = "" if value is None else str(value)
        if isinstance(value, dict):
            shown = ", ".join(f"{reason} {count}" for reason, count in value.items())
        elif key.endswith("_share") and value is not None:
            shown = f"{100 * value:.0f} %"
        click.echo(f"{key.replace('_', ' '):16} {shown}")


@command.command("guests")
@_name
@config_option
@json_option
@asynchronous
async def guests_(name: str, config_file: Path | None, as_json: bool) -> None:
    """List an event's guests by rank, those on the waiting list too, with the values by which they were ranked."""
    async with opened_office(config_file, needs_files=False) as office, office.database.read() as tx:
        kept = await _kept(tx, office, name)
        found = await guests(tx, kept.id)
        people = await customers_by_id(tx, [each.customer_id for each in found])
        rows: list[dict[str, Any]] = [
            {
                "rank": each.rank,
                "customer": each.customer_id,
                "number": people[each.customer_id].number,
                "name": people[each.customer_id].name,
                "state": each.state.value,
                "reason": each.reason,
                "since": each.at,
                **each.evidence,
            }
            for each in found
        ]
    if as_json:
        give_json(rows)
        return
    columns = ["rank", "number", "name", "state", "reason", "value", "visits"]
    give_table(columns, [["" if each.get(key) is None else str(each[key]) for key in columns] for each in rows])


@command.command("invite")
@_name
@staff_option
@config_option
@asynchronous
async def invite(name: str, staff_id: int | None, config_file: Path | None) -> None:
    """Choose an event's guests now and freeze them; the running program sends the invitations."""
    async with opened_office(config_file) as office:
        event, company = _event(office, name), office.config.company
        if not event.published or event.cancelled:
            raise Refused(f"{name}: is not published or cancelled; write published = true into its file")
        if not event.may_invite(now(), company.zone):
            raise Refused(f"{name}: begins in less than a day or is over; give it another time in its file")
        async with office.database.write() as tx:
            member = await acting_member(tx, office.config, staff_id, Role.MANAGER)
            await note_act(tx, member.id, "event.invite", f"event:{name}", now(), None)
        if not await begin_inviting(office.database, company, event, now()):
            raise Refused(f"{name}: its guests have been chosen before; vuoro event show {name}")
        async with office.database.read() as tx:
            kept = await _kept(tx, office, name)
            found = await guests(tx, kept.id)
    click.echo(
        f"{name}: {min(len(found), kept.places)} of {kept.evidence.get('could')} are invited, "
        f"{max(0, len(found) - kept.places)} are on the waiting list"
    )


@command.command("cancel")
@_name
@staff_option
@config_option
@asynchronous
async def cancel(name: str, staff_id: int | None, config_file: Path | None) -> None:
    """Cancel an event; the running program tells everybody who was invited and counts on it."""
    async with opened_office(config_file) as office, office.database.write() as tx:
        event = _event(office, name)
        member = await acting_member(tx, office.config, staff_id, Role.MANAGER)
        if not await cancel_event(tx, event, event.starts_at(office.config.company.zone), now()):
            raise Refused(f"{name}: is cancelled or over already")
        await note_act(tx, member.id, "event.cancel", f"event:{name}", now(), None)
    click.echo(f"{name}: cancelled")


@command.command("attended")
@_name
@click.argument("word", nargs=-1, required=True, metavar="CUSTOMER")
@staff_option
@config_option
@asynchronous
async def attended(name: str, word: tuple[str, ...], staff_id: int | None, config_file: Path | None) -> None:
    """Note that a guest came; it stands on her timeline."""
    async with opened_office(config_file) as office, office.database.write() as tx:
        event, kept = _event(office, name), await _kept(tx, office, name)
        member = await acting_member(tx, office.config, staff_id, Role.AGENT)
        customer = await the_customer(tx, " ".join(word))
        company, loyalty = office.config.company, office.content.loyalty
        came = await mark_came(tx, company, office.room.words, loyalty, event, kept, customer, now(), member.id)
        who = customer.name or customer.number or customer.id
        if came is None:
            raise Refused(f"{who}: is no guest of {name}, or it is cancelled; vuoro event guests {name} lists them")
        await note_act(tx, member.id, "event.attended", f"customer:{customer.id}", now(), {"event": name})
    click.echo(f"{who}: came" if came else f"{who}: was noted before")


def _event(office: Office, name: str) -> Event:
    known = {each.name: each for each in office.content.loyalty.events}
    if name not in known:
        otherwise = f"there are {', '.join(known)}" if known else "there are none yet: docs/events.md"
        raise Refused(f"{name}: no such event; {did_you_mean(name, known, otherwise=otherwise)}")
    return known[name]


async def _kept(tx: Tx, office: Office, name: str) -> KeptEvent:
    _event(office, name)
    kept = await event_named(tx, name)
    if kept is None:
        raise Refused(f"{name}: its guests have not been chosen yet; vuoro event invite {name}")
    return kept


def _document(office: Office, event: Event, kept: KeptEvent | None, counts: EventCounts) -> dict[str, Any]:
    company = office.config.company
    planned = "cancelled" if event.cancelled else "planned" if event.published else "not published"
    chosen = {} if kept is None else kept.evidence
    return {
        "event": event.name,
        "title": in_language(event.title, language_of(office.config), company.default_language),
        "starts": local(event.starts_at(company.zone), office.config),
        "state": planned if kept is None else kept.state.value,
        "store": event.store,
        "by": chosen.get("by", ""),
        "could_be_chosen": chosen.get("could"),
        "left_out": chosen.get("left_out", {}),
        "places": counts.places,
        "invited": counts.invited,
        "unanswered": counts.unanswered,
        "accepted": counts.accepted,
        "declined": counts.declined,
        "no_answer": counts.no_answer,
        "waiting": counts.waiting,
        "skipped": counts.skipped,
        "attended": counts.attended,
        "absent": counts.absent,
        "accepted_share": counts.accepted_share,
        "declined_share": counts.declined_share,
        "attended_share": counts.attended_share,
    }
