"""Returns find the purchase that they belong to, and no cent is lost on the way."""

from __future__ import annotations

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from domain.purchases import Purchase
from domain.receipts import receipts_of

AT = dt.datetime(2027, 3, 2, 12, tzinfo=dt.UTC)


def line(receipt: str, day: int, amount: int, product: str = "", store: str = "main") -> Purchase:
    return Purchase(receipt, AT + dt.timedelta(days=day), amount, "EUR", product, store=store)


def _amounts(lines: list[Purchase]) -> list[tuple[str, list[int], int]]:
    return [(each.number, [one.amount_minor for one in each.lines], each.returned_minor) for each in receipts_of(lines)]


def test_a_return_under_another_number_goes_to_the_newest_purchase_of_that_product() -> None:
    """Two weeks ago and last week: the newer one is meant, and the older one where that is not enough."""
    lines = [line("1", 0, 500, "tea"), line("2", 7, 500, "tea"), line("3", 8, -700, "tea")]
    assert _amounts(lines) == [("1", [300], 200), ("2", [], 500), ("3", [], 0)]


def test_a_return_on_its_own_receipt_stays_there() -> None:
    """The newest purchase of all is not touched."""
    lines = [line("1", 0, 500, "tea"), line("2", 7, 500, "tea"), line("1", 8, -500, "tea")]
    assert _amounts(lines) == [("1", [], 500), ("2", [500], 0)]


def test_what_was_never_bought_stays_with_the_return() -> None:
    """Of a product that nobody knows, or more than was paid, or before it was bought."""
    lines = [line("1", 5, 500, "tea"), line("2", 4, -500, "tea"), line("3", 6, -300), line("4", 7, -900, "tea")]
    assert _amounts(lines) == [("2", [-500], 0), ("1", [], 500), ("3", [-300], 0), ("4", [-400], 0)]


def test_two_stores_have_receipts_of_one_number() -> None:
    """The number of a receipt is its store's."""
    found = receipts_of([line("1", 0, 500, store="a"), line("1", 1, 300, store="b")])
    assert [each.ref for each in found] == ["receipt:a:1", "receipt:b:1"]


@given(
    st.lists(
        st.tuples(st.sampled_from("123"), st.integers(0, 9), st.integers(-900, 900), st.sampled_from(["", "a", "b"])),
        max_size=12,
    )
)
def test_the_amounts_together_are_those_that_were_reported(drawn: list[tuple[str, int, int, str]]) -> None:
    """In whatever order the lines come, too."""
    lines = [line(*each) for each in drawn]
    found = receipts_of(lines)
    assert sum(one.amount_minor for each in found for one in each.lines) == sum(each.amount_minor for each in lines)
