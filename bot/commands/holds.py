"""`vuoro holds`: which contacts of ours were held back, how often, and why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from bot.commands.customer import the_customer
from bot.commands.frame import (
    asynchronous,
    config_option,
    give_json,
    give_table,
    json_option,
    local,
    now,
    opened_store,
    the_config,
)
from bot.commands.office import language_of
from bot.config import Config
from bot.content import load_content
from bot.staff_labels import Labels
from domain.holds import Held
from store.holds import count_holds, newest_holds

_SHOWN = 20


@click.command("holds")
@click.option("--days", type=click.IntRange(1, 3660), default=30, show_default=True, help="How far to look back.")
@click.option("--customer", "word", metavar="ID", help="Only of this customer: number, Telegram id or name.")
@click.option(
    "--limit", type=click.IntRange(0, 10_000), default=_SHOWN, show_default=True, help="How many single holds."
)
@config_option
@json_option
@asynchronous
async def command(days: int, word: str | None, limit: int, config_file: Path | None, as_json: bool) -> None:
    """Say who was held back and why: counts by kind and reason, then the newest ones one by one."""
    config = the_config(config_file)
    content = load_content(config)
    until = now()
    since = until - dt.timedelta(days=days)
    async with opened_store(config) as database, database.read() as tx:
        who = (await the_customer(tx, word)).id if word else None
        counts = await count_holds(tx, since, until, customer_id=who)
        newest = await newest_holds(tx, since, until, customer_id=who, limit=limit)
    if as_json:
        give_json(_document(since, until, counts, newest))
    elif not counts:
        click.echo(f"Nothing was held back in {days} days.")
    else:
        _show(config, Labels(content.words, content.library, content.newsletters), counts, newest)


def _document(
    since: dt.datetime, until: dt.datetime, counts: Mapping[tuple[str, str], int], newest: Sequence[Held]
) -> dict[str, Any]:
    return {
        "since": since,
        "until": until,
        "counts": [{"kind": k, "reason": r, "n": n} for (k, r), n in sorted(counts.items())],
        "holds": [
            {
                "at": held.at,
                "customer": held.customer_id,
                "kind": held.kind,
                "reason": held.reason,
                "about": held.ref,
                "again_at": held.again_at,
            }
            for held in newest
        ],
    }


def _show(config: Config, labels: Labels, counts: Mapping[tuple[str, str], int], newest: Sequence[Held]) -> None:
    language = language_of(config)

    def told(area: str, name: str) -> str:
        return labels.name(area, name, language)

    most_first = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    give_table(["held", "what", "why"], [(n, told("contact", k), told("hold", r)) for (k, r), n in most_first])
    give_table(
        ["at", "customer", "what", "why", "again"],
        [
            (
                local(held.at, config),
                held.name or held.customer_id,
                told("contact", held.kind),
                told("hold", held.reason),
                local(held.again_at, config),
            )
            for held in newest
        ],
    )
