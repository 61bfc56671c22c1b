"""`vuoro audit`: what staff did, and at whose data they looked."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import click

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
from bot.commands.office import acting_member
from domain.staff import Role
from store.audit import audited, note_act
from store.erasures import erasures_done


@click.group("audit")
def command() -> None:
    """Look at the audit log: every act of staff, and every look at a customer's card."""


@command.command("list")
@click.option("--customer", "word", metavar="ID", help="Only about this customer.")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="How many at most.")
@staff_option
@config_option
@json_option
@asynchronous
async def list_(word: str | None, limit: int, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """List the newest lines. Only a manager may, and the look is a line of its own."""
    config = the_config(config_file, needs_content=False)
    async with opened_store(config) as database, database.write() as tx:
        member = await acting_member(tx, config, staff_id, Role.MANAGER)
        customer_id = None
        if word is not None:
            from bot.commands.customer import the_customer

            customer_id = (await the_customer(tx, word)).id
        lines = await audited(tx, customer_id=customer_id, limit=limit)
        subject = "" if customer_id is None else f"customer:{customer_id}"
        await note_act(tx, member.id, "audit.list", subject, now(), {"where": "command line"})
    if as_json:
        give_json([dataclasses.asdict(line) for line in lines])
        return
    rows = [(local(each.at, config), each.staff or each.staff_id, each.role, each.act, each.subject) for each in lines]
    give_table(["when", "who", "role", "act", "about"], rows)


@command.command("forgotten")
@click.option("--limit", type=click.IntRange(1, 100_000), default=100, show_default=True, help="How many at most.")
@config_option
@json_option
@asynchronous
async def forgotten(limit: int, config_file: Path | None, as_json: bool) -> None:
    """List who was forgotten, by number: when, who asked, how many rows, and the proof; nothing of who it was."""
    config = the_config(config_file, needs_content=False)
    async with opened_store(config) as database, database.read() as tx:
        found = await erasures_done(tx, limit)
    if as_json:
        give_json([dataclasses.asdict(each) for each in found])
        return
    rows = [
        (
            each.was_id,
            local(each.asked_at, config),
            each.asked_by,
            local(each.done_at, config),
            sum((each.counts or {}).values()),
            each.proof[:16],
        )
        for each in found
    ]
    give_table(["was", "asked", "by", "done", "rows", "proof"], rows)
