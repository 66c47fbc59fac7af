"""Scores of models, and what another choice of the images that they are from would do to them."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from cam_augment.statistics.groups import Groups
from cam_augment.statistics.other_images import OtherImages


class Scores(NamedTuple):
    """Scores of models on the same images.

    Attributes:
        values: float [model], the more the better; NaN for one that failed.
        images, draws, clusters, classes, total: what is known of other images, as in
            ``OtherImages``.
    """

    values: np.ndarray
    images: np.ndarray | None = None
    draws: np.ndarray | None = None
    clusters: np.ndarray | None = None
    classes: np.ndarray | None = None
    total: float = np.inf

    @property
    def is_known(self) -> np.ndarray:
        """Which models have a score with all that is known of it, bool [model]."""
        rows = [part for part in (self.images, self.draws) if part is not None]
        return np.isfinite(np.column_stack([self.values, *rows])).all(axis=1)

    def pick(self, places: Sequence[int]) -> "Scores":
        """Return the scores of some models."""
        images, draws = (
            None if rows is None else rows[places] for rows in (self.images, self.draws)
        )
        return self._replace(values=self.values[places], images=images, draws=draws)

    def image_part(self, groups: Groups, contrasts: np.ndarray) -> tuple[np.ndarray, ArrayLike]:
        """Return the image part of each contrast's variance, and how many units it is from."""
        known = OtherImages(self.images, self.draws, self.clusters, self.classes, self.total)
        return known.part(groups, contrasts)


def joined(parts: Sequence[Scores]) -> Scores:
    """Return the scores of all models; NaN where others have what a model has not."""
    known = next((part for part in parts if np.isfinite(part.values).any()), Scores(np.zeros(0)))
    return known._replace(
        values=np.concatenate([part.values for part in parts]) if parts else np.zeros(0),
        images=_rows([(part.images, len(part.values)) for part in parts]),
        draws=_rows([(part.draws, len(part.values)) for part in parts]),
    )


def _rows(parts: Sequence[tuple[np.ndarray | None, int]]) -> np.ndarray | None:
    """Return rows of all models, float [model, column]; None where no model has any."""
    columns = next((rows.shape[1] for rows, _ in parts if rows is not None), None)
    if columns is None:
        return None
    return np.concatenate(
        [np.full((models, columns), np.nan) if rows is None else rows for rows, models in parts]
    )
