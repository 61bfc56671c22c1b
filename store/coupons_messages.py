"""The messages in which a customer has a coupon before her eyes."""

from __future__ import annotations

from sqlalchemy import select

from domain.coupons import Coupon, shown_code
from domain.drawing_names import is_drawn, read_qr
from store.database import Tx
from store.media import media_from
from store.tables import contacts

_MOST = 300


async def messages_with(tx: Tx, coupon: Coupon) -> list[int]:
    """Return the ids of the messages that show a coupon, in an album the one of its picture; the newest last."""
    query = (
        select(contacts.c.message_id, contacts.c.message_ids, contacts.c.media)
        .where(
            contacts.c.customer_id == coupon.customer_id,
            contacts.c.at >= coupon.issued_at,
            contacts.c.message_id.is_not(None),
            contacts.c.media.is_not(None),
        )
        .order_by(contacts.c.at.desc(), contacts.c.id.desc())
        .limit(_MOST)
    )
    code = shown_code(coupon.code)
    found: list[int] = []
    for row in await tx.execute(query):
        ids = row.message_ids or [row.message_id]
        for at, media in enumerate(media_from(row.media)[: len(ids)]):
            if is_drawn(media.path) and read_qr(media.path)[1] == code:
                found.append(ids[at])
    return found[::-1]
