"""What a strategy gains on corrupted test images: over all corruptions, and by their families."""

from collections.abc import Mapping, Sequence

import numpy as np

from cam_augment.corruptions import variants
from cam_augment.impact.arms import Arms
from cam_augment.impact.moderated import moderated_effects
from cam_augment.impact.scalars import finite_or_none
from cam_augment.impact.scored import Scored
from cam_augment.plan import Plan
from cam_augment.questions import OWN, Answers
from cam_augment.questions.robustness import chosen
from cam_augment.records import Corrupted, Effect, Robustness
from cam_augment.registry import CORRUPTIONS, CorruptionEntry
from cam_augment.statistics.predictions import Measured, Predictions
from cam_augment.statistics.scoring import ACCURACY, BALANCED, MACRO_F1, score_of

QUESTION = "robustness"
OF_DECISIONS = (ACCURACY, BALANCED, MACRO_F1)  # scores that ask for no more than the classes

# Corruption to the score of all runs, arm after arm, at each of its strengths.
ByCorruption = Mapping[str, Sequence[Measured]]


def robustness_effects(arms: Arms, measured: ByCorruption | None) -> list[Effect]:
    """Return what strategies gain where test images are corrupted, and under each family.

    The score is the plan's where the predicted classes are enough for it, else balanced accuracy;
    ``robustness`` is its mean over all corruptions and strengths, ``robustness.FAMILY`` over those
    of one family. Nothing where no run was asked.
    """
    if measured is None:
        return []
    effects = moderated_effects(arms, QUESTION, _mean(arms, measured, list(CORRUPTIONS)))
    for family, names in families().items():
        effects += moderated_effects(arms, f"{QUESTION}.{family}", _mean(arms, measured, names))
    return effects


def robustness(arms: Arms, measured: ByCorruption | None) -> Robustness | None:
    """Return the scores of all arms under every corruption; None where no run was asked."""
    if measured is None:
        return None
    name, numbers = _score(arms.plan), chosen(len(arms.data.test))
    outputs = (fit.test_logits if fit.tiles is None else fit.tiles.logits for fit in _fits(arms))
    clean = _of_runs(arms, name, [logits[numbers].argmax(axis=1) for logits in outputs])
    return Robustness(
        images=int(_is_clear(arms).sum()),
        score=name,
        clean={label: finite_or_none(mean) for label, mean in _means(arms, clean).items()},
        corruptions=tuple(
            _corrupted(arms, entry, measured[entry.name]) for entry in CORRUPTIONS.values()
        ),
    )


def families() -> dict[str, list[str]]:
    """Return the families of corruptions, each with the names of its own."""
    members: dict[str, list[str]] = {}
    for entry in CORRUPTIONS.in_order():
        members.setdefault(entry.family, []).append(entry.name)
    return members


def _score(plan: Plan) -> str:
    return plan.gain if plan.gain in OF_DECISIONS else BALANCED


def _fits(arms: Arms) -> list:
    return [fit for label in arms.labels for fit in arms.fits(label)]


def measured_corruptions(arms: Arms, answers: Answers) -> ByCorruption | None:
    """Return the score of every run on every variant; None where no run was asked.

    NaN of a run without an answer.
    """
    loaders = answers.get("robustness", {}).get(OWN, {})
    if not loaders:
        return None
    predicted = [
        loaders[fit.run.key]()["predicted"] if fit.run.key in loaders else None
        for fit in _fits(arms)
    ]
    measured: dict[str, list[Measured]] = {}
    for place, (corruption, _) in enumerate(variants()):
        rows = [None if row is None else row[place] for row in predicted]
        measured.setdefault(corruption.name, []).append(_of_runs(arms, _score(arms.plan), rows))
    return measured


def _of_runs(arms: Arms, name: str, rows: Sequence[np.ndarray | None]) -> Measured:
    """Return a score of runs that predict these classes, int [image] each; NaN of None."""
    clear = _is_clear(arms)
    labels = arms.data.test.labels[chosen(len(arms.data.test))][clear]
    complete = [row is not None for row in rows]
    values, images = np.full(len(rows), np.nan), np.zeros((len(rows), len(labels)))
    certain = np.eye(len(arms.data.classes), dtype=np.float32)
    logits = certain[np.array([row[clear] for row in rows if row is not None], int)]
    measure = score_of(name).measure
    assert measure is not None
    measured = measure(Predictions(logits, labels))
    assert measured.images is not None
    values[complete], images[complete] = measured
    return Measured(values, images)


def _is_clear(arms: Arms) -> np.ndarray:
    """Return of which images that are corrupted the class is known, bool [image]: all but tiles."""
    test = arms.data.test
    numbers = chosen(len(test))
    return np.ones(len(numbers), bool) if test.tiles is None else test.tiles.clear[numbers]


def _mean(arms: Arms, measured: ByCorruption, names: Sequence[str]) -> Scored:
    """Return the mean score of runs over some corruptions and all of their strengths."""
    parts = [part for name in names for part in measured[name]]
    values, images = (np.mean(rows, axis=0) for rows in zip(*parts, strict=True))
    numbers, together = chosen(len(arms.data.test))[_is_clear(arms)], arms.data.test.clusters
    clusters = None if together is None else together[numbers]
    return Scored(arms.by_arm(values), arms.by_arm(images), clusters=clusters)


def _means(arms: Arms, measured: Measured) -> dict[str, float]:
    """Return the mean over those runs of each arm that have a score; NaN where none has."""
    return {
        label: float(known.mean()) if len(known := values[np.isfinite(values)]) else np.nan
        for label, values in arms.by_arm(measured.values).items()
    }


def _corrupted(arms: Arms, entry: CorruptionEntry, measured: Sequence[Measured]) -> Corrupted:
    means = [_means(arms, part) for part in measured]
    return Corrupted(
        name=entry.name,
        family=entry.family,
        unit=entry.unit,
        strengths=entry.strengths,
        strategies=tuple(
            strategy.label
            for strategy in arms.plan.strategies
            if {step.name for step in strategy.steps} & set(entry.strategies)
        ),
        scores={label: tuple(finite_or_none(m[label]) for m in means) for label in arms.labels},
    )
