"""
The coupons of chosen offers when a customer begins or ends to be profiled: those that she has open are withdrawn, and
what she has used counts, also where its use is taken back, so that changing her mind never gives her more than one set.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import String, cast, literal, select, update

from domain.coupons import Coupon, CouponKind, CouponState
from domain.offers import FOR_EVERYBODY
from store.coupons_rows import coupon_of
from store.database import Tx
from store.tables import coupons

_WITHDRAWN = "-withdrawn:"


async def withdraw_chosen(tx: Tx, customer_ids: Collection[int], *, for_everybody: bool = False) -> int:
    """
    Make the open coupons of their sixes worthless, and return how many: of those that were chosen for each, or of
    those *for_everybody*.

    Their batches get other names, so that a six that is chosen later in the same one has coupons of its own.
    """
    is_for_everybody = coupons.c.batch.endswith(FOR_EVERYBODY, autoescape=True)
    renamed = coupons.c.batch + literal(_WITHDRAWN) + cast(coupons.c.id, String)
    changed = await tx.execute(
        update(coupons)
        .where(
            coupons.c.customer_id.in_(list(customer_ids)),
            coupons.c.kind == CouponKind.SIX.value,
            coupons.c.state == CouponState.OPEN.value,
            is_for_everybody if for_everybody else ~is_for_everybody,
        )
        .values(state=CouponState.REVOKED.value, batch=renamed)
    )
    return int(changed.rowcount)


async def given_in_batch(tx: Tx, customer_id: int, campaign: str, batch: str) -> tuple[list[Coupon], list[Coupon]]:
    """
    Return what she was given of a batch, and what counts of its other set: everybody's where *batch* is her own.

    Of the other set it is what she has used, and what is good again because its use was taken back: all else that was
    open was withdrawn when she changed her mind.
    """
    other = batch.removesuffix(FOR_EVERYBODY) if batch.endswith(FOR_EVERYBODY) else batch + FOR_EVERYBODY
    wanted = select(coupons).where(
        coupons.c.customer_id == customer_id,
        coupons.c.campaign == campaign,
        coupons.c.batch.in_([batch, other]),
        coupons.c.kind == CouponKind.SIX.value,
    )
    found = [coupon_of(row) for row in await tx.execute(wanted.order_by(coupons.c.place))]
    counting = {CouponState.REDEEMED, CouponState.OPEN}
    return (
        [each for each in found if each.batch == batch],
        [each for each in found if each.batch == other and each.state in counting],
    )
