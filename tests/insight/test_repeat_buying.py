"""Who still buys and how often: the published fit, known answers, ranges, and refusals that say why."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.integrate import quad
from scipy.special import beta

from insight.repeat_buying import Fit, Refusal, Silence, compressed, fit
from insight.repeat_buying_model import Likelihood, expected_of
from tests.insight.cdnow import WEEKS, columns

Floats = NDArray[np.float64]


@pytest.fixture(scope="module")
def published() -> Fit:
    """Give the fit to CDNOW."""
    x, t_x, t, _ = columns()
    found = fit(x, t_x, t)
    assert isinstance(found, Fit)
    return found


def test_cdnow_gives_the_published_parameters(published: Fit) -> None:
    """Table 2 of the paper: r .243, α 4.414, a .793, b 2.426, log likelihood -9582.4."""
    assert [round(each, 3) for each in (published.r, published.alpha, published.a, published.b)] == pytest.approx(
        [0.243, 4.414, 0.793, 2.426], abs=0.0011
    )
    assert round(published.log_likelihood, 1) == -9582.4
    assert (published.n, published.again) == (2357, 2457)


def test_published_conditional_expectation(published: Fit) -> None:
    """Customer 1 of the authors' spreadsheet: twice again, last in week 30.43 of 38.86, is to buy 1.226 times in 39."""
    assert published.expected(2, 30.43, 38.86, WEEKS)[0] == pytest.approx(1.226, abs=0.0005)


def test_the_order_of_customers_and_counts_change_nothing(published: Fit) -> None:
    """Rows put together by hand, in another order, give the same fit."""
    x, t_x, t, _ = columns()
    rows = compressed(x, t_x, t, np.ones(len(x)))
    assert len(rows[0]) < len(x)
    assert rows[3].sum() == len(x)
    turned = fit(rows[0][::-1], rows[1][::-1], rows[2][::-1], counts=rows[3][::-1])
    assert isinstance(turned, Fit)
    assert (turned.r, turned.alpha, turned.a, turned.b) == pytest.approx(
        (published.r, published.alpha, published.a, published.b), rel=1e-6
    )


def test_the_unit_of_time_changes_only_alpha(published: Fit) -> None:
    """In days alpha is sevenfold, and the rest is the same."""
    x, t_x, t, _ = columns()
    days = fit(x, t_x * 7, t * 7)
    assert isinstance(days, Fit)
    assert days.alpha / published.alpha == pytest.approx(7, rel=1e-5)
    assert (days.r, days.a, days.b) == pytest.approx((published.r, published.a, published.b), rel=1e-5)


def test_gradient_is_that_of_the_likelihood() -> None:
    """Differences of the value agree with the gradient, far from the minimum as well."""
    x, t_x, t, _ = columns()
    likelihood = Likelihood(x, t_x, t, np.ones(len(x)))
    for logs in (np.array([-1.4, 1.5, -0.2, 0.9]), np.array([1.0, -1.0, 2.0, -2.0])):
        for place in range(4):
            step = np.zeros(4)
            step[place] = 1e-6
            slope = (likelihood(logs + step)[0] - likelihood(logs - step)[0]) / 2e-6
            assert likelihood(logs)[1][place] == pytest.approx(slope, rel=1e-5, abs=1e-8)


@pytest.mark.parametrize(
    ("r", "alpha", "a", "b"),
    [
        (0.243, 4.414, 0.793, 2.426),
        (0.5, 2.0, 1.0, 2.0),
        (2.0, 9.0, 0.4, 0.6),
        (0.3, 1.0, 0.2, 0.3),
        (3.0, 4.0, 5.0, 9.0),
    ],
)
@pytest.mark.parametrize(("x", "t_x", "t"), [(0, 0.0, 40.0), (1, 3.0, 10.0), (30, 50.0, 52.0), (900, 510.0, 520.0)])
def test_expectation_agrees_with_its_integral(
    r: float, alpha: float, a: float, b: float, x: int, t_x: float, t: float
) -> None:
    """
    Whoever is alive has p from Beta(a, b+x) and a rate from Gamma(r+x, α+t); the integral over both has no singularity.

    That holds at a = 1 and a + b = 1 as well, and for hundreds of purchases, where the printed form overflows.
    """
    weeks = 52.0

    def brings(p: float) -> float:
        return float(-np.expm1(-(r + x) * np.log1p(p * weeks / (alpha + t))) / p)

    def by_left(u: float) -> float:  # u = p^a, so that the density has no pole at 0
        p = max(u, 1e-300) ** (1 / a)
        return float(brings(p) * (1 - p) ** (b + x - 1) / a)

    def by_right(v: float) -> float:  # v = (1-p)^(b+x), so that it has none at 1
        p = 1 - v ** (1 / (b + x))
        return float(brings(p) * p ** (a - 1) / (b + x))

    middle = a / (a + b + x)
    left = [0.0, (middle / 10) ** a, middle**a]
    alive = sum(quad(by_left, *bounds, limit=200, epsabs=0)[0] for bounds in itertools.pairwise(left))
    alive += quad(by_right, 0, (1 - middle) ** (b + x), limit=200, epsabs=0)[0]
    alive /= float(beta(a, b + x))
    logs = np.log([r, alpha, a, b])
    model = Fit(r, alpha, a, b, 0.0, 0, 0, ((0.0,) * 4,) * 4)
    found = expected_of(logs, np.array([float(x)]), np.array([t_x]), np.array([t]), weeks)[0]
    assert found == pytest.approx(alive * model.alive(x, t_x, t)[0], rel=2e-5)


def test_who_bought_once_is_alive_and_who_stopped_is_not(published: Fit) -> None:
    """By the model x = 0 is alive for certain; of two with 26 purchases, the silent one hardly."""
    alive = published.alive([0, 26, 26], [0, 38.0, 20.0], 38.86)
    assert alive[0] == 1
    assert alive[1] > 0.8
    assert alive[2] < 0.01
    assert (np.diff(published.expected([0, 26], [0, 38.0], 38.86, 52)) > 0).all()


def test_more_time_brings_more_and_none_brings_nothing(published: Fit) -> None:
    """Expectations grow with the weeks, from 0."""
    told = [published.expected(3, 20, 30, weeks)[0] for weeks in (0, 1, 10, 52, 520)]
    assert told[0] == pytest.approx(0, abs=1e-12)
    assert told == sorted(told)
    assert published.expected_new(39) == pytest.approx(1.195, abs=0.001)


def test_ranges_contain_the_value_and_narrow_with_more_customers(published: Fit) -> None:
    """Tenfold data give about a third of the width; probabilities stay between 0 and 1; x = 0 has no range."""
    x, t_x, t, _ = columns()
    more = fit(x, t_x, t, counts=np.full(len(x), 10))
    assert isinstance(more, Fit)
    few = published.alive_range([2, 26, 0], [30.43, 30.86, 0], 38.86)
    many = more.alive_range([2, 26, 0], [30.43, 30.86, 0], 38.86)
    assert ((few.low <= few.value) & (few.value <= few.high) & (few.low > 0) & (few.high <= 1)).all()
    assert few.low[2] == few.high[2] == 1
    assert ((many.high - many.low)[:2] / (few.high - few.low)[:2]) == pytest.approx(10**-0.5, rel=0.05)
    told = published.expected_range(2, 30.43, 38.86, WEEKS)
    assert told.low[0] < told.value[0] < told.high[0]


def test_the_range_of_the_parameters_holds_over_drawn_populations() -> None:
    """Of 15 populations drawn from one model, its true expectation lies in most of the 95 % ranges."""
    rng = np.random.default_rng(6)
    truth = Fit(0.6, 5.0, 0.8, 2.5, 0.0, 0, 0, ((0.0,) * 4,) * 4)
    inside = 0
    for _ in range(15):
        found = fit(*drawn(rng, truth, 1500, 60.0))
        assert isinstance(found, Fit)
        told = found.expected_range(3, 20.0, 40.0, 52)
        inside += bool(told.low[0] <= truth.expected(3, 20.0, 40.0, 52)[0] <= told.high[0])
    assert inside >= 12


def test_too_few_say_so() -> None:
    """Under 100 customers or 100 purchases again, a sentence with the numbers."""
    found = fit([0] * 5 + [2], [0] * 5 + [3], [9] * 6)
    assert isinstance(found, Refusal)
    assert found.why is Silence.TOO_FEW
    assert "6 customers with 2 purchases" in found.sentence


def test_purchases_that_do_not_tell_the_parameters_are_refused() -> None:
    """All customers alike, as from a machine: the parameters run away, and the fit says nothing."""
    found = fit([10] * 500, [50] * 500, [52] * 500)
    assert isinstance(found, Refusal)
    assert found.why in {Silence.AT_A_BOUND, Silence.UNCERTAIN, Silence.NOT_CONVERGED}


def test_impossible_columns_are_an_error() -> None:
    """A last purchase after the end is a mistake of the caller."""
    with pytest.raises(ValueError, match="count days anew"):
        fit([1], [10], [9])


def drawn(rng: np.random.Generator, model: Fit, n: int, weeks: float) -> tuple[Floats, Floats, Floats]:
    """Draw *n* customers of *model*, first bought in the first half of *weeks*."""
    t = weeks - rng.uniform(0, weeks / 2, n)
    rate, leave = rng.gamma(model.r, 1 / model.alpha, n), rng.beta(model.a, model.b, n)
    x, t_x = np.zeros(n), np.zeros(n)
    alive, now = np.ones(n, dtype=bool), np.zeros(n)
    while alive.any():
        now = now + rng.exponential(1, n) / np.maximum(rate, 1e-12)
        alive &= now <= t
        x, t_x = x + alive, np.where(alive, now, t_x)
        alive &= rng.random(n) >= leave
    return x, t_x, t
