"""`vuoro coupon campaigns` and `vuoro coupon qr`: how campaigns go, and the codes that stores hang up."""

from __future__ import annotations

from pathlib import Path

import click

from bot.campaign_report import CampaignLine, campaign_lines, strange_tries
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
    the_config,
)
from bot.config import Config
from bot.content import load_content
from bot.identity import kept_username
from bot.known_stores import known_stores
from bot.qr_pictures import qr_picture
from domain.campaigns import picking_at
from domain.links import start_link
from domain.loyalty import Loyalty
from domain.pick_tokens import pick_token
from store.coupons_key import coupons_key
from store.database import Tx
from templates.locales import money

_MOST_STORES = 20


@click.command("campaigns")
@config_option
@json_option
@asynchronous
async def campaigns(config_file: Path | None, as_json: bool) -> None:
    """Show how each campaign goes: given, redeemed (with the interval of its share), spent of the budget, refused."""
    config = the_config(config_file)
    files = load_content(config).loyalty.campaigns
    async with opened_store(config) as database, database.read() as tx:
        lines = await campaign_lines(tx, files, now())
        strange = await strange_tries(tx)
    if as_json:
        currency = config.company.currency
        documents = [line.document() for line in lines]
        give_json({"currency": currency, "campaigns": documents, "no_coupon_of_ours": dict(strange)})
        return
    give_table(
        ["campaign", "given", "redeemed", "share", "spent", "budget", "open", "expired", "refused", ""],
        [_row(line, config) for line in lines],
    )
    if strange:
        click.echo("No coupon of ours: " + ", ".join(f"{name} {count}" for name, count in strange.items()))


@click.group("qr")
def qr() -> None:
    """Codes to print."""


@qr.command("pick")
@click.argument("store")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@config_option
@asynchronous
async def qr_pick(store: str, file: Path, config_file: Path | None) -> None:
    """Draw the code that a store hangs up, so that customers pick from their own list: a PNG."""
    config = the_config(config_file)
    day, loyalty = now().astimezone(config.company.zone).date(), load_content(config).loyalty
    async with opened_store(config) as database, database.write() as tx:
        store = await the_store(tx, loyalty, store)
        if picking_at(loyalty.campaigns, store, day) is None:
            problem = "no campaign of kind pick is for this store today"
            raise Refused(f"{store}: {problem}; write content/campaigns/NAME.toml")
        username = await kept_username(tx, config.telegram.token.split(":", maxsplit=1)[0])
        key = await coupons_key(tx)
    if not username:
        raise Refused("the bot's name at Telegram is not known yet; start `vuoro run` once, and try again")
    try:
        token = pick_token(key, store)
    except ValueError as error:
        raise Refused(str(error)) from None
    link = start_link(username, token)
    _write(file, qr_picture(link, store))
    click.echo(f"{file}: {link}")


async def the_store(tx: Tx, loyalty: Loyalty, name: str) -> str:
    """Return the store of that name as it is known; raises `Refused` with the likest ones where there is none."""
    known = await known_stores(tx, loyalty, name)
    store = known.meant(name)
    if store is None:
        there_are = ", ".join(known.likest(name)[:_MOST_STORES])
        problem = f"no till, file or member of staff knows a store of this name; there are {there_are}"
        raise Refused(
            f"{name}: {problem}: write one as it stands there; a new one is made known in the chat, by /store +NAME"
        )
    return store


def _write(file: Path, picture: bytes) -> None:
    file.write_bytes(picture)


def _row(line: CampaignLine, config: Config) -> tuple[object, ...]:
    company = config.company
    share = "" if line.rate is None or line.low is None or line.high is None else (
        f"{line.rate:.1%} ({line.low:.1%} to {line.high:.1%})"
    )  # fmt: skip
    return (
        line.name,
        line.count.issued,
        line.count.redeemed,
        share,
        money(line.count.spent, company.currency, company.default_language),
        "" if line.budget is None else money(line.budget, company.currency, company.default_language),
        line.states.open,
        line.states.expired,
        ", ".join(f"{name} {count}" for name, count in line.refused.items()),
        "" if line.count.stopped_at is None else f"stopped {local(line.count.stopped_at, config)}",
    )
