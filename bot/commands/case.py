"""`vuoro case`: work on complaints, questions and follow-ups; customers and colleagues hear of it as from the desk."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import click

from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    give_json,
    give_table,
    json_option,
    local,
    now,
    opened_store,
    staff_option,
    the_config,
)
from bot.commands.office import CommandVisit, acting_member, language_of, opened_office, visit_of
from bot.config import Config
from bot.staff_cases import case_button, move_by_button
from bot.staff_replies import Answered, reply, take_note
from domain.cases import Case, CaseEvent, CaseState, Move
from domain.customers import Customer
from domain.incoming import Sender, Words
from domain.staff import Role
from store.audit import note_act
from store.cases import case_by_id, case_history, list_cases
from store.customers import customers_by_id
from store.database import Tx
from store.ids import new_id
from store.staff import names_of

_REFUSALS = frozenset({"refused", "cannot_reach", "cannot_send_this", "note_empty", "note_needs_case", "answering"})
_Work = Callable[[CommandVisit, Case, Customer], Awaitable[None]]

number_argument = click.argument("number", type=click.IntRange(1))
text_argument = click.argument("text", nargs=-1)


@click.group("case")
def command() -> None:
    """Work on complaints, questions and follow-ups."""


@command.command("list")
@click.option("--state", "states", multiple=True, type=click.Choice([each.value for each in CaseState]))
@click.option("--limit", default=50, show_default=True, type=click.IntRange(1))
@config_option
@json_option
@asynchronous
async def list_(states: tuple[str, ...], limit: int, config_file: Path | None, as_json: bool) -> None:
    """List the open cases (or those in the given states), those waiting longest first."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.read() as tx:
        found = await list_cases(tx, states=[CaseState(state) for state in states], limit=limit)
        customers = await customers_by_id(tx, {case.customer_id for case in found})
        owners = await names_of(tx, {case.owner_id for case in found if case.owner_id is not None})
    if as_json:
        give_json([_document(case, customers[case.customer_id], owners) for case in found])
        return
    rows = [
        (
            case.id,
            case.kind.value,
            case.category,
            customers[case.customer_id].name,
            case.state.value,
            owners.get(case.owner_id or 0, ""),
            local(case.opened_at, config),
            "late" if _is_late(case) else local(case.first_answer_due, config) if not case.first_answer_at else "",
        )
        for case in found
    ]
    give_table(["No", "kind", "category", "customer", "state", "owner", "opened", "first answer due"], rows)


@command.command("show")
@number_argument
@staff_option
@config_option
@json_option
@asynchronous
async def show(number: int, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Show a case with its history. The look is written into the audit log."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.write() as tx:
        case, customer = await _the_case(tx, number)
        history = await case_history(tx, number)
        people = {case.owner_id, *(event.staff_id for event in history)} - {None}
        names = await names_of(tx, {person for person in people if person is not None})
        await note_act(tx, staff_id, "case.look", f"case:{number}", now(), {"where": "command line"})
    if as_json:
        events = [_event(event, names) for event in history]
        give_json({**_document(case, customer, names), "history": events})
    else:
        _print(case, customer, history, names, config)


@command.command("take")
@number_argument
@click.option("--over", is_flag=True, help="Although a colleague holds it; for managers.")
@staff_option
@config_option
@json_option
@asynchronous
async def take(number: int, over: bool, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Take a case: from now on it is yours, and the customer is told who looks after it."""

    async def work(visit: CommandVisit, case: Case, _: Customer) -> None:
        if over:
            await case_button(visit, [str(case.id), "take_over"])
        else:
            await move_by_button(visit, case, Move.TAKE)

    await _do(number, work, staff_id, config_file, as_json)


@command.command("reply")
@number_argument
@text_argument
@staff_option
@config_option
@json_option
@asynchronous
async def reply_(
    number: int, text: tuple[str, ...], staff_id: int | None, config_file: Path | None, as_json: bool
) -> None:
    """Answer the customer: TEXT goes to her chat, at the pace of replies."""
    said = _said(text)

    async def work(visit: CommandVisit, case: Case, customer: Customer) -> None:
        # No message of Telegram's stands behind these words, so their number is one that Telegram never gives.
        sender = Sender(visit.member.id, visit.member.name)
        words = Words(0, sender, visit.place, visit.now, message_id=-new_id(), text=said)
        await reply(visit, Answered(customer, case), words)

    await _do(number, work, staff_id, config_file, as_json)


@command.command("note")
@number_argument
@text_argument
@staff_option
@config_option
@json_option
@asynchronous
async def note(
    number: int, text: tuple[str, ...], staff_id: int | None, config_file: Path | None, as_json: bool
) -> None:
    """Keep TEXT inside, in the case's history: the customer never sees it."""
    said = _said(text)

    async def work(visit: CommandVisit, case: Case, _: Customer) -> None:
        await take_note(visit, case, said)

    await _do(number, work, staff_id, config_file, as_json)


@command.command("resolve")
@number_argument
@text_argument
@staff_option
@config_option
@json_option
@asynchronous
async def resolve(
    number: int, text: tuple[str, ...], staff_id: int | None, config_file: Path | None, as_json: bool
) -> None:
    """Say that a case is settled; the customer is told, with TEXT if there is one, and may disagree."""

    async def work(visit: CommandVisit, case: Case, _: Customer) -> None:
        await move_by_button(visit, case, Move.RESOLVE, " ".join(text).strip())

    await _do(number, work, staff_id, config_file, as_json)


async def _do(number: int, work: _Work, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Do *work* as the member would at the desk; what the desk refuses is refused here, and nothing is stored."""
    async with opened_office(config_file, needs_files=False) as office, office.database.write() as tx:
        member = await acting_member(tx, office.config, staff_id, Role.AGENT)
        case, customer = await _the_case(tx, number)
        member = dataclasses.replace(member, language=language_of(office.config))
        visit = visit_of(office, tx, member)
        await work(visit, case, customer)
        for key, told in visit.answers:
            if key in _REFUSALS:
                raise Refused(f"case {number}: {told}")
        case, _ = await _the_case(tx, number)
        names = await names_of(tx, [case.owner_id] if case.owner_id is not None else [])
    if as_json:
        give_json(_document(case, customer, names))
    else:
        click.echo("\n".join(told for _, told in visit.answers if told))


async def _the_case(tx: Tx, number: int) -> tuple[Case, Customer]:
    case = await case_by_id(tx, number) if number < 2**63 else None
    if case is None:
        raise Refused(f"{number}: no such case; vuoro case list shows the open ones")
    return case, (await customers_by_id(tx, [case.customer_id]))[case.customer_id]


def _said(text: tuple[str, ...]) -> str:
    said = " ".join(text).strip()
    if not said:
        raise click.UsageError('the text is missing; write it behind the number: "A courier comes tomorrow"')
    return said


def _document(case: Case, customer: Customer, names: dict[int, str]) -> dict[str, Any]:
    return {
        "number": case.id,
        "kind": case.kind,
        "category": case.category,
        "state": case.state,
        "priority": case.priority,
        "customer": {"id": customer.id, "number": customer.number, "name": customer.name},
        "owner": None if case.owner_id is None else {"id": case.owner_id, "name": names.get(case.owner_id, "")},
        "summary": case.summary,
        "remedy": case.remedy,
        "order": case.order_ref,
        "opened_at": case.opened_at,
        "first_answer_due": case.first_answer_due,
        "first_answer_at": case.first_answer_at,
        "late": _is_late(case),
        "resolved_at": case.resolved_at,
        "closed_at": case.closed_at,
    }


def _event(event: CaseEvent, names: dict[int, str]) -> dict[str, Any]:
    return {"at": event.at, "move": event.move, "staff": names.get(event.staff_id or 0), "text": event.text}


def _is_late(case: Case) -> bool:
    due = case.first_answer_due
    return case.state.is_open and case.first_answer_at is None and due is not None and due < now()


def _print(case: Case, customer: Customer, history: list[CaseEvent], names: dict[int, str], config: Config) -> None:
    owner = names.get(case.owner_id or 0, "nobody's")
    click.echo(f"No {case.id} · {case.kind.value} · {case.category} · {case.state.value} · {owner}")
    click.echo(f"{customer.name or '(no name)'} · {customer.number or f'id {customer.id}'}")
    for what, text in (("", case.summary), ("order ", case.order_ref), ("wishes ", case.remedy)):
        if text:
            click.echo(what + text)
    click.echo(f"opened {local(case.opened_at, config)}")
    if case.first_answer_at is None and case.first_answer_due is not None and case.state.is_open:
        click.echo(f"first answer due {local(case.first_answer_due, config)}{' (late)' if _is_late(case) else ''}")
    rows = [(local(e.at, config), e.move.value, names.get(e.staff_id or 0, ""), e.text) for e in history]
    give_table(["at", "move", "who", "text"], rows)
