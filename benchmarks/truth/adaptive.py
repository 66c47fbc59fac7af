"""Studies in rounds against whole ones: the same verdicts? how many models? false alarms?

The whole studies' models are replayed: a study in rounds asks for some of them. False alarms
are counted twice. *Divided*: models of nothing (baselines and identity, which are replicates
of each other) are divided at random into baselines and strategies of nothing; divisions share
their models. *Simulated*: independent studies of nothing whose noise is that of trained
models.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np

from benchmarks.part import ROOT
from benchmarks.truth import repeat
from benchmarks.truth.alarms import clopper_pearson
from cam_augment.impact.arms import Arms
from cam_augment.impact.attention import pairs as scoring
from cam_augment.impact.sequential.readings import GAIN, SHIFT
from cam_augment.impact.sequential.rounds import Rounds
from cam_augment.plan import BASELINE, Plan
from cam_augment.records import ImpactProfile
from cam_augment.statistics import difference_test, holm
from cam_augment.statistics.significance import is_significant

CHANGES = {"metrics": ["pearson"], "predictors": False, "bootstrap": 500, "permutations": 2000}
SWEEPS = ("sweep-mnist", "sweep-fashion")
STUDIES, QUICK_STUDIES = 600, 20
QUESTIONS = {GAIN: "gain", SHIFT: "excess shift"}
GAINS = (0.0, 1.0, 2.0, 3.0, 4.0)  # in standard deviations of one model's accuracy


def plans(quick: bool = False) -> dict[str, list[Plan]]:
    """Return whole studies by the name of their plan."""
    parts = repeat.plans(quick)
    if quick:
        sizes = {"baselines": 6, "seeds": 3}
        return {"default": [p.model_copy(update=sizes) for p in parts.by_seeds[3][:1]]}
    sweeps = {name: [Plan.read(ROOT / "plans" / f"{name}.toml", **CHANGES)] for name in SWEEPS}
    return {"default": [_cheaper(plan) for plan in parts.by_seeds[4]], **sweeps}


def _cheaper(plan: Plan) -> Plan:
    """Return a plan with fewer draws: all relabellings are counted all the same."""
    return plan.model_copy(update={k: CHANGES[k] for k in ("bootstrap", "permutations")})


def in_rounds(plan: Plan) -> Plan:
    """Return a whole study's plan, in rounds."""
    return plan.model_copy(update={"adaptive": True})


@dataclass(frozen=True)
class Replay:
    """One whole study, and the same in rounds.

    Attributes:
        models, whole: trained in rounds, and in all. same: verdicts that are the whole
            study's, of how many. others: strategy to (the whole study's, in rounds) where not.
    """

    plan: str
    first_seed: int
    models: int
    whole: int
    same: int
    strategies: int
    others: Mapping[str, tuple[str, str]]


def replayed(name: str, whole: ImpactProfile, rounds: ImpactProfile) -> Replay:
    """Hold a study in rounds against the whole one."""
    true = {each.strategy: each.conclusion for each in whole.strategies}
    said = {each.strategy: each.conclusion for each in rounds.strategies}
    others = {s: (true[s], said[s]) for s in true if said[s] != true[s]}
    models = rounds.plan.baselines + sum(stop.models for stop in rounds.rounds)
    size, count = whole.plan.size, len(true)
    first = whole.plan.first_seed
    return Replay(name, first, models, size, count - len(others), count, others)


class Answers:
    """What the stages ask of ``Arms``, of models that were put into arms at will.

    Attributes:
        rows: arm to the numbers of its models in ``noise``'s arrays.
    """

    def __init__(self, plan: Plan, noise: "Noise", rows: dict[str, np.ndarray]):
        self.plan, self.labels, self.rows, self._noise = plan, list(rows), rows, noise

    def fits(self, label: str) -> list[int]:
        return list(self.rows[label])

    @property
    def baselines(self) -> list[int]:
        return self.fits(BASELINE)

    def accuracy(self, label: str) -> np.ndarray:
        return self._noise.accuracy[self.rows[label]]

    def recall(self, label: str) -> np.ndarray:
        return self._noise.recall[self.rows[label]]

    def right(self, label: str) -> np.ndarray:
        return self._noise.right[self.rows[label]]

    def distances(self) -> dict[str, np.ndarray]:
        own = {k: np.r_[v, self.rows[BASELINE]] for k, v in self.rows.items() if k != BASELINE}
        return {label: self._noise.distance[np.ix_(rows, rows)] for label, rows in own.items()}


@dataclass(frozen=True)
class Noise:
    """Models of arms in which nothing differs, or their like.

    Attributes:
        accuracy: float [model]. recall: [model, class]. right: [model, image].
        distance: mean primary distances [model, model].
    """

    accuracy: np.ndarray
    recall: np.ndarray
    right: np.ndarray
    distance: np.ndarray


def models_of_nothing(arms: Arms) -> Noise:
    """Return baselines and the models of identity, which differ by nothing but chance."""
    labels = (BASELINE, repeat.NOTHING)
    stacks = [maps for label in labels for maps in arms.stacks(label)]
    ready = scoring.prepare_all(arms.plan.primary, stacks)
    distance = scoring.mean_distance(scoring.among(arms.plan.primary, ready))
    accuracy, recall, right = (
        np.concatenate([ask(label) for label in labels])
        for ask in (arms.accuracy, arms.recall, arms.right)
    )
    return Noise(accuracy, recall, right, distance)


def divided(noise: Noise, plan: Plan, studies: int) -> Iterator[Answers]:
    """Yield studies of nothing: trained models, divided at random."""
    rng = np.random.default_rng(0)
    for _ in range(studies):
        yield Answers(plan, noise, _arms(plan, rng.permutation(len(noise.accuracy))))


def simulated(
    noise: Noise, residuals: np.ndarray, plan: Plan, studies: int, gain: float = 0.0
) -> Iterator[Answers]:
    """Yield independent studies with the noise of trained models.

    Accuracy and recalls are drawn together, with replacement, from the residuals of models
    [model, 1 + class] within their arms. Maps are normal with the covariance whose
    eigenvalues are those of the distances, doubly centred: as few directions as these models
    have, where the tail is long. ``gain`` is added to the first strategy's accuracy.
    """
    rng = np.random.default_rng(1)
    size = len(noise.distance)
    centred = noise.distance - noise.distance.mean(axis=0) - noise.distance.mean(axis=1)[:, None]
    scales = np.sqrt(
        np.maximum(np.linalg.eigvalsh(-centred - noise.distance.mean()), 0) / (size - 1)
    )
    count, first = plan.size, next(iter(plan.strategies)).label
    for _ in range(studies):
        drawn = residuals[rng.integers(len(residuals), size=count)]
        points = rng.standard_normal((count, size)) * scales
        distance = ((points[:, None] - points) ** 2).sum(axis=2) / 2
        rows = _arms(plan, np.arange(count))
        accuracy = drawn[:, 0].copy()
        accuracy[rows[first]] += gain
        yield Answers(plan, Noise(accuracy, drawn[:, 1:], accuracy[:, None], distance), rows)


def _arms(plan: Plan, order: np.ndarray) -> dict[str, np.ndarray]:
    rows, start = {BASELINE: order[: plan.baselines]}, plan.baselines
    for strategy in plan.strategies:
        rows[strategy.label] = order[start : start + plan.seeds]
        start += plan.seeds
    return rows


def residuals_of(arms: Arms) -> np.ndarray:
    """Return each model's accuracy and recalls, less its arm's mean [model, 1 + class].

    Enlarged by √(n / (n - 1)), so that their variance is that of models.
    """
    found = []
    for label in arms.labels:
        values = np.column_stack([arms.accuracy(label), arms.recall(label)])
        n = len(values)
        found.append((values - values.mean(axis=0)) * np.sqrt(n / (n - 1)))
    return np.concatenate(found)


def gone_through(study: Answers) -> Rounds:
    """Return where a study in rounds ends."""
    rounds = Rounds(study.plan)
    while not rounds.over:
        rows = {k: v if k == BASELINE else v[: rounds.models[k]] for k, v in study.rows.items()}
        seen = Answers(study.plan, study._noise, rows)
        rounds.analyse(
            cast(Arms, seen), {k: v for k, v in seen.distances().items() if k in rounds.open}
        )
    return rounds


@dataclass(frozen=True)
class Alarms:
    """How many studies of nothing found something, one strategy at least, corrected.

    Attributes:
        low, high: exact binomial interval of the share, 95 % (of divided studies too narrow:
            they share their models).
        share_of_models: mean share of the whole study's models that were asked for.
    """

    how: str
    question: str
    strategies: int
    studies: int
    alarms: int
    low: float
    high: float
    share_of_models: float

    @property
    def share(self) -> float:
        return self.alarms / self.studies


def alarms(how: str, studies: Sequence[Answers]) -> list[Alarms]:
    """Count the false alarms of studies of nothing, question by question."""
    ended = [gone_through(study) for study in studies]
    plan, count = studies[0].plan, len(studies)
    size = plan.size
    spent = float(np.mean([plan.baselines + sum(r.models.values()) for r in ended])) / size
    found = []
    for question, name in QUESTIONS.items():
        ps = [r.corrected_p(question).values() for r in ended]
        wrong = sum(any(is_significant(p, plan.alpha) for p in study) for study in ps)
        interval = clopper_pearson(wrong, count)
        strategies = len(plan.strategies)
        found.append(Alarms(how, name, strategies, count, wrong, *interval, spent))
    return found


@dataclass(frozen=True)
class Power:
    """How often the first strategy's gain was found.

    Attributes:
        gain: planted, in standard deviations. rounds, whole: share of studies, in rounds and
            by the exact test of all models.
        models: mean share of the whole study's models.
    """

    gain: float
    studies: int
    rounds: float
    whole: float
    models: float


def power(make: Callable[[float], Sequence[Answers]], sd: float) -> list[Power]:
    """Return power over planted gains; ``make``: gain in accuracy to studies."""
    return [_power(size, make(size * sd)) for size in GAINS]


def _power(size: float, studies: Sequence[Answers]) -> Power:
    plan = studies[0].plan
    first = plan.strategies[0].label
    ended = [gone_through(study) for study in studies]
    spent = [plan.baselines + sum(r.models.values()) for r in ended]
    return Power(
        gain=size,
        studies=len(studies),
        rounds=float(
            np.mean([is_significant(r.corrected_p(GAIN)[first], plan.alpha) for r in ended])
        ),
        whole=float(np.mean([_exact(study, first) for study in studies])),
        models=float(np.mean(spent)) / plan.size,
    )


def _exact(study: Answers, first: str) -> bool:
    base = study.accuracy(BASELINE)
    labels = [label for label in study.labels if label != BASELINE]
    ps = holm([difference_test(study.accuracy(label), base).p for label in labels])
    return is_significant(ps[labels.index(first)], study.plan.alpha)
