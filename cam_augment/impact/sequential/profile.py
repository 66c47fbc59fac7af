"""What the stages of a study in rounds say, in the profile's terms."""

from collections.abc import Sequence

from cam_augment.impact.arms import Arms
from cam_augment.impact.attention.shift import map_points, primary_distances, region_scores
from cam_augment.impact.scalars import LEAST_RUNS, finite_or_none
from cam_augment.impact.sequential.readings import FOCUS, GAIN, SHIFT
from cam_augment.impact.sequential.rounds import Rounds
from cam_augment.records import Effect
from cam_augment.store import Store


def analyse_stage(rounds: Rounds, arms: Arms, store: Store | None) -> None:
    """Analyse the models that a study in rounds asked for."""
    eligible = [label for label in rounds.open if len(arms.fits(label)) >= LEAST_RUNS]
    distances = (
        primary_distances(arms, eligible, store) if len(arms.baselines) >= LEAST_RUNS else {}
    )
    masks = arms.data.probe.masks
    has_masks = masks is not None and masks.any()
    focus = map_points(arms, region_scores(arms)).get("focus") if has_masks else None
    rounds.analyse(arms, distances, focus)


def sequential_effects(rounds: Rounds, effects: Sequence[Effect]) -> list[Effect]:
    """Return effects with the sequential p, and intervals of the gain, of what verdicts rest on.

    The other questions keep their relabelling tests, which know nothing of stages.
    """
    names = {"gain": GAIN, rounds.plan.primary_question: SHIFT, "focus": FOCUS}
    return [_sequential(rounds, effect, names.get(effect.question)) for effect in effects]


def _sequential(rounds: Rounds, effect: Effect, question: str | None) -> Effect:
    if question is None:
        return effect
    p = finite_or_none(rounds.p(question, effect.strategy))
    numbers = {"p": p, "p_adjusted": None, "smallest_p": None, "finding": None}
    if question == GAIN:
        low, high = map(finite_or_none, rounds.interval(effect.strategy))
        numbers |= {"low": low, "high": high}
    return effect.model_copy(update=numbers)
