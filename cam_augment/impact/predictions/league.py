"""Is one strategy better than another? All pairs in the score that decides, by the same models."""

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.scalars import LEAST_RUNS, finite_or_none
from cam_augment.impact.scored import Scored
from cam_augment.plan import BASELINE
from cam_augment.records.league import League, Pair, Rank
from cam_augment.statistics import (
    Contrasts,
    Groups,
    Standings,
    collapsed,
    contrast,
    league,
    pairs,
    rotating_contrast,
)

LEAST_STRATEGIES, MOST_STRATEGIES = 2, 60  # pairs grow with the square


def league_of(arms: Arms, score: Scored) -> League | None:
    """Return the league table; None below two strategies with enough models, and above 60.

    Every arm with enough models tells of the noise, the control too, but for one whose
    accuracy collapsed. Controls are not ranked.

    Args:
        score: the score that decides.
    """
    labels = [label for label in arms.labels if len(arms.fits(label)) >= LEAST_RUNS]
    ranked = [label for label in labels if label not in arms.plan.controls | {BASELINE}]
    if not LEAST_STRATEGIES <= len(ranked) <= MOST_STRATEGIES:
        return None
    contrasts = pairs(len(ranked)) @ np.eye(len(labels))[[labels.index(label) for label in ranked]]
    differences = _differences(arms, labels, score, contrasts)
    table = league(differences, len(ranked), arms.standing.alpha)
    means = {label: score.values[label].mean() for label in labels}
    gains = {label: float(mean - means[BASELINE]) for label, mean in means.items()}
    return League(ranks=_ranks(table, ranked, gains), pairs=_pairs(table, ranked))


def _differences(arms: Arms, labels: list[str], score: Scored, contrasts: np.ndarray) -> Contrasts:
    """Return all pairs' differences in the score that decides."""
    models, values = _models(arms, labels), np.concatenate([score.values[k] for k in labels])
    pooled = ~collapsed(np.array([arms.accuracy(label).mean() for label in labels]))
    if score.rotates:
        return rotating_contrast(values, models, contrasts, pooled)
    image, count = score.image_part(
        arms, lambda rows: np.concatenate([rows[label] for label in labels]), models, contrasts
    )
    return contrast(values, models, contrasts, image, count, pooled=pooled)


def _models(arms: Arms, labels: list[str]) -> Groups:
    arm = np.repeat(np.arange(len(labels)), [len(arms.fits(label)) for label in labels])
    if arms.plan.folds is None:
        return Groups(arm)
    folds = [fold for label in labels if (fold := arms.folds(label)) is not None]
    return Groups(arm, np.concatenate(folds))


def _pairs(table: Standings, labels: list[str]) -> tuple[Pair, ...]:
    return tuple(
        Pair(
            first=labels[first],
            second=labels[second],
            difference=finite_or_none(difference),
            low=finite_or_none(low),
            high=finite_or_none(high),
        )
        for first, second, difference, low, high in zip(*table[:5], strict=True)
    )


def _ranks(table: Standings, labels: list[str], gains: dict[str, float]) -> tuple[Rank, ...]:
    ahead: dict[str, list[str]] = {label: [] for label in labels}
    for first, second, side in zip(table.first, table.second, table.side, strict=True):
        if side:
            better, worse = (first, second) if side > 0 else (second, first)
            ahead[labels[better]].append(labels[worse])
    ranks = [
        Rank(
            strategy=label,
            gain=finite_or_none(gains[label]),
            best=int(table.best[place]),
            worst=int(table.worst[place]),
            ahead_of=tuple(ahead[label]),
        )
        for place, label in enumerate(labels)
    ]
    return tuple(sorted(ranks, key=lambda rank: -(rank.gain or 0.0)))
