"""Further answers of the example's models: costs, errors, corruptions, checks of maps."""

from collections.abc import Sequence

import numpy as np

from cam_augment.records import (
    ArmCost,
    CheckResult,
    Corrupted,
    Estimate,
    ExpectedCosts,
    Faithfulness,
    FocusIn,
    FrameView,
    Pointing,
    Removal,
    Robustness,
    SplitNoise,
    Steadiness,
    Strip,
)
from cam_augment.records.errors import ArmErrors, ErrorCurves
from cam_augment.records.pictures import png
from cam_augment.records.search import (
    Finalist,
    Interaction,
    PairFit,
    Screened,
    SearchResult,
    Trial,
)
from tests.example.measured import (
    BASELINES,
    CORRUPTED,
    FLOOR,
    MEASURED,
)

STRIP = ("baseline", "translation")  # whose maps of a sequence are shown


def robustness_of(arms: Sequence[str]) -> Robustness:
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


def steadiness_of() -> Steadiness:
    """Sequences in which the first strategy's maps flicker less, and follow the defect."""
    frames = tuple(
        FrameView(
            frame=place,
            label="3",
            image=png(np.full((8, 8, 1), place / 8)),
            maps=dict.fromkeys(STRIP, ((0.1 * place, 0.5), (0.2, 0.3 - 0.1 * place))),
            predicted=dict(zip(STRIP, ("3", "3" if place else "8"), strict=True)),
        )
        for place in range(3)
    )
    strip = Strip(sequence="#7", strategy=STRIP[1], frames=frames)
    return Steadiness(
        sequences=40, frames=320, pairs=277, repeated=2, changing=1, marked=200, metric="pearson",
        strip=strip,
    )  # fmt: skip


def shift_of(beyond: bool) -> dict:
    p = 0.001 if beyond else 0.31
    return {
        "shift": 0.04 if beyond else -0.002, "shift_p": p, "shift_p_adjusted": min(1, 4 * p),
        "shift_finding": "moves" if beyond else "within noise",
    }  # fmt: skip


def search_record(strategies: Sequence[str]) -> SearchResult:
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
            Screened(
                strategy=name, models=7, estimate=0.006, **numbers, fate=fate, left_after=half,
                **shift_of(name == strategies[1]),
            )
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
            *(
                Interaction(
                    first="shear", second=name, models=2, estimate=0.003, shrunken=0.001,
                    p_adjusted=0.8, visible=0.012, finding="within noise",
                )
                for name in strategies
                if name not in ("shear", "contrast")
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
        probes=300,
    )  # fmt: skip


def check_of(look: str, flips: tuple[str, ...]) -> CheckResult:
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


def _removal(falling: bool) -> Removal:
    """Return curves that fall, or rise, by an order's speed."""
    speeds, share = {"map": 6.0, "centre": 4.0, "random": 1.5}, np.linspace(0, 1, 9)
    remaining = {order: 0.8 * np.exp(-speed * share**1.5) for order, speed in speeds.items()}
    curve = {order: 0.1 + value if falling else 0.9 - value for order, value in remaining.items()}
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


def faithfulness_of(look: str, is_own: bool = False) -> Faithfulness:
    return Faithfulness(
        look=look, own=is_own, targeted=True, grid=(7, 7), models=BASELINES, images=100,
        deletion=_removal(True), insertion=_removal(False),
        alike={
            "last": Estimate(estimate=0.21, low=0.1, high=0.32),
            "all": Estimate(estimate=0.05, low=-0.1, high=0.2),
        },
        alike_share={"last": 0.97, "all": 0.92}, chance=0.38,
    )  # fmt: skip


def expected_costs(arms, classes) -> ExpectedCosts:
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


def error_curves(arms) -> ErrorCurves:
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


def confusion_of(rng, classes) -> dict:
    def matrix(accuracy):
        wrong = rng.dirichlet(np.full(len(classes) - 1, 0.5), len(classes)) * (1 - accuracy)
        full = np.zeros((len(classes), len(classes)))
        for row, errors in enumerate(wrong):
            full[row] = np.insert(errors, row, accuracy) * 250
        return tuple(tuple(np.round(row, 3)) for row in full)

    return {"baseline": matrix(0.931), "horizontal_flip": matrix(0.895)}


def provenance_record() -> dict:
    return {
        "versions": {"cam_augment": "0.1.0", "tensorflow": "2.21.0", "keras": "3.15.1"},
        "machine": {"processor": "x86_64", "cores": 2, "system": "Linux"},
        "commit": "0123456789abcdef",
        "started": "2025-06-01T10:00:00Z",
        "seconds": 402.5,
        "data": {"name": "mnist", "fingerprint": "a3f1c2d4e5b60718293a4b5c6d7e8f90"},
    }


def pointing_records(arms, classes, rng):
    """Attention follows the marks of every class but "3", where it stays at the top left."""
    for name in classes:
        missed = name == "3"
        for arm in arms:
            beyond = float(rng.uniform(0, 0.1) if missed else rng.uniform(0.7, 0.9))
            yield Pointing(
                arm=arm, name=name, images=50, hit=0.1 + 0.9 * beyond, chance=0.1, beyond=beyond,
                low=beyond - 0.1, high=beyond + 0.1, place=0 if missed else 4, there=0.6,
            )  # fmt: skip


def focus_records(classes):
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
