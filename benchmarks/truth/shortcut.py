"""A planted shortcut: does the profile, from images like those of training, show what is true?

A mark goes with one class of the synthetic surfaces, in training and in the images that the
study sees. Its accuracy is then no sign of trouble. The truth is found by a causal check
that no user can make: the same models on the same images with the mark taken away or moved.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from cam_augment.engine import tasks as engine
from cam_augment.plan import BASELINE, Plan, Run
from cam_augment.questions.keys import training_key
from cam_augment.records import DataSet, ImpactProfile
from cam_augment.report.values import place
from cam_augment.statistics import difference_test, holm, rank_correlation
from cam_augment.store import Store
from cam_augment.study import run as study
from cam_augment.training import trainer as training

MARKED = "scratch"
SIZE = 32
SURFACES: dict[str, Any] = {
    "name": "surfaces", "size": SIZE, "train": 600, "validation": 100, "probe": 300,
    "test": 1200, "shortcut": 1.0, "shortcut_class": MARKED,
}  # fmt: skip
FIELDS: dict[str, Any] = {
    "strategies": [
        "identity",
        "horizontal_flip",
        "vertical_flip",
        "rotation",
        "translation",
        "random_crop",
        "contrast",
        "gaussian_noise:0.02",
        "gaussian_blur",
        "random_erasing",
        "grid_mask",
        "cutmix",
    ],
    "recipe": {"epochs": 30, "batch_size": 50},
    "metrics": ["pearson"],
    "bootstrap": 1000,
}
CONDITIONS: dict[str, dict[str, Any]] = {
    "mark": {"shortcut_size": 0.08, "shortcut_strength": 0.5},
    "other corner": {"shortcut_size": 0.08, "shortcut_strength": 0.5,
                     "shortcut_corner": "bottom-right"},
    "large": {"shortcut_size": 0.2, "shortcut_strength": 0.5},
    "faint": {"shortcut_size": 0.08, "shortcut_strength": 0.2},
    "invisible": {"shortcut_size": 0.08, "shortcut_strength": 0.002},
}  # fmt: skip
CONTROL = "invisible"
CAUSAL = ("none", "moved", "swapped")
KEPT = "kept"  # of what the study sees, when the mark is taken away
HITS = "hits"
ALPHA = 0.05
SCORES = {
    "focus": "focus",
    "hits in the marked class": HITS,
    "excess shift by Pearson": "excess_shift.pearson",
    "gain in accuracy, as the study sees it": "gain",
}
QUICK: dict[str, Any] = {
    "strategies": ["identity", "translation", "random_erasing"],
    "recipe": {"epochs": 4, "batch_size": 25},
    "baselines": 3,
    "seeds": 3,
    "metrics": ["pearson"],
    "bootstrap": 100,
}
Order = tuple[float | None, float | None]  # Spearman's rho and its p; None: not defined
SMALL = {"train": 120, "validation": 12, "probe": 60, "test": 120}


def plans(quick: bool = False) -> dict[str, Plan]:
    """Return the plan of every condition, by its name."""
    chosen = {name: CONDITIONS[name] for name in ("mark", CONTROL)} if quick else CONDITIONS
    return {
        name: Plan.make(
            (QUICK if quick else FIELDS)
            | {
                "name": f"shortcut-{name.replace(' ', '-')}",
                "dataset": SURFACES | condition | (SMALL if quick else {}),
            }
        )
        for name, condition in chosen.items()
    }


def changed(plan: Plan) -> dict[str, DataSet]:
    """Return the data as the study sees them, and with the mark of the test set changed."""

    def carried(how: str) -> DataSet:
        settings = plan.dataset.settings | {"shortcut_test": how}
        dataset = plan.dataset.model_copy(update={"settings": settings})
        return study.load_data(plan.model_copy(update={"dataset": dataset}))

    return {how: carried(how) for how in ("same", *CAUSAL)}


def right(run: Run, model: bytes, data: dict[str, DataSet]) -> dict[str, np.ndarray]:
    """Return which images of each test set a trained model reads rightly, bool [image]."""
    training.prepare_process()
    trainer = training.trainer_of(run, data["same"])
    trainer.take(model)
    return {
        how: trainer.predict(split.test.images).argmax(axis=1) == split.test.labels
        for how, split in data.items()
    }


@dataclass(frozen=True)
class Truth:
    """What the causal check says of one arm.

    Attributes:
        accuracy: what is done with the mark (``same``, ``none``, ...) to one value a model.
        marked: recall of the marked class, likewise.
    """

    accuracy: dict[str, tuple[float, ...]]
    marked: dict[str, tuple[float, ...]]


def truths(plan: Plan, store: Store) -> dict[str, Truth]:
    """Return what the causal check says of every arm of a study whose models are stored."""
    data, runs = changed(plan), plan.runs()
    tasks = [(run, store.model_bytes(training_key(run, data["same"]))) for run in runs]
    answers = dict(engine.answers(right, tasks, data))
    failed = [a.reason for a in answers.values() if isinstance(a, engine.Failure)]
    if failed:
        raise RuntimeError(failed[0])
    labels = data["same"].test.labels
    of_class = labels == data["same"].classes.index(MARKED)
    truth_of = {}
    for arm in dict.fromkeys(run.strategy.label for run in runs):
        of_arm = [answers[i] for i, run in enumerate(runs) if run.strategy.label == arm]
        truth_of[arm] = Truth(
            {how: tuple(float(answer[how].mean()) for answer in of_arm) for how in data},
            {how: tuple(float(answer[how][of_class].mean()) for answer in of_arm) for how in data},
        )
    return truth_of


@dataclass(frozen=True)
class Arm:
    """One strategy: what the study says, and what is true.

    Attributes:
        gain: as the study sees it. scores: name to the profile's score.
        causal: what is done with the mark to the true gain in accuracy; ``kept``: how much
            less than the baselines' accuracy falls when the mark is taken away.
        p: of the gain without the mark, two-sided, corrected over strategies (Holm).
        verdict: the profile's.
        named: classes whose marked regions the profile says attention does not follow.
    """

    strategy: str
    gain: float
    scores: dict[str, float]
    causal: dict[str, float]
    p: float
    verdict: str
    named: tuple[str, ...]

    @property
    def truth(self) -> str:
        """Whether the strategy breaks, keeps or deepens the shortcut, beyond noise."""
        if self.p > ALPHA:
            return "keeps"
        return "breaks" if self.causal["none"] > 0 else "deepens"


@dataclass(frozen=True)
class Condition:
    """One planted mark.

    Attributes:
        baseline, marked: the baselines' mean accuracy, and recall of the marked class, by
            what is done with the mark.
        named: classes that the profile names for the baselines, with the place it says.
        arms: the strategies. orders: score to causal check to the order's agreement.
    """

    name: str
    settings: dict
    baseline: dict[str, float]
    marked: dict[str, float]
    named: dict[str, str]
    arms: tuple[Arm, ...]
    orders: dict[str, dict[str, Order]]


def condition(name: str, plan: Plan, profile: ImpactProfile, truths: dict[str, Truth]) -> Condition:
    """Hold one profile against the causal check."""
    tests = [_causal_test(record.strategy, truths) for record in profile.strategies]
    arms = tuple(
        _arm(record.strategy, profile, truths, float(p))
        for record, p in zip(profile.strategies, holm(tests), strict=True)
    )
    return Condition(
        name=name,
        settings={k: v for k, v in plan.dataset.settings.items() if k.startswith("shortcut_")},
        baseline=_means(truths[BASELINE].accuracy),
        marked=_means(truths[BASELINE].marked),
        named={p.name: place(p.place) for p in profile.pointing if p.arm == BASELINE and p.missed},
        arms=arms,
        orders={score: _order(arms, score) for score in SCORES},
    )


def _means(values: dict[str, tuple[float, ...]]) -> dict[str, float]:
    return {name: float(np.mean(numbers)) for name, numbers in values.items()}


def _causal_test(strategy: str, truths: dict[str, Truth]) -> float:
    """Return p of a strategy's gain in accuracy without the mark."""
    return difference_test(truths[strategy].accuracy["none"], truths[BASELINE].accuracy["none"]).p


def _arm(strategy: str, profile: ImpactProfile, truths: dict[str, Truth], p: float) -> Arm:
    accuracy, base = truths[strategy].accuracy, truths[BASELINE].accuracy
    record = next(s for s in profile.strategies if s.strategy == strategy)
    gains = {how: float(np.mean(accuracy[how]) - np.mean(base[how])) for how in accuracy}
    return Arm(
        strategy=strategy,
        gain=_number(profile.effect(strategy, "gain").estimate),
        scores={score: _score(profile, strategy, question) for score, question in SCORES.items()},
        causal={how: gains[how] for how in CAUSAL} | {KEPT: gains["none"] - gains["same"]},
        p=p,
        verdict=record.conclusion,
        named=record.missed,
    )


def _score(profile: ImpactProfile, strategy: str, question: str) -> float:
    """Return an effect, or how much oftener than the baselines' its maps hit the marked class."""
    if question != HITS:
        return _number(profile.effect(strategy, question).estimate)
    hits = {p.arm: _number(p.beyond) for p in profile.pointing if p.name == MARKED}
    return hits[strategy] - hits[BASELINE]


def _number(value: float | None) -> float:
    return np.nan if value is None else value


def _order(arms: Sequence[Arm], score: str) -> dict[str, Order]:
    """Return Spearman's rho of a score with each causal check over strategies, and its p."""
    values = [arm.scores[score] for arm in arms]
    gains = {
        name: rank_correlation(values, [arm.causal[name] for arm in arms])
        for name in (*CAUSAL, KEPT)
    }
    return {
        name: (truth.rho, truth.p) if np.isfinite(truth.rho) else (None, None)
        for name, truth in gains.items()
    }
