"""Nearest neighbours: who buys alike, what they buy lately, and what of it she has in common with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array

from insight.histories import Floats, Ints
from insight.offers_model import OfferModel

NEIGHBOURS = 200
"""So many of the pool are somebody's neighbours at the most."""

_SHARPNESS = 1.5  # nearer ones count more than in proportion
_SAME = 1.0 - 1e-9


@dataclass(frozen=True, slots=True)
class Neighbours:
    """The places in the pool of those who buy as somebody does, the nearest first, and their weights (1 in all)."""

    places: Ints
    weights: Floats


def neighbours_of(model: OfferModel, profiles: csr_array) -> list[Neighbours]:
    """
    Find the neighbours of the customer of each profile by the cosine of their profiles.

    User-based collaborative filtering: P. Resnick et al., Proceedings of CSCW (1994) 175-186; cosine and the damping
    of what everybody buys: J. S. Breese, D. Heckerman, C. Kadie, Proceedings of UAI (1998) 43-52. Whose profile is the
    same has bought the same products and can tell nothing new: she, and her equals, are nobody's neighbours. Equally
    near ones are taken in the pool's order, which depends on what they bought only.
    """
    alike = csr_array(profiles @ model.profiles.T)
    return [
        _nearest(alike.indices[begin:end], alike.data[begin:end])
        for begin, end in zip(alike.indptr[:-1].tolist(), alike.indptr[1:].tolist(), strict=True)
    ]


def _nearest(places: Ints, cosines: Floats) -> Neighbours:
    others = np.flatnonzero(cosines < _SAME)
    near = cosines[others]
    if len(near) > NEIGHBOURS:  # only those who may be among them are put in order
        enough = np.flatnonzero(near >= np.partition(near, len(near) - NEIGHBOURS)[len(near) - NEIGHBOURS])
        others, near = others[enough], near[enough]
    kept = places[others].astype(np.int64)
    order = np.lexsort((kept, -near))[:NEIGHBOURS]
    weights: Floats = near[order] ** _SHARPNESS
    total = float(weights.sum())
    return Neighbours(kept[order], weights / total if total > 0 else weights)


def bought_by(model: OfferModel, near: Neighbours, *, lately: bool) -> Floats:
    """Give for each column the weight (0 to 1) of the neighbours who bought it lately, or ever."""
    matrix = model.lately if lately else model.ever
    begins, ends = matrix.indptr[near.places], matrix.indptr[near.places + 1]
    taken = _ranges(begins, ends)
    weights = np.repeat(near.weights, ends - begins)
    counted = np.bincount(matrix.indices[taken], weights=weights, minlength=len(model.columns))
    return np.asarray(counted, dtype=np.float64)


def item_scores(model: OfferModel, tastes: csr_array, shrinkage: float = 10.0) -> csr_array:
    """
    Score every product by the products that each row's customer bought: item-based neighbours, for comparison.

    Cosine of the products' columns with the weight of rare pairs shrunk: M. Deshpande, G. Karypis, "Item-based top-N
    recommendation algorithms", ACM Transactions on Information Systems 22 (2004) 143-177.
    """
    together = csr_array(model.ever.T @ model.ever).astype(np.float64)
    rows = np.repeat(np.arange(together.shape[0]), np.diff(together.indptr))
    lengths = np.sqrt(model.buyers[model.columns].astype(np.float64))
    together.data /= lengths[rows] * lengths[together.indices] + shrinkage
    together.data[rows == together.indices] = 0.0
    return csr_array(tastes @ together)


def shared_with(model: OfferModel, near: Neighbours, column: int, own: tuple[Ints, Floats]) -> tuple[int, Ints]:
    """
    Say how many neighbours have bought the product of a *column*, and what she has in common with them, by weight.

    *own* is her profile: columns and weights.
    """
    begin, end = model.ever_by_column.indptr[column : column + 2].tolist()
    whose = near.places[np.isin(near.places, model.ever_by_column.indices[begin:end])]
    places, weights = own
    if not len(whose) or not len(places):
        return len(whose), np.zeros(0, dtype=np.int64)
    taken = _ranges(model.profiles.indptr[whose], model.profiles.indptr[whose + 1])
    theirs, data = model.profiles.indices[taken], model.profiles.data[taken]
    common = np.bincount(theirs, weights=data, minlength=len(model.columns))[places] * weights
    order = np.argsort(-common, kind="stable")
    return len(whose), places[order[common[order] > 0]].astype(np.int64)


def _ranges(begins: Ints, ends: Ints) -> Ints:
    """Give the numbers from each begin to its end, one range after the other."""
    lengths = (ends - begins).astype(np.int64)
    if not lengths.sum():
        return np.zeros(0, dtype=np.int64)
    starts = np.repeat(begins - np.concatenate(([0], np.cumsum(lengths)[:-1])), lengths)
    found: Ints = starts + np.arange(int(lengths.sum()))
    return found
