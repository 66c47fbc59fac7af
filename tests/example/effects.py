"""Effects of the example's strategies, with their intervals and p."""

import numpy as np

from cam_augment.records import (
    Effect,
)
from tests.example.measured import (
    BASELINES,
    CORRUPTED,
    FLOOR,
    LEVELS,
    MEASURED,
    SEEDS,
    SIZES,
    SMALLEST,
)


def p_of(effect: float, noise: float) -> float:
    """Return a p value on the grid of the exact test: large effects reach the smallest."""
    ratio = abs(effect) / noise
    steps = max(1, round(495 * float(np.exp(-1.1 * ratio**1.5))))
    return min(1.0, steps * SMALLEST)


# Level of the baselines, times the change of the spread, and width of the interval.
FRAMES = {
    "flicker": (0.12, 1.0, 0.01),
    "flips": (0.08, 2.0, 0.02),
    "flicker_at_flips": (0.7, -3.0, 0.05),
    "following": (0.45, -4.0, 0.06),
}


def scalars_of(rng, masked: bool) -> dict[str, dict[str, float]]:
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


def points_of(rng, scalars) -> dict[str, dict[str, tuple[float, ...]]]:
    points = {}
    for name, changes in scalars.items():
        level, sd = LEVELS[name]
        noise = rng.normal(0, sd, BASELINES)
        points[name] = {"baseline": tuple(level + noise - noise.mean())}
        for strategy, change in changes.items():
            noise = rng.normal(0, sd * 0.8, SEEDS)
            points[name][strategy] = tuple(level + change + noise - noise.mean())
    return points


def scalar_effects(scalars) -> list[Effect]:
    names = {"accuracy": "gain", "macro_f1": "gain_macro_f1"}
    effects = []
    for name, changes in scalars.items():
        sd = LEVELS[name][1]
        for strategy, change in changes.items():
            p = p_of(change, sd)
            effects.append(effect_of(strategy, names.get(name, name), change, 1.3 * sd, sd, p))
    return effects


def effect_of(strategy, question, estimate, half, noise, p) -> Effect:
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


def savings() -> list[Effect]:
    """What strategies save per 1,000 parts: as they gain, but ``contrast`` costs more."""
    saved = {strategy: 900 * row[0] for strategy, row in MEASURED.items()} | {"contrast": -9.0}
    return [
        effect_of(s, "gain_cost", value, 2.4, 1.6, p_of(value, 1.6)) for s, value in saved.items()
    ]


def robust_gains() -> list[Effect]:
    """What strategies gain on corrupted images: five times as much as on others."""
    questions = ["robustness", *(f"robustness.{family}" for family in CORRUPTED.values())]
    return [
        effect_of(strategy, question, 5 * row[0], 0.03, 0.02, p_of(5 * row[0], 0.02))
        for question in questions
        for strategy, row in MEASURED.items()
    ]


def changes_of_frames() -> list[Effect]:
    """What strategies change from frame to frame; the spread stands for how steady maps are."""
    return [
        effect_of(strategy, question, factor * row[3], width, width / 2, p_of(row[3], 0.004))
        for question, (_, factor, width) in FRAMES.items()
        for strategy, row in MEASURED.items()
    ]


def points_of_frames() -> dict[str, dict[str, tuple[float, ...]]]:
    """How steady every model is from frame to frame."""
    arms = {"baseline": 0.0} | {strategy: row[3] for strategy, row in MEASURED.items()}
    return {
        question: {arm: (level, level + factor * change) for arm, change in arms.items()}
        for question, (level, factor, _) in FRAMES.items()
    }


def pair_effects(rng) -> list[Effect]:
    effects = []
    for strategy, (_, between, within, _) in MEASURED.items():
        excess = 2 * between - FLOOR - within
        for metric, (size, _) in SIZES.items():
            estimate = excess * size * (1 if metric == "pearson" else rng.uniform(0.8, 1.2))
            p = 0.113 if strategy == "identity" else SMALLEST
            question = f"excess_shift.{metric}"
            effects.append(effect_of(strategy, question, estimate, 0.006 * size, FLOOR * size, p))
        effects.append(
            effect_of(
                strategy, "agreement", within - FLOOR, 0.02, FLOOR, p_of(within - FLOOR, 0.012)
            )
        )
    return effects
