"""Membership cards: one number for each member of a programme, and whose a number is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select, update
from sqlalchemy.dialects import postgresql, sqlite

from domain.cards import new_number, read_number
from store.database import Tx
from store.tables import member_cards


@dataclass(frozen=True, slots=True)
class Card:
    """One card; `ended_at` once she has left the programme."""

    number: str
    programme: str
    customer_id: int
    issued_at: dt.datetime
    ended_at: dt.datetime | None = None


async def issue_card(tx: Tx, customer_id: int, programme: str, now: dt.datetime) -> str:
    """Return the number of her card in a programme: the one that she has, else a new one that nobody ever had."""
    hers = member_cards.c.customer_id == customer_id
    wanted = select(member_cards.c.number).where(
        hers, member_cards.c.programme == programme, member_cards.c.ended_at.is_(None)
    )
    number: str | None = await tx.scalar(wanted.order_by(member_cards.c.issued_at, member_cards.c.number).limit(1))
    put = (postgresql if tx.dialect.name == "postgresql" else sqlite).insert(member_cards)
    fresh = put.on_conflict_do_nothing(index_elements=["number"]).returning(member_cards.c.number)
    while number is None:
        row = {"number": new_number(), "programme": programme, "customer_id": customer_id, "issued_at": now}
        number = await tx.scalar(fresh, row)
    return number


async def end_cards(tx: Tx, customer_id: int, programme: str, now: dt.datetime) -> None:
    """Make her cards of a programme void; their numbers are never given again."""
    hers = (member_cards.c.customer_id == customer_id) & (member_cards.c.programme == programme)
    await tx.execute(update(member_cards).where(hers, member_cards.c.ended_at.is_(None)).values(ended_at=now))


async def cards_of(tx: Tx, customer_id: int) -> list[Card]:
    """Return all her cards, void ones too, the oldest first."""
    wanted = select(member_cards).where(member_cards.c.customer_id == customer_id)
    rows = await tx.execute(wanted.order_by(member_cards.c.issued_at, member_cards.c.number))
    return [Card(row.number, row.programme, row.customer_id, row.issued_at, row.ended_at) for row in rows]


async def customer_of_card(tx: Tx, text: str) -> int | None:
    """Return whose card has the number that *text* is, blanks and hyphens or not; void cards are found, too."""
    number = read_number(text)
    if number is None:
        return None
    found: int | None = await tx.scalar(select(member_cards.c.customer_id).where(member_cards.c.number == number))
    return found


async def customers_by_card(tx: Tx, numbers: Iterable[str]) -> dict[str, int]:
    """Return whose the cards that are good now are, by number as it stands in *numbers*; others are missing."""
    plain = {text: number for text in numbers if (number := read_number(text)) is not None}
    if not plain:
        return {}
    good = member_cards.c.number.in_(sorted(set(plain.values())))
    wanted = select(member_cards.c.number, member_cards.c.customer_id).where(good, member_cards.c.ended_at.is_(None))
    owners = {row[0]: row[1] for row in await tx.execute(wanted)}
    return {text: owners[number] for text, number in plain.items() if number in owners}
