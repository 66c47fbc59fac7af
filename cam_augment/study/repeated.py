"""One model that is handed over as several: its copies would count as seeds without any noise."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.plan import Run
from cam_augment.records import Maps
from cam_augment.study.arms import who_is


class Distinct:
    """Knows what the models of a comparison answered, and refuses one that an arm has twice.

    Args:
        baseline: the baseline arm's name, for messages.
    """

    def __init__(self, baseline: str):
        self._baseline = baseline
        self._seeds: dict[tuple[str, bytes], int] = {}

    def check(self, run: Run, logits: np.ndarray, maps: Sequence[Maps]) -> None:
        """Raise InputError where an earlier model of the arm gave the same logits and maps."""
        arm = run.strategy.given or self._baseline
        arrays = [logits, *(answer.values for answer in maps)]
        digest = sha256()
        for values in arrays:
            digest.update(str(values.shape).encode())
            digest.update(values.tobytes())
        first = self._seeds.setdefault((arm, digest.digest()), run.seed)
        if first != run.seed and _tells_models_apart(arrays):
            raise InputError(
                f"{who_is(run, self._baseline)} and #{first} answer all images exactly alike: is "
                "it one model twice? Hand over each model once"
            )


def _tells_models_apart(arrays: Sequence[np.ndarray]) -> bool:
    """Return whether two models that were trained apart could not answer so by chance.

    They could where nothing depends on the image but the class: two that are always right and
    hand over decisions agree in all of them.
    """
    logits = arrays[0]
    rows = np.concatenate([values.reshape(len(values), -1) for values in arrays], axis=1)
    return len(np.unique(rows, axis=0)) > logits.shape[1]
