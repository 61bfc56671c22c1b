"""What a customer bought: one line of a receipt."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Purchase:
    """
    One line of a receipt; a receipt may have several lines, and is one visit.

    `amount_minor` is the whole line's amount in minor units of `currency`; negative for a return. `quantity` is how
    many, its sign without meaning. `group` is the product group. `external_id` is the line's own id at its source.
    """

    receipt: str
    at: dt.datetime
    amount_minor: int
    currency: str
    product: str = ""
    product_name: str = ""
    group: str = ""
    quantity: Decimal = Decimal(1)
    store: str = ""
    external_id: str | None = None

    @property
    def is_return(self) -> bool:
        """Whether the line takes something back."""
        return self.amount_minor < 0

    @property
    def net_quantity(self) -> Decimal:
        """How many were bought; negative for a return."""
        return -abs(self.quantity) if self.is_return else abs(self.quantity)

    def is_of(self, word: str) -> bool:
        """Say whether the line is of that product group, or that very product."""
        return word in (self.group, self.product)
