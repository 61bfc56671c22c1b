"""Which stores there are, as far as tills, files and staff have named them, and which a typed name means."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from domain.loyalty import Loyalty
from store.coupons_staff import stores_added, stores_of_purchases, stores_of_staff
from store.database import Tx, unhurried

_ALIKE = 0.6
"""How like a name must be to what was typed to stand first, by difflib's ratio."""


@dataclass(frozen=True, slots=True)
class KnownStores:
    """The stores by *name*. *is_sure*: a till or a file names some, so that a name that is none of them is a slip."""

    names: tuple[str, ...]
    is_sure: bool

    def named(self, name: str) -> str | None:
        """Return the store of that name as it is known, whatever capitals it is typed with, or None."""
        return next((each for each in self.names if each.casefold() == name.casefold()), None)

    def meant(self, name: str) -> str | None:
        """Return the store of that name, or None where there is none; a new name is believed where nothing is sure."""
        return self.named(name) or (None if self.is_sure else name)

    def likest(self, name: str) -> Sequence[str]:
        """Return all of them, those that are most like *name* first, then by name."""
        folded = {each.casefold(): each for each in self.names}
        near = difflib.get_close_matches(name.casefold(), list(folded), n=max(1, len(folded)), cutoff=_ALIKE)
        return [*(folded[each] for each in near), *(each for each in self.names if each.casefold() not in near)]


async def known_stores(tx: Tx, loyalty: Loyalty, name: str = "") -> KnownStores:
    """
    Return those that tills report purchases from lately, those that campaigns and published events name in their files,
    those that staff work in, and those that managers have added. Where two differ in capitals only, the tills' name
    counts.

    Where that leaves a *name* that somebody typed unknown, tills' purchases are looked through further back.
    """
    known = await _known(tx, loyalty, await stores_of_purchases(tx))
    if not name or known.meant(name) is not None:
        return known
    with unhurried(tx):
        by_tills = await stores_of_purchases(tx, far=True)
    return await _known(tx, loyalty, by_tills)


async def _known(tx: Tx, loyalty: Loyalty, by_tills: Sequence[str]) -> KnownStores:
    others = [*await stores_of_staff(tx), *await stores_added(tx)]
    of_files = [store for campaign in loyalty.campaigns for store in campaign.stores]
    of_files += [event.store for event in loyalty.events if event.store and event.published]
    known: dict[str, str] = {}
    for each in (*by_tills, *of_files, *others):
        known.setdefault(each.casefold(), each)
    return KnownStores(tuple(sorted(known.values(), key=str.casefold)), is_sure=bool(by_tills or of_files))
