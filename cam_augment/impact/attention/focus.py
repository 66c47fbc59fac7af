"""Focus within classes, and within sizes of what is marked, against the baselines.

The mean over all probe images can hide that a strategy follows large defects and loses small
ones. Sizes are thirds of the marked images by the mask's share of the image, all classes
together; classes differ in size, so the two views are not independent of each other. Images that
were chosen together, such as exposures of one part, count once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.attention.pointing import are_enough
from cam_augment.impact.attention.shift import RegionScores
from cam_augment.impact.scalars import LEAST_RUNS, finite_or_none, scalar_effect
from cam_augment.plan import BASELINE
from cam_augment.records import FocusIn
from cam_augment.registry import METRICS
from cam_augment.statistics import (
    Interval,
    benjamini_hochberg,
    difference_interval,
    differences_test,
)
from cam_augment.statistics.significance import change_finding

SIZES = ("small", "medium", "large")


@dataclass(frozen=True)
class Group:
    """Marked images that are looked at together: int [image], their indices."""

    by: Literal["class", "size"]
    name: str
    images: np.ndarray


def focus_changes(arms: Arms, scores: RegionScores) -> tuple[FocusIn, ...]:
    """Return the change of every metric of a map and a mask, group by group."""
    masks = arms.data.probe.masks
    if masks is None:
        return ()
    shares = masks.areas() / np.prod(masks.shape[1:])
    labels, classes, clusters = arms.data.probe.labels, arms.data.classes, arms.probe_clusters
    ways = (of_classes(labels, classes, shares, clusters), of_sizes(shares, clusters))
    names = [name for name in scores if METRICS[name].compares == "mask"]
    return tuple(
        change
        for groups in ways
        if groups
        for name in names
        for change in _changes(arms, name, scores[name], groups, shares)
    )


def of_classes(
    labels: np.ndarray,
    classes: Sequence[str],
    shares: np.ndarray,
    clusters: np.ndarray | None = None,
) -> list[Group]:
    """Return the marked images of every class that has five or more.

    Args:
        labels: int [image]. shares: float [image], of the image that its mask covers.
        clusters: int [image], images that were chosen together and count once; None: each by
            itself.
    """
    chosen = [np.flatnonzero((labels == index) & (shares > 0)) for index in range(len(classes))]
    return [
        Group("class", name, images)
        for name, images in zip(classes, chosen, strict=True)
        if are_enough(images, clusters)
    ]


def of_sizes(shares: np.ndarray, clusters: np.ndarray | None = None) -> list[Group]:
    """Return thirds of the marked images by their masks' shares; none where these do not differ.

    Equal shares are of one size, so thirds may be uneven, and two may be left: small and
    large. Those of fewer than five images are left out.

    Args:
        shares: float [image], of the image that its mask covers; 0 without a mask.
        clusters: as in ``of_classes``.
    """
    if not (shares > 0).any():
        return []
    limits = np.quantile(shares[shares > 0], [1 / 3, 2 / 3])
    size = np.searchsorted(limits, shares)
    thirds = [np.flatnonzero((size == place) & (shares > 0)) for place in range(len(SIZES))]
    chosen = [images for images in thirds if are_enough(images, clusters)]
    if len(chosen) < 2:
        return []
    names = SIZES if len(chosen) == len(SIZES) else (SIZES[0], SIZES[-1])
    return [Group("size", name, images) for name, images in zip(names, chosen, strict=True)]


def _changes(
    arms: Arms,
    name: str,
    values: Mapping[str, Sequence[np.ndarray]],
    groups: Sequence[Group],
    shares: np.ndarray,
) -> list[FocusIn]:
    means = {label: _means(runs, groups) for label, runs in values.items()}
    eligible = [
        s for s in arms.strategies if min(len(means[s]), len(means[BASELINE])) >= LEAST_RUNS
    ]
    p = np.array([
        differences_test(
            means[label], means[BASELINE], limit=arms.plan.permutations, blocks=arms.blocks(label)
        )
        for label in eligible
    ]).reshape(len(eligible), len(groups))  # fmt: skip
    apart = np.array([label in arms.plan.controls for label in eligible], bool)
    corrected_p = over_strategies(p, arms.plan.correction, apart)
    return [
        _change(arms, name, label, values, group, shares, (p[row, place], corrected_p[row, place]))
        for row, label in enumerate(eligible)
        for place, group in enumerate(groups)
    ]


def over_strategies(p: np.ndarray, correction: str, apart: np.ndarray | None = None) -> np.ndarray:
    """Correct p [strategy, group], already corrected over groups, over strategies.

    By Bonferroni: Holm's steps would need the groups of all strategies to be rejected
    together. Under ``bh`` all of them by Benjamini and Hochberg.

    Args:
        apart: bool [strategy], controls, whose p is not corrected over strategies.
    """
    outside = np.zeros((len(p), 1), bool) if apart is None else apart[:, None]
    family = np.where(outside, np.nan, p)
    if correction == "bh":
        together = benjamini_hochberg(family.ravel().tolist()).reshape(p.shape)
    else:
        together = np.minimum(1, family * max(1, np.isfinite(family).any(axis=1).sum()))
    return np.where(outside, p, together)


def _means(runs: Sequence[np.ndarray], groups: Sequence[Group]) -> np.ndarray:
    """Return every run's mean in every group [run, group]; NaN where no map counts."""
    means = np.full((len(runs), len(groups)), np.nan)
    for row, values in enumerate(runs):
        for column, group in enumerate(groups):
            selection = values[group.images]
            if np.isfinite(selection).any():
                means[row, column] = np.nanmean(selection)
    return means


def _change(
    arms: Arms,
    name: str,
    label: str,
    values: Mapping[str, Sequence[np.ndarray]],
    group: Group,
    shares: np.ndarray,
    test: tuple[float, float],
) -> FocusIn:
    """Return one strategy's change of one metric in one group.

    Args:
        values: arm to float [image] of each run. shares: of each image that is marked, 0..1.
        test: its p, as it is and corrected.
    """
    arm, baselines = (_means(values[side], [group])[:, 0] for side in (label, BASELINE))
    effect = scalar_effect(arms.plan, label, name, arm, baselines, arms.blocks(label))
    low, high = map(finite_or_none, _interval(arms, label, values, group))
    p, corrected_p = map(finite_or_none, test)
    size = shares[group.images]
    return FocusIn(
        strategy=label,
        question=name,
        by=group.by,
        name=group.name,
        images=len(group.images),
        least=float(size.min()),
        most=float(size.max()),
        baseline=_mean(baselines),
        own=_mean(arm),
        estimate=effect.estimate,
        low=low,
        high=high,
        p=p,
        p_adjusted=corrected_p,
        finding=change_finding(corrected_p, effect.estimate, arms.plan.alpha),
    )


def _interval(
    arms: Arms, label: str, values: Mapping[str, Sequence[np.ndarray]], group: Group
) -> Interval:
    """Return the interval of a change over models and images; runs without a value take no part."""
    runs, baselines = (
        np.array([run[group.images] for run in values[arm]]) for arm in (label, BASELINE)
    )
    sound = [np.isfinite(rows).any(axis=1) for rows in (runs, baselines)]
    blocks, clusters = arms.blocks(label), arms.probe_clusters
    return difference_interval(
        runs[sound[0]],
        baselines[sound[1]],
        arms.plan.alpha,
        arms.plan.bootstrap,
        blocks=None if blocks is None else blocks[np.concatenate(sound)],
        clusters=None if clusters is None else clusters[group.images],
    )


def _mean(values: np.ndarray) -> float | None:
    return finite_or_none(np.nanmean(values)) if np.isfinite(values).any() else None
