"""Finals: the most promising pipelines once more with fresh seeds, and the one to propose.

The best of many noisy trials is lucky; what it promises is told by its repeats alone. The fixed
policies contend on equal terms: a proposal is the best that the search knows of, whoever made it.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cam_augment.plan import Strategy
from cam_augment.records.search import Finalist, Source
from cam_augment.search.additions import Rules
from cam_augment.search.scores import Scores
from cam_augment.search.trials import Model, Trials
from cam_augment.statistics import Decision, against, contrast, decide, groups
from cam_augment.statistics.significance import gain_finding

LEAST_REPEATS = 2  # of a finalist, with a score


class Contender(NamedTuple):
    """A pipeline that is repeated, and where it came from."""

    pipeline: Strategy
    source: Source


def contenders(screened: Strategy, trials: Trials, count: int) -> list[Contender]:
    """Return pipelines to repeat: all that surely pays together, and the best trials' of growth.

    Args:
        screened: the pipeline of all strategies that pay, at the plan's magnitudes.
    """
    models, grown = trials.of("growth")
    scores: dict[str, list[float]] = {}
    pipelines: dict[str, Strategy] = {}
    for model, score in zip(models, grown.values, strict=True):
        if model.strategy.steps:
            scores.setdefault(model.strategy.label, []).append(float(score))
            pipelines.setdefault(model.strategy.label, model.strategy)
    best = sorted(scores, key=lambda label: -np.mean(scores[label]))
    others = [Contender(pipelines[label], "growth") for label in best if label != screened.label]
    return [Contender(screened, "screening"), *others][:count]


def with_policies(grown: Sequence[Contender], policies: Sequence[Strategy]) -> list[Contender]:
    """Return what was grown and the fixed policies, nothing twice."""
    labels = {contender.pipeline.label for contender in grown}
    others = [policy for policy in policies if policy.label not in labels]
    return [*grown, *(Contender(policy, "policy") for policy in others)]


def repeat(
    pipelines: Sequence[Contender],
    repeats: int,
    first_seed: int,
    rules: Rules,
    trials: Trials,
) -> tuple[Finalist, ...]:
    """Return what pipelines promise by so many repeats each, the best first."""
    seeds = range(first_seed, first_seed + repeats)
    trials.ask([Model("final", one.pipeline, seed) for one in pipelines for seed in seeds])
    models, scores = trials.of("baseline", "final")
    arms = [m.strategy.label if m.phase == "final" else None for m in models]
    sources = {one.pipeline.label: one.source for one in pipelines}
    labels = [label for label in sources if arms.count(label) >= LEAST_REPEATS]
    if not labels:
        return ()
    places = [place for place, arm in enumerate(arms) if arm is None or arm in labels]
    estimate, decision = _compared(scores.pick(places), [arms[place] for place in places], rules)
    records = [
        Finalist(
            strategy=label,
            source=sources[label],
            models=arms.count(label),
            gain=float(estimate[place]),
            low=float(decision.low[place]),
            high=float(decision.high[place]),
            finding=gain_finding(
                float(decision.p_adjusted[place]),
                decision.low[place],
                decision.high[place],
                rules.alpha,
            ),
        )
        for place, label in enumerate(labels)
    ]
    return tuple(sorted(records, key=lambda record: -(record.gain or 0)))


def _compared(scores: Scores, arms: list[str | None], rules: Rules) -> tuple[np.ndarray, Decision]:
    sizes = [arms.count(label) for label in dict.fromkeys(arms)]
    models, contrasts = groups(sizes), against(len(sizes))
    image, count = scores.image_part(models, contrasts)
    result = contrast(scores.values, models, contrasts, image, count)
    return result.estimate, decide(result, rules.alpha, rules.correction)
