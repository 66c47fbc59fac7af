"""Slow twins of statistics, written from their definitions."""

from fractions import Fraction
from itertools import combinations, permutations
from math import comb

import numpy as np
import scipy.stats

from tests.twins import correlation, mean, ranks


def excess(distance, group_a) -> tuple[float, float, float]:
    """Floor, between and within of the models ``group_a`` and the rest."""
    group_b = [model for model in range(len(distance)) if model not in group_a]
    floor = mean(distance[i][j] for i, j in combinations(group_b, 2))
    between = mean(distance[i][j] for i in group_a for j in group_b)
    within = mean(distance[i][j] for i, j in combinations(group_a, 2))
    return floor, between, within


def relabelling_p(statistic, n, n_a) -> float:
    """The share of all ways to choose group A whose statistic reaches the observed one."""
    observed = statistic(tuple(range(n_a)))
    reached = sum(statistic(group) >= observed - 1e-9 for group in combinations(range(n), n_a))
    return reached / comb(n, n_a)


def energy_p(distance, n_a) -> float:
    def statistic(group):
        floor, between, within = excess(distance, group)
        return 2 * between - floor - within

    return relabelling_p(statistic, len(distance), n_a)


def agreement_p(distance, n_a) -> float:
    def statistic(group):
        floor, _, within = excess(distance, group)
        return abs(within - floor)

    return relabelling_p(statistic, len(distance), n_a)


def mean_difference(values, group) -> float:
    rest = [value for model, value in enumerate(values) if model not in group]
    return mean(values[model] for model in group) - mean(rest)


def difference_p(values, n_a) -> float:
    def statistic(group):
        return abs(mean_difference(values, group))

    return relabelling_p(statistic, len(values), n_a)


def holm(p) -> list[float]:
    """Holm's steps, smallest first, each no less than the one before."""
    adjusted, before = list(p), 0.0
    for step, index in enumerate(sorted(range(len(p)), key=lambda i: p[i])):
        before = max(before, min(1.0, (len(p) - step) * p[index]))
        adjusted[index] = before
    return adjusted


def benjamini_hochberg(p) -> list[float]:
    """The least level at which Benjamini and Hochberg's rule rejects each hypothesis."""
    m = len(p)
    ordered = sorted(p)
    steps = [min(1.0, value * m / rank) for rank, value in enumerate(ordered, 1)]
    return [min(steps[rank] for rank in range(m) if ordered[rank] >= value) for value in p]


def rank_p(x, y) -> float:
    observed = abs(correlation(ranks(x), ranks(y)))
    result = [abs(correlation(ranks(x), ranks(order))) for order in permutations(y)]
    return sum(rho >= observed - 1e-9 for rho in result) / len(result)


def leave_one_out(x, y) -> tuple[float, float]:
    """Fit the line again without each point; exact in fractions."""
    x, y = [Fraction(value) for value in x], [Fraction(value) for value in y]
    errors, mean_errors = [], []
    for left in range(len(x)):
        u = [value for index, value in enumerate(x) if index != left]
        v = [value for index, value in enumerate(y) if index != left]
        mean_u, mean_v = sum(u) / len(u), sum(v) / len(v)
        power = sum((a - mean_u) ** 2 for a in u)
        products = sum((a - mean_u) * (b - mean_v) for a, b in zip(u, v, strict=True))
        slope = products / power if power else 0
        errors.append(y[left] - mean_v - slope * (x[left] - mean_u))
        mean_errors.append(y[left] - mean_v)
    press = sum(error**2 for error in errors)
    q2 = 1 - press / sum(error**2 for error in mean_errors)
    return float(q2), float(mean(abs(error) for error in errors))


# -- moderated statistics


def moderated_contrasts(values, sizes, folds, image, images, prior_df=6.0):
    """Every arm less the first: arm + fold by least squares, model by model."""
    arm = [h for h, n in enumerate(sizes) for _ in range(n)]
    columns = [[1.0 * (h == k) for k in range(len(sizes))] for h in arm]
    if folds is not None:
        for row, fold in zip(columns, folds, strict=True):
            row.extend(1.0 * (fold == f) for f in sorted(set(folds))[1:])
    x = np.array(columns)
    solve = np.linalg.inv(x.T @ x) @ x.T
    residuals = values - x @ (solve @ values)
    hat = x @ solve
    df = [sum(1 - hat[j, j] for j in range(len(arm)) if arm[j] == h) for h in range(len(sizes))]
    squares = [
        sum(residuals[j] ** 2 for j in range(len(arm)) if arm[j] == h) for h in range(len(sizes))
    ]
    total = sum(df)
    shared = sum(squares) / total
    moderated = [(prior_df * shared + q) / (prior_df + d) for q, d in zip(squares, df, strict=True)]
    degrees = [min(prior_df + d, total) for d in df]
    result = {"estimate": [], "variance": [], "df": []}
    for i in range(1, len(sizes)):
        weights = solve[i] - solve[0]
        parts = [
            moderated[h] * sum(w * w for w, k in zip(weights, arm, strict=True) if k == h)
            for h in range(len(sizes))
        ]
        variance = sum(parts) + image
        rest = sum(p * p / f for p, f in zip(parts, degrees, strict=True)) + image**2 / (images - 1)
        result["estimate"].append(weights @ values)
        result["variance"].append(variance)
        result["df"].append(min(total, variance**2 / rest))
    return result


def adjusted(p, method):
    """Holm's and Benjamini and Hochberg's adjusted p, from their definitions."""
    m = len(p)
    ordered = sorted(p)
    if method == "holm":
        steps = [min(1, (m - k) * q) for k, q in enumerate(ordered)]
        return [max(s for s, q in zip(steps, ordered, strict=True) if q <= value) for value in p]
    steps = [min(1, m * q / (k + 1)) for k, q in enumerate(ordered)]
    return [min(s for s, q in zip(steps, ordered, strict=True) if q >= value) for value in p]


def class_losses(contrasts, margin, alpha):
    """Which classes surely lose, may lose and are not visible, one by one."""
    t = scipy.stats.t
    gain, error, df = contrasts.estimate, np.sqrt(contrasts.variance), contrasts.df
    classes, strategies = gain.shape
    excess = (-gain - margin) / error
    tail = np.array(
        [
            [min(1, classes * t.sf(excess[c, s], df[c, s])) for s in range(strategies)]
            for c in range(classes)
        ]
    )
    p = tail.min(axis=0)
    order = list(np.argsort(p))
    surely = np.zeros(gain.shape, bool)
    for step, s in enumerate(order):  # Holm, step by step
        if p[s] > alpha / (strategies - step):
            break
        surely[:, s] = tail[:, s] <= alpha / (strategies - step)
    may, unseen = np.zeros(gain.shape, bool), np.zeros(gain.shape, bool)
    for c in range(classes):
        for s in range(strategies):
            g, e, f = gain[c, s], error[c, s], df[c, s]
            may[c, s] = g <= -margin and classes * t.sf(-g / e, f) <= alpha
            finds = (t.ppf(1 - alpha / classes, f) + t.ppf(0.8, f)) * e
            unseen[c, s] = g - t.ppf(1 - alpha, f) * e <= -margin and finds > 3 * margin
    return {"p": p, "surely": surely, "may": may, "unseen": unseen}
