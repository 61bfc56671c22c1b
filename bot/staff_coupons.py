"""
Redeeming at the till: a member of staff scans a coupon with her own phone, sees what it gives, and presses a button.

She sees the customer's first name and no more. What was tried is kept, whatever came of it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from bot.coupon_telling import tell_customer
from bot.staff_coupon_stores import ask_store, keep_store, store_of_button, stores_there
from bot.staff_expects import Expectation, expect
from bot.staff_visit import Visit, id_of
from dialogues.coupons import CouponTexts
from dialogues.numbers import read_amount
from dialogues.taps import short
from domain.campaigns import Campaign, campaign_named, limits_of, stores_of
from domain.coupons import (
    LARGEST_PURCHASE,
    PREFIX,
    Coupon,
    CouponState,
    Limits,
    Redeemed,
    Refused,
    shown_code,
)
from domain.languages import in_language
from domain.links import read_start
from domain.messages import Button, Keyboard, Message
from domain.money import minor_digits
from domain.staff import Role
from store.coupons import coupon_by_id, find_coupon
from store.coupons_redeeming import TAKEN_BACK_WITHIN, keep_try, reason_against, redeem, take_back
from store.coupons_staff import set_staff_store, store_of_staff
from store.customers import customer_by_id

EXPECTED_AMOUNT = "coupon-amount"
EXPECTED_BACK = "coupon-back"
_TAP = "c"


async def redeem_command(visit: Visit, argument: str) -> None:
    """`/redeem CODE`: the same as scanning it; for a code that is read out, or a phone without a camera."""
    if argument.strip():
        await show_coupon(visit, argument.strip())
    else:
        await _say(visit, "usage")


async def scanned(visit: Visit, token: str) -> bool:
    """Show the coupon of a link that she has opened; False where the link is about something else."""
    read = read_start(token)
    if read is None or read[0] != PREFIX:
        return False
    await show_coupon(visit, token)
    return True


async def show_coupon(visit: Visit, code_or_token: str) -> None:
    """Show what a coupon gives, with the button that redeems it, or why it cannot be; that is kept as a try."""
    found = await find_coupon(visit.tx, code_or_token)
    store = await store_of_staff(visit.tx, visit.member.id)
    if isinstance(found, Refused):
        await keep_try(visit.tx, None, visit.member.id, store or "", found.reason, visit.now)
        await _refuse(visit, found, store or "")
        return
    if store is None and (await stores_there(visit)).names:
        await ask_store(visit, found.id)
        return
    await _show(visit, found, store or "")


async def coupon_button(visit: Visit, rest: Sequence[str]) -> None:
    """A button under a coupon: "c.COUPON.yes", ".est" (without the amount), ".no", ".back"."""
    coupon = await coupon_by_id(visit.tx, id_of(rest[0]) or 0) if rest else None
    match rest:
        case _ if coupon is None:
            await visit.toast("old_button")
        case [_, "yes"] if _asks_amount(visit, coupon) and coupon.state is CouponState.OPEN:
            await _ask_amount(visit, coupon)
        case [_, "yes" | "est"]:
            await _redeem(visit, coupon, None)
        case [_, "no"]:
            await visit.show_html(_html(visit, "left", what=_what(visit, coupon), code=shown_code(coupon.code)))
        case [_, "back"] if visit.member.may(Role.MANAGER):
            await expect(visit.tx, visit.member, visit.place, Expectation(EXPECTED_BACK, short(coupon.id)), visit.now)
            await _say(visit, "back_why")
        case [_, "back"]:
            await visit.toast("managers", area="redeeming.toast")
        case _:
            await visit.toast("old_button")


async def store_button(visit: Visit, rest: Sequence[str]) -> None:
    """A store's button: "h.STORE" keeps it, "h.STORE.COUPON" shows the coupon, too, that she has scanned."""
    store = await store_of_button(visit, rest[0]) if rest else None
    if store is None:
        await visit.toast("old_button")
        return
    coupon = await coupon_by_id(visit.tx, id_of(rest[1]) or 0) if len(rest) > 1 else None
    if coupon is None:
        await keep_store(visit, store)
        return
    await set_staff_store(visit.tx, visit.member.id, store, visit.now)
    await _show(visit, coupon, store)


async def typed_amount(visit: Visit, argument: str, words: str) -> None:
    """Take the amount of the purchase that she was asked for."""
    coupon = await coupon_by_id(visit.tx, id_of(argument) or 0)
    if coupon is None:
        await _say(visit, "gone")
        return
    currency = visit.room.company.currency
    amount = read_amount(words, currency, visit.language)
    if amount is None or not 0 <= amount < LARGEST_PURCHASE:
        await expect(visit.tx, visit.member, visit.place, Expectation(EXPECTED_AMOUNT, argument), visit.now)
        await _say(visit, "no_amount", keyboard=((_button(visit, "estimate", coupon, "est"),),))
    else:
        await _redeem(visit, coupon, round(amount * 10 ** minor_digits(currency)))


async def typed_mistake(visit: Visit, argument: str, words: str) -> None:
    """Take a redeeming back, with the reason that she was asked for, if she is still a manager."""
    if not visit.member.may(Role.MANAGER):
        await _say(visit, "back_managers")
        return
    coupon = await coupon_by_id(visit.tx, id_of(argument) or 0)
    if coupon is None:
        await _say(visit, "gone")
        return
    limits = limits_of(visit.room.loyalty.campaigns).get(coupon.campaign, Limits())
    opened = await take_back(visit.tx, coupon.id, visit.member.id, visit.now, limits=limits)
    if opened is None:
        await _say(visit, "too_late")
        return
    await _note(visit, "coupon.take_back", coupon, reason=" ".join(words.split())[:300])
    what, code = _what(visit, opened), shown_code(opened.code)
    await _say(visit, "taken_back", by=visit.member.name, what=what, code=code)
    await _tell(visit, opened)


async def _show(visit: Visit, coupon: Coupon, store: str) -> None:
    campaign = _campaign(visit, coupon)
    limits = campaign.limits if campaign is not None else Limits()
    only_in = campaign.stores if campaign is not None else ()
    reason = await reason_against(visit.tx, coupon, store, limits, only_in, visit.now)
    if reason is not None:
        await keep_try(visit.tx, coupon.id, visit.member.id, store, reason, visit.now)
        await _refuse(visit, Refused(reason, coupon), store)
        return
    texts = _texts(visit)
    title = in_language(campaign.title, visit.language, visit.room.company.default_language) if campaign else ""
    text = _html(
        visit,
        "coupon",
        what=texts.what(coupon, visit.language),
        good=texts.good(coupon, visit.language, visit.now),
        title=title or coupon.campaign,
        name=await _first_name(visit, coupon),
        code=shown_code(coupon.code),
        terms=texts.terms(coupon, visit.language),
    )
    row = (_button(visit, "redeem", coupon, "yes"), _button(visit, "leave", coupon, "no"))
    await visit.show_html(text, (row,))


async def _ask_amount(visit: Visit, coupon: Coupon) -> None:
    await expect(visit.tx, visit.member, visit.place, Expectation(EXPECTED_AMOUNT, short(coupon.id)), visit.now)
    row = (_button(visit, "estimate", coupon, "est"), _button(visit, "leave", coupon, "no"))
    await visit.show_html(_html(visit, "amount"), (row,))


async def _redeem(visit: Visit, coupon: Coupon, purchase: int | None) -> None:
    campaigns = visit.room.loyalty.campaigns
    store = await store_of_staff(visit.tx, visit.member.id) or ""
    outcome = await redeem(
        visit.tx,
        coupon.code,
        visit.member.id,
        store,
        visit.now,
        limits=limits_of(campaigns),
        stores=stores_of(campaigns),
        purchase=purchase,
    )
    match outcome:
        case Refused():
            await visit.toast("refused", area="redeeming.toast")
            await _refuse(visit, outcome, store)
        case Redeemed(again=True):
            await visit.toast("again", area="redeeming.toast")
        case Redeemed(coupon=used):
            await _note(visit, "coupon.redeem", used, store=store, cost=used.redeemed_cost)
            await visit.toast("redeemed", area="redeeming.toast")
            await visit.show_html(
                _html(
                    visit,
                    "done",
                    store=store,
                    what=_what(visit, used),
                    name=await _first_name(visit, used),
                    code=shown_code(used.code),
                ),
                _take_back_row(visit, used),
            )
            await _tell(visit, used)


async def _refuse(visit: Visit, refused: Refused, at: str) -> None:
    """Say why not, with what she needs to go on: when and where it was used, when it is good, or where."""
    coupon = refused.coupon
    values: dict[str, object] = {}
    if coupon is not None:
        zone, campaign = visit.room.company.zone, _campaign(visit, coupon)
        values = {
            "at": coupon.redeemed_at,
            "store": coupon.redeemed_store,
            "first": coupon.valid_from.astimezone(zone).date(),
            "last": (coupon.valid_until - dt.timedelta(seconds=1)).astimezone(zone).date(),
            "only": coupon.store or ", ".join(campaign.stores if campaign is not None else ()),
            "here": at,
        }
    reason = visit.room.words.plain(f"redeeming.reason.{refused.reason.value}", visit.language, **values)
    what, code = (_what(visit, coupon), shown_code(coupon.code)) if coupon is not None else ("", "")
    text = _html(visit, "refused", reason=reason, what=what, code=code)
    await visit.show_html(text, _take_back_row(visit, coupon) if coupon is not None else ())


async def _note(visit: Visit, act: str, coupon: Coupon, **detail: object) -> None:
    """Audit it as about the customer, so that what is told of her there goes when she is forgotten."""
    await visit.note(act, f"customer:{coupon.customer_id}", coupon=shown_code(coupon.code), **detail)


async def _tell(visit: Visit, coupon: Coupon) -> None:
    await tell_customer(visit.tx, _texts(visit), coupon, visit.now)


def _asks_amount(visit: Visit, coupon: Coupon) -> bool:
    """Say whether the amount matters: the discount is a percentage, and the campaign has a budget in money."""
    campaign = _campaign(visit, coupon)
    return "percent" in coupon.benefit and campaign is not None and campaign.limits.budget is not None


def _take_back_row(visit: Visit, coupon: Coupon) -> Keyboard:
    at = coupon.redeemed_at
    may = visit.member.may(Role.MANAGER) and at is not None and visit.now - at <= TAKEN_BACK_WITHIN
    return ((_button(visit, "back", coupon, "back"),),) if may else ()


def _campaign(visit: Visit, coupon: Coupon) -> Campaign | None:
    return campaign_named(visit.room.loyalty.campaigns, coupon.campaign)


def _texts(visit: Visit) -> CouponTexts:
    return CouponTexts(visit.room.company, visit.room.words, visit.room.loyalty)


def _what(visit: Visit, coupon: Coupon) -> str:
    return _texts(visit).what(coupon, visit.language)


async def _first_name(visit: Visit, coupon: Coupon) -> str:
    customer = await customer_by_id(visit.tx, coupon.customer_id)
    return customer.name.split()[0] if customer is not None and customer.name.split() else "–"


def _button(visit: Visit, label: str, coupon: Coupon, act: str) -> Button:
    text = visit.room.words.plain(f"redeeming.label.{label}", visit.language)
    return Button(text, f"{_TAP}.{short(coupon.id)}.{act}")


def _html(visit: Visit, key: str, **values: object) -> str:
    return visit.room.words.html(f"redeeming.{key}", visit.language, **values)


async def _say(visit: Visit, key: str, *, keyboard: Keyboard = (), **values: object) -> None:
    await visit.send(Message(_html(visit, key, **values), html=True, keyboard=keyboard))
