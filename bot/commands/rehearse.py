"""`vuoro rehearse YEAR`: live through a coming year on a copy of the store, and see what customers would get."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import time
from collections.abc import Iterator, Sequence
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
    now,
    the_config,
)
from bot.commands.office import language_of
from bot.commands.written_files import refuse_taken, replacing
from bot.config import Config
from bot.content import Content, load_content
from bot.memory import leave_alone_what_stays
from bot.rehearsal import Stuck, Told, live, rehearsing
from bot.rehearsal_coupons import CouponCost, coupon_costs
from bot.rehearsal_result import MONTHS, Rehearsed, rehearsed
from bot.staff_labels import Labels
from templates.locales import money

_SHARES = {"half of the customers get at most": 0.5, "nine of ten get at most": 0.9, "the most that one gets": 1.0}


@click.command("rehearse")
@click.argument("year", type=click.IntRange(1970, 9998))
@click.option("--csv", "csv_file", type=click.Path(dir_okay=False, path_type=Path), help="One row a customer: months.")
@click.option("--keep", type=click.Path(dir_okay=False, path_type=Path), metavar="FILE", help="Keep the played store.")
@click.option("--force", is_flag=True, help="Replace files that are there.")
@config_option
@json_option
@asynchronous
async def command(
    year: int, csv_file: Path | None, keep: Path | None, force: bool, config_file: Path | None, as_json: bool
) -> None:
    """
    Live through YEAR on a copy of the store: who would get how much, what would be held back and why, what it costs.

    The time until YEAR begins is lived through, too, and not counted. Nothing is sent, nobody answers, nobody buys.
    """
    config = the_config(config_file)
    content = load_content(config)
    for file in (csv_file, keep):
        if file is not None:
            refuse_taken(file, force)
    begins, since, until = _span(config, year)
    began = time.monotonic()
    try:
        async with rehearsing(config, content, begins, keep) as (app, clock, silent):
            leave_alone_what_stays()
            with _shown(begins, until) as told:
                moments = await live(app, clock, until, told)
            async with app.database.read() as tx:
                found = await rehearsed(tx, since, until)
                coupons = await coupon_costs(tx, content.loyalty.campaigns, begins, since, until)
            troubles = app.parts.ticker.troubles
    except Stuck as error:
        raise Refused(f"rehearsal: {error}") from error
    if csv_file is not None:
        _write(csv_file, found)
    if as_json:
        document = _document(year, found) | {"troubles": troubles, "moments": moments, "messages": silent.sent}
        document["coupons"] = [each.document() for each in coupons]
        give_json(document | {"seconds": round(time.monotonic() - began, 1)})
        return
    _show(config, content, found)
    show_coupons(config, coupons)
    if troubles:
        failed = ", ".join(f"{name} ({problem})" for name, problem in sorted(troubles.items()))
        click.echo(f"note: these jobs failed at the end: {failed}; what they do is missing in the figures", err=True)


def _span(config: Config, year: int) -> tuple[dt.datetime, dt.datetime, dt.datetime]:
    """Return from when on time is lived through, and the part of the year that counts; raises Refused."""
    zone, present = config.company.zone, now()
    first, end = dt.datetime(year, 1, 1, tzinfo=zone), dt.datetime(year + 1, 1, 1, tzinfo=zone)
    if end <= present:
        raise Refused(f"{year}: is over; give a year that is under way or to come")
    if first > present + dt.timedelta(days=3 * 366):
        raise Refused(f"{year}: is too far away to be lived through; give one of the next three")
    return present, max(first, present.astimezone(zone)), end


@contextlib.contextmanager
def _shown(begins: dt.datetime, until: dt.datetime) -> Iterator[Told]:
    """Give what is to be told of each moment: it moves a bar on standard error, where that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    screen = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn())
    with Progress(*columns, console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task("rehearsing", total=(until - begins).total_seconds())

        def told(at: dt.datetime) -> None:
            bar.update(task, completed=(at - begins).total_seconds(), description=f"{at:%Y-%m-%d}")

        yield told


def _document(year: int, found: Rehearsed) -> dict[str, Any]:
    holds: dict[str, dict[str, int]] = {}
    for (kind, reason), count in sorted(found.holds.items()):
        holds.setdefault(kind, {})[reason] = count
    return {
        "year": year,
        "since": found.since,
        "until": found.until,
        "customers": found.everybody,
        "contacts": found.contacts,
        "reached": len(found.customers),
        "per_customer": {"median": found.share(0.5), "p90": found.share(0.9), "most": found.share(1.0)},
        "months": [{"month": f"{year}-{n:02d}", "contacts": dict(month)} for n, month in enumerate(found.months, 1)],
        "not_delivered": dict(found.lost),
        "holds": holds,
        "waiting": [{"newsletter": each.name, "state": each.state} for each in found.waits],
        "care": [
            {
                "plan": each.plan,
                "action": each.action,
                "due_at": each.due_at,
                "kind": each.kind,
                "customers": {state.value: count for state, count in each.states.items()},
                "tasks": each.tasks,
                "cost_minor": each.cost,
            }
            for each in found.care
        ],
        "cost_minor": found.cost,
    }


def _show(config: Config, content: Content, found: Rehearsed) -> None:
    language = language_of(config)
    labels = Labels(content.words, content.library, content.newsletters)
    kinds = sorted({kind for month in found.months for kind in month})
    named = [labels.name("contact", kind, language) for kind in kinds]
    rows = [
        (f"{found.since.year}-{number:02d}", *(month.get(kind, 0) for kind in kinds), sum(month.values()))
        for number, month in enumerate(found.months, start=1)
    ]
    give_table(["month", *named, "together"], rows)
    click.echo(f"{len(found.customers)} of {found.everybody} customers get {found.contacts} messages.")
    for told, part in _SHARES.items():
        click.echo(f"{told}: {found.share(part)}")
    if found.holds:
        most_first = sorted(found.holds.items(), key=lambda item: (-item[1], item[0]))
        told_holds = [
            (n, labels.name("contact", kind, language), labels.name("hold", reason, language))
            for (kind, reason), n in most_first
        ]
        give_table(["held", "what", "why"], told_holds)
    if found.care:
        give_table(
            ["day", "plan", "action", "what", "customers", "tasks", "cost"],
            [
                (
                    f"{each.due_at.astimezone(config.company.zone):%Y-%m-%d}",
                    each.plan,
                    each.action,
                    each.kind,
                    sum(each.states.values()),
                    each.tasks,
                    money(each.cost, config.company.currency, language),
                )
                for each in found.care
            ],
        )
        click.echo(f"The care plans cost {money(found.cost, config.company.currency, language)} in the year.")
    for each in found.waits:
        click.echo(f"note: the newsletter {each.name} would not go by itself: it stands at {each.state}")


def show_coupons(config: Config, costs: Sequence[CouponCost]) -> None:
    """Write what the year's coupons would cost; nothing where none are given."""
    if not costs:
        return

    def told(amount: int | None) -> str:
        return "not known" if amount is None else money(amount, config.company.currency, language_of(config))

    shares = ["none has ended yet" if each.share is None else f"{each.share:.0%}" for each in costs]
    give_table(
        ["campaign", "coupons", "redeemed so far", "cost", "from", "to"],
        [
            (each.campaign, each.given, share, told(each.cost), told(each.low), told(each.high))
            for each, share in zip(costs, shares, strict=True)
        ],
    )
    known = [each.cost for each in costs if each.cost is not None]
    if known:
        click.echo(f"The coupons cost about {told(sum(known))} in the year if they are redeemed as they were so far.")
    unknown = [each for each in costs if each.cost is None]
    for each in unknown:
        bound = "nothing bounds it" if each.high is None else f"at most {told(each.high)}"
        click.echo(f"note: what the coupons of {each.campaign} cost cannot be foreseen yet: {bound}")


def _write(file: Path, found: Rehearsed) -> None:
    with replacing(file) as target:
        rows = csv.writer(target)
        rows.writerow(["customer", *(f"{found.since.year}-{number:02d}" for number in range(1, MONTHS + 1)), "year"])
        for customer, months in sorted(found.customers.items()):
            rows.writerow([customer, *months, sum(months)])
