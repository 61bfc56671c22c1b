"""
Receipts as they stand after returns: each line that came back is taken from the purchase that it belongs to.

A till may report a return under the purchase's own number or under a new one, and a receipt in several pieces.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass

from domain.purchases import Purchase


@dataclass(frozen=True, slots=True)
class Receipt:
    """
    One receipt: what is left of its lines after returns, and *returned_minor*, how much came back of it (not below 0).

    `lines` have a negative amount where goods came back that belong to no purchase that is known.
    """

    store: str
    number: str
    at: dt.datetime
    lines: tuple[Purchase, ...]
    returned_minor: int = 0

    @property
    def ref(self) -> str:
        """The name by which its points are known."""
        return ref_of(self.store, self.number)


def ref_of(store: str, number: str) -> str:
    """Return the name by which the points of a receipt are known."""
    return f"receipt:{store}:{number}"


@dataclass(slots=True)
class _Line:
    line: Purchase
    left: int
    receipt: _Receipt


@dataclass(slots=True)
class _Receipt:
    at: dt.datetime
    lines: list[_Line]
    returned: int = 0


def receipts_of(lines: Iterable[Purchase]) -> list[Receipt]:
    """
    Return the receipts of one customer, the oldest first, with what came back taken from where it was bought.

    A return takes from the same product on its own receipt first, then from the newest earlier purchase of that
    product, and so on back. What is more than she ever bought stays a negative line of the return's own receipt. The
    amounts of all lines together are those of *lines*.
    """
    found: dict[tuple[str, str], _Receipt] = {}
    bought: dict[str, list[_Line]] = {}
    for line in sorted(lines, key=lambda each: (each.at, each.is_return)):
        own = found.setdefault((line.store, line.receipt), _Receipt(line.at, []))
        if not line.is_return:
            kept = _Line(line, line.amount_minor, own)
            own.lines.append(kept)
            bought.setdefault(line.product, []).append(kept)
            continue
        rest = -line.amount_minor
        earlier = reversed(bought.get(line.product, ())) if line.product else ()
        here = [each for each in reversed(own.lines) if each.line.product == line.product]
        for each in (*here, *earlier):
            part = min(rest, max(each.left, 0)) if each.line.currency == line.currency else 0
            each.left -= part
            each.receipt.returned += part
            rest -= part
        if rest:
            own.lines.append(_Line(line, -rest, own))
    return [
        Receipt(
            store,
            number,
            each.at,
            tuple(dataclasses.replace(one.line, amount_minor=one.left) for one in each.lines if one.left),
            each.returned,
        )
        for (store, number), each in found.items()
    ]
