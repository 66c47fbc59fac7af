"""Would another CAM method, layer or target say the same of attention?

The same models under another look: the primary excess shift of every strategy, the order of
the strategies, and of which strategies the answer flips.
"""

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.attention.shift import primary_shifts
from cam_augment.impact.corrections import adjust
from cam_augment.impact.scalars import finite_or_none
from cam_augment.plan import Check
from cam_augment.questions import Loaders
from cam_augment.records import CheckResult, Effect, Notice
from cam_augment.store import Store

LEAST_STRATEGIES = 3


def check_of(
    arms: Arms,
    effects: Sequence[Effect],
    by_image: Mapping[str, np.ndarray],
    check: Check,
    maps: Loaders,
    store: Store | None,
) -> CheckResult:
    """Return what one check says.

    Args:
        effects: those of the plan's own look, of all models; corrected here, as the check's are.
        by_image: strategy to its primary excess shift of each probe image under that look.
        maps: those of the runs under the check's look.
    """
    under_check = arms.under(arms.plan.under(check), maps)
    shifts = primary_shifts(under_check, store)
    primary = (effect for effect in effects if effect.question == arms.plan.primary_question)
    before, after = (
        _moved(arms, of_look) for of_look in (primary, (effect for effect, _ in shifts.values()))
    )
    order = agreement(
        np.array([by_image[label] for label in shifts]),
        np.array([images for _, images in shifts.values()]),
        arms.plan.bootstrap,
        arms.plan.alpha,
        clusters=arms.probe_clusters,
    )
    return CheckResult(
        look=check.label,
        grid=tuple(under_check.maps(arms.baselines[0]).values.shape[1:]),
        shift={label: effect.estimate for label, (effect, _) in shifts.items()},
        beyond=tuple(label for label in shifts if label in after),
        flips=tuple(label for label in shifts if (label in before) != (label in after)),
        kendall=finite_or_none(order[0]),
        low=finite_or_none(order[1]),
        high=finite_or_none(order[2]),
    )


def _moved(arms: Arms, shifts: Iterable[Effect]) -> set[str]:
    """Return the strategies whose attention moves, all of them tested together.

    Both looks are held to the level of the present stage, at which their intervals are, too.
    """
    together = adjust(arms.plan, arms.standing.of_all(arms.plan), shifts)
    return {effect.strategy for effect in together if effect.beyond_noise}


def agreement(
    first: np.ndarray,
    second: np.ndarray,
    draws: int,
    alpha: float,
    seed: int = 0,
    clusters: np.ndarray | None = None,
) -> tuple[float, float, float]:
    """Return Kendall's tau-b of two orders and its interval over resampled images.

    Args:
        first, second: float [strategy, image], a score of each strategy on each image.
        clusters: int [image], images that are drawn together; None: each by itself.

    Returns:
        tau and the ends of its percentile interval; NaN below three strategies, and the ends of
            one image or cluster.
    """
    if len(first) < LEAST_STRATEGIES:
        return (np.nan,) * 3
    sound = np.isfinite(first).all(axis=0) & np.isfinite(second).all(axis=0)
    first, second = first[:, sound], second[:, sound]
    if not sound.any():
        return (np.nan,) * 3
    units = np.arange(sound.sum()) if clusters is None else clusters[sound]
    names, unit = np.unique(units, return_inverse=True)
    observed = _tau(first.mean(axis=1)[None], second.mean(axis=1)[None])[0]
    if len(names) < 2:  # another image would say another thing, but which is not known
        return float(observed), np.nan, np.nan
    even = np.full(len(names), 1 / len(names))
    counts = np.random.default_rng(seed).multinomial(len(names), even, draws)[:, unit]
    resampled = _tau(counts @ first.T, counts @ second.T)
    low, high = np.quantile(resampled[np.isfinite(resampled)], [alpha / 2, 1 - alpha / 2])
    return float(observed), float(min(low, observed)), float(max(high, observed))


def _tau(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return Kendall's tau-b of each row of two arrays [row, strategy]."""
    upper = np.triu_indices(first.shape[1], k=1)
    a, b = (np.sign(side[:, upper[0]] - side[:, upper[1]]) for side in (first, second))
    with np.errstate(invalid="ignore"):
        return (a * b).sum(axis=1) / np.sqrt((a**2).sum(axis=1) * (b**2).sum(axis=1))


def unstable(checks: Sequence[CheckResult]) -> list[Notice]:
    """Return a notice of each look that says another thing of some strategies."""
    return [
        Notice.of("look.unstable", look=check.look, strategies=list(check.flips))
        for check in checks
        if check.flips
    ]
