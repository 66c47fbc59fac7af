"""What the looks of a study in rounds say, in the profile's terms."""

from collections.abc import Sequence

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.attention.shift import map_points, marked_values, primary_distances
from cam_augment.impact.scalars import LEAST_RUNS, known
from cam_augment.impact.sequential.readings import FOCUS, GAIN, SHIFT, WORST
from cam_augment.impact.sequential.rounds import Rounds
from cam_augment.records import Effect
from cam_augment.records.evidence import WorstClass, rare
from cam_augment.statistics.significance import loss_finding
from cam_augment.store import Store


def look_at(rounds: Rounds, arms: Arms, store: Store | None) -> None:
    """Let a study in rounds look at the models that it asked for."""
    judged = [label for label in rounds.open if len(arms.fits(label)) >= LEAST_RUNS]
    distances = primary_distances(arms, judged, store) if len(arms.baselines) >= LEAST_RUNS else {}
    masks = arms.data.probe.masks
    marked = masks is not None and masks.any()
    focus = map_points(arms, marked_values(arms)).get("focus") if marked else None
    rounds.take(arms, distances, focus)


def sequential_effects(rounds: Rounds, effects: Sequence[Effect]) -> list[Effect]:
    """Return effects with the sequential p, and intervals of the gain, of what verdicts rest on.

    The other questions keep their relabelling tests, which know nothing of looks.
    """
    asked = {"gain": GAIN, rounds.plan.primary_question: SHIFT, "focus": FOCUS}
    return [
        _sequential(rounds, effect, asked[effect.question]) if effect.question in asked else effect
        for effect in effects
    ]


def _sequential(rounds: Rounds, effect: Effect, question: str) -> Effect:
    found = {"p": known(rounds.p(question, effect.strategy)), "smallest_p": None}
    if question == GAIN:
        low, high = map(known, rounds.interval(effect.strategy))
        found |= {"low": low, "high": high}
    return effect.model_copy(update=found)


def sequential_worst(rounds: Rounds, arms: Arms) -> dict[str, WorstClass]:
    """Return, for every strategy that was looked at, the class that loses most for its noise."""
    adjusted = rounds.adjusted(WORST) if WORST in rounds.readings else {}
    counts = np.bincount(arms.data.test.labels, minlength=len(arms.data.classes))
    found = {}
    for label, p in adjusted.items():
        last = rounds.last(WORST, label)
        if last is not None:
            share = float(counts[last.index] / counts.sum())
            p = None if last.exact is None else known(p)  # of fewer models: not tested
            found[label] = WorstClass(
                name=arms.data.classes[last.index],
                gain=last.estimate,
                p=p,
                finding=loss_finding(p, last.estimate, rounds.plan.alpha),
                share=share,
                rare=rare(share, np.count_nonzero(counts)),
            )
    return found
