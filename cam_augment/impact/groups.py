"""Strategies with similar profiles: hierarchical clustering of standardised effects."""

from collections.abc import Sequence
from functools import partial

import numpy as np

from cam_augment.records import Effect
from cam_augment.records.effects import is_of_factors
from cam_augment.statistics.scoring import ACCURACY, repeats_the_gain

LEAST_STRATEGIES = 4


def groups(
    strategies: Sequence[str], effects: Sequence[Effect], deciding: str = ACCURACY
) -> tuple[dict[str, int], tuple[tuple[float, float, float, float], ...]]:
    """Return each judged strategy's group (from 1) and the tree of merges.

    Every effect is divided by its standard deviation over strategies; Ward's method; the
    number of groups is the one with the best silhouette (Rousseeuw 1987). The tree has the
    form of ``scipy.cluster.hierarchy.linkage`` over the judged strategies in order.

    Args:
        deciding: the score that decides; gains in others say it again and are left out, as is
            what is told by factors.
    """
    effects = [
        e for e in effects
        if not (repeats_the_gain(e.question, deciding) or is_of_factors(e.question))
    ]  # fmt: skip
    eligible, matrix = standardise(strategies, effects)
    if len(eligible) < LEAST_STRATEGIES:
        return {}, ()
    from scipy.cluster.hierarchy import linkage

    tree = linkage(matrix, method="ward")
    labels = _best_cut(tree, matrix)
    first_seen = {label: rank + 1 for rank, label in enumerate(dict.fromkeys(labels))}
    numbers = {s: first_seen[label] for s, label in zip(eligible, labels, strict=True)}
    return numbers, tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in tree)


def standardise(
    strategies: Sequence[str], effects: Sequence[Effect]
) -> tuple[list[str], np.ndarray]:
    """Return the strategies with all effects and their standardised effects [strategy, effect]."""
    questions = list(dict.fromkeys(effect.question for effect in effects))
    table = {(e.strategy, e.question): e.estimate for e in effects}
    rows = {s: [table.get((s, question)) for question in questions] for s in strategies}
    eligible = [s for s, row in rows.items() if all(value is not None for value in row)]
    matrix = np.array([rows[s] for s in eligible], float).reshape(len(eligible), len(questions))
    scale = matrix.std(axis=0) if len(eligible) else np.ones(len(questions))
    return eligible, matrix[:, scale > 0] / scale[scale > 0]


def _best_cut(tree: np.ndarray, matrix: np.ndarray) -> list[int]:
    from scipy.cluster.hierarchy import fcluster

    cuts: list[np.ndarray] = [
        fcluster(tree, count, criterion="maxclust") for count in range(2, len(matrix))
    ]
    cuts = [cut for cut in cuts if 1 < len(set(cut)) < len(matrix)]
    if not cuts:  # all alike
        return [1] * len(matrix)
    return max(cuts, key=partial(silhouette, matrix)).tolist()


def silhouette(matrix: np.ndarray, cut: np.ndarray) -> float:
    """Return the mean silhouette of a cut into two clusters or more (Rousseeuw 1987), -1..1.

    scikit-learn's own would take longer to import than all statistics of a study take.

    Args:
        matrix: float [point, coordinate]. cut: int [point], the cluster of each.
    """
    distance = np.sqrt(((matrix[:, None] - matrix) ** 2).sum(axis=2))
    member = cut[:, None] == np.unique(cut)
    sizes = member.sum(axis=0)
    sums = distance @ member
    within = sums[member] / np.maximum(sizes[member.argmax(axis=1)] - 1, 1)
    nearest = np.where(member, np.inf, sums / sizes).min(axis=1)
    alone = sizes[member.argmax(axis=1)] == 1
    most = np.maximum(within, nearest)
    shape = np.divide(nearest - within, most, out=np.zeros(len(cut)), where=~alone & (most > 0))
    return float(shape.mean())
