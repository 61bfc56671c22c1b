"""What every `vuoro case` command does: finds the case, acts as at the desk, and shows what has become of it."""

from __future__ import annotations

import dataclasses
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bot.commands.frame import Refused, config_option, give_json, give_table, json_option, local, now, staff_option
from bot.commands.office import CommandVisit, acting_member, language_of, opened_office, visit_of
from bot.config import Config
from domain.cases import Case, CaseEvent
from domain.customers import Customer
from domain.staff import Role
from store.cases import case_by_id
from store.customers import customers_by_id
from store.database import Tx
from store.staff import names_of

_REFUSALS = frozenset(
    {"refused", "cannot_reach", "cannot_send_this", "note_empty", "note_needs_case", "answering", "old_button"}
)
Work = Callable[[CommandVisit, Case, Customer], Awaitable[None]]

number_argument = click.argument("number", type=click.IntRange(1))
text_argument = click.argument("text", nargs=-1)


@dataclass(frozen=True, slots=True)
class Acting:
    """Who acts with which config, and whether the answer is JSON."""

    staff_id: int | None
    config_file: Path | None
    as_json: bool


def acting(function: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of one who acts, as *staff_id*, *config_file* and *as_json*."""
    return staff_option(config_option(json_option(function)))


async def do(number: int, work: Work, who: Acting) -> None:
    """Do *work* as the member would at the desk; what the desk refuses is refused here, and nothing is stored."""
    async with opened_office(who.config_file, needs_files=False) as office, office.database.write() as tx:
        member = await acting_member(tx, office.config, who.staff_id, Role.AGENT)
        case, customer = await the_case(tx, number)
        member = dataclasses.replace(member, language=language_of(office.config))
        visit = visit_of(office, tx, member)
        await work(visit, case, customer)
        for key, told in visit.answers:
            if key in _REFUSALS:
                raise Refused(f"case {number}: {told}")
        case, _ = await the_case(tx, number)
        names = await names_of(tx, [case.owner_id] if case.owner_id is not None else [])
    if who.as_json:
        give_json(document(case, customer, names))
    else:
        click.echo("\n".join(told for _, told in visit.answers if told))


async def the_case(tx: Tx, number: int) -> tuple[Case, Customer]:
    """Return the case of that number and its customer; raises Refused."""
    case = await case_by_id(tx, number) if number < 2**63 else None
    if case is None:
        raise Refused(f"{number}: no such case; vuoro case list shows the open ones")
    return case, (await customers_by_id(tx, [case.customer_id]))[case.customer_id]


def said(text: tuple[str, ...]) -> str:
    """Return the words behind the number; raises UsageError when there are none."""
    words = " ".join(text).strip()
    if not words:
        raise click.UsageError('the text is missing; write it behind the number: "A courier comes tomorrow"')
    return words


def document(case: Case, customer: Customer, names: dict[int, str]) -> dict[str, Any]:
    """Give a case as JSON shows it."""
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
        "late": is_late(case),
        "resolved_at": case.resolved_at,
        "closed_at": case.closed_at,
        "settles_at": case.settle_by,
        "severity": case.severity,
        "impact": case.impact,
        "cause": case.cause,
        "about_case": case.about_case,
        "merged_into": case.merged_into,
    }


def event_document(event: CaseEvent, names: dict[int, str]) -> dict[str, Any]:
    """Give a line of the history as JSON shows it."""
    staff = names.get(event.staff_id or 0)
    found = {"at": event.at, "move": event.move, "staff": staff, "text": event.text, "state": event.state}
    return {**found, "case": event.case_id}


def is_late(case: Case) -> bool:
    """Say whether the first answer is overdue."""
    due = case.first_answer_due
    return case.state.is_open and case.first_answer_at is None and due is not None and due < now()


def print_case(
    case: Case, customer: Customer, history: Sequence[CaseEvent], names: dict[int, str], config: Config
) -> None:
    """Write a case and its history for people."""
    owner = names.get(case.owner_id or 0, "nobody's")
    click.echo(f"No {case.id} · {case.kind.value} · {case.category} · {case.state.value} · {owner}")
    click.echo(f"{customer.name or '(no name)'} · {customer.number or f'id {customer.id}'}")
    assessed = f"{case.severity}, {case.impact} → {case.priority} priority" if case.severity and case.impact else ""
    for what, text in (
        ("", case.summary),
        ("order ", case.order_ref),
        ("wishes ", case.remedy),
        ("assessed as ", assessed),
        ("cause ", case.cause),
        ("follows No ", case.about_case),
        ("goes on in No ", case.merged_into),
    ):
        if text:
            click.echo(f"{what}{text}")
    click.echo(f"opened {local(case.opened_at, config)}")
    if case.first_answer_at is None and case.first_answer_due is not None and case.state.is_open:
        click.echo(f"first answer due {local(case.first_answer_due, config)}{' (late)' if is_late(case) else ''}")
    if case.settle_by is not None:
        click.echo(f"closes by itself {local(case.settle_by, config)}")
    rows = [
        (local(e.at, config), e.case_id, e.move.value, e.state or "", names.get(e.staff_id or 0, ""), e.text)
        for e in history
    ]
    give_table(["at", "No", "move", "then", "who", "text"], rows)
