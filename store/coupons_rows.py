"""A coupon as a row of the store, and back."""

from __future__ import annotations

import dataclasses
import datetime as dt
from typing import Any

from domain.coupons import Coupon, CouponKind, CouponState, NewCoupon

_COLUMNS = tuple(each.name for each in dataclasses.fields(Coupon))
_GIVEN = tuple(each.name for each in dataclasses.fields(NewCoupon) if each.name not in {"limits", "kind", "benefit"})


def row_of(new: NewCoupon, coupon_id: int, code: str, now: dt.datetime) -> dict[str, Any]:
    """Return the row of a coupon that is given now."""
    return {
        **{name: getattr(new, name) for name in _GIVEN},
        "id": coupon_id,
        "code": code,
        "kind": new.kind.value,
        "benefit": dict(new.benefit),
        "issued_at": now,
        "state": CouponState.OPEN.value,
    }


def coupon_of(row: Any) -> Coupon:
    """Return the coupon of a row."""
    values = {name: getattr(row, name) for name in _COLUMNS}
    return Coupon(**{**values, "kind": CouponKind(row.kind), "state": CouponState(row.state)})
