"""One row per strategy, for ``profile.csv`` and ``ImpactProfile.to_frame``."""

from typing import TYPE_CHECKING, Any

from cam_augment.records.effects import StrategyProfile
from cam_augment.statistics.scoring import REPORTED

if TYPE_CHECKING:
    from cam_augment.records.profile import ImpactProfile

PROMISED = (
    "strategy", "verdict", "runs", "gain", "gain_low", "gain_high", "gain_p",
    "excess_shift", "excess_shift_p", "centroid_shift", "entropy_change", "spread_change",
    "spread_p", "focus_change", "focus_p", "agreement_change", "degenerate_share",
)  # fmt: skip
FURTHER = (
    "gain_p_adjusted", "excess_shift_p_adjusted", "spread_p_adjusted", "focus_p_adjusted",
    "smallest_p", "excess_shift_low", "excess_shift_high", "prediction_shift", "accuracy",
    "macro_f1", "floor", "between", "within", "worst_class", "worst_class_gain",
    "worst_class_p", "smallest_gain", "group", "displacement",
    "gain_cost", "gain_cost_low", "gain_cost_high", "gain_cost_p", "gain_cost_p_adjusted",
    "gain_finding", "excess_shift_finding", "spread_finding", "focus_finding",
    "gain_cost_finding", "bound_low", "bound_high", "old_verdict", "rule", "attention",
)  # fmt: skip
# The gain in each score beside the one that decides, with its deciding interval.
OF_SCORES = tuple(f"gain_{score}{end}" for score in REPORTED for end in ("", "_low", "_high"))
COLUMNS = (*PROMISED, *FURTHER, *OF_SCORES)


def rows(profile: "ImpactProfile") -> list[dict[str, Any]]:
    """Return a row for every strategy, column to value, in the plan's order; None: no value.

    Gains are in the unit of their score, savings are per 1,000 parts, and distances are in the unit
    of the primary metric.
    """
    return [_row(profile, strategy) for strategy in profile.strategies]


def _row(profile: "ImpactProfile", strategy: StrategyProfile) -> dict[str, Any]:
    def estimate(question: str) -> float | None:
        return profile.effect(strategy.strategy, question).estimate

    def columns(name: str, question: str, change: str = "") -> dict[str, Any]:
        effect = profile.effect(strategy.strategy, question)
        return {
            f"{name}{change}": effect.estimate,
            f"{name}_low": effect.low,
            f"{name}_high": effect.high,
            f"{name}_p": effect.p,
            f"{name}_p_adjusted": effect.p_adjusted,
            f"{name}_finding": effect.finding,
        }

    values = {
        **strategy.model_dump(),
        **columns("gain", "gain"),
        **columns("excess_shift", profile.plan.primary_question),
        **columns("spread", "spread", "_change"),
        **columns("focus", "focus", "_change"),
        **columns("gain_cost", "gain_cost"),
        "smallest_p": profile.effect(strategy.strategy, "gain").smallest_p,
        "centroid_shift": estimate("excess_shift.centroid_shift"),
        "prediction_shift": estimate("excess_shift.prediction_kl"),
        "entropy_change": estimate("entropy"),
        "agreement_change": estimate("agreement"),
        **_of_scores(profile, strategy),
    }
    return {name: values[name] for name in COLUMNS}


def _of_scores(profile: "ImpactProfile", strategy: StrategyProfile) -> dict[str, float | None]:
    values: dict[str, float | None] = {}
    for score, name in REPORTED.items():
        effect = profile.effect(strategy.strategy, f"gain_{name}")
        ends = {"": effect.estimate, "_low": effect.low, "_high": effect.high}
        values |= {f"gain_{score}{end}": value for end, value in ends.items()}
    return values
