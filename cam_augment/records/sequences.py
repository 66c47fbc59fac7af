"""Images that are frames of sequences: which sequence each is of, and which follow one another."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cam_augment.records.values import freeze

STILL = -1  # in place of the number of a sequence


@dataclass(frozen=True, eq=False)
class Sequences:
    """Which sequences the images of a split are frames of.

    Attributes:
        sequence: int64 [image], the number of its sequence, among those of all splits; ``STILL`` of
            an image that is of none.
        frame: float64 [image], its number or time in the sequence, NaN of a still. names:
            [sequence].
    """

    sequence: np.ndarray
    frame: np.ndarray
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    @staticmethod
    def of(frames: Sequence[tuple[str, float] | None]) -> "Sequences | None":
        """Return the sequences of images by name and frame, None of stills; None without any."""
        names = tuple(dict.fromkeys(frame[0] for frame in frames if frame))
        if not names:
            return None
        number = {name: place for place, name in enumerate(names)}
        return Sequences(
            np.array([number[frame[0]] if frame else STILL for frame in frames], np.int64),
            np.array([frame[1] if frame else np.nan for frame in frames], float),
            names,
        )

    def pick(self, indices: np.ndarray) -> "Sequences":
        """Return the sequences of some images, int [image]."""
        return Sequences(self.sequence[indices], self.frame[indices], self.names)

    def members(self, sequence: int) -> np.ndarray:
        """Return the images of a sequence in the order of its frames, int64 [frame]."""
        members = np.flatnonzero(self.sequence == sequence)
        return members[np.argsort(self.frame[members], kind="stable")]

    @property
    def numbers(self) -> np.ndarray:
        """The numbers of the sequences that have frames here, rising, int64 [sequence here]."""
        return np.unique(self.sequence[self.sequence != STILL])

    def successive(self) -> np.ndarray:
        """Return the images of which one follows the other, int64 [pair, 2], the earlier first.

        >>> frames = [("b", 2.0), None, ("b", 1.0), ("a", 0.0), ("b", 5.0)]
        >>> sequences = Sequences.of(frames)
        >>> sequences.successive().tolist()
        [[2, 0], [0, 4]]
        """
        orders = [self.members(number) for number in self.numbers]
        pairs = [np.stack([order[:-1], order[1:]], axis=1) for order in orders]
        return np.concatenate([np.zeros((0, 2), np.int64), *pairs])
