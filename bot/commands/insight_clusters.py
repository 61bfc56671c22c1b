"""`vuoro insight clusters`: the groups of customers who shop alike, with names, sizes and typical pairs."""

from __future__ import annotations

import contextlib
import csv
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import click

from bot.cluster_words import cluster_name
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
from bot.commands.office import language_of
from bot.commands.written_files import csv_cell, refuse_taken, replacing
from bot.config import Config
from bot.content import load_content
from domain.clusters import Cluster, Clusters
from domain.money import major_units
from scheduler.pictures import MISSING, can_picture
from store.audit import note_act
from store.clusters import kept_clusters
from store.database import Database
from store.pictures import listed_pictures
from templates.words import Words

_PAGE = 5_000


@click.command("clusters")
@click.option("--csv", "file", type=click.Path(path_type=Path), metavar="FILE", help="Who is in which, one row each.")
@click.option("--force", is_flag=True, help="Let the file replace one that is there.")
@click.option("--renew", is_flag=True, help="Make them anew now, from the pictures of last night.")
@staff_option
@config_option
@json_option
@asynchronous
async def clusters(
    file: Path | None, force: bool, renew: bool, staff_id: int | None, config_file: Path | None, as_json: bool
) -> None:
    """List the clusters: what sets each apart, how many are in it, what they spend, and what they buy together."""
    if file is not None:
        refuse_taken(file, force)
    config = the_config(config_file)
    words = load_content(config).words
    async with opened_store(config) as database:
        made = await _renewed(database, config) if renew else await _kept(database)
        if file is not None:
            async with database.write() as tx:
                await note_act(tx, staff_id, "insight.clusters", "", now(), {"where": "command line"})
            names = {each.number: cluster_name(words, each.name, language_of(config)) for each in made.clusters}
            count = await _members_to_file(database, names, file)
            click.echo(f"{counted(count, 'row')} written to {file}", err=True)
            return
    if as_json:
        give_json(clusters_document(made, words))
        return
    _show(made, words, config)


async def _members_to_file(database: Database, names: Mapping[int, str], file: Path) -> int:
    count = after = 0
    with replacing(file) as target:
        writer = csv.writer(target, lineterminator="\n")
        writer.writerow(("id", "number", "name", "cluster", "cluster_name"))
        while True:
            async with database.read() as tx:
                page = await listed_pictures(tx, ("cluster",), after, _PAGE)
            if not page:
                return count
            after = page[-1][0]
            for *who, cluster in page:
                if cluster is not None:
                    row = (*who, cluster, names.get(cluster, ""))
                    writer.writerow([csv_cell(cell, isinstance(cell, str)) for cell in row])
                    count += 1


async def _kept(database: Database) -> Clusters:
    async with database.read() as tx:
        made = await kept_clusters(tx)
    if made is None:
        raise Refused("there are no clusters yet; wait for the night, or run: vuoro insight clusters --renew")
    return made


async def _renewed(database: Database, config: Config) -> Clusters:
    if not can_picture():
        raise Refused(MISSING)
    from scheduler.clusters import renew_clusters

    at = now().astimezone(config.company.zone)
    with _bar() as told:
        return await renew_clusters(
            database, at, config.company.currency, asked=config.insight.clusters, anew=True, told=told
        )


@contextlib.contextmanager
def _bar() -> Iterator[Callable[[int, int], None]]:
    """Show on standard error how many customers are done, where that is a terminal."""
    from rich.console import Console
    from rich.progress import Progress

    screen = Console(stderr=True)
    with Progress(console=screen, transient=True, disable=not screen.is_terminal) as bar:
        task = bar.add_task("customers", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def _show(made: Clusters, words: Words, config: Config) -> None:
    if made.refusal:
        click.echo(f"No clusters as of {made.day.isoformat()}: {made.refusal}")
        return
    language, currency = language_of(config), config.company.currency
    click.echo(f"Made on {made.day.isoformat()} from {made.n} who bought in the year before (seed {made.seed}).")
    click.echo(_chosen(made))
    give_table(
        ["no", "name", "customers", "of spending", "visits a year", f"purchase {currency}", "days since"],
        [
            (
                each.number,
                cluster_name(words, each.name, language),
                each.size,
                f"{each.spent_share:.0%}",
                f"{each.visits:.1f}",
                f"{major_units(round(each.basket), currency):,f}",
                f"{each.silent:.0f}",
            )
            for each in made.clusters
        ],
    )
    for each in made.clusters:
        _show_one(each, cluster_name(words, each.name, language))


def _show_one(each: Cluster, name: str) -> None:
    if not (each.groups or each.pairs):
        return
    click.echo(f"\n{each.number}  {name}")
    for group in each.groups:
        click.echo(f"   {group.group}: {group.share:.0%} of what they spend, of all customers {group.overall:.0%}")
    for pair in each.pairs:
        on = counted(pair.receipts, "receipt")
        click.echo(
            f"   {pair.first} + {pair.second}: on {on}, {pair.lift:.1f} times as often as "
            f"by chance (at least {pair.lift_low:.1f}); {pair.confidence:.0%} of those with the first have the second"
        )


def _chosen(made: Clusters) -> str:
    if made.asked is not None:
        fewer = "" if len(made.clusters) == made.asked else ": fewer, because no cluster may be too small"
        return f"The config asks for {made.asked}{fewer}."
    value = dict(made.silhouettes).get(len(made.clusters))
    if value is None:
        return "Customers do not differ enough to be divided."
    told = "clear" if value >= 0.5 else "visible" if value >= 0.25 else "weak: customers pass into one another"
    return f"This number suits best of {len(made.silhouettes)} tried; silhouette {value:.2f}, which is {told}."


def clusters_document(made: Clusters, words: Words) -> dict[str, Any]:
    """Give the clusters for JSON, each with its name in every language; shares from 0 to 1, money in minor units."""
    return {
        "day": made.day.isoformat(),
        "customers": made.n,
        "seed": made.seed,
        "asked": made.asked,
        "refusal": made.refusal or None,
        "silhouettes": {str(number): value for number, value in made.silhouettes},
        "clusters": [_document(each, words) for each in made.clusters],
    }


def _document(each: Cluster, words: Words) -> dict[str, Any]:
    return {
        "number": each.number,
        "name": {language: cluster_name(words, each.name, language) for language in words.languages},
        "customers": each.size,
        "spent": each.spent,
        "spent_share": each.spent_share,
        "visits": each.visits,
        "basket": each.basket,
        "silent_days": each.silent,
        "groups": [{"group": g.group, "share": g.share, "overall": g.overall} for g in each.groups],
        "pairs": [
            {
                "first": pair.first,
                "second": pair.second,
                "receipts": pair.receipts,
                "support": pair.support,
                "confidence": pair.confidence,
                "lift": pair.lift,
                "lift_low": pair.lift_low,
            }
            for pair in each.pairs
        ],
    }
