"""A believable impact profile without any training, for the tests of the report.

The strategies' numbers are those measured on MNIST in the study's design; everything else
is drawn around them from one seeded generator.
"""

import base64
import io
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations

import numpy as np
from PIL import Image
from scipy.cluster.hierarchy import fcluster, linkage

from cam_augment.impact.predictions.curves import reading
from cam_augment.plan import Plan
from cam_augment.records import (
    ArmCost,
    CheckResult,
    ClassGain,
    Correlation,
    Corrupted,
    Curve,
    Effect,
    Estimate,
    ExpectedCosts,
    Faithfulness,
    FocusIn,
    GainPrediction,
    ImpactProfile,
    League,
    MeanMap,
    MissingRun,
    Notice,
    Pair,
    PartialCorrelation,
    Pointing,
    Probe,
    Rank,
    Removal,
    Robustness,
    SplitNoise,
    Stop,
    StrategyProfile,
    Turned,
    WithinStrategy,
)
from cam_augment.records.errors import ArmErrors, ErrorCurves
from cam_augment.records.migration import with_findings
from cam_augment.records.notes import Note
from cam_augment.records.reliability import ReliabilityCurve
from cam_augment.records.search import (
    Finalist,
    Interaction,
    PairFit,
    Screened,
    SearchResult,
    Trial,
)

# strategy: gain (fraction), between C, within W, change of spread
MEASURED = {
    "identity": (0.0027, 0.197, 0.194, +0.002),
    "rotation": (0.0077, 0.196, 0.184, +0.001),
    "zoom": (0.0078, 0.200, 0.185, -0.002),
    "translation": (0.0078, 0.208, 0.152, -0.015),
    "shear": (0.0079, 0.205, 0.162, -0.008),
    "horizontal_flip": (-0.0362, 0.281, 0.234, +0.009),
    "contrast": (0.0010, 0.197, 0.193, -0.001),
    "gaussian_noise": (-0.0008, 0.199, 0.162, -0.004),
    "random_erasing": (0.0018, 0.235, 0.189, +0.019),
    "mixup": (0.0031, 0.222, 0.171, +0.012),
}
FLOOR, SMALLEST, BASELINES, SEEDS = 0.195, 1 / 495, 8, 4
METRICS = ("pearson", "spearman", "mad", "msd", "overlap", "wasserstein", "centroid_shift")
# metric: (size of its distances relative to 1 - Pearson, chance level of the metric itself)
SIZES = {
    "pearson": (1.0, 0.38),
    "spearman": (0.9, 0.33),
    "mad": (0.45, 0.21),
    "msd": (0.2, 0.09),
    "overlap": (1.9, 0.24),
    "wasserstein": (0.24, 0.11),
    "centroid_shift": (0.21, 0.09),
    "prediction_kl": (0.5, None),
}
MUST_BEAT = ("affinity", "diversity", "one_epoch_accuracy", "excess_shift.prediction_kl")
SEGMENTS = ("abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcdfg")
STROKES = {
    "a": (5, 6, 9, 19), "b": (5, 14, 17, 19), "c": (14, 23, 17, 19), "d": (21, 23, 9, 19),
    "e": (14, 23, 9, 11), "f": (5, 14, 9, 11), "g": (13, 15, 9, 19),
}  # fmt: skip


def example_plan(**changes) -> Plan:
    """Return the plan of the example: the default study."""
    fields = {"name": "example", "strategies": list(MEASURED), "metrics": METRICS}
    return Plan.make(fields | changes)


def _digit(label: int, rng: np.random.Generator) -> np.ndarray:
    image = np.zeros((28, 28))
    for stroke in SEGMENTS[label]:
        top, bottom, left, right = STROKES[stroke]
        image[top:bottom, left:right] = 1
    rows, columns = np.indices(image.shape)
    lean = np.round((14 - rows) * rng.uniform(-0.1, 0.25)).astype(int)
    image = image[rows, np.clip(columns - lean, 0, 27)]
    for axis in (0, 1):
        image = (np.roll(image, 1, axis) + 2 * image + np.roll(image, -1, axis)) / 4
    return image


def _png(image: np.ndarray) -> str:
    buffer = io.BytesIO()
    Image.fromarray(np.uint8(image * 255)).save(buffer, "PNG")
    return base64.b64encode(buffer.getvalue()).decode()


def _map(image: np.ndarray, width: float, centre: tuple[float, float]) -> np.ndarray:
    rows, columns = np.indices((7, 7))
    bump = np.exp(-((rows - centre[0]) ** 2 + (columns - centre[1]) ** 2) / (2 * width**2))
    coarse = image.reshape(7, 4, 7, 4).mean((1, 3))
    values = bump * (0.15 + coarse)
    return values / values.sum()


def _probe(index: int, arms, rng, masked: bool) -> Probe:
    label = index % 10
    image = _digit(label, rng)
    centre = rng.uniform(2.2, 3.8, 2)
    maps, right = {}, {}
    for arm in arms:
        gain, between, _, spread = MEASURED.get(arm, (0, FLOOR, FLOOR, 0))
        moved = centre + rng.normal(0, 1, 2) * (between - FLOOR) * 12
        values = _map(image, 1.7 + 25 * spread, moved)
        maps[arm] = tuple(tuple(round(float(v), 6) for v in row) for row in values)
        right[arm] = float(np.clip(np.round(rng.normal(0.99 + 4 * gain, 0.1) * 4) / 4, 0, 1))
    mask = tuple(tuple(int(v > 0.5) for v in row) for row in image) if masked else None
    misread = index == 9
    return Probe(
        index=37 * index + 5,
        label=str(label),
        image=_png(image),
        maps=maps,
        right=right | {"horizontal_flip": 0.25} if misread else right,
        mask=mask,
        why="misread" if misread else "typical",
    )


def _p(effect: float, noise: float) -> float:
    """Return a p value on the grid of the exact test: large effects reach the smallest."""
    ratio = abs(effect) / noise
    steps = max(1, round(495 * float(np.exp(-1.1 * ratio**1.5))))
    return min(1.0, steps * SMALLEST)


def _scalars(rng, masked: bool) -> dict[str, dict[str, float]]:
    """Return the true change of every scalar under every strategy."""
    spread = {s: row[3] for s, row in MEASURED.items()}
    scalars = {
        "accuracy": {s: row[0] for s, row in MEASURED.items()},
        "macro_f1": {s: row[0] * 1.04 + rng.normal(0, 0.0003) for s, row in MEASURED.items()},
        "entropy": {s: 1.4 * v + rng.normal(0, 0.001) for s, v in spread.items()},
        "gini": {s: -2.1 * v + rng.normal(0, 0.002) for s, v in spread.items()},
        "effective_area": {s: 2.4 * v + rng.normal(0, 0.002) for s, v in spread.items()},
        "spread": spread,
    }
    if masked:
        scalars["focus"] = {s: -9 * v + rng.normal(0, 0.02) for s, v in spread.items()}
    return scalars


LEVELS = {
    "accuracy": (0.9312, 0.0019),
    "macro_f1": (0.9304, 0.0020),
    "entropy": (0.871, 0.006),
    "gini": (0.571, 0.008),
    "effective_area": (0.562, 0.011),
    "spread": (0.232, 0.005),
    "focus": (2.31, 0.07),
}


def _points(rng, scalars) -> dict[str, dict[str, tuple[float, ...]]]:
    points = {}
    for name, changes in scalars.items():
        level, sd = LEVELS[name]
        noise = rng.normal(0, sd, BASELINES)
        points[name] = {"baseline": tuple(level + noise - noise.mean())}
        for strategy, change in changes.items():
            noise = rng.normal(0, sd * 0.8, SEEDS)
            points[name][strategy] = tuple(level + change + noise - noise.mean())
    return points


def _scalar_effects(scalars) -> list[Effect]:
    names = {"accuracy": "gain", "macro_f1": "gain_macro_f1"}
    effects = []
    for name, changes in scalars.items():
        sd = LEVELS[name][1]
        for strategy, change in changes.items():
            p = _p(change, sd)
            effects.append(_effect(strategy, names.get(name, name), change, 1.3 * sd, sd, p))
    return effects


def _effect(strategy, question, estimate, half, noise, p) -> Effect:
    return Effect(
        strategy=strategy,
        question=question,
        estimate=estimate,
        low=estimate - half,
        high=estimate + half,
        noise=noise,
        p=p,
        p_adjusted=min(1.0, p * len(MEASURED)),
        smallest_p=SMALLEST,
    )


def _savings() -> list[Effect]:
    """What strategies save per 1,000 parts: as they gain, but ``contrast`` costs more."""
    saved = {strategy: 900 * row[0] for strategy, row in MEASURED.items()} | {"contrast": -9.0}
    return [_effect(s, "gain_cost", each, 2.4, 1.6, _p(each, 1.6)) for s, each in saved.items()]


CORRUPTED = {"defocus": "blur", "low_contrast": "light"}  # corruption to its family


def _robust_gains() -> list[Effect]:
    """What strategies gain on corrupted images: five times as much as on others."""
    questions = ["robustness", *(f"robustness.{family}" for family in CORRUPTED.values())]
    return [
        _effect(strategy, question, 5 * row[0], 0.03, 0.02, _p(5 * row[0], 0.02))
        for question in questions
        for strategy, row in MEASURED.items()
    ]


def _robustness(arms: Sequence[str]) -> Robustness:
    return Robustness(
        images=1000,
        score="accuracy",
        clean=dict.fromkeys(arms, 0.93),
        corruptions=tuple(
            Corrupted(
                name=name, family=family, unit="of 0 to 1", strengths=(0.1, 0.2, 0.3),
                strategies=("contrast",) if family == "light" else (),
                scores={arm: (0.9, 0.7, 0.4 + 0.01 * a) for a, arm in enumerate(arms)},
            )
            for name, family in CORRUPTED.items()
        ),
    )  # fmt: skip


def _search(strategies: Sequence[str]) -> SearchResult:
    """A search that proposed one of the strategies, and repeated another."""
    numbers = {"low": 0.001, "high": 0.011, "p": 0.002, "p_adjusted": 0.01, "finding": "gains"}
    fates = {strategies[-1]: ("harmful", 1), strategies[0]: ("pays", None)}
    phases = {"baseline": "baseline", "screening": "shear+contrast", "growth": strategies[0],
              "final": strategies[0]}  # fmt: skip
    return SearchResult(
        score="accuracy",
        images=1500,
        sampler="tpe",
        baseline=0.93,
        strategies=tuple(
            Screened(strategy=name, models=7, estimate=0.006, **numbers, fate=fate, left_after=half)
            for name in strategies
            for fate, half in [fates.get(name, ("open", None))]
        ),
        fit=PairFit(ratio=1.3, df=20, pure_df=15, p=0.31, repeats=8, lacks=False),
        spread=0.001,
        interactions=(
            Interaction(
                first="shear", second="contrast", models=2, estimate=-0.008, shrunken=-0.004,
                p_adjusted=0.02, visible=0.012, finding="falls",
            ),
        ),
        trials=tuple(
            Trial(phase=phase, strategy=strategy, seed=1000 + seed, score=0.94)
            for seed, (phase, strategy) in enumerate(phases.items())
        ),
        finalists=tuple(
            Finalist(
                strategy=name, source=source, models=4, gain=0.017, low=0.006, high=0.028,
                finding="gains",
            )
            for name, source in zip(strategies, ("screening", "growth"), strict=False)
        ),
        proposal=strategies[0],
        best_single=strategies[1],
    )  # fmt: skip


def _pair_effects(rng) -> list[Effect]:
    effects = []
    for strategy, (_, between, within, _) in MEASURED.items():
        excess = 2 * between - FLOOR - within
        for metric, (size, _) in SIZES.items():
            estimate = excess * size * (1 if metric == "pearson" else rng.uniform(0.8, 1.2))
            p = 0.113 if strategy == "identity" else SMALLEST
            question = f"excess_shift.{metric}"
            effects.append(_effect(strategy, question, estimate, 0.006 * size, FLOOR * size, p))
        effects.append(
            _effect(strategy, "agreement", within - FLOOR, 0.02, FLOOR, _p(within - FLOOR, 0.012))
        )
    return effects


MARGIN, CLASS_MARGIN, LEAST = 0.005, 0.02, 0.0041


def _judgement(effects: dict, strategy: str, loser: ClassGain) -> dict:
    """Return a verdict of each kind, with its reasons and next step."""
    gain = effects[strategy, "gain"]
    numbers = {"estimate": gain.estimate, "low": gain.low, "high": gain.high}
    bounds = {"bound_low": gain.estimate - LEAST, "bound_high": gain.estimate + LEAST}

    def of_gain(code: str) -> Notice:
        return Notice.of(code, **numbers, **bounds, margin=MARGIN, score="accuracy")

    def of_class(code: str) -> Notice:
        loss = min(loser.gain, -0.042)
        ends = {"loss_low": loss - 0.01, "loss_high": loss + 0.01, "margin": CLASS_MARGIN}
        return Notice.of(code, name=loser.name, loss=loss, **ends)

    none = Notice.of("step.none")
    if strategy == "identity":
        verdict, rule, reasons, step = "quiet", "control", [of_gain("control.quiet")], none
    elif strategy == "shear":
        reasons = [of_gain("gain.rises"), of_class("class.surely_loses")]
        verdict, rule, step = "trade-off", "gains at a price", none
    elif gain.p_adjusted <= 0.05 and gain.estimate > 0:
        verdict, rule, reasons = "adopt", "gains", [of_gain("gain.rises")]
        step = Notice.of("step.together", strategies=3)
    elif gain.p_adjusted <= 0.05:
        reasons = [of_gain("gain.falls"), of_class("class.surely_loses")]
        verdict, rule, step = "avoid", "loses", none
    elif strategy in ("contrast", "gaussian_noise"):
        reasons = [of_gain("gain.below_margin")]
        verdict, rule, step = "no gain worth having", "no gain", none
    else:
        verdict, rule, reasons = "undecided", "open", [of_gain("gain.open")]
        step = Notice.of("step.models", more=6)
    return {"verdict": verdict, "rule": rule, "reasons": reasons, "next_step": step, **bounds}


def _strategies(effects, groups, class_gains) -> list[StrategyProfile]:
    losers = {
        strategy: min((g for g in class_gains if g.strategy == strategy), key=lambda g: g.gain)
        for strategy in MEASURED
    }
    profiles = []
    for number, (strategy, (gain, between, within, _)) in enumerate(MEASURED.items()):
        profiles.append(
            StrategyProfile(
                strategy=strategy,
                runs=SEEDS,
                accuracy=LEVELS["accuracy"][0] + gain,
                macro_f1=LEVELS["macro_f1"][0] + gain,
                floor=FLOOR,
                between=between,
                within=within,
                degenerate_share=0.0005 * number,
                worst_class=losers[strategy].name,
                worst_class_gain=losers[strategy].gain,
                worst_class_p=0.4 if gain > -0.01 else 0.004,
                smallest_gain=LEAST,
                attention="not known" if strategy == "identity" else "moved",
                group=int(groups[number]),
                **_judgement(effects, strategy, losers[strategy]),
            )
        )
    return profiles


def _curve(strategy: str, rng) -> Curve:
    epochs = np.arange(1, 31)
    hard = 0.03 if strategy in ("baseline", "identity") else 0.12
    hard = 0.75 if strategy == "mixup" else hard
    loss = hard + 2.2 * np.exp(-epochs / 3.2) + rng.normal(0, 0.006, 30)
    validation = 0.24 + 2.0 * np.exp(-epochs / 3.5) + rng.normal(0, 0.012, 30)
    if hard < 0.1:
        validation += 0.0022 * epochs
    best = int(np.argmin(validation)) + 1
    return Curve(
        strategy=strategy,
        loss=tuple(loss),
        validation_loss=tuple(validation),
        accuracy=tuple(np.clip(1 - loss / 3, 0, 1)),
        validation_accuracy=tuple(np.clip(0.955 - 0.35 * np.exp(-epochs / 3), 0, 1)),
        best_epoch=best,
        reading=reading(validation),
    )


def _distances(rng) -> tuple[tuple[str, ...], np.ndarray]:
    models = ["baseline"] * BASELINES + [s for s in MEASURED for _ in range(SEEDS)]
    size = len(models)
    offset = np.array([MEASURED.get(m, (0, FLOOR, FLOOR))[1] - FLOOR for m in models])
    values = FLOOR + offset[:, None] + offset[None, :] + rng.normal(0, 0.008, (size, size))
    for start, model in enumerate(models):
        same = [i for i, other in enumerate(models) if other == model]
        if model != "baseline":
            values[start, same] = MEASURED[model][2] + rng.normal(0, 0.008, len(same))
    values = np.triu(values, 1)
    return tuple(models), values + values.T


def _reliability(strategy: str) -> ReliabilityCurve:
    confidence = np.linspace(0.55, 0.999, 15) ** 0.8
    over = 0.02 if strategy == "baseline" else 0.01
    return ReliabilityCurve(
        arm=strategy, confidence=tuple(confidence), right=tuple(confidence - over), error=over
    )


def _class_gains(rng, classes) -> list[ClassGain]:
    recalls = rng.uniform(0.88, 0.985, len(classes))
    return [
        ClassGain(
            strategy=strategy,
            name=name,
            baseline=float(recall),
            recall=float(min(1, recall + change)),
            gain=float(min(1, recall + change) - recall),
        )
        for strategy, (gain, *_) in MEASURED.items()
        for name, recall in zip(classes, recalls, strict=True)
        for change in [gain + rng.normal(0, 0.006)]
    ]


def _correlations() -> list[Correlation]:
    rows = [
        ("excess_shift.pearson", True, -0.31, -0.82, 0.42, 0.39),
        ("excess_shift.wasserstein", False, -0.26, -0.79, 0.47, 0.81),
        ("excess_shift.centroid_shift", False, -0.19, -0.75, 0.52, 0.93),
        ("excess_shift.prediction_kl", False, -0.55, -0.90, 0.12, 0.31),
        ("entropy", False, -0.48, -0.87, 0.22, 0.45),
        ("spread", False, -0.52, -0.89, 0.17, 0.37),
        ("agreement", False, -0.61, -0.92, 0.03, 0.22),
    ]
    rows += [
        ("affinity", False, 0.62, -0.05, 0.91, 0.18),
        ("diversity", False, -0.44, -0.85, 0.28, 0.51),
        ("one_epoch_accuracy", False, 0.58, -0.10, 0.90, 0.25),
        ("equivariance", False, -0.49, -0.87, 0.21, 0.44),
    ]
    found = [
        Correlation(
            score=score, primary=primary, strategies=len(MEASURED), rho=rho, low=low, high=high,
            p=p, q2=rho**2 - 0.2, q2_p=p, error=0.0068 - 0.003 * rho**2, reliability=0.8,
            ceiling=0.75, must_beat=score in MUST_BEAT,
            error_excess=-0.0004 if score in MUST_BEAT else None,
            error_excess_p=0.6 if score in MUST_BEAT else None,
        )
        for score, primary, rho, low, high, p in rows
    ]  # fmt: skip
    mean = dict.fromkeys(("rho", "low", "high", "p"))
    return [
        *found,
        Correlation(
            score="mean", primary=False, strategies=len(MEASURED), **mean, q2=0.0, error=0.0066,
            must_beat=True, error_excess=0.0001, error_excess_p=1.0,
        ),
    ]  # fmt: skip


def _gain_prediction(rng) -> GainPrediction:
    """What the baselines predict; equivariance is not defined for mixing."""
    names = ("affinity", "diversity", "one_epoch_accuracy", "equivariance")
    values = {name: dict(zip(MEASURED, rng.uniform(0.5, 1.5, 10), strict=True)) for name in names}
    del values["equivariance"]["mixup"]
    primary, number = "excess_shift.pearson", len(MEASURED)
    kl = ("excess_shift.prediction_kl",)
    return GainPrediction(
        families=number, by_family=False, gain_reliability=0.7, predictors=values,
        partials=(
            PartialCorrelation(score=primary, given=kl, strategies=number, rho=-0.12, low=-0.7,
                               high=0.6, p=0.75),
            PartialCorrelation(score=primary, given=names[:2], strategies=number, rho=-0.4,
                               low=-0.85, high=0.41, p=0.31),
        ),
    )  # fmt: skip


def _within(rng) -> list[WithinStrategy]:
    return [
        WithinStrategy(
            strategy=strategy, images=500, probability_change=row[0], rho=rho,
            p=0.0005 if abs(rho) > 0.1 else 0.4,
            p_adjusted=0.005 if abs(rho) > 0.1 else 1.0, classes=10, rho_classes=2 * rho,
            p_classes=0.2, p_classes_adjusted=1.0,
        )
        for (strategy, row), rho in zip(
            MEASURED.items(), rng.normal(0, 0.12, len(MEASURED)).round(3), strict=True
        )
    ]  # fmt: skip


def _check(look: str, flips: tuple[str, ...]) -> CheckResult:
    shift = {strategy: 2 * row[1] - row[2] - FLOOR for strategy, row in MEASURED.items()}
    return CheckResult(
        look=look, grid=(7, 7), shift=shift, beyond=tuple(MEASURED), flips=flips,
        kendall=0.82, low=0.64, high=0.91,
    )  # fmt: skip


# No plan has 8 + 4 models in five folds: the table is here so that all are.
SPLIT_NOISE = SplitNoise(
    folds=5, models=48, seed=0.0017, split=0.0009, share=0.22, low=0.02, high=0.74,
    same_fold=0.188, other_fold=0.197, pairs=14,
)  # fmt: skip


def _league() -> League:
    """Gains against each other: a difference beyond two points is sure."""
    gains = {name: values[0] for name, values in MEASURED.items() if name != "identity"}
    sure = {name: [o for o in gains if gains[name] - gains[o] > 0.02] for name in gains}
    below = {name: sum(name in others for others in sure.values()) for name in gains}
    ranks = [
        Rank(
            strategy=name,
            gain=gains[name],
            best=1 + below[name],
            worst=len(gains) - len(sure[name]),
            ahead_of=tuple(sure[name]),
        )
        for name in sorted(gains, key=lambda name: -gains[name])
    ]
    pairs = [
        Pair(
            first=a,
            second=b,
            difference=gains[a] - gains[b],
            low=gains[a] - gains[b] - 0.02,
            high=gains[a] - gains[b] + 0.02,
        )
        for a, b in combinations(gains, 2)
    ]
    return League(ranks=tuple(ranks), pairs=tuple(pairs))


def _removal(falling: bool) -> Removal:
    """Return curves that fall, or rise, by an order's speed."""
    speeds, share = {"map": 6.0, "centre": 4.0, "random": 1.5}, np.linspace(0, 1, 9)
    left = {order: 0.8 * np.exp(-speed * share**1.5) for order, speed in speeds.items()}
    curve = {order: 0.1 + each if falling else 0.9 - each for order, each in left.items()}
    score = {order: float(values.mean()) for order, values in curve.items()}
    against = {other: score["map"] - score[other] for other in ("centre", "random")}
    return Removal(
        score=score,
        against={
            other: Estimate(estimate=mean, low=mean - 0.02, high=mean + 0.02)
            for other, mean in against.items()
        },
        better=("centre", "random"),
        curve={order: tuple(values) for order, values in curve.items()},
        low={order: tuple(values - 0.02) for order, values in curve.items()},
        high={order: tuple(values + 0.02) for order, values in curve.items()},
    )


def _faithful(look: str, own: bool = False) -> Faithfulness:
    return Faithfulness(
        look=look, own=own, targeted=True, grid=(7, 7), models=BASELINES, images=100,
        deletion=_removal(True), insertion=_removal(False),
        alike={
            "last": Estimate(estimate=0.21, low=0.1, high=0.32),
            "all": Estimate(estimate=0.05, low=-0.1, high=0.2),
        },
        alike_share={"last": 0.97, "all": 0.92}, chance=0.38,
    )  # fmt: skip


def _costs(arms, classes) -> ExpectedCosts:
    """Return costs in which "0" is the good class: the plan of the example has none."""
    size = len(classes)
    matrix = np.ones((size, size)) - np.eye(size)
    matrix[1:, 0] = 50
    paid = {arm: 60 - 900 * MEASURED.get(arm, (0,))[0] for arm in arms}
    return ExpectedCosts(
        fitted=True, good="0", matrix=tuple(map(tuple, matrix)),
        shares=dict(zip(classes, [0.91] + [0.01] * 9, strict=True)), blind=910.0,
        blind_class="1",
        arms=tuple(
            ArmCost(
                arm=arm, rule="fitted", cost=cost, cost_argmax=1.3 * cost, mistakes=0.4 * cost,
                mistakes_argmax=0.2 * cost, misses=0.01 * cost, misses_argmax=0.02 * cost,
                false_alarms=0.3 * cost, false_alarms_argmax=0.1 * cost, temperature=1.2,
            )
            for arm, cost in paid.items()
        ),
    )  # fmt: skip


def _errors(arms) -> ErrorCurves:
    """Return curves of models that differ a little; fewer misses, the more a strategy gains."""
    alarms = np.round(910 * (np.arange(21) / 20) ** 3, 4)
    return ErrorCurves(
        good="0",
        false_alarms=tuple(alarms.tolist()),
        arms=tuple(
            ArmErrors(
                arm=arm,
                misses=tuple(
                    tuple(np.round(scale / (1 + alarms / 6) * (1 - alarms / 910), 4).tolist())
                    for scale in (8 - 60 * MEASURED.get(arm, (0,))[0]) * np.linspace(0.9, 1.1, 4)
                ),
                point=(18.0, 2.0 - 15 * MEASURED.get(arm, (0,))[0]),
            )
            for arm in arms
        ),
    )


def _confusion(rng, classes) -> dict:
    def matrix(accuracy):
        wrong = rng.dirichlet(np.full(len(classes) - 1, 0.5), len(classes)) * (1 - accuracy)
        full = np.zeros((len(classes), len(classes)))
        for row, errors in enumerate(wrong):
            full[row] = np.insert(errors, row, accuracy) * 250
        return tuple(tuple(np.round(row, 3)) for row in full)

    return {"baseline": matrix(0.931), "horizontal_flip": matrix(0.895)}


def _provenance() -> dict:
    return {
        "versions": {"cam_augment": "0.1.0", "tensorflow": "2.21.0", "keras": "3.15.1"},
        "machine": {"processor": "x86_64", "cores": 2, "system": "Linux"},
        "commit": "0123456789abcdef",
        "started": "2025-06-01T10:00:00Z",
        "seconds": 402.5,
        "data": {"name": "mnist", "fingerprint": "a3f1c2d4e5b60718293a4b5c6d7e8f90"},
    }


@cache
def example_profile(masked: bool = False) -> ImpactProfile:
    """Return the default study's profile as if it had been run; ``masked``: with focus."""
    rng = np.random.default_rng(7)
    arms = ("baseline", *MEASURED)
    classes = tuple(str(d) for d in range(10))
    scalars = _scalars(rng, masked)
    effects = (
        _scalar_effects(scalars)
        + _pair_effects(rng)
        + ([*_savings(), *_robust_gains()] if masked else [])
    )
    found = {(e.strategy, e.question): e for e in effects}
    features = [
        [row[0] / 0.002, (2 * row[1] - row[2] - FLOOR) / 0.02, row[3] / 0.005]
        for row in MEASURED.values()
    ]
    tree = linkage(np.array(features), "average")
    models, distance = _distances(rng)
    class_gains = _class_gains(rng, classes)
    profile = ImpactProfile(
        plan=example_plan(more_models=[2] if masked else []),
        classes=classes,
        arms=arms,
        strategies=tuple(_strategies(found, fcluster(tree, 4, "maxclust"), class_gains)),
        effects=tuple(effects),
        class_gains=tuple(class_gains),
        league=_league(),
        correlations=tuple(_correlations()),
        gain_prediction=_gain_prediction(np.random.default_rng(11)),
        within=tuple(_within(rng)),
        split_noise=SPLIT_NOISE,
        stages=tuple(map(_stop, MEASURED)) if masked else (),
        costs=_costs(arms, classes) if masked else None,
        errors=_errors(arms) if masked else None,
        cost_correlations=tuple(_correlations())[:3] if masked else (),
        checks=(_check("layercam", ("contrast",)), _check("target=predicted", ())),
        faithful=(_faithful("gradcam", own=True), _faithful("layercam")),
        points=_points(rng, scalars),
        models=models,
        distance=tuple(map(tuple, distance)),
        linkage=tuple(tuple(float(v) for v in row) for row in tree),
        chance={name: chance for name, (_, chance) in SIZES.items()},
        validity={
            "cam": "gradcam",
            "layer": "last_convolution",
            "grid": [7, 7],
            "images": 500,
            "degenerate_share": {arm: 0.0005 * i for i, arm in enumerate(arms)},
            "misclassified_share": dict.fromkeys(arms, 0.069),
        },
        curves=tuple(_curve(arm, rng) for arm in arms),
        reliability=tuple(map(_reliability, ("baseline", *MEASURED))),
        confusion=_confusion(rng, classes),
        robustness=_robustness(arms) if masked else None,
        search=_search([arm for arm in arms[1:] if arm != "identity"]) if masked else None,
        finite_test_share=0.56,
        probes=tuple(_probe(i, arms, rng, masked) for i in range(10)),
        mean_maps=tuple(_mean_maps(arms, classes)),
        turned=tuple(_turned(arms)),
        notes=_notes(arms) if masked else (),
        missing=(),
        pointing=tuple(_pointing(arms, classes, rng)) if masked else (),
        focus=tuple(_focus_in(classes)) if masked else (),
        warnings=(),
        provenance=_provenance(),
    )
    return decided(profile)


def _mean_maps(arms: Sequence[str], classes: Sequence[str]) -> Iterator[MeanMap]:
    """A bump that lies elsewhere under each arm, and in each class."""
    for a, arm in enumerate(arms):
        for c, name in enumerate(("", *classes)):
            values = _map(np.ones((28, 28)), 1.7, (3 + 0.1 * a, 3 + 0.05 * c))
            cells = tuple(tuple(map(float, row)) for row in values.round(6))
            yield MeanMap(arm=arm, name=name, images=50 if name else 500, cells=cells)


def _turned(arms: Sequence[str]) -> Iterator[Turned]:
    """One image that each strategy fixes, and one that it breaks."""
    rng = np.random.default_rng(5)
    before, after = (
        tuple(tuple(map(float, row)) for row in _map(np.ones((28, 28)), 1.7, place).round(6))
        for place in ((3, 3), (4, 2))
    )
    for strategy in arms[1:]:
        for index, shares in ((71, (0.25, 0.75)), (72, (1.0, 0.5))):
            yield Turned(
                strategy=strategy, index=index, label="7", image=_png(_digit(7, rng)),
                before=shares[0], after=shares[1], baseline_map=before, map=after,
            )  # fmt: skip


def _notes(arms: Sequence[str]) -> tuple[Note, ...]:
    return (
        Note(image=5, arm=arms[0], mark="wrong", text="0 9 5"),
        Note(image=5, arm=arms[1], mark="good"),
        Note(image=42, arm=arms[1], mark="unclear"),
    )


def few_drawings(profile: ImpactProfile) -> ImpactProfile:
    """Return a profile whose report has few figures, since drawing them takes time."""
    empty = ("curves", "models", "distance", "correlations", "probes", "faithful")
    return profile.model_copy(update=dict.fromkeys(empty, ()) | {"split_noise": None})


def decided(profile: ImpactProfile) -> ImpactProfile:
    """Return a profile whose findings follow from its numbers, as those of a study do."""
    return ImpactProfile.model_validate(with_findings(profile.model_dump()))


def _stop(strategy: str) -> Stop:
    is_open = strategy == "contrast"
    stage, models, baselines = (2, 6, 12) if is_open else (1, 4, 8)
    reason = "last" if is_open else "decided"
    return Stop(strategy=strategy, stage=stage, models=models, baselines=baselines, reason=reason)


def _pointing(arms, classes, rng):
    """Attention follows the marks of every class but "3", where it stays at the top left."""
    for name in classes:
        missed = name == "3"
        for arm in arms:
            beyond = float(rng.uniform(0, 0.1) if missed else rng.uniform(0.7, 0.9))
            yield Pointing(
                arm=arm, name=name, images=50, hit=0.1 + 0.9 * beyond, chance=0.1, beyond=beyond,
                low=beyond - 0.1, high=beyond + 0.1, place=0 if missed else 4, there=0.6,
            )  # fmt: skip


def _focus_in(classes):
    """Focus rises under ``translation`` in small marks alone."""
    sizes = {"small": (0.004, 0.011), "medium": (0.011, 0.024), "large": (0.024, 0.09)}
    groups = [("class", name, 50, 0.004, 0.09) for name in classes]
    groups += [("size", name, 166, *ends) for name, ends in sizes.items()]
    for by, name, images, least, most in groups:
        for strategy in MEASURED:
            for question in ("focus", "pointing_game"):
                change = 0.4 if (strategy, name) == ("translation", "small") else 0.02
                p = 0.002 if change > 0.1 else 0.6
                yield FocusIn(
                    strategy=strategy, question=question, by=by, name=name, images=images,
                    least=least, most=most, baseline=2.0, own=2.0 + change, estimate=change,
                    low=change - 0.1, high=change + 0.1, p=p, p_adjusted=min(1.0, 10 * p),
                )  # fmt: skip


HOSTILE = (
    "<script>alert(1)</script>", "a\x07b\n| c", "50 % of $x_1$ & {y}~^\\", "\u202eesrever",
    "'\"><img src=x onerror=alert(1)>", "../../../outside", "</script><b>",
)  # fmt: skip


def troubled_profile() -> ImpactProfile:
    """Return a profile with masks, a missing run, missing values and hostile class names."""
    profile = example_profile(masked=True)
    names = dict(zip(profile.classes, HOSTILE, strict=False))
    unmeasured = ("rotation", "excess_shift.pearson"), ("zoom", "spread"), ("zoom", "focus")
    return profile.model_copy(
        update={
            "classes": tuple(names.get(c, c) for c in profile.classes),
            "class_gains": tuple(
                g.model_copy(update={"name": names.get(g.name, g.name)})
                for g in profile.class_gains
            ),
            "probes": tuple(
                p.model_copy(update={"label": names.get(p.label, p.label)}) for p in profile.probes
            ),
            "mean_maps": tuple(
                m.model_copy(update={"name": names.get(m.name, m.name)}) for m in profile.mean_maps
            ),
            "strategies": tuple(
                s.model_copy(update={"runs": 3, "worst_class": names.get(s.worst_class)})
                if s.strategy == "rotation"
                else s.model_copy(update={"worst_class": names.get(s.worst_class, s.worst_class)})
                for s in profile.strategies
            ),
            "effects": tuple(
                Effect(strategy=e.strategy, question=e.question)
                if (e.strategy, e.question) in unmeasured
                else e
                for e in profile.effects
            ),
            "missing": (
                MissingRun(
                    run="rotation #3",
                    strategy="rotation",
                    reason=Notice.text("out of memory <b>"),
                ),
            ),
            "warnings": (Notice.of("models.mixed", name="keras", values=["3.15.0", "3.15.1"]),),
            "validity": {"layer": "last_convolution"},
        }
    )
