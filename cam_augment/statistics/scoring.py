"""Scores of predictions by name, as a plan has them: ``auroc``, ``recall_at_fpr:0.01``.

All that is known of a score stands here once: how it is measured, which way it is better, and in
which words and unit it is reported. Columns, questions and docs are made of this table.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal

import numpy as np

from cam_augment.base.errors import InputError, nearest
from cam_augment.statistics import calibration, ranks, scores
from cam_augment.statistics.predictions import Measured, Predictions

ACCURACY, BALANCED, MACRO_F1, COST = "accuracy", "balanced_accuracy", "macro_f1", "cost"
RECALL, RATE = "recall_at_fpr", 0.01


@dataclass(frozen=True)
class Score:
    """One way to say how good predictions are.

    Attributes:
        title, head: its name, and the same for the heading of a column, on two lines at most.
        measure: predictions to the score of every model; None: it takes more than predictions.
        draws: predictions to scores on resampled images, float [model, draw], where ``measure``
            gives no influence values.
        better: which of two values is the better one.
        by_class: whether it weighs classes by other shares than theirs, so that it speaks of images
            of this mix.
        every_class: whether it is defined only where every class has images.
        of_order: whether it asks how images are ordered, whatever the threshold between classes.
        decides: whether a plan may let it decide.
        gain: what a gain in it is called. unit: of a gain as it is written. scale: factor from
            the record to that unit. digits: decimals as written; None: three that matter.
    """

    title: str
    head: str
    measure: Callable[[Predictions], Measured] | None
    draws: Callable[[Predictions], np.ndarray] | None = None
    better: Literal["higher", "lower"] = "higher"
    by_class: bool = False
    every_class: bool = False
    of_order: bool = False
    decides: bool = True
    gain: str = "gain in {score}"
    unit: str = "points"
    scale: float = 100
    digits: int | None = 2

    @property
    def sign(self) -> Literal[1, -1]:
        """A gain is so many times the change of the score: above 0 it is better."""
        return 1 if self.better == "higher" else -1


_of_order = partial(Score, every_class=True, of_order=True)
_beside = partial(Score, better="lower", decides=False, gain="fall of {score}")
SCORES: dict[str, Score] = {
    ACCURACY: Score("accuracy", "accuracy", scores.accuracy),
    BALANCED: Score(
        "balanced accuracy", "balanced\naccuracy", scores.balanced_accuracy, by_class=True
    ),
    MACRO_F1: Score("macro-F1", "macro-F1", scores.macro_f1, by_class=True),
    "auroc": _of_order("AUROC", "AUROC", ranks.auroc, by_class=True),
    "average_precision": _of_order(
        "average precision", "average\nprecision", ranks.average_precision, by_class=True
    ),
    RECALL: _of_order(
        "recall at FPR {rate}",
        "recall at\nFPR {rate}",
        partial(ranks.recall_at_fpr, rate=RATE),
        partial(ranks.recall_draws, rate=RATE),
    ),
    "brier_score": _beside(
        "Brier score",
        "Brier\nscore",
        scores.brier_score,
        unit="of 0 to 2",
        scale=1,
        digits=4,
    ),
    "log_loss": _beside("log-loss", "log-loss", scores.log_loss, unit="nats", scale=1, digits=4),
    "calibration_error": _beside(
        "calibration error",
        "calibration\nerror",
        calibration.calibration_error,
        calibration.calibration_draws,
    ),
    COST: Score(
        "cost saved",
        "cost\nsaved",
        None,
        better="lower",
        gain="share of cost saved",
        unit="% of cost",
    ),
}
# What every profile reports of its predictions, beside what decides; column to name.
REPORTED = {
    column: f"{RECALL}:{RATE:g}" if column == RECALL else column
    for column in SCORES
    if column != COST
}


def score_of(name: str) -> Score:
    """Return the score of a name; ``recall_at_fpr:RATE`` has its rate behind a colon.

    Raises:
        InputError: there is no such score, or the rate is not above 0 and below 1.

    >>> score_of("recall_at_fpr:0.01").every_class
    True
    """
    word, _, rate = name.partition(":")
    if word == RECALL:
        share = _rate(rate)
        return replace(
            SCORES[RECALL],
            measure=partial(ranks.recall_at_fpr, rate=share),
            draws=partial(ranks.recall_draws, rate=share),
        )
    if name not in SCORES:
        allowed = list(map(_spelling, SCORES))
        raise InputError(
            f"score: received '{name}'.{nearest(name, allowed)} Allowed: {', '.join(allowed)}"
        )
    return SCORES[name]


def check_deciding(name: object) -> str:
    """Return the name of a score that may decide on a gain.

    Raises:
        InputError: it is not one.
    """
    if not isinstance(name, str):
        raise InputError(f"received {name!r}; expected the name of a score")
    word, _, rate = name.partition(":")
    if word == RECALL:
        _rate(rate)
    elif name not in SCORES or not SCORES[name].decides:
        allowed = deciding()
        names = ", ".join(allowed)
        if name in SCORES:
            raise InputError(
                f"received '{name}', which is reported beside what decides. Allowed: {names}"
            )
        raise InputError(f"received '{name}'.{nearest(name, allowed)} Allowed: {names}")
    return name


def deciding() -> list[str]:
    """Return the names of scores that may decide, as a plan spells them."""
    return [_spelling(name) for name, score in SCORES.items() if score.decides]


def repeats_the_gain(question: str, name: str) -> bool:
    """Return whether an effect is the gain again, by another score of the same predictions.

    Args:
        question: of the effect. name: of the score that decides. What is saved is another matter,
            unless it is what decides.
    """
    other = question.removeprefix("gain_")
    return question.startswith("gain_") and COST not in {other} - {name}


def check_classes(name: str, labels: np.ndarray, classes: tuple[str, ...]) -> None:
    """Raise InputError where a score asks for images of a class that has none.

    Args:
        labels: int [image], of the test images. classes: names of all classes.
    """
    images = np.bincount(labels, minlength=len(classes))
    if score_of(name).every_class and not images.all():
        others = [n for n, score in SCORES.items() if score.decides and not score.every_class]
        raise InputError(
            f"score '{name}': no test image of class '{classes[int(images.argmin())]}'; it takes "
            f"images of every class, unlike {', '.join(others)}"
        )


def _spelling(name: str) -> str:
    return f"{RECALL}:RATE" if name == RECALL else name


def _rate(text: str) -> float:
    try:
        rate = float(text)
    except ValueError:
        rate = np.nan
    if not 0 < rate < 1:
        raise InputError(
            f"score '{RECALL}': received '{text}' for the rate of false alarms; it is above 0 and "
            f"below 1, as in '{RECALL}:0.01'"
        )
    return rate
