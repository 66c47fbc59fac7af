"""One model that is handed over as several: its copies would count as models trained apart."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.plan import Run
from cam_augment.records import ImpactProfile, Maps, Notice
from cam_augment.study.arms import name_of, who_is

NAMED = 3  # models that a notice names


class Distinct:
    """Knows what the models of a comparison answered.

    One that an arm has twice is refused: its copies would be seeds without any noise. One that
    two arms share is told of: they may have been meant to be alike, but are no samples apart.

    Args:
        baseline: the baseline arm's name, for messages.
    """

    def __init__(self, baseline: str):
        self._baseline = baseline
        self._first: dict[bytes, list[Run]] = {}
        self._shared: list[list[str]] = []

    def check(self, run: Run, logits: np.ndarray, maps: Sequence[Maps]) -> None:
        """Raise InputError where an earlier model of the arm gave the same logits and maps."""
        arrays = [logits, *(answer.values for answer in maps)]
        alike = self._first.setdefault(_digest(arrays), [])
        if alike and _tells_models_apart(arrays):
            self._complain(run, alike)
        alike.append(run)

    def _complain(self, run: Run, alike: Sequence[Run]) -> None:
        subject = who_is(run, self._baseline)
        for first in alike:
            if first.strategy == run.strategy:
                raise InputError(
                    f"{subject} and #{first.seed} answer all images exactly alike: is it one model "
                    "twice? Hand over each model once"
                )
        self._shared.append([name_of(one, self._baseline) for one in (run, alike[0])])

    def noted(self, profile: ImpactProfile) -> ImpactProfile:
        """Return a profile that warns of models which answer as one of another arm does."""
        if not self._shared:
            return profile
        note = Notice.of("models.shared", count=len(self._shared), pairs=self._shared[:NAMED])
        return profile.model_copy(update={"warnings": (*profile.warnings, note)})


def _digest(arrays: Sequence[np.ndarray]) -> bytes:
    digest = sha256()
    for values in arrays:
        digest.update(str(values.shape).encode())
        digest.update(values.tobytes())
    return digest.digest()


def _tells_models_apart(arrays: Sequence[np.ndarray]) -> bool:
    """Return whether two models that were trained apart could not answer so by chance.

    They could where nothing depends on the image but the class: two that are always right and
    hand over decisions agree in all of them.
    """
    logits = arrays[0]
    rows = np.concatenate([values.reshape(len(values), -1) for values in arrays], axis=1)
    return len(np.unique(rows, axis=0)) > logits.shape[1]
