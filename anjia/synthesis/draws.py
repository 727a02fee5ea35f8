"""Exact quotas and order-preserving matching, the two tools that keep the town near the census."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Ints = NDArray[np.int64]


def quotas(weights: ArrayLike, total: int) -> Ints:
    """Splits `total` in proportion to `weights` by largest remainders; ties go to the first.

    Returns:
        Integers of the shape of `weights` that sum to `total`.
    """
    shape = np.shape(weights)
    flat = np.asarray(weights, dtype=float).ravel()
    exact = flat / flat.sum() * total
    whole = np.floor(exact).astype(np.int64)
    order = np.argsort(-(exact - whole), kind="stable")
    whole[order[: total - int(whole.sum())]] += 1
    return whole.reshape(shape)


def rounded(weights: ArrayLike, total: int) -> Ints:
    """Splits `total` in proportion to `weights` so that every run of neighbours is right to one.

    Sums over the last axes deviate by less than one, which largest remainders do not promise.

    Returns:
        Integers of the shape of `weights` that sum to `total`.
    """
    flat = np.asarray(weights, dtype=float).ravel()
    edges = np.floor(np.cumsum(flat) / flat.sum() * total + 0.5).astype(np.int64)
    edges[-1] = total
    return np.diff(edges, prepend=0).reshape(np.shape(weights))


def match(wanted: ArrayLike, offered: ArrayLike, slack: float) -> Ints:
    """Gives each wanted value an offer of its own, not below it if one is left.

    Both sides are sorted and walked once, so the work is that of the sort.

    Args:
        wanted: (n,) values.
        offered: (m,) values.
        slack: largest accepted difference between offer and wish.

    Returns:
        (n,) positions in `offered`, -1 for those that found none.
    """
    want, offer = np.asarray(wanted, dtype=float), np.asarray(offered, dtype=float)
    result = np.full(len(want), -1, dtype=np.int64)
    if len(want) == 0 or len(offer) == 0:
        return result
    by_want, by_offer = np.argsort(want, kind="stable"), np.argsort(offer, kind="stable")
    first = np.searchsorted(offer[by_offer], want[by_want], side="left")
    steps = np.arange(len(want))
    slot = np.maximum.accumulate(first - steps) + steps
    fits = slot < len(offer)
    fits[fits] = np.abs(offer[by_offer[slot[fits]]] - want[by_want[fits]]) <= slack
    result[by_want[fits]] = by_offer[slot[fits]]
    return result


def pick(rng: np.random.Generator, weights: ArrayLike, count: int) -> Ints:
    """Draws `count` different positions with probability in proportion to `weights`."""
    chance = np.asarray(weights, dtype=float)
    with np.errstate(divide="ignore"):
        keys = np.log(chance) + rng.gumbel(size=len(chance))
    count = min(count, int((chance > 0).sum()))
    return np.sort(np.argsort(-keys, kind="stable")[:count])


def top(score: NDArray[np.float64], count: int) -> Ints:
    """Gives the positions of the `count` highest scores."""
    return np.argsort(-score, kind="stable")[: max(count, 0)]


def ranks(*keys: NDArray[np.generic]) -> Ints:
    """Gives each row's rank, from 0, among the rows with the same keys, in row order."""
    order = np.lexsort(keys[::-1])
    new = np.ones(len(order), dtype=bool)
    if len(order):
        new[1:] = np.any([key[order][1:] != key[order][:-1] for key in keys], axis=0)
    starts = np.flatnonzero(new)
    result = np.empty(len(order), dtype=np.int64)
    result[order] = np.arange(len(order)) - np.repeat(starts, np.diff(np.append(starts, len(order))))
    return result


def weighted(rng: np.random.Generator, weights: Sequence[float] | NDArray[np.float64], count: int) -> Ints:
    """Draws `count` positions with replacement."""
    share = np.asarray(weights, dtype=float)
    return np.searchsorted(np.cumsum(share) / share.sum(), rng.random(count), side="right").clip(0, len(share) - 1)
