"""`vuoro newsletter recipients`: who gets a newsletter and who does not and why, before it starts and after."""

from __future__ import annotations

import csv
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import click

from bot.commands.frame import (
    asynchronous,
    config_option,
    give_json,
    give_table,
    json_option,
    now,
    staff_option,
)
from bot.commands.newsletter_files import the_file
from bot.commands.newsletter_status import newest
from bot.commands.office import Office, opened_office
from bot.commands.written_files import csv_cell, refuse_taken, replacing
from domain.newsletters import RecipientState, Sending, SendingState
from store import ledger, sendings
from store.audit import note_act
from store.customers import customers_by_id
from store.database import Tx
from store.foreseeing import foreseen
from store.ids import new_id

LEFT_OUT = "left out"
_WOULD_GET = "would get it"
_GOT = frozenset({RecipientState.SENT.value, RecipientState.QUEUED.value, RecipientState.OUTBOX.value, _WOULD_GET})
_SHOWN = 50
_STEP = 5_000  # customers whom the rule is asked about at once
_PAGE = 1_000
_COLUMNS = ("customer", "number", "name", "state", "reason", "at")
_FREE = frozenset({"number", "name"})


@dataclass(frozen=True, slots=True)
class _Row:
    """One customer of the audience: where she stands, the reason where she does not get it, and since when."""

    customer: int
    number: str | None
    name: str
    state: str
    reason: str
    at: str

    @property
    def cells(self) -> tuple[int | str | None, ...]:
        return self.customer, self.number, self.name, self.state, self.reason, self.at


@click.command("recipients")
@click.argument("name")
@click.option("--why", "reasons", multiple=True, metavar="REASON", help="Only for this reason; may be repeated.")
@click.option("--all", "everybody", is_flag=True, help="Also those who get it.")
@click.option("--before", is_flag=True, help="As it would be if it started now, although it has been sent.")
@click.option("--csv", "file", type=click.Path(path_type=Path), help="Write them to FILE; - is standard output.")
@click.option("--force", is_flag=True, help="Replace FILE when it is there already.")
@staff_option
@config_option
@json_option
@asynchronous
async def recipients_command(
    name: str,
    reasons: tuple[str, ...],
    everybody: bool,
    before: bool,
    file: Path | None,
    force: bool,
    staff_id: int | None,
    config_file: Path | None,
    as_json: bool,
) -> None:
    """List who does not get newsletter NAME and why: of its last sending, or as it would be before the first."""
    to_stdout = file is not None and str(file) == "-"
    if as_json and file is not None:
        raise click.UsageError("--json and --csv are two forms of the same; give one of them")
    if file is not None and not to_stdout:
        refuse_taken(file, force)
    async with opened_office(config_file) as office:
        async with office.database.write() as tx:
            sending = None if before else await _begun(tx, name)
            await note_act(tx, staff_id, "newsletter.recipients", f"newsletter:{name}", now())
        rows = _foreseen(office, name) if sending is None else _settled(office, sending)
        wanted = (row async for row in rows if _is_wanted(row, reasons, everybody))
        if file is None:
            await _show(name, sending, wanted, as_json)
        elif to_stdout:
            await _write(sys.stdout, wanted)
        else:
            with replacing(file) as target:
                count = await _write(target, wanted)
            click.echo(f"{file}: {count:,} rows. It holds personal data; keep it accordingly.")


def _is_wanted(row: _Row, reasons: tuple[str, ...], everybody: bool) -> bool:
    if reasons:
        return row.reason in reasons
    return everybody or row.state not in _GOT


async def _begun(tx: Tx, name: str) -> Sending | None:
    found = newest(await sendings.recent(tx, name=name))
    return found if found is not None and found.started_at is not None else None


async def _foreseen(office: Office, name: str) -> AsyncIterator[_Row]:
    """Give the audience as it would be frozen now, by customer id."""
    file, moment, company = the_file(office, name), now(), office.config.company
    newsletter = file.newsletter
    sending = Sending(
        new_id(),
        name,
        newsletter.digest,
        SendingState.DRAFT,
        moment,
        audience=newsletter.audience,
        topic=newsletter.topic,
    )
    for left_out in (True, False):
        async for found in foreseen(
            office.database,
            sending,
            newsletter,
            at=moment.astimezone(company.zone),
            currency=company.currency,
            size=_STEP,
            left_out=left_out,
        ):
            for each in found:
                state = LEFT_OUT if left_out else _WOULD_GET
                yield _Row(each.customer_id, each.number, each.name, state, each.reason, "")


async def _settled(office: Office, sending: Sending) -> AsyncIterator[_Row]:
    """Give those who were left out when its audience was frozen, then its recipients, each by customer id."""
    after = 0
    while True:
        async with office.database.read() as tx:
            page = await ledger.excluded(tx, sending.id, after=after, limit=_PAGE)
            known = await customers_by_id(tx, [who for who, _ in page])
        for who, reason in page:
            customer = known.get(who)
            number, name = (customer.number, customer.name) if customer is not None else (None, "")
            yield _Row(who, number, name, LEFT_OUT, reason, "")
        if len(page) < _PAGE:
            break
        after = page[-1][0]
    after = 0
    while True:
        async with office.database.read() as tx:
            outcomes = await ledger.entries(tx, sending.id, after=after, limit=_PAGE)
            known = await customers_by_id(tx, [one.customer_id for one in outcomes])
        for one in outcomes:
            customer = known.get(one.customer_id)
            number, name = (customer.number, customer.name) if customer is not None else (None, "")
            at = one.at.isoformat() if one.at is not None else ""
            yield _Row(one.customer_id, number, name, one.state.value, one.reason, at)
        if len(outcomes) < _PAGE:
            return
        after = outcomes[-1].customer_id


async def _show(name: str, sending: Sending | None, rows: AsyncIterator[_Row], as_json: bool) -> None:
    if as_json:
        found = [dict(zip(_COLUMNS, row.cells, strict=True)) async for row in rows]
        sent = None if sending is None else sending.id
        give_json({"name": name, "sending": sent, "recipients": found})
        return
    shown: list[_Row] = []
    count = 0
    async for row in rows:
        count += 1
        if count <= _SHOWN:
            shown.append(row)
    if not count:
        click.echo(f"{name}: nobody; --all lists those who get it, too")
        return
    give_table(_COLUMNS, [row.cells for row in shown])
    if count > len(shown):
        click.echo(f"... and {count - len(shown):,} more: --csv FILE writes them all")


async def _write(target: TextIO, rows: AsyncIterator[_Row]) -> int:
    writer = csv.writer(target, lineterminator="\n")
    writer.writerow(_COLUMNS)
    count = 0
    async for row in rows:
        writer.writerow([csv_cell(cell, column in _FREE) for column, cell in zip(_COLUMNS, row.cells, strict=True)])
        count += 1
    return count
