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
        frame: float64 [image], its number or time in the sequence, NaN of a still.
        place: int64 [image], which frame of its sequence it is, from 0, those counted that are not
            here, such as pictures that cannot be read; ``STILL`` of a still.
        names: [sequence].
    """

    sequence: np.ndarray
    frame: np.ndarray
    place: np.ndarray
    names: tuple[str, ...]

    def __post_init__(self) -> None:
        freeze(self)

    @staticmethod
    def of(frames: Sequence[tuple[str, float] | None]) -> "Sequences | None":
        """Return the sequences of images by name and frame, None of stills; None without any.

        They are whole: what is left out of them afterwards (``pick``) parts those on either side.
        """
        names = tuple(dict.fromkeys(frame[0] for frame in frames if frame))
        if not names:
            return None
        number = {name: place for place, name in enumerate(names)}
        sequence = np.array([number[frame[0]] if frame else STILL for frame in frames], np.int64)
        numbers = np.array([frame[1] if frame else np.nan for frame in frames], float)
        place = np.full(len(frames), STILL, np.int64)
        for one in range(len(names)):
            members = np.flatnonzero(sequence == one)
            place[members] = np.argsort(np.argsort(numbers[members], kind="stable"))
        return Sequences(sequence, numbers, place, names)

    def pick(self, indices: np.ndarray) -> "Sequences":
        """Return the sequences of some images, int [image]."""
        return Sequences(
            self.sequence[indices], self.frame[indices], self.place[indices], self.names
        )

    def members(self, sequence: int) -> np.ndarray:
        """Return the images of a sequence in the order of its frames, int64 [frame]."""
        members = np.flatnonzero(self.sequence == sequence)
        return members[np.argsort(self.place[members], kind="stable")]

    @property
    def numbers(self) -> np.ndarray:
        """The numbers of the sequences that have frames here, rising, int64 [sequence here]."""
        return np.unique(self.sequence[self.sequence != STILL])

    def successive(self) -> np.ndarray:
        """Return the images of which one follows the other, int64 [pair, 2], the earlier first.

        >>> frames = [("b", 2.0), None, ("b", 1.0), ("a", 0.0), ("b", 5.0), ("b", 9.0)]
        >>> sequences = Sequences.of(frames)
        >>> sequences.successive().tolist()
        [[2, 0], [0, 4], [4, 5]]
        >>> sequences.pick(np.array([0, 2, 5])).successive().tolist()
        [[1, 0]]
        """
        neighbours = self._neighbours()
        return neighbours[self._apart(neighbours) == 1]

    @property
    def interrupted(self) -> int:
        """How many frames have their next one here behind others that are not here."""
        return int((self._apart(self._neighbours()) > 1).sum())

    def _neighbours(self) -> np.ndarray:
        """Return the images with nothing between them here, int64 [pair, 2]."""
        orders = [self.members(number) for number in self.numbers]
        pairs = [np.stack([order[:-1], order[1:]], axis=1) for order in orders]
        return np.concatenate([np.zeros((0, 2), np.int64), *pairs])

    def _apart(self, pairs: np.ndarray) -> np.ndarray:
        return self.place[pairs[:, 1]] - self.place[pairs[:, 0]]
