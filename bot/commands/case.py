"""`vuoro case`: work on complaints, questions and follow-ups; customers and colleagues hear of it as from the desk."""

from __future__ import annotations

from pathlib import Path

import click

from bot.commands.case_clocks import clock_document, print_clocks
from bot.commands.case_desk import (
    Acting,
    do,
    document,
    event_document,
    is_late,
    number_argument,
    print_case,
    said,
    text_argument,
    the_case,
)
from bot.commands.case_moves import MOVES
from bot.commands.frame import (
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
from bot.commands.office import CommandVisit
from bot.staff_cases import move_by_button
from bot.staff_replies import Answered, reply, take_note
from domain.cases import Case, CaseState, Move
from domain.customers import Customer
from domain.incoming import Sender, Words
from store.audit import note_act
from store.case_clocks import clocks_of
from store.cases import case_history, list_cases, merged_into, standing_case
from store.customers import customers_by_id
from store.ids import new_id
from store.staff import names_of


@click.group("case")
def command() -> None:
    """Work on complaints, questions and follow-ups."""


for each in MOVES:
    command.add_command(each)


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
        give_json([document(case, customers[case.customer_id], owners) for case in found])
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
            "late" if is_late(case) else local(case.first_answer_due, config) if not case.first_answer_at else "",
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
        case, customer = await the_case(tx, number)
        merged = [each.id for each in await merged_into(tx, number)]
        history = await case_history(tx, number, merged=merged)
        clocks = (await clocks_of(tx, [number])).get(number, [])
        people = {case.owner_id, *(event.staff_id for event in history)} - {None}
        names = await names_of(tx, {person for person in people if person is not None})
        await note_act(tx, staff_id, "case.look", f"case:{number}", now(), {"where": "command line"})
    if as_json:
        events = [event_document(event, names) for event in history]
        running = [clock_document(clock, config, now()) for clock in clocks]
        give_json({**document(case, customer, names), "merged": merged, "clocks": running, "history": events})
    else:
        print_case(case, customer, history, names, config)
        print_clocks(clocks, config, now())


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
        await move_by_button(visit, case, Move.TAKE_OVER if over else Move.TAKE)

    await do(number, work, Acting(staff_id, config_file, as_json))


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
    told = said(text)

    async def work(visit: CommandVisit, case: Case, customer: Customer) -> None:
        # No message of Telegram's stands behind these words, so their number is one that Telegram never gives.
        sender = Sender(visit.member.id, visit.member.name)
        words = Words(0, sender, visit.place, visit.now, message_id=-new_id(), text=told)
        await reply(visit, Answered(customer, await standing_case(visit.tx, case)), words)

    await do(number, work, Acting(staff_id, config_file, as_json))


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
    told = said(text)

    async def work(visit: CommandVisit, case: Case, _: Customer) -> None:
        await take_note(visit, case, told)

    await do(number, work, Acting(staff_id, config_file, as_json))
