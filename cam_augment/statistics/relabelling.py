"""Tests by relabelling whole models: exact under the null, whatever the distribution.

If a strategy does nothing, its models and the baselines are exchangeable, and every way to
call n_A of all n models "strategy A" was equally likely. p is the share of relabellings
whose statistic is at least as extreme as the observed one, itself included; this is valid
for a random sample of relabellings too (Phipson and Smyth 2010).
"""

from dataclasses import dataclass
from itertools import chain, combinations
from math import comb

import numpy as np

LIMIT = 200_000
ROUNDING = 1e-9


@dataclass(frozen=True)
class Difference:
    """A difference between two groups of models and its two-sided test.

    Attributes:
        estimate: group A less group B.
        p: 0..1. standard_error: of p, 0 where all relabellings were counted.
        smallest_p: the least p that this design can reach.
        exact: whether all relabellings were counted.
    """

    estimate: float
    p: float
    standard_error: float
    smallest_p: float
    exact: bool


@dataclass(frozen=True)
class Energy:
    """The excess shift of group A from group B and its one-sided test.

    Attributes:
        floor: F, mean distance of two baselines. between: C, of a model of A and a
            baseline. within: W, of two models of A. excess: E = 2C - F - W.
        p, standard_error, smallest_p, exact: as in ``Difference``.
    """

    floor: float
    between: float
    within: float
    excess: float
    p: float
    standard_error: float
    smallest_p: float
    exact: bool


@dataclass(frozen=True)
class WorstClass:
    """The class that loses most under A for its noise, and whether any loses beyond it.

    Attributes:
        index: its number, None where no class has values. gain: its change, A less B.
        p: of the largest standardised loss over all classes, one-sided.
        standard_error, smallest_p, exact: as in ``Difference``.
    """

    index: int | None
    gain: float
    p: float
    standard_error: float
    smallest_p: float
    exact: bool


def relabellings(n_a: int, n_b: int, limit: int = LIMIT, seed: int = 0) -> np.ndarray:
    """Return ways to call ``n_a`` of ``n_a + n_b`` models A: bool [relabelling, model].

    The observed labelling (the first ``n_a`` models) is row 0. All C(n_a + n_b, n_a) are
    listed, each once, when they are no more than ``limit``; otherwise ``limit`` rows, all
    but the first drawn at random with replacement.

    >>> relabellings(1, 2).astype(int)
    array([[1, 0, 0],
           [0, 1, 0],
           [0, 0, 1]])
    """
    n, count = n_a + n_b, comb(n_a + n_b, n_a)
    if count > limit:
        observed = np.tile(np.arange(n) < n_a, (limit, 1))
        observed[1:] = np.random.default_rng(seed).permuted(observed[1:], axis=1)
        return observed
    chosen = np.fromiter(chain.from_iterable(combinations(range(n), n_a)), int, count * n_a)
    labels = np.zeros((count, n), dtype=bool)
    np.put_along_axis(labels, chosen.reshape(count, n_a), True, axis=1)
    return labels


def smallest_p(n_a: int, n_b: int, limit: int | None = None) -> float:
    """Return the least p of an exact test of ``n_a`` against ``n_b`` models, 0..1.

    One relabelling in C(n_a + n_b, n_a); two where the groups are of one size, because
    swapping them changes neither the excess shift nor a two-sided difference. With a
    ``limit`` on the relabellings, no less than 1 / limit.

    >>> round(smallest_p(4, 8), 5), round(smallest_p(4, 4), 5)
    (0.00202, 0.02857)
    """
    least = (2 if n_a == n_b else 1) / comb(n_a + n_b, n_a)
    return max(least, 1 / limit) if limit else least


def _p(statistic: np.ndarray, labels: np.ndarray, scale: float, swaps: bool = True) -> dict:
    """Return the share of relabellings at or above the observed, which is the first."""
    total, n = labels.shape
    n_a = int(labels[0].sum())
    exact = total == comb(n, n_a)
    p = float(np.mean(statistic >= statistic[0] - ROUNDING * scale))
    least = max(smallest_p(n_a, n - n_a), 1 / total) if swaps else 1 / total
    error = 0.0 if exact else float(np.sqrt(p * (1 - p) / total))
    return {"p": p, "standard_error": error, "smallest_p": least, "exact": exact}


_NO_TEST = {"p": np.nan, "standard_error": np.nan, "smallest_p": np.nan, "exact": False}


def _pair_means(distance: np.ndarray, labels: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return floor, between and within [relabelling] under each relabelling."""
    chosen = labels.astype(np.float64)
    n_a = int(labels[0].sum())
    n_b = labels.shape[1] - n_a
    within = ((chosen @ distance) * chosen).sum(axis=1)
    between = chosen @ distance.sum(axis=1) - within
    floor = distance.sum() - 2 * between - within
    # A group of one model has no pair: its mean is NaN.
    pairs = [n * (n - 1) if n > 1 else np.nan for n in (n_b, n_a)]
    return floor / pairs[0], between / (n_a * n_b), within / pairs[1]


def _square(distance, n_a: int) -> np.ndarray:
    distance = np.asarray(distance, dtype=np.float64)
    n = len(distance)
    if distance.shape != (n, n) or not 0 < n_a < n:
        raise ValueError(
            f"distances are [model, model], the first n_a of group A; received shape "
            f"{distance.shape} and n_a = {n_a}"
        )
    return distance


def energy_test(distance, n_a: int, limit: int = LIMIT, seed: int = 0) -> Energy:
    """Test whether group A's maps lie apart from group B's, beyond the models' own noise.

    E = 2C - F - W is the energy distance of two samples (Szekely and Rizzo 2013, eq. 2.5,
    here with pairs of different models only, so that E is unbiased and may be negative).
    One-sided: p = P(E* >= E) over relabellings.

    Args:
        distance: float [model, model], symmetric with a zero diagonal; the first ``n_a``
            models are group A.
        limit, seed: see ``relabellings``.

    Returns:
        Energy; E and p are NaN where a group has one model or a distance is not finite.

    Raises:
        ValueError: the distances are not square or ``n_a`` leaves a group empty.

    >>> apart = energy_test([[0, 1, 3, 3], [1, 0, 3, 3], [3, 3, 0, 1], [3, 3, 1, 0]], n_a=2)
    >>> apart.excess, round(apart.p, 4)
    (4.0, 0.3333)
    """
    distance = _square(distance, n_a)
    labels = relabellings(n_a, len(distance) - n_a, limit, seed)
    floor, between, within = _pair_means(distance, labels)
    excess = 2 * between - floor - within
    means = {"floor": floor, "between": between, "within": within, "excess": excess}
    tested = _p(excess, labels, np.abs(distance).max()) if np.isfinite(excess[0]) else _NO_TEST
    return Energy(**{name: float(values[0]) for name, values in means.items()}, **tested)


def agreement_test(distance, n_a: int, limit: int = LIMIT, seed: int = 0) -> Difference:
    """Test W - F: do models of A differ less (or more) among themselves than baselines do?

    Two-sided, by the same relabelling and with the same arguments as ``energy_test``;
    negative where models agree more under A.

    >>> agreement_test([[0, 1, 3, 3], [1, 0, 3, 3], [3, 3, 0, 2], [3, 3, 2, 0]], 2).estimate
    -1.0
    """
    distance = _square(distance, n_a)
    labels = relabellings(n_a, len(distance) - n_a, limit, seed)
    floor, _, within = _pair_means(distance, labels)
    change = within - floor
    scale = np.abs(distance).max()
    tested = _p(np.abs(change), labels, scale) if np.isfinite(change[0]) else _NO_TEST
    return Difference(estimate=float(change[0]), **tested)


def _mean_differences(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return mean A less mean B [relabelling, ...] of ``values`` [model, ...]."""
    n, n_a = labels.shape[1], int(labels[0].sum())
    weights = np.where(labels, 1 / n_a, -1 / (n - n_a))
    return weights @ values


def difference_test(a, b, limit: int = LIMIT, seed: int = 0) -> Difference:
    """Test the difference of two groups' means, one number per model, two-sided.

    ``a`` and ``b`` are float [model]; NaN values are left out.

    Returns:
        Difference; NaN where a group is empty.

    >>> difference_test([3.0, 5.0], [1.0, 2.0, 0.0]).p
    0.1
    """
    a, b = (values[~np.isnan(values)] for values in (np.asarray(a, float), np.asarray(b, float)))
    if not len(a) or not len(b):
        return Difference(estimate=np.nan, **_NO_TEST)
    values = np.concatenate([a, b])
    centred = values - values.mean()
    labels = relabellings(len(a), len(b), limit, seed)
    change = _mean_differences(centred, labels)
    tested = _p(np.abs(change), labels, np.abs(centred).max())
    return Difference(estimate=float(a.mean() - b.mean()), **tested)


def worst_class_test(a, b, limit: int = LIMIT, seed: int = 0) -> WorstClass:
    """Test whether any class loses under A, corrected over classes by the maximum.

    Each class is divided by its standard deviation over all models pooled (a relabelling
    leaves it as it is); the statistic is the largest standardised loss (Westfall and Young
    1993). One-sided. Classes in which all models are alike, or any is NaN, do not take part.

    Args:
        a: float [model, class], such as recalls; b: float [model, class].

    >>> worst_class_test([[0.9, 0.2], [0.8, 0.3]], [[0.8, 0.7], [0.9, 0.8]]).index
    1
    """
    a, b = np.asarray(a, float), np.asarray(b, float)
    gains = a.mean(axis=0) - b.mean(axis=0)
    if np.isnan(gains).all():
        return WorstClass(index=None, gain=np.nan, **_NO_TEST)
    labels = relabellings(len(a), len(b), limit, seed)
    losses = _standardised_losses(np.concatenate([a, b]), labels)
    known = np.isfinite(losses[0])
    worst = int(np.nanargmax(losses[0]) if known.any() else np.nanargmin(gains))
    loss = losses[:, known].max(axis=1, initial=-np.inf) if known.any() else np.zeros(len(labels))
    tested = _p(loss, labels, scale=1.0, swaps=False)
    return WorstClass(index=worst, gain=float(gains[worst]), **tested)


def _standardised_losses(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return each class's loss over its spread [relabelling, class]; NaN takes no part."""
    centred = values - values.mean(axis=0)
    spread = np.sqrt((centred**2).mean(axis=0))
    # NaN fails the comparison too; a spread of rounding errors is none.
    varies = spread > ROUNDING * np.abs(np.nan_to_num(values)).max(initial=0)
    losses = np.full((len(labels), values.shape[1]), np.nan)
    if varies.any():
        losses[:, varies] = -_mean_differences(centred[:, varies] / spread[varies], labels)
    return losses
