"""Frames that follow one another: how maps flicker, predictions flip, and attention follows.

For flicker and flips a sequence counts once, however many frames it has: of each model the mean
over its pairs of successive frames, then over sequences. Flicker at flips compares all pairs, and
following weighs them by how far marked regions move. Sequences, not frames, are what is drawn by
chance.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.attention import pairs as scoring
from cam_augment.impact.moderated import moderated_effects
from cam_augment.impact.scored import Scored
from cam_augment.metrics.similarity import scaled_centroids
from cam_augment.records import DataSet, Effect, Fit
from cam_augment.records.frame_pairs import frame_pairs
from cam_augment.statistics.predictions import Measured
from cam_augment.statistics.successive import (
    followed,
    greater_at_flips,
    in_motion,
    mean_of_sequences,
    of_sequences,
)

FLICKER, FLIPS, AT_FLIPS, FOLLOWING = "flicker", "flips", "flicker_at_flips", "following"


@dataclass(frozen=True, eq=False)
class Pairs:
    """Pairs of successive frames of the probe images that are compared, see ``FramePairs``.

    Attributes:
        first, second: int [pair], the images. sequence: int [pair], from 0 on.
        marked: float [pair, 2], displacement of the masks' centroids in diagonals, NaN where either
            frame has nothing marked.
    """

    first: np.ndarray
    second: np.ndarray
    sequence: np.ndarray
    marked: np.ndarray


def pairs_of(data: DataSet) -> Pairs | None:
    """Return the pairs of successive probe images; None where none is compared."""
    pairs, sequences = frame_pairs(data), data.sequences
    if not pairs or sequences is None:
        return None
    _, sequence = np.unique(sequences.sequence[pairs.first], return_inverse=True)
    marked = _mask_moves(data, pairs.first, pairs.second)
    return Pairs(pairs.first, pairs.second, sequence, marked)


def _mask_moves(data: DataSet, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    if data.probe.masks is None:
        return np.full((len(first), 2), np.nan)
    centres = scaled_centroids(data.probe.masks[:])
    return centres[second] - centres[first]


@dataclass(frozen=True, eq=False)
class Succession:
    """What all models do from frame to frame, arm after arm.

    Attributes:
        distances: float [model, pair], of maps by the primary metric, NaN where one is degenerate.
        flips: bool [model, pair], whether another class is predicted.
        moves: float [model, pair, 2], displacements of maps' centroids in diagonals.
    """

    arms: Arms
    pairs: Pairs
    distances: np.ndarray
    flips: np.ndarray
    moves: np.ndarray

    @cached_property
    def scores(self) -> dict[str, Scored]:
        """The number that answers each question, of every run; questions without any left out."""
        sequence, together = self.pairs.sequence, self._together
        of_pairs = {FLICKER: self.distances, FLIPS: self.flips.astype(float)}
        of_sequence = together[np.unique(sequence, return_index=True)[1]]
        scores = {
            question: self._scored(of_sequences(mean_of_sequences(values, sequence)), of_sequence)
            for question, values in of_pairs.items()
        }
        at_flips = [
            greater_at_flips(distance, flips)
            for distance, flips in zip(self.distances, self.flips, strict=True)
        ]
        of_flips = Measured(*(np.concatenate(part) for part in zip(*at_flips, strict=True)))
        scores[AT_FLIPS] = self._scored(of_flips, together)
        motion = self.moves, self.pairs.marked, sequence
        scores[FOLLOWING] = self._scored(followed(*motion), of_sequence[in_motion(*motion)])
        return {question: score for question, score in scores.items() if _is_comparable(score)}

    @property
    def _together(self) -> np.ndarray:
        """Which pairs are chosen together, int [pair]: those of a group, or else of a sequence."""
        groups = self.arms.probe_clusters
        return self.pairs.sequence if groups is None else groups[self.pairs.first]

    def _scored(self, measured: Measured, clusters: np.ndarray) -> Scored:
        values, images = measured
        by_image = None if images is None else self.arms.by_arm(images)
        return Scored(self.arms.by_arm(values), by_image, clusters=clusters)

    def distances_of(self, label: str) -> np.ndarray:
        """Return the distances of an arm's models, float [run, pair]."""
        return self.arms.by_arm(self.distances)[label]


def succession_of(arms: Arms) -> Succession | None:
    """Return what models do from frame to frame; None where no frame follows another."""
    pairs = pairs_of(arms.data)
    fits = [fit for label in arms.labels for fit in arms.fits(label)]
    if pairs is None or not fits:
        return None
    rows = [_of_model(arms, fit, pairs) for fit in fits]
    return Succession(arms, pairs, *(np.array(part) for part in zip(*rows, strict=True)))


def _of_model(arms: Arms, fit: Fit, pairs: Pairs) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a model's distances, flips and moves of each pair."""
    metric, maps = arms.plan.primary, arms.maps(fit).values
    (ready,) = scoring.prepare_all(metric, [maps])
    centres, predicted = scaled_centroids(maps), fit.probe_logits.argmax(axis=1)
    return (
        scoring.between(metric, ready[pairs.first], ready[pairs.second]),
        predicted[pairs.first] != predicted[pairs.second],
        centres[pairs.second] - centres[pairs.first],
    )


def _is_comparable(score: Scored) -> bool:
    """Whether every arm with models has a number of some: else strategies cannot be compared."""
    return all(np.isfinite(values).any() for values in score.values.values() if len(values))


def sequence_effects(arms: Arms, succession: Succession | None) -> list[Effect]:
    """Return what strategies change of the steadiness from frame to frame.

    ``flicker``: the mean distance of the maps of successive frames. ``flips``: the share of them
    with another predicted class. ``flicker_at_flips``: how often the maps of a pair with a flip
    differ more than those of one without. ``following``: the share of the marked regions' motion
    that the centre of attention follows.
    """
    if succession is None:
        return []
    return [
        effect
        for question, score in succession.scores.items()
        for effect in moderated_effects(arms, question, score)
    ]


def sequence_points(succession: Succession | None) -> dict[str, dict[str, np.ndarray]]:
    """Return the numbers of every run: question to arm to float [run]."""
    return {} if succession is None else {q: score.raw for q, score in succession.scores.items()}
