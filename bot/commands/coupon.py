"""`vuoro coupon`: coupons of a customer, one coupon, and redeeming without Telegram."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bot.commands.coupon_campaigns import campaigns, qr, the_store
from bot.commands.customer import the_customer
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
from bot.config import Config
from bot.content import Content, load_content
from bot.coupon_telling import tell_customer
from dialogues.coupons import CouponTexts
from dialogues.numbers import read_amount
from domain.campaigns import limits_of, stores_of
from domain.coupons import LARGEST_PURCHASE, Coupon, CouponState, Limits, TryOutcome, shown_code
from domain.coupons import Refused as NotTaken
from domain.money import minor_digits
from store.audit import note_act
from store.coupons import find_coupon, own_coupons
from store.coupons_redeeming import redeem, revoke, take_back
from store.coupons_tries import tries_of
from store.database import Tx

_WHY = {
    TryOutcome.TWICE: "used already",
    TryOutcome.REVOKED: "withdrawn",
    TryOutcome.NOT_YET: "not good yet",
    TryOutcome.EXPIRED: "expired",
    TryOutcome.WRONG_STORE: "it is for another store; give --store NAME",
    TryOutcome.OVER_BUDGET: "the campaign's budget is used up",
    TryOutcome.PER_CUSTOMER: "this customer has used as many as she may",
    TryOutcome.NOT_SERVED: "this customer is not served",
    TryOutcome.FORGED: "the code is forged or damaged",
    TryOutcome.UNKNOWN: "there is no such code; look at each sign once more",
}


@click.group("coupon")
def command() -> None:
    """Coupons and their campaigns: list, show, redeem, revoke, and the codes that stores hang up."""


command.add_command(campaigns)
command.add_command(qr)


@command.command("list")
@click.argument("word", metavar="CUSTOMER")
@config_option
@json_option
@asynchronous
async def list_(word: str, config_file: Path | None, as_json: bool) -> None:
    """List all coupons that a customer was ever given."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.read() as tx:
        coupons = await own_coupons(tx, (await the_customer(tx, word)).id)
    if as_json:
        give_json([_document(each) for each in coupons])
        return
    texts = _texts(config)
    give_table(
        ["code", "campaign", "gives", "good until", "state", "redeemed", "store"],
        [
            (
                shown_code(each.code),
                each.campaign,
                texts.what(each, config.company.default_language),
                local(each.valid_until, config),
                _standing(each),
                local(each.redeemed_at, config),
                each.redeemed_store or each.store,
            )
            for each in coupons
        ],
    )


@command.command("show")
@click.argument("code")
@staff_option
@config_option
@json_option
@asynchronous
async def show(code: str, staff_id: int | None, config_file: Path | None, as_json: bool) -> None:
    """Show one coupon, and each try to redeem it. The look is written into the audit log."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.write() as tx:
        coupon = await _the_coupon(tx, code)
        tries = await tries_of(tx, coupon.id)
        await _note(tx, staff_id, "coupon.show", coupon, {"where": "command line"})
    document = _document(coupon)
    document["tries"] = [
        {"at": each.at.isoformat(), "staff": each.staff_id, "store": each.store, "outcome": each.outcome.value}
        for each in tries
    ]
    if as_json:
        give_json(document)
        return
    what = _texts(config).what(coupon, config.company.default_language)
    click.echo(f"{shown_code(coupon.code)}  {what}  ({coupon.campaign}, {_standing(coupon)})")
    click.echo(f"good from {local(coupon.valid_from, config)} until before {local(coupon.valid_until, config)}")
    rows = [(local(each.at, config), each.staff_id, each.store, each.outcome.value) for each in tries]
    give_table(["tried", "staff", "store", "outcome"], rows)


@command.command("redeem")
@click.argument("code")
@click.option("--store", default="", metavar="NAME", help="Where it is used.")
@click.option("--amount", metavar="SUM", help="What the purchase costs that it is for, so that its cost is exact.")
@staff_option
@config_option
@json_option
@asynchronous
async def redeem_(
    code: str, store: str, amount: str | None, staff_id: int | None, config_file: Path | None, as_json: bool
) -> None:
    """Redeem a coupon by its code, as a member of staff does with her phone; the customer is told at once."""
    config = the_config(config_file)
    content = load_content(config)
    files = content.loyalty.campaigns
    purchase = None if amount is None else _purchase(amount, config.company.currency)
    async with opened_store(config) as database, database.write() as tx:
        at, store = now(), await the_store(tx, content.loyalty, store) if store else ""
        limits, stores = limits_of(files), stores_of(files)
        done = await redeem(tx, code, staff_id, store, at, limits=limits, stores=stores, purchase=purchase)
        if not isinstance(done, NotTaken) and not done.again:
            detail = {"store": store, "cost": done.coupon.redeemed_cost, "where": "command line"}
            await _note(tx, staff_id, "coupon.redeem", done.coupon, detail)
            await tell_customer(tx, _texts(config, content), done.coupon, at)
    if isinstance(done, NotTaken):  # the try is kept, which a refusal within would have undone
        if as_json:
            give_json({"redeemed": False, "reason": done.reason.value})
        raise Refused(f"{code}: {_reason(done, config)}")
    if as_json:
        give_json({"redeemed": True, "again": done.again, **_document(done.coupon)})
    else:
        again = " already, by the same hand a moment ago: it is good once" if done.again else ""
        click.echo(f"{shown_code(done.coupon.code)} is redeemed{again}.")


@command.command("undo")
@click.argument("code")
@click.option("--why", required=True, metavar="TEXT", help="The reason, for the audit log.")
@staff_option
@config_option
@asynchronous
async def undo(code: str, why: str, staff_id: int | None, config_file: Path | None) -> None:
    """Make a coupon good again that was redeemed by mistake within the last day."""
    config = the_config(config_file)
    content = load_content(config)
    async with opened_store(config) as database, database.write() as tx:
        coupon = await _the_coupon(tx, code)
        limits = limits_of(content.loyalty.campaigns).get(coupon.campaign, Limits())
        opened = await take_back(tx, coupon.id, staff_id, now(), limits=limits)
        if opened is None:
            raise Refused(f"{code}: was not redeemed within the last day; there is nothing to take back")
        await _note(tx, staff_id, "coupon.take_back", coupon, {"reason": why[:300]})
        await tell_customer(tx, _texts(config, content), opened, now())
    click.echo(f"{shown_code(opened.code)} is good again.")


@command.command("revoke")
@click.argument("code")
@click.option("--why", required=True, metavar="TEXT", help="The reason, for the audit log.")
@staff_option
@config_option
@asynchronous
async def revoke_(code: str, why: str, staff_id: int | None, config_file: Path | None) -> None:
    """Withdraw a coupon that nobody has used; it cannot be redeemed any more."""
    config = the_config(config_file)
    async with opened_store(config) as database, database.write() as tx:
        coupon = await _the_coupon(tx, code)
        if not await revoke(tx, coupon.id):
            raise Refused(f"{code}: is {_standing(coupon)} already")
        await _note(tx, staff_id, "coupon.revoke", coupon, {"reason": why[:300]})
    click.echo(f"{shown_code(coupon.code)} is withdrawn.")


def _purchase(amount: str, currency: str) -> int:
    """Read a sum as it is typed, in minor units; one below zero would give the campaign its budget back."""
    read = read_amount(amount, currency, "en")
    if read is None or not 0 <= read < LARGEST_PURCHASE:
        raise click.UsageError(f"--amount {amount}: is no sum of a purchase; write it as 24.90")
    purchase: int = round(read * 10 ** minor_digits(currency))
    return purchase


async def _the_coupon(tx: Tx, code: str) -> Coupon:
    found = await find_coupon(tx, code)
    if isinstance(found, NotTaken):
        raise Refused(f"{code}: {_WHY[found.reason]}")
    return found


async def _note(tx: Tx, staff_id: int | None, act: str, coupon: Coupon, detail: dict[str, Any]) -> None:
    told = {"coupon": shown_code(coupon.code), **detail}
    await note_act(tx, staff_id, act, f"customer:{coupon.customer_id}", now(), told)


def _reason(refused: NotTaken, config: Config) -> str:
    coupon = refused.coupon
    if refused.reason is TryOutcome.TWICE and coupon is not None:
        where = f" at {coupon.redeemed_store}" if coupon.redeemed_store else ""
        return f"used already, {local(coupon.redeemed_at, config)}{where}"
    return _WHY[refused.reason]


def _standing(coupon: Coupon) -> str:
    return "expired" if coupon.state is CouponState.OPEN and now() >= coupon.valid_until else coupon.state.value


def _texts(config: Config, content: Content | None = None) -> CouponTexts:
    content = content or load_content(config)
    return CouponTexts(config.company, content.words, content.loyalty)


def _document(coupon: Coupon) -> dict[str, Any]:
    return {
        "code": shown_code(coupon.code),
        "customer": coupon.customer_id,
        "campaign": coupon.campaign,
        "kind": coupon.kind.value,
        "batch": coupon.batch,
        "place": coupon.place,
        "product": coupon.product,
        "product_name": coupon.product_name,
        "benefit": dict(coupon.benefit),
        "store": coupon.store,
        "issued_at": coupon.issued_at.isoformat(),
        "valid_from": coupon.valid_from.isoformat(),
        "valid_until": coupon.valid_until.isoformat(),
        "state": _standing(coupon),
        "redeemed_at": coupon.redeemed_at.isoformat() if coupon.redeemed_at is not None else None,
        "redeemed_by": coupon.redeemed_by,
        "redeemed_store": coupon.redeemed_store,
        "cost_minor": coupon.redeemed_cost if coupon.redeemed_cost is not None else coupon.cost,
    }
