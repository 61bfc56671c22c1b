"""The timeline: contacts are added, never taken away; an edit keeps the version before."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Row, and_, bindparam, func, insert, or_, select, update

from domain.contacts import Channel, Contact, ContactKind, ContactState, Direction
from domain.messages import Media
from store.bulk import shortened
from store.database import Tx
from store.ids import new_id
from store.lookups import lookup
from store.media import media_from, media_rows
from store.row_by_row import RowByRow
from store.tables import contact_edits, contacts, reactions
from store.types import constant

_ADD = RowByRow(lambda _: insert(contacts))
_USUAL: Mapping[str, None] = dict.fromkeys(
    ("media", "album", "reason", "message_ids", "run_id", "question", "case_id", "staff_id", "feeling", "edited_from")
)


async def add_contacts(tx: Tx, rows: Sequence[Contact]) -> None:
    """Write contacts in one statement. Ids come from `store.ids.new_id`."""
    if rows:
        await _ADD.run(tx, shortened([_values(row) for row in rows], _USUAL))


async def timeline(
    tx: Tx, customer_id: int, *, before: tuple[dt.datetime, int] | None = None, limit: int = 20
) -> list[Contact]:
    """Return a customer's contacts, the newest first; *before* is the (at, id) of the last one already shown."""
    wanted = select(contacts).where(contacts.c.customer_id == customer_id)
    if before is not None:
        at, contact_id = before
        wanted = wanted.where(or_(contacts.c.at < at, and_(contacts.c.at == at, contacts.c.id < contact_id)))
    rows = (await tx.execute(wanted.order_by(contacts.c.at.desc(), contacts.c.id.desc()).limit(limit))).all()
    return [_contact(row) for row in rows]


async def contact_by_message(tx: Tx, customer_id: int, message_id: int) -> Contact | None:
    """Return the contact that a message of her private chat is, or None. Any message of an album finds the album."""
    wanted = select(contacts).where(contacts.c.customer_id == customer_id, contacts.c.message_id == message_id)
    row = (await tx.execute(wanted.limit(1))).first()
    if row is None:
        nearby = select(contacts).where(
            contacts.c.customer_id == customer_id,
            contacts.c.message_id.between(message_id - 9, message_id),
            contacts.c.message_ids.is_not(None),
        )
        albums = (await tx.execute(nearby)).all()
        row = next((album for album in albums if message_id in album.message_ids), None)
    return None if row is None else _contact(row)


async def edit_contact(
    tx: Tx, contact: Contact, text: str, now: dt.datetime, media: Sequence[Media] | None = None
) -> None:
    """Give a contact its new text, and other files where *media* are given, and keep the version before."""
    older = {"text": contact.text, "media": None if media is None else media_rows(contact.media)}
    await tx.execute(insert(contact_edits).values(id=new_id(), contact_id=contact.id, at=now, **older))
    first = contact.edited_from if contact.edited_from is not None else contact.text
    values: dict[str, Any] = {"text": text, "edited_from": first}
    if media is not None:
        values["media"] = media_rows(media)
    await tx.execute(update(contacts).where(contacts.c.id == contact.id).values(values))


async def keep_reaction(tx: Tx, customer_id: int, message_id: int, emoji: str, now: dt.datetime) -> None:
    """Keep the emoji that she has put under a message; an empty one takes it away."""
    same = and_(reactions.c.customer_id == customer_id, reactions.c.message_id == message_id)
    await tx.execute(reactions.delete().where(same))
    if emoji:
        await tx.execute(insert(reactions).values(customer_id=customer_id, message_id=message_id, emoji=emoji, at=now))


async def last_staff_word(tx: Tx, customer_id: int) -> Contact | None:
    """Return her newest contact when it is a staff reply, else None: is she in the middle of talking with a person?"""
    newest = await timeline(tx, customer_id, limit=1)
    return newest[0] if newest and newest[0].kind is ContactKind.STAFF_REPLY else None


async def free_words(tx: Tx, customer_id: int, since: dt.datetime) -> list[Contact]:
    """
    Return what she has just said of her own accord since then, the oldest first: free words that belong to no case.

    Our offers of what can be done do not end it; anything else that was said or asked does.
    """
    found: list[Contact] = []
    for contact in await timeline(tx, customer_id, limit=20):
        if contact.direction is Direction.OUT and contact.kind is ContactKind.REPLY and contact.run_id is None:
            continue
        if contact.kind is not ContactKind.WORDS or contact.case_id is not None or contact.at < since:
            break
        found.append(contact)
    return found[::-1]


async def last_said(tx: Tx, customer_id: int) -> Contact | None:
    """Return the newest thing said to her by us or by staff, whatever she has written since."""
    wanted = select(contacts).where(
        contacts.c.customer_id == customer_id,
        contacts.c.direction == Direction.OUT.value,
        contacts.c.channel == Channel.TELEGRAM.value,
    )
    row = (await tx.execute(wanted.order_by(contacts.c.at.desc(), contacts.c.id.desc()).limit(1))).first()
    return None if row is None else _contact(row)


async def kept_contacts(
    tx: Tx, customer_id: int, reasons: Iterable[str], first: int, *, offset: int, limit: int
) -> list[Contact]:
    """Return what she wrote and staff did not get, for one of *reasons*, from the contact *first* on, oldest first."""
    wanted = select(contacts).where(
        contacts.c.customer_id == customer_id,
        contacts.c.direction == Direction.IN.value,
        contacts.c.reason.in_(list(reasons)),
        contacts.c.id >= first,
    )
    rows = (await tx.execute(wanted.order_by(contacts.c.id).offset(offset).limit(limit))).all()
    return [_contact(row) for row in rows]


async def proactive_since(tx: Tx, customer_ids: Iterable[int], since: dt.datetime) -> dict[int, list[dt.datetime]]:
    """Return when each customer was written to on our own initiative since then, the oldest first."""
    wanted, keys = _PROACTIVE.of(customer_ids)
    found: dict[int, list[dt.datetime]] = {}
    for customer_id, at in (await tx.execute(wanted, {**keys, "since": since})).all():
        found.setdefault(customer_id, []).append(at)
    return found


async def count_contacts(tx: Tx, customer_id: int | None = None) -> int:
    """Return how many contacts there are, of one customer or in all."""
    wanted = select(func.count()).select_from(contacts)
    if customer_id is not None:
        wanted = wanted.where(contacts.c.customer_id == customer_id)
    return int(await tx.scalar(wanted) or 0)


_PROACTIVE = lookup(
    contacts.c.customer_id,
    lambda hers: (
        select(contacts.c.customer_id, contacts.c.at)
        .where(
            hers,
            contacts.c.at > bindparam("since", type_=contacts.c.at.type),
            contacts.c.proactive,
            contacts.c.state.in_([constant(ContactState.SENT.value), constant(ContactState.UNKNOWN.value)]),
        )
        .order_by(contacts.c.at)
    ),
)


def _values(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.id,
        "customer_id": contact.customer_id,
        "at": contact.at,
        "channel": contact.channel.value,
        "direction": contact.direction.value,
        "kind": contact.kind.value,
        "text": contact.text,
        "media": media_rows(contact.media),
        "album": contact.album,
        "state": contact.state.value,
        "reason": contact.reason,
        "message_id": contact.message_id,
        "message_ids": list(contact.message_ids) or None,
        "run_id": contact.run_id,
        "question": contact.question,
        "case_id": contact.case_id,
        "newsletter_id": contact.newsletter_id,
        "staff_id": contact.staff_id,
        "feeling": contact.feeling,
        "proactive": contact.proactive,
        "edited_from": contact.edited_from,
    }


def _contact(row: Row[Any]) -> Contact:
    return Contact(
        id=row.id,
        customer_id=row.customer_id,
        at=row.at,
        channel=Channel(row.channel),
        direction=Direction(row.direction),
        kind=ContactKind(row.kind),
        text=row.text,
        state=ContactState(row.state),
        media=media_from(row.media),
        reason=row.reason,
        message_id=row.message_id,
        run_id=row.run_id,
        case_id=row.case_id,
        newsletter_id=row.newsletter_id,
        staff_id=row.staff_id,
        feeling=row.feeling,
        edited_from=row.edited_from,
        album=row.album,
        message_ids=tuple(row.message_ids or ()),
        question=row.question,
        proactive=row.proactive,
    )
