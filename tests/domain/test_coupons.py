"""Codes that people read out, tokens that nobody can make up, and what a coupon costs."""

from __future__ import annotations

import dataclasses
import itertools

import pytest

from domain.coupons import (
    SIGNS,
    Coupon,
    CouponState,
    NewCoupon,
    check_sign,
    coupon_token,
    new_code,
    read_code,
    shown_code,
    signed_code,
)
from tests.store.coupon_scene import NOW, new

KEY = b"k" * 32
_GIVEN = [each.name for each in dataclasses.fields(NewCoupon) if each.name != "limits"]


def test_code_is_read_however_it_is_typed() -> None:
    """With its hyphen, in small letters, with gaps."""
    code = new_code()
    for typed in (code, shown_code(code), code.lower(), " ".join(code), shown_code(code).replace("-", "–")):
        assert read_code(typed) == code


def test_one_wrong_sign_or_two_in_each_others_place_are_always_found() -> None:
    """Nobody gets another's coupon by a slip of the tongue."""
    code = new_code()
    for at, sign in itertools.product(range(len(code)), SIGNS):
        wrong = code[:at] + sign + code[at + 1 :]
        assert (read_code(wrong) is None) == (wrong != code)
    for at in range(len(code) - 1):
        swapped = code[:at] + code[at + 1] + code[at] + code[at + 2 :]
        assert (read_code(swapped) is None) == (swapped != code)


def test_signs_of_a_code_are_not_taken_for_one_another() -> None:
    """No 0 and O, no 1, I and L, no vowel that could make a word; and their number is a prime."""
    assert not set(SIGNS) & set("01OILAEUSZB5N")
    assert len(SIGNS) == len(set(SIGNS)) == 23
    assert check_sign("2" * 9) == "2"


def test_token_opens_with_its_own_key_only() -> None:
    """120 bits of signature; the code is in it, so that a token of one coupon opens no other."""
    code, other = new_code(), new_code()
    rest = coupon_token(KEY, code).removeprefix("c-")
    assert signed_code(KEY, rest) == code
    assert signed_code(b"x" * 32, rest) is None
    assert signed_code(KEY, rest.replace(code, other)) is None
    for forged in ("", "-", code, f"{code}-", f"{code}-ä", rest.lower()):
        assert signed_code(KEY, forged) is None


@pytest.mark.parametrize(
    ("benefit", "purchase", "cost"),
    [
        ({"percent": 20}, 1999, 400),
        ({"percent": 12.5}, 1000, 125),
        ({"percent": 10}, 5, 1),
        ({"percent": 20}, None, 150),
        ({"amount": 500}, 1999, 500),
        ({"words": {"en": "a cup of coffee"}}, 1999, 150),
    ],
)
def test_cost_is_exact_where_it_can_be_and_the_estimate_otherwise(
    benefit: dict[str, object], purchase: int | None, cost: int
) -> None:
    """Half a cent counts as one."""
    given = new(cost=150)
    kept = {name: getattr(given, name) for name in _GIVEN}
    coupon = Coupon(id=1, code="", issued_at=NOW, state=CouponState.OPEN, **{**kept, "benefit": benefit})
    assert coupon.cost_of(purchase) == cost
