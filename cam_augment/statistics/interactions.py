"""What pairs of strategies gain beyond what each adds: is there any, where, and how much?

*Lack of fit*: the pairs' residual mean square, less what repeated pairs differ by, over pure
error, by F. Pure error is what models of equal strategies differ by: those of the same pair, and
the baselines.

*One interaction* is tested as one more column of the model (the deletion residual; Cook and
Weisberg 1982): the variance is of what is left then, moderated with the baselines', so that a
single large one does not hide itself.

*Shrunken*: interactions are taken as draws of one normal distribution of variance w^2, which is
estimated by the residual mean square (Henderson's third method, 1953), and each is its mean given
the data (empirical Bayes: Robinson 1991, "That BLUP is a good thing").
"""

from typing import NamedTuple

import numpy as np

from cam_augment.statistics.deciding import quantiles, two_sided
from cam_augment.statistics.moderated import Moderated, moderate
from cam_augment.statistics.needed import POWER
from cam_augment.statistics.pair_effects import PairGroups


class LackOfFit(NamedTuple):
    """Whether additions explain pairs as well as equal models explain one another.

    Attributes:
        ratio: of the two mean squares. df, pure_df: of each. p: by F; NaN where one has none.
        repeats: the degrees of freedom of pure error that repeated pairs give; the others are
            the baselines'.
    """

    ratio: float
    df: float
    pure_df: float
    p: float
    repeats: float


class Interactions(NamedTuple):
    """What pairs gain beyond what their strategies add, [pair]; none with nothing as a partner.

    Attributes:
        pairs: int [pair, 2]. models: int, of each.
        estimate, error: by least squares, with its standard error. df: of that.
        p: two-sided, uncorrected; NaN where it cannot be told from what the strategies add.
        shrunken: by empirical Bayes. spread: the standard deviation w of all of them.
        visible: the size that is beyond noise with power .8, at the level of all pairs.
    """

    pairs: np.ndarray
    models: np.ndarray
    estimate: np.ndarray
    error: np.ndarray
    df: np.ndarray
    p: np.ndarray
    shrunken: np.ndarray
    spread: float
    visible: np.ndarray


def lack_of_fit(values: np.ndarray, groups: PairGroups) -> LackOfFit:
    """Return whether what strategies add explains their pairs.

    Args:
        values: float [model], baselines first.
    """
    from scipy.special import fdtrc

    residual, repeated = _pair_squares(values, groups)
    df, repeats = groups.df[1], _repeats(groups)
    pure_df = groups.df[0] + repeats
    pure = (_baseline_squares(values, groups) + repeated) / pure_df if pure_df > 0 else np.nan
    fit_df = df - repeats
    if fit_df < 0.5 or not pure > 0:
        return LackOfFit(np.nan, fit_df, pure_df, np.nan, repeats)
    ratio = float((residual - repeated) / fit_df / pure)
    return LackOfFit(ratio, fit_df, pure_df, float(fdtrc(fit_df, pure_df, ratio)), repeats)


def interactions(values: np.ndarray, groups: PairGroups, alpha: float) -> Interactions:
    """Return what each pair of the design gains beyond what its strategies add.

    Args:
        values: float [model], baselines first. alpha: level of all pairs together.
    """
    pairs, cell = np.unique(groups.pairs, axis=0, return_inverse=True)
    member = np.eye(len(pairs))[cell.ravel()]
    residuals = groups.residuals(values)[int(groups.sizes[0]) :]
    information = np.einsum("mp,mn,np->p", member, groups.remainder, member)
    known = information > 1e-9
    room = np.where(known, information, np.nan)
    score = residuals @ member
    estimate = score / room
    df = groups.df[1] - 1
    squares = np.maximum(0, (residuals**2).sum() - score * estimate)
    variance = _moderated(squares / df if df > 0 else np.full(len(pairs), np.nan), values, groups)
    error = np.sqrt(variance.variance[:, 1] / room)
    of_one = variance.df[:, 1]
    real = pairs[:, 1] < groups.strategies - 1
    reach = quantiles(1 - alpha / (2 * max(1, real.sum())), of_one) + quantiles(POWER, of_one)
    shrunken, spread = _shrunken(values, groups, member)
    return Interactions(
        pairs=pairs[real],
        models=member.sum(axis=0).astype(int)[real],
        estimate=estimate[real],
        error=error[real],
        df=of_one[real],
        p=two_sided(estimate / error, of_one)[real],
        shrunken=shrunken[real],
        spread=spread,
        visible=(reach * error)[real],
    )


def _moderated(of_pairs: np.ndarray, values: np.ndarray, groups: PairGroups) -> Moderated:
    of_baselines = _baseline_squares(values, groups) / max(groups.df[0], 1)
    both = np.stack([np.full(len(of_pairs), of_baselines), of_pairs], axis=1)
    return moderate(both, np.array([groups.df[0], groups.df[1] - 1]))


def _shrunken(
    values: np.ndarray, groups: PairGroups, member: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return every pair's interaction by empirical Bayes, and the spread w of all of them."""
    residual, repeated = _pair_squares(values, groups)
    pure_df = groups.df[0] + _repeats(groups)
    pure = (_baseline_squares(values, groups) + repeated) / max(pure_df, 1)
    room = np.einsum("mp,mn,np->", member, groups.remainder, member)
    between = max(0.0, (residual - groups.df[1] * pure) / room) if room > 1e-9 else 0.0
    if not between > 0:
        return np.zeros(member.shape[1]), 0.0
    columns, scores = groups.carried, values[int(groups.sizes[0]) :]
    precision = np.linalg.inv(pure * np.eye(len(scores)) + between * member @ member.T)
    additions = np.linalg.lstsq(
        columns.T @ precision @ columns, columns.T @ precision @ scores, rcond=None
    )[0]
    return between * member.T @ precision @ (scores - columns @ additions), float(np.sqrt(between))


def _pair_squares(values: np.ndarray, groups: PairGroups) -> tuple[float, float]:
    """Return the pairs' residual sum of squares, and what of it models of one pair differ by."""
    residuals = groups.residuals(values)[int(groups.sizes[0]) :]
    _, cell = np.unique(groups.pairs, axis=0, return_inverse=True)
    means = np.bincount(cell.ravel(), residuals) / np.bincount(cell.ravel())
    return float((residuals**2).sum()), float(((residuals - means[cell.ravel()]) ** 2).sum())


def _repeats(groups: PairGroups) -> float:
    return float(len(groups.pairs) - len(np.unique(groups.pairs, axis=0)))


def _baseline_squares(values: np.ndarray, groups: PairGroups) -> float:
    baselines = values[: int(groups.sizes[0])]
    return float(((baselines - baselines.mean()) ** 2).sum())
