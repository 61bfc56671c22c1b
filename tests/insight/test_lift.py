"""Typical pairs: planted ones are found, coincidences are not."""

from __future__ import annotations

import numpy as np
import pytest

from insight.lift import typical_pairs

NAMES = [f"P{number:03d}" for number in range(60)]


def test_figures_are_those_counted_by_hand() -> None:
    """100 receipts: 20 with coffee, 25 with filters, 15 with both: 15 % against 5 % by chance is a lift of 3."""
    receipts = [*range(20), *range(5, 30), *range(100)]
    products = [0] * 20 + [1] * 25 + [2] * 100  # the bag is on every receipt, so it goes with nothing
    found = typical_pairs(np.array(receipts), np.array(products, dtype=np.int32), ["coffee", "filters", "bag"])
    assert [(pair.first, pair.second, pair.receipts) for pair in found] == [("coffee", "filters", 15)]
    assert (found[0].support, found[0].confidence, found[0].lift) == pytest.approx((0.15, 0.75, 3.0))
    assert 1 < found[0].lift_low < 3


def noise(rng: np.random.Generator, n: int) -> tuple[list[int], list[int]]:
    """Draw *n* receipts of three products each, independent of one another."""
    return np.repeat(np.arange(n), 3).tolist(), rng.integers(0, 60, 3 * n).tolist()


def test_planted_pairs_are_found_and_come_first() -> None:
    """Two pairs that are put together on purpose lead, above all coincidences among 1,770 pairs."""
    receipts, products = noise(np.random.default_rng(1), 3000)
    for receipt in range(0, 3000, 15):
        receipts += [receipt, receipt]
        products += [7, 33]
    for receipt in range(0, 3000, 20):
        receipts += [receipt, receipt]
        products += [12, 50]
    found = typical_pairs(np.array(receipts), np.array(products, dtype=np.int32), NAMES)
    assert {frozenset((pair.first, pair.second)) for pair in found[:2]} == {
        frozenset(("P007", "P033")), frozenset(("P012", "P050")),
    }  # fmt: skip


def test_chance_alone_gives_no_pair() -> None:
    """Of 20 stores without any pattern, at the most two show a pair: the test allows one in twenty."""
    rng = np.random.default_rng(2)
    shown = 0
    for _ in range(20):
        receipts, products = noise(rng, 2000)
        shown += bool(typical_pairs(np.array(receipts), np.array(products, dtype=np.int32), NAMES))
    assert shown <= 2


def test_a_rare_coincidence_does_not_win() -> None:
    """Two products that were bought four times, always together, have a lift of 250 and are no pair."""
    receipts, products = noise(np.random.default_rng(3), 1000)
    for receipt in range(4):
        receipts += [receipt, receipt]
        products += [60, 61]
    found = typical_pairs(np.array(receipts), np.array(products, dtype=np.int32), [*NAMES, "rare", "rarer"])
    assert all("rare" not in (pair.first, pair.second) for pair in found)


def test_a_wholesalers_receipt_says_nothing() -> None:
    """A receipt with more than a hundred products is left out; nothing bought gives nothing."""
    assert typical_pairs(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int32), []) == ()
    products = np.tile(np.arange(150, dtype=np.int32), 10)
    receipts = np.repeat(np.arange(10), 150)
    assert typical_pairs(receipts, products, [str(each) for each in range(150)]) == ()


def test_the_order_of_lines_changes_nothing() -> None:
    """Lines come in any order, and what is on a receipt twice counts once."""
    receipts, products = noise(np.random.default_rng(4), 500)
    receipts += [each for each in range(0, 500, 5) for _ in range(3)]
    products += [1, 2, 2] * 100
    one = typical_pairs(np.array(receipts), np.array(products, dtype=np.int32), NAMES)
    two = typical_pairs(np.array(receipts[::-1]), np.array(products[::-1], dtype=np.int32), NAMES)
    assert one == two
    assert frozenset((one[0].first, one[0].second)) == frozenset(("P001", "P002"))
