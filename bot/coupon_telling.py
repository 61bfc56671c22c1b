"""What a customer hears when her coupon was redeemed or taken back: at once, in her chat, and under its picture."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

from dialogues.coupons import CouponTexts
from domain.contacts import ContactKind
from domain.coupons import Coupon, CouponState
from domain.languages import best_language
from domain.messages import Act, Lane, Message, Waiting
from store import outbox
from store.coupons_messages import messages_with
from store.customers import customer_by_id
from store.database import Tx
from store.ids import new_id


async def tell_customer(tx: Tx, texts: CouponTexts, coupon: Coupon, now: dt.datetime) -> None:
    """
    Say in her chat what has just been done with her coupon, and write it under the pictures of it that she has there.

    An answer to what she did at the till, so no contact of ours; who has none in Telegram, or has ended, hears nothing.
    """
    customer = await customer_by_id(tx, coupon.customer_id)
    if customer is None or customer.chat_id is None or customer.ended_at is not None:
        return
    language = best_language(customer.language, texts.company.languages)
    what, caption = texts.what(coupon, language), texts.caption(coupon, language, now)
    if coupon.state is CouponState.REDEEMED:
        at, store = coupon.redeemed_at, coupon.redeemed_store
        told = texts.words.html("coupons.used", language, what=what, store=store)
        caption += "\n" + texts.words.plain("coupons.used_then", language, at=at, store=store)
    else:
        told = texts.words.html("coupons.given_back", language, what=what)

    def row(act: Act, kind: str, message: Message, message_id: int | None = None) -> Waiting:
        assert customer is not None
        assert customer.chat_id is not None
        made = Waiting(new_id(), act, customer.chat_id, Lane.REPLY, kind, message, now, now)
        return replace(made, customer_id=customer.id, message_id=message_id)

    rows = [row(Act.SEND, ContactKind.REPLY.value, Message(told, html=True))]
    rows += [row(Act.EDIT, Act.EDIT.value, Message(caption), each) for each in await messages_with(tx, coupon)]
    await outbox.put(tx, rows)
