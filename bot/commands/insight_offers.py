"""`vuoro insight offers`: what is offered to each customer, and why; as it is kept, or chosen afresh as of a day."""

from __future__ import annotations

import csv
import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from bot.commands.counted import counted
from bot.commands.frame import (
    Refused,
    asynchronous,
    config_option,
    give_json,
    give_table,
    json_option,
    now,
    opened_store,
    staff_option,
    the_config,
)
from bot.commands.insight_alive import end_of
from bot.commands.office import language_of
from bot.commands.written_files import csv_cell, refuse_taken, replacing
from bot.config import Config
from bot.content import Content, load_content
from dialogues.offer_texts import reason_of
from dialogues.offers_kept import can_choose
from domain.offers import Offer
from scheduler.pictures import MISSING
from store.audit import note_act
from store.customers import customers_by_id
from store.database import Database
from store.offers import batch_at_work, each_offer, next_offerable, offers_of

_DAY = click.DateTime(["%Y-%m-%d"])
_SHOWN = 10  # customers, where people look
_PAGE = 500
_HEADS = ("id", "number", "name", "place", "kind", "product", "product_name", "group", "score", "reason")

Chosen = AsyncIterator[tuple[int, str | None, str, tuple[Offer, ...]]]
"""Customer by customer: id, number, name, and the offers."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """What is to be listed, and as of which day the reasons are told."""

    config: Config
    content: Content
    database: Database
    day: dt.date


@click.command("offers")
@click.option("--customer", "word", metavar="ID", help="Of this customer alone: a number, Telegram id or name.")
@click.option("--at", "day", type=_DAY, metavar="DATE", help="Chosen afresh as of the end of that day, kept nowhere.")
@click.option("--csv", "file", type=click.Path(path_type=Path), metavar="FILE", help="Every row into a file.")
@click.option("--force", is_flag=True, help="Let the file replace one that is there.")
@staff_option
@config_option
@json_option
@asynchronous
async def offers(
    word: str | None,
    day: dt.datetime | None,
    file: Path | None,
    force: bool,
    staff_id: int | None,
    config_file: Path | None,
    as_json: bool,
) -> None:
    """List what is offered to each customer: four of what she often uses, two that are new to her, and why each."""
    if file is not None:
        refuse_taken(file, force)
    config = the_config(config_file)
    content = load_content(config)
    async with opened_store(config) as database:
        today = now().astimezone(config.company.zone).date()
        asked = _Asked(config, content, database, today if day is None else day.date())
        who = await _looked_at(database, word, staff_id)
        chosen = await _kept(asked, who) if day is None else await _afresh(asked, who)
        if file is not None:
            count = await _write(asked, chosen, file)
            click.echo(f"{counted(count, 'row')} written to {file}", err=True)
            return
        await _show(asked, chosen, as_json=as_json)


async def _looked_at(database: Database, word: str | None, staff_id: int | None) -> int | None:
    """Return the customer who is meant, None for all of them; the look is written into the audit log."""
    from bot.commands.customer import the_customer

    async with database.write() as tx:
        customer = await the_customer(tx, word) if word is not None else None
        subject = "" if customer is None else f"customer:{customer.id}"
        await note_act(tx, staff_id, "insight.offers", subject, now(), {"where": "command line"})
    return None if customer is None else customer.id


async def _kept(asked: _Asked, who: int | None) -> Chosen:
    async with asked.database.read() as tx:
        batch = await batch_at_work(tx)
        name = batch.name if batch is not None else asked.content.loyalty.offers.batch(asked.day)
        hers = await offers_of(tx, who, name) if who is not None else ()
    if batch is None and not hers:
        remedy = f"wait for the night, or choose afresh: vuoro insight offers --at {asked.day}"
        raise Refused(f"no offers have been chosen yet; {remedy}")
    if who is not None and not hers:
        raise Refused(
            f"she has no offers of {name}; choose afresh: vuoro insight offers --customer ID --at {asked.day}"
        )
    return _pages(asked.database, name, who)


async def _pages(database: Database, batch: str, who: int | None) -> Chosen:
    after = 0 if who is None else who - 1
    while True:
        async with database.read() as tx:
            page = await each_offer(tx, batch, after, _PAGE if who is None else 1)
        for each in page:
            yield each
        if who is not None or len(page) < _PAGE:
            return
        after = page[-1][0]


async def _afresh(asked: _Asked, who: int | None) -> Chosen:
    if not can_choose():
        raise Refused(MISSING)
    from dialogues.offers_made import choose_for, read_part
    from scheduler.offers import learn_at

    company, rules = asked.config.company, asked.content.loyalty.offers
    at, batch = end_of(asked.day, asked.config), rules.batch(asked.day)
    learnt = await learn_at(asked.database, company, batch, at)
    if learnt is None:
        raise Refused(f"{asked.day}: nobody bought anything in the year before; import purchases, or give another day")

    async def chosen() -> Chosen:
        after = 0 if who is None else who - 1
        while True:
            async with asked.database.read() as tx:
                ids = await next_offerable(tx, after, _PAGE if who is None else 1, reachable=False)
                part = await read_part(tx, ids if who is None else [who], at, company, batch)
                people = await customers_by_id(tx, part.histories.customers.tolist())
            found = choose_for(learnt, part, rules)
            bought = dict(zip(part.histories.customers.tolist(), part.histories.offsets.tolist(), strict=False))
            ends = dict(zip(part.histories.customers.tolist(), part.histories.offsets[1:].tolist(), strict=True))
            for each, theirs in found.items():
                if who is not None or ends[each] > bought[each]:  # who has no history gets what newcomers get
                    yield each, people[each].number, people[each].name, theirs
            if who is not None or not ids:
                return
            after = ids[-1]

    return chosen()


async def _write(asked: _Asked, chosen: Chosen, file: Path) -> int:
    count = 0
    with replacing(file) as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(_HEADS)
        async for who, number, name, theirs in chosen:
            for each in theirs:
                cells = (who, number or "", name, *_cells(asked, each))
                writer.writerow([csv_cell(cell, is_free=isinstance(cell, str)) for cell in cells])
                count += 1
    return count


async def _show(asked: _Asked, chosen: Chosen, *, as_json: bool) -> None:
    rows: list[dict[str, Any]] = []
    table: list[tuple[Any, ...]] = []
    more = shown = 0
    async for who, number, name, theirs in chosen:
        if as_json:
            for each in theirs:
                cells = dict(zip(_HEADS, (who, number, name, *_cells(asked, each)), strict=True))
                rows.append({**cells, "evidence": dict(each.evidence)})
        elif shown == _SHOWN:
            more += 1
        else:
            shown += 1
            for each in theirs:
                place, kind, product, called, _, _, reason = _cells(asked, each)
                table.append(
                    (number or who if place == 1 else "", name if place == 1 else "", kind, called or product, reason)
                )
    if as_json:
        give_json(rows)
        return
    give_table(["number", "name", "kind", "product", "reason"], table)
    if more:
        click.echo(f"{counted(more, 'customer')} more; --csv FILE has them all, --customer ID one of them")


def _cells(asked: _Asked, offer: Offer) -> tuple[Any, ...]:
    reason = reason_of(asked.content.words, offer, language_of(asked.config), asked.day)
    score = None if offer.score is None else round(offer.score, 4)
    return offer.place, offer.kind.value, offer.product, offer.name, offer.group, score, reason
