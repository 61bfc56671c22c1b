"""Stores in imported purchases: one that is known is the same however its capitals are written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from store.coupons_staff import stores_added, stores_of_purchases, stores_of_staff
from store.database import Tx


class StoreNames:
    """
    Gives stores the names by which they are known: tills' first, then managers', then staff's, then a file's first.

    A name that is known exactly so stays, also where another differs from it in capitals only.
    """

    def __init__(self) -> None:
        self._exact: frozenset[str] | None = None
        self._by_folded: dict[str, str] = {}

    async def known(self, tx: Tx, stores: Sequence[Any]) -> list[Any]:
        """Return *stores* with their known names; whatever is no text stays."""
        if self._exact is None:
            names = [*await stores_of_purchases(tx), *await stores_added(tx), *await stores_of_staff(tx)]
            self._exact = frozenset(names)
            for name in names:
                self._by_folded.setdefault(name.casefold(), name)
        named: dict[Any, Any] = {}
        for store in dict.fromkeys(stores):
            is_plain = not isinstance(store, str) or store in self._exact
            named[store] = store if is_plain else self._by_folded.setdefault(store.casefold(), store)
        return [named[store] for store in stores]
