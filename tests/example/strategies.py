"""Verdicts of the example's strategies, their classes, stages and models."""

import numpy as np

from cam_augment.impact.predictions.curves import reading
from cam_augment.records import (
    ClassGain,
    Curve,
    Notice,
    Stop,
    StrategyProfile,
)
from cam_augment.records.reliability import ReliabilityCurve
from tests.example.measured import (
    BASELINES,
    FLOOR,
    LEVELS,
    MEASURED,
    SEEDS,
)

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


def strategy_profiles(effects, groups, class_gains) -> list[StrategyProfile]:
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


def curve_of(strategy: str, rng) -> Curve:
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


def distances_between(rng) -> tuple[tuple[str, ...], np.ndarray]:
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


def reliability_of(strategy: str) -> ReliabilityCurve:
    confidence = np.linspace(0.55, 0.999, 15) ** 0.8
    over = 0.02 if strategy == "baseline" else 0.01
    return ReliabilityCurve(
        arm=strategy, confidence=tuple(confidence), right=tuple(confidence - over), error=over
    )


def gains_of_classes(rng, classes) -> list[ClassGain]:
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


def stop_of(strategy: str) -> Stop:
    is_open = strategy == "contrast"
    stage, models, baselines = (2, 6, 12) if is_open else (1, 4, 8)
    reason = "last" if is_open else "decided"
    return Stop(strategy=strategy, stage=stage, models=models, baselines=baselines, reason=reason)
