"""`vuoro customer duplicates|merge|unmerge|apart`: two records of one customer become one, and two again."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
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
from domain.customers import Customer
from domain.duplicates import Duplicate, DuplicateState, Merge, MergeRefusal, NotMerged, Particulars
from store.audit import note_act
from store.database import Tx
from store.duplicates import count_proposals, find_duplicates, particulars, proposals, propose, settle
from store.merging import merge_customers, merges_of, unmerge

_REFUSALS: Mapping[MergeRefusal, str] = {
    MergeRefusal.SAME: "both words find the same customer; give two",
    MergeRefusal.UNKNOWN: "one of the two is not there any more; look her up again",
    MergeRefusal.TWO_CHATS: "both write with the bot, and two chats cannot be one; leave them two customers",
    MergeRefusal.UNDER_WAY: "a message to her is being sent at this second; try again",
    MergeRefusal.NO_SUCH_MERGE: "there is no merge with this number; vuoro customer merges ID lists them",
    MergeRefusal.UNDONE: "this merge was undone already",
    MergeRefusal.LATER_MERGE: "merge {other} came later and must be undone first: vuoro customer unmerge {other}",
    MergeRefusal.NUMBER_TAKEN: "customer {other} has her number or her Telegram id by now; change that first",
}


@click.command("duplicates")
@click.option("--find", is_flag=True, help="Look through all customers first.")
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True, help="How many pairs.")
@config_option
@json_option
@asynchronous
async def duplicates(find: bool, limit: int, config_file: Path | None, as_json: bool) -> None:
    """List pairs who may be one customer, with what speaks for it and against it. Nothing is merged by itself."""
    config = the_config(config_file)
    async with opened_store(config) as database:
        new = None
        if find:
            async with database.read() as tx:
                found = await find_duplicates(tx)
            async with database.write() as tx:
                new = await propose(tx, found, now())
        async with database.read() as tx:
            waiting = await count_proposals(tx)
            pairs = await proposals(tx, limit)
            people = await particulars(tx, {who for each in pairs for who in (each.first_id, each.second_id)})
    if as_json:
        give_json({"waiting": waiting, "new": new, "pairs": [_document(each, people) for each in pairs]})
        return
    if new is not None:
        click.echo(f"{new:,} pairs are new")
    if not pairs:
        click.echo("nobody seems to be there twice" + ("" if find else "; --find looks through all customers"))
        return
    rows = [
        (
            _name(people[each.first_id]),
            _name(people[each.second_id]),
            ", ".join(word.replace("_", " ") for word in each.evidence),
            ", ".join(f"other {word}" for word in each.doubts),
        )
        for each in pairs
    ]
    give_table(["one", "the other", "alike", "but"], rows)
    click.echo(f"{waiting:,} wait. vuoro customer merge KEPT GONE makes one of two; vuoro customer apart A B says no.")


@click.command("merge")
@click.argument("kept", metavar="KEPT")
@click.argument("gone", metavar="GONE")
@staff_option
@config_option
@json_option
@asynchronous
async def merge(kept: str, gone: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Make GONE a part of KEPT: all that is known of both is KEPT's. Whoever said no to newsletters gets none."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.write() as tx:
        one, other = await _the(tx, kept), await _the(tx, gone)
        done = _done(await merge_customers(tx, one.id, other.id, now(), staff_id))
    if as_json:
        give_json(dataclasses.asdict(done))
        return
    moved = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in done.moved.items())
    click.echo(f"{other.name or other.id} is a part of {one.name or one.id} now ({moved or 'nothing else was known'}).")
    if done.tasks:
        click.echo(f"open tasks that have another owner now: {done.tasks:,}")
    click.echo(f"vuoro customer unmerge {done.id} makes them two again.")


@click.command("unmerge")
@click.argument("merge_id", type=int, metavar="ID")
@staff_option
@config_option
@json_option
@asynchronous
async def unmerge_command(merge_id: int, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Make two customers of one again: merge ID is undone. What came after the merge stays with the one kept."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.write() as tx:
        done = _done(await unmerge(tx, merge_id, now(), staff_id))
    if as_json:
        give_json(dataclasses.asdict(done))
    else:
        click.echo(f"{done.gone_name or done.gone_number or done.gone_id} is a customer of her own again.")


@click.command("merges")
@click.argument("word", nargs=-1, required=True, metavar="ID")
@config_option
@json_option
@asynchronous
async def merges(word: tuple[str, ...], config_file: Path | None, as_json: bool) -> None:
    """List what was merged into a customer, the newest first."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.read() as tx:
        customer = await _the(tx, " ".join(word))
        found = await merges_of(tx, customer.id)
    if as_json:
        give_json([dataclasses.asdict(each) for each in found])
        return
    rows = [
        (each.id, local(each.at, config), each.gone_name, each.gone_number, local(each.undone_at, config))
        for each in found
    ]
    give_table(["merge", "at", "who was merged", "her number", "undone"], rows)


@click.command("apart")
@click.argument("one", metavar="A")
@click.argument("other", metavar="B")
@staff_option
@config_option
@asynchronous
async def apart(one: str, other: str, staff_id: int | None, config_file: Path | None) -> None:
    """Say that A and B are two customers: they are not proposed again."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.write() as tx:
        first, second = await _the(tx, one), await _the(tx, other)
        if first.id == second.id:
            raise Refused(_REFUSALS[MergeRefusal.SAME])
        await settle(tx, first.id, second.id, DuplicateState.APART, now())
        await note_act(tx, staff_id, "customer.apart", f"customer:{first.id}", now(), {"other": second.id})
    click.echo(f"{first.name or first.id} and {second.name or second.id} stay two customers.")


COMMANDS = (duplicates, merge, unmerge_command, merges, apart)


async def _the(tx: Tx, word: str) -> Customer:
    from bot.commands.customer import the_customer  # which has these commands among its own

    return await the_customer(tx, word)


def _done(outcome: Merge | NotMerged) -> Merge:
    if isinstance(outcome, NotMerged):
        raise Refused(_REFUSALS[outcome.reason].format(other=outcome.other))
    return outcome


def _name(who: Particulars) -> str:
    parts = [who.name, who.number or f"id {who.id}", who.town or "", str(who.birth_date or "")]
    return " · ".join(part for part in parts if part)


def _document(pair: Duplicate, people: Mapping[int, Particulars]) -> dict[str, Any]:
    return {
        "one": dataclasses.asdict(people[pair.first_id]),
        "other": dataclasses.asdict(people[pair.second_id]),
        "evidence": pair.evidence,
        "doubts": pair.doubts,
        "found_at": pair.found_at,
    }
