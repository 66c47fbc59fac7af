"""Pairs of successive frames of the probe images: those that are compared, and how many are not."""

from dataclasses import dataclass

import numpy as np

from cam_augment.records.data import DataSet, Split
from cam_augment.records.notices import Notice
from cam_augment.records.sequences import STILL


@dataclass(frozen=True, eq=False)
class FramePairs:
    """Pairs of successive frames of the probe images.

    Left out are pairs of one picture, since no map tells its repetition from it, and pairs of two
    classes, since their maps and predictions are to differ.

    Attributes:
        first, second: int64 [pair], the images of the pairs that are compared.
        sequences, frames: how many of them the probe images have.
        repeated, changing, interrupted: pairs left out, see ``records.Steadiness``.
    """

    first: np.ndarray
    second: np.ndarray
    sequences: int
    frames: int
    repeated: int
    changing: int
    interrupted: int

    def __len__(self) -> int:
        return len(self.first)

    @property
    def notices(self) -> list[Notice]:
        """What a reader must know where no pair is compared."""
        if len(self):
            return []
        if not self.sequences:
            return [Notice.of("sequences.not_probed")]
        names = ("sequences", "frames", "repeated", "changing", "interrupted")
        return [Notice.of("sequences.no_pairs", **{name: getattr(self, name) for name in names})]


def frame_pairs(data: DataSet) -> FramePairs | None:
    """Return the pairs of successive probe images; None where data have no sequences."""
    sequences, labels = data.sequences, data.probe.labels
    if sequences is None:
        return None
    first, second = sequences.successive().T
    changes = labels[first] != labels[second]
    repeats = ~changes & _same(data.probe, first, second)
    taken = ~changes & ~repeats
    return FramePairs(
        first=first[taken],
        second=second[taken],
        sequences=len(sequences.numbers),
        frames=int((sequences.sequence != STILL).sum()),
        repeated=int(repeats.sum()),
        changing=int(changes.sum()),
        interrupted=sequences.interrupted,
    )


def _same(split: Split, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return whether two images are one picture, bool [pair]."""
    pairs = zip(first.tolist(), second.tolist(), strict=True)
    return np.array([np.array_equal(split.images[a], split.images[b]) for a, b in pairs], bool)
