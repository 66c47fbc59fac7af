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
from cam_augment.impact.scored import Scored
from cam_augment.plan import BASELINE
from cam_augment.questions import Answers
from cam_augment.records import Effect
from cam_augment.statistics import design, halves, split_half_reliability

GAIN = "gain"
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
    arms: Arms,
    effects: Sequence[Effect],
    attention: Attention,
    answers: Answers,
    deciding: Scored,
) -> dict[str, Score]:
    """Return every score of a study by name, the gain among them.

    Args:
        deciding: the score whose gain decides.
    """
    by_half = _scores_by_half(arms, attention, deciding)
    scores = {
        question: Score(_estimates(effects, question), by_half[question])
        for question in dict.fromkeys(effect.question for effect in effects)
        if question in by_half
    }
    return scores | _training_scores(arms) | _baseline_scores(arms, answers)


def _estimates(effects: Sequence[Effect], question: str) -> dict[str, float]:
    return {
        effect.strategy: effect.estimate
        for effect in effects
        if effect.question == question and effect.estimate is not None
    }


def _scores_by_half(arms: Arms, attention: Attention, deciding: Scored) -> dict[str, ByHalf]:
    """Return how each effect's question is answered by a part of the models."""
    scalars = {GAIN: deciding.values} | attention.points
    distances, pairs = attention.pairs, partial(_pairs, arms)
    return {
        **{name: partial(_difference, runs) for name, runs in scalars.items()},
        **{f"excess_shift.{name}": partial(_excess, by, pairs) for name, by in distances.items()},
        "agreement": partial(_agreement, distances[arms.plan.primary], pairs),
    }


def _pairs(arms: Arms, label: str) -> np.ndarray:
    """Return which pairs of a strategy's models and the baselines count, bool [model, model]."""
    return design(len(arms.fits(label)), len(arms.baselines), arms.blocks(label)).pairs


def _difference(
    runs: Mapping[str, np.ndarray], label: str, arm: np.ndarray, baselines: np.ndarray
) -> np.ndarray:
    return arm @ runs[label] - baselines @ runs[BASELINE]


def _excess(
    distance: Mapping[str, np.ndarray],
    pairs: Callable[[str], np.ndarray],
    label: str,
    arm: np.ndarray,
    baselines: np.ndarray,
) -> np.ndarray:
    floor, between, within = _mean_distances(distance[label], pairs(label), arm, baselines)
    return 2 * between - floor - within


def _agreement(
    distance: Mapping[str, np.ndarray],
    pairs: Callable[[str], np.ndarray],
    label: str,
    arm: np.ndarray,
    baselines: np.ndarray,
) -> np.ndarray:
    floor, _, within = _mean_distances(distance[label], pairs(label), arm, baselines)
    return within - floor


def _mean_distances(
    distance: np.ndarray, pairs: np.ndarray, arm: np.ndarray, baselines: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the means over baselines' pairs, over those between arms, and over the arm's.

    Args:
        distance: float [model, model], the arm's models first. pairs: bool, those that count.

    Returns:
        F, C and W of the models with a share, float [split] each; NaN where no pair counts.
    """
    count, counted = arm.shape[1], np.where(pairs, distance, 0)

    def mean(first: slice, second: slice, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        chosen = (rows > 0).astype(float), (columns > 0).astype(float)
        total, number = (
            np.einsum("si,ij,sj->s", chosen[0], of[first, second], chosen[1])
            for of in (counted, pairs.astype(float))
        )
        return total / np.where(number > 0, number, np.nan)

    own, others = slice(None, count), slice(count, None)
    return (
        mean(others, others, baselines, baselines),
        mean(own, others, arm, baselines),
        mean(own, own, arm, arm),
    )


def _training_scores(arms: Arms) -> dict[str, Score]:
    """Return diversity and one-epoch accuracy, where the runs were trained here.

    Diversity: mean training loss of the last epoch with the strategy over that without.
    One-epoch accuracy: validation accuracy after the first epoch, strategy less baseline.
    """
    fits = {label: arms.fits(label) for label in arms.labels if arms.fits(label)}
    if not all(fit.history for runs in fits.values() for fit in runs):
        return {}
    losses, first = (
        {label: np.array([fit.history[name][epoch] for fit in runs])
         for label, runs in fits.items()}
        for name, epoch in (("loss", -1), ("validation_accuracy", 0))
    )  # fmt: skip
    labels = [label for label in arms.strategies if label in fits]
    least = losses[BASELINE].mean()
    diversity = {label: float(losses[label].mean() / least) for label in labels if least > 0}
    early = {label: float(first[label].mean() - first[BASELINE].mean()) for label in labels}
    return {
        DIVERSITY: Score(diversity, partial(_difference, losses)),
        ONE_EPOCH: Score(early, partial(_difference, first)),
    }


def _baseline_scores(arms: Arms, answers: Answers) -> dict[str, Score]:
    """Return affinity and equivariance: means over all baselines and their draws.

    A strategy has them where every baseline was asked about it.
    """
    about = answers.get("foretelling", {})
    by_strategy = {label: arms.answers(BASELINE, about.get(label, {})) for label in arms.strategies}
    complete = {
        label: predictions
        for label, predictions in by_strategy.items()
        if len(predictions) == len(arms.baselines)
    }
    return {name: _of_baselines(name, complete) for name in (AFFINITY, EQUIVARIANCE) if complete}


def _of_baselines(name: str, by_strategy: Mapping[str, list]) -> Score:
    runs = {
        label: np.array([prediction[name].mean() for prediction in predictions])
        for label, predictions in by_strategy.items()
    }
    values = {label: float(v.mean()) for label, v in runs.items() if np.isfinite(v).all()}
    return Score(values, partial(_baseline_mean, runs))


def _baseline_mean(
    runs: Mapping[str, np.ndarray], label: str, _: np.ndarray, baselines: np.ndarray
) -> np.ndarray:
    return baselines @ runs[label]


def reliability(arms: Arms, score: Score, strategies: Sequence[str]) -> float:
    """Return a score's split-half reliability over strategies; NaN where it has no halves.

    The baselines are halved once for all strategies, each strategy's models for itself.
    """
    rng = np.random.default_rng(0)
    baselines = halves(len(arms.baselines), SPLITS, rng)
    arms_halves = [halves(len(arms.fits(label)), SPLITS, rng) for label in strategies]
    sides = (
        np.array([score.by_half(label, arm_halves[side], baselines[side])
                  for label, arm_halves in zip(strategies, arms_halves, strict=True)]).T
        for side in (0, 1)
    )  # fmt: skip
    return split_half_reliability(*sides)
