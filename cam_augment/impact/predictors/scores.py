"""All that may predict the gain: a study's scores of each strategy, and their two halves.

Beside the effects' estimates stand the predictors that any score of attention must beat
(Gontijo-Lopes et al. 2021, and what one epoch costs), and the equivariance of the baselines'
maps, which costs no training at all.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.attention.shift import LOGITS, Attention
from cam_augment.plan import BASELINE
from cam_augment.questions import Answers
from cam_augment.records import Effect
from cam_augment.statistics import halves, split_half_reliability

GAIN = "gain"
GAINS = (GAIN, "gain_macro_f1", "gain_balanced_accuracy", "gain_cost")
AFFINITY, EQUIVARIANCE = "affinity", "equivariance"
DIVERSITY, ONE_EPOCH = "diversity", "one_epoch_accuracy"
PREDICTION_KL = f"excess_shift.{LOGITS}"
MUST_BEAT = (AFFINITY, DIVERSITY, PREDICTION_KL, ONE_EPOCH)
SPLITS = 200

# A strategy and the shares of its runs and of the baselines, float [split, run], to [split].
ByHalf = Callable[[str, np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Score:
    """One number for each strategy, and the same of any part of the models.

    Attributes:
        values: strategy to the score; strategies without one are left out.
        by_half: the score of parts of the models, up to what all strategies share.
    """

    values: Mapping[str, float]
    by_half: ByHalf


def scores_of(
    arms: Arms, effects: Sequence[Effect], found: Attention, answers: Answers
) -> dict[str, Score]:
    """Return every score of a study by name, the gain among them."""
    halved = _halved(arms, found)
    scores = {
        question: Score(_estimates(effects, question), halved[question])
        for question in dict.fromkeys(effect.question for effect in effects)
        if question in halved
    }
    return scores | _trained(arms) | _untrained(arms, answers)


def _estimates(effects: Sequence[Effect], question: str) -> dict[str, float]:
    return {
        effect.strategy: effect.estimate
        for effect in effects
        if effect.question == question and effect.estimate is not None
    }


def _halved(arms: Arms, found: Attention) -> dict[str, ByHalf]:
    """Return how each effect's question is answered by a part of the models."""
    scalars = {GAIN: {label: arms.accuracy(label) for label in arms.labels}} | found.points
    pairs = found.pairs
    return {
        **{name: partial(_difference, runs) for name, runs in scalars.items()},
        **{f"excess_shift.{name}": partial(_excess, each) for name, each in pairs.items()},
        "agreement": partial(_agreement, pairs[arms.plan.primary]),
    }


def _difference(runs: Mapping[str, np.ndarray], label: str, own, baselines) -> np.ndarray:
    return own @ runs[label] - baselines @ runs[BASELINE]


def _excess(pairs: Mapping[str, np.ndarray], label: str, own, baselines) -> np.ndarray:
    distance, count = pairs[label], own.shape[1]
    between = np.einsum("si,ij,sj->s", own, distance[:count, count:], baselines)
    floor = _mean_pair(distance[count:, count:], baselines)
    return 2 * between - floor - _mean_pair(distance[:count, :count], own)


def _agreement(pairs: Mapping[str, np.ndarray], label: str, own, baselines) -> np.ndarray:
    distance, count = pairs[label], own.shape[1]
    floor = _mean_pair(distance[count:, count:], baselines)
    return _mean_pair(distance[:count, :count], own) - floor


def _mean_pair(square: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return the mean over pairs of different models of each half; NaN for a single model."""
    models = (shares > 0).sum(axis=1)
    pairs = np.where(models > 1, models * (models - 1), np.nan)
    return np.einsum("si,ij,sj->s", shares, square, shares) * models**2 / pairs


def _trained(arms: Arms) -> dict[str, Score]:
    """Return diversity and one-epoch accuracy, where the runs were trained here.

    Diversity: mean training loss of the last epoch with the strategy over that without.
    One-epoch accuracy: validation accuracy after the first epoch, strategy less baseline.
    """
    fits = {label: arms.fits(label) for label in arms.labels if arms.fits(label)}
    if not all(fit.history for each in fits.values() for fit in each):
        return {}
    losses, first = (
        {label: np.array([fit.history[name][epoch] for fit in each])
         for label, each in fits.items()}
        for name, epoch in (("loss", -1), ("validation_accuracy", 0))
    )  # fmt: skip
    trained = [label for label in arms.strategies if label in fits]
    least = losses[BASELINE].mean()
    diversity = {label: float(losses[label].mean() / least) for label in trained if least > 0}
    early = {label: float(first[label].mean() - first[BASELINE].mean()) for label in trained}
    return {
        DIVERSITY: Score(diversity, partial(_difference, losses)),
        ONE_EPOCH: Score(early, partial(_difference, first)),
    }


def _untrained(arms: Arms, answers: Answers) -> dict[str, Score]:
    """Return affinity and equivariance: means over all baselines and their draws.

    A strategy has them where every baseline was asked about it.
    """
    about = answers.get("foretelling", {})
    said = {label: arms.answers(BASELINE, about.get(label, {})) for label in arms.strategies}
    whole = {label: each for label, each in said.items() if len(each) == len(arms.baselines)}
    return {name: _of_baselines(name, whole) for name in (AFFINITY, EQUIVARIANCE) if whole}


def _of_baselines(name: str, said: Mapping[str, list]) -> Score:
    runs = {label: np.array([each[name].mean() for each in own]) for label, own in said.items()}
    values = {label: float(v.mean()) for label, v in runs.items() if np.isfinite(v).all()}
    return Score(values, partial(_said, runs))


def _said(runs: Mapping[str, np.ndarray], label: str, own, baselines) -> np.ndarray:
    return baselines @ runs[label]


def reliability(arms: Arms, score: Score, strategies: Sequence[str]) -> float:
    """Return a score's split-half reliability over strategies; NaN where it has no halves.

    The baselines are halved once for all strategies, each strategy's models for itself.
    """
    rng = np.random.default_rng(0)
    baselines = halves(len(arms.baselines), SPLITS, rng)
    own = [halves(len(arms.fits(label)), SPLITS, rng) for label in strategies]
    sides = (
        np.array([score.by_half(label, each[side], baselines[side])
                  for label, each in zip(strategies, own, strict=True)]).T
        for side in (0, 1)
    )  # fmt: skip
    return split_half_reliability(*sides)
