"""What goes with gains in the example: correlations, predictions, and the league of metrics."""

from itertools import combinations

from cam_augment.records import (
    Correlation,
    GainPrediction,
    League,
    Pair,
    PartialCorrelation,
    Rank,
    WithinStrategy,
)
from tests.example.measured import (
    MEASURED,
    MUST_BEAT,
)


def correlations_with_gains() -> list[Correlation]:
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
    result = [
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
        *result,
        Correlation(
            score="mean", primary=False, strategies=len(MEASURED), **mean, q2=0.0, error=0.0066,
            must_beat=True, error_excess=0.0001, error_excess_p=1.0,
        ),
    ]  # fmt: skip


def prediction_of_gains(rng) -> GainPrediction:
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


def relations_within(rng) -> list[WithinStrategy]:
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


def league_of_metrics() -> League:
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
