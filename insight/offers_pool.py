"""Histories that come part by part, put together into one: each part numbers products and groups by itself."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from insight.histories import Histories

Places = NDArray[np.int32]


def joined(parts: Sequence[Histories]) -> Histories:
    """Give the customers of all parts, which are different ones, in their order. Raises ValueError without a part."""
    if not parts:
        raise ValueError("histories: there is no part to put together")
    products = sorted({name for part in parts for name in part.product_names})
    groups = sorted({name for part in parts for name in part.group_names})
    product_places = {name: place for place, name in enumerate(products)}
    group_places = {name: place for place, name in enumerate(groups)}
    lines = np.cumsum([0, *(len(part.days) for part in parts)])
    receipts = np.cumsum([0, *(int(part.receipts.max()) + 1 if len(part.receipts) else 0 for part in parts)])

    def renumbered(part: Histories) -> tuple[Places, Places]:
        names = np.array([product_places[name] for name in part.product_names], dtype=np.int32)
        kinds = np.array([group_places[name] for name in part.group_names], dtype=np.int32)
        return names[part.products], kinds[part.groups]

    numbers = [renumbered(part) for part in parts]
    offsets = [part.offsets[:-1] + begin for part, begin in zip(parts, lines.tolist(), strict=False)]
    return Histories(
        customers=np.concatenate([part.customers for part in parts]),
        offsets=np.concatenate([*offsets, lines[-1:]]).astype(np.int64),
        days=np.concatenate([part.days for part in parts]),
        instants=np.concatenate([part.instants for part in parts]),
        receipts=np.concatenate([part.receipts + begin for part, begin in zip(parts, receipts.tolist(), strict=False)]),
        amounts=np.concatenate([part.amounts for part in parts]),
        own=np.concatenate([part.own for part in parts]),
        bought=np.concatenate([part.bought for part in parts]),
        groups=np.concatenate([kinds for _, kinds in numbers]).astype(np.int32),
        group_names=tuple(groups),
        products=np.concatenate([names for names, _ in numbers]).astype(np.int32),
        product_names=tuple(products),
        quantities=np.concatenate([part.quantities for part in parts]),
        next_days=np.concatenate([part.next_days for part in parts]),
    )
