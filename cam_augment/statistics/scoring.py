"""Scores of predictions by name, as a plan has them: ``auroc``, ``recall_at_fpr:0.01``."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from cam_augment.base.errors import InputError, nearest
from cam_augment.statistics import ranks, scores
from cam_augment.statistics.calibration import calibration_error

Values = Callable[[np.ndarray, np.ndarray], np.ndarray]
RECALL = "recall_at_fpr"


@dataclass(frozen=True)
class Score:
    """One way to say how good predictions are.

    Attributes:
        of: logits [model, image, class] and labels [image] to the scores, float [model].
        psi: alike, to influence values, float [model, image]; None: a bootstrap must do.
        better: which of two values is the better one.
        every_class: whether it is defined only where every class has images.
    """

    of: Values
    psi: Values | None = None
    better: Literal["higher", "lower"] = "higher"
    every_class: bool = False


# What may decide on a gain, beside the cost of decisions.
DECIDING = {
    "accuracy": Score(scores.accuracy, scores.accuracy_psi),
    "balanced_accuracy": Score(scores.balanced_accuracy, scores.balanced_accuracy_psi),
    "macro_f1": Score(scores.macro_f1, scores.macro_f1_psi),
    "auroc": Score(ranks.auroc, ranks.auroc_psi, every_class=True),
    "average_precision": Score(
        ranks.average_precision, ranks.average_precision_psi, every_class=True
    ),
}
# What is reported beside it.
PROBABILITY = {
    "brier_score": Score(scores.brier_score, scores.brier_score_psi, "lower"),
    "log_loss": Score(scores.log_loss, scores.log_loss_psi, "lower"),
    "calibration_error": Score(calibration_error, better="lower"),
}


def score_of(name: str) -> Score:
    """Return the score of a name; ``recall_at_fpr:RATE`` has its rate behind a colon.

    Raises:
        InputError: there is no such score, or the rate is not above 0 and below 1.

    >>> score_of("recall_at_fpr:0.01").every_class
    True
    """
    known = DECIDING | PROBABILITY
    if name in known:
        return known[name]
    word, _, rate = name.partition(":")
    if word != RECALL:
        allowed = [*known, f"{RECALL}:RATE"]
        raise InputError(
            f"score: received '{name}'.{nearest(name, allowed)} Allowed: {', '.join(allowed)}"
        )
    return Score(partial(ranks.recall_at_fpr, rate=_rate(rate)), every_class=True)


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
    elif name not in DECIDING:
        allowed = [*DECIDING, f"{RECALL}:RATE"]
        names = ", ".join(allowed)
        if name in PROBABILITY:
            raise InputError(
                f"received '{name}', which is reported beside what decides. Allowed: {names}"
            )
        raise InputError(f"received '{name}'.{nearest(name, allowed)} Allowed: {names}")
    return name


def check_classes(name: str, labels: np.ndarray, classes: tuple[str, ...]) -> None:
    """Raise InputError where a score asks for images of a class that has none.

    Args:
        labels: int [image], of the test images. classes: names of all classes.
    """
    images = np.bincount(labels, minlength=len(classes))
    if score_of(name).every_class and not images.all():
        raise InputError(
            f"score '{name}': no test image of class '{classes[int(images.argmin())]}'; it takes "
            f"images of every class, unlike {', '.join(_undemanding())}"
        )


def _undemanding() -> list[str]:
    return [name for name, score in DECIDING.items() if not score.every_class]


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
