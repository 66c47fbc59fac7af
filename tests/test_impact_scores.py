"""Scores of predictions in a profile: which are asked for, which decides, and their twins."""

from dataclasses import replace

import numpy as np
import pytest

from cam_augment import impact
from cam_augment.impact.scored import scored
from cam_augment.plan import Plan
from cam_augment.statistics.calibration import calibration_error, reliability
from cam_augment.statistics.predictions import Predictions
from cam_augment.statistics.scoring import score_of
from tests.simulation import CLASSES, IMAGES, profile_of, simulated, uneven


def test_predictions_and_f1_are_over_the_whole_set():
    from sklearn.metrics import f1_score

    plan, data, fits, loaders = simulated()
    arms = impact.Arms(plan, data, fits, loaders)
    predicted = fits[0].test_logits.argmax(axis=1)
    expected = f1_score(data.test.labels, predicted, average="macro")
    assert scored(arms, "macro_f1").values["baseline"][0] == pytest.approx(expected)
    assert arms.confusion("baseline").sum() == pytest.approx(IMAGES)


def test_reliability_curves_are_means_over_an_arms_models():
    plan, data, fits, loaders = simulated(better=0.35)
    curves = {c.arm: c for c in profile_of(plan, data, fits, loaders).reliability}
    assert list(curves) == ["baseline", *(s.label for s in plan.strategies)]
    logits = [fit.test_logits for fit in fits if fit.run.strategy.label == "rotation"]
    predictions = Predictions(np.array(logits), data.test.labels)
    expected = reliability(predictions)
    for name in ("confidence", "right"):
        means = np.ma.masked_invalid(getattr(expected, name)).mean(axis=0).filled(np.nan)
        result = np.array(getattr(curves["rotation"], name), float)
        np.testing.assert_allclose(result, means)
    error = calibration_error(predictions).values.mean()
    assert curves["rotation"].error == pytest.approx(error)


def test_balanced_accuracy_is_asked_where_it_is_not_accuracy():
    from sklearn.metrics import balanced_accuracy_score

    study = uneven(simulated(better=0.35), keep=3)
    arms, profile = impact.Arms(*study), profile_of(*study)
    labels = study[1].test.labels
    scores = [balanced_accuracy_score(labels, fit.test_logits.argmax(axis=1)) for fit in study[2]]
    result = scored(arms, "balanced_accuracy").values["baseline"]
    np.testing.assert_allclose(result, scores[:8])
    result = profile.effect("rotation", "gain_balanced_accuracy")
    values = [s for fit, s in zip(study[2], scores, strict=True)
           if fit.run.strategy.label == "rotation"]  # fmt: skip
    assert result.estimate == pytest.approx(np.mean(values) - np.mean(scores[:8]))
    assert result.p_adjusted <= 0.05
    assert set(profile.points["balanced_accuracy"]) == set(profile.arms)
    even = profile_of(*simulated())
    assert "gain_balanced_accuracy" not in {e.question for e in even.effects}
    assert even.to_frame()["gain_balanced_accuracy"].isna().all()


def test_a_confusion_counts_as_scikit_learn_does():
    from sklearn.metrics import confusion_matrix

    plan, data, fits, maps = simulated(seed=2)
    arms = impact.Arms(plan, data, fits, maps)
    tables = [
        confusion_matrix(data.test.labels, fit.test_logits.argmax(axis=1), labels=range(CLASSES))
        for fit in arms.baselines
    ]
    np.testing.assert_allclose(arms.confusion("baseline"), np.mean(tables, axis=0))


@pytest.mark.parametrize(
    "name", ["balanced_accuracy", "macro_f1", "auroc", "average_precision", "recall_at_fpr:0.2"]
)
def test_the_score_that_decides_is_the_plans(name):
    plan, data, fits, loaders = uneven(simulated(better=0.35), keep=5)
    rng = np.random.default_rng(3)
    logits = [fit.test_logits + rng.normal(0, 0.1, fit.test_logits.shape) for fit in fits]
    fits = [replace(fit, test_logits=values) for fit, values in zip(fits, logits, strict=True)]
    profile = profile_of(Plan.make(plan.model_dump() | {"gain": name}), data, fits, loaders)
    of_run = score_of(name).measure(Predictions(np.array(logits), data.test.labels)).values
    arm = np.array([fit.run.strategy.label for fit in fits])
    expected = of_run[arm == "rotation"].mean() - of_run[arm == "baseline"].mean()
    gain = profile.effect("rotation", "gain")
    assert gain.estimate == pytest.approx(expected)
    assert profile.points[name]["rotation"] == pytest.approx(of_run[arm == "rotation"])
    row = profile.to_frame().set_index("strategy").loc["rotation"]
    others = [q for q in {e.question for e in profile.effects} if q.startswith("gain_")]
    assert {"gain_accuracy", "gain_log_loss", "gain_calibration_error"} <= set(others)
    for question in others:
        effect, column = profile.effect("rotation", question), question.partition(":")[0]
        columns = [row[f"{column}{end}"] for end in ("", "_low", "_high")]
        assert columns == pytest.approx([effect.estimate, effect.low, effect.high])
    (rotation,) = (s for s in profile.strategies if s.strategy == "rotation")
    assert rotation.reasons[0].values["score"] == name
    assert rotation.bound_low < gain.estimate < rotation.bound_high


def test_accuracy_decides_where_the_plan_names_no_other():
    profile = profile_of(*simulated())
    assert profile.plan.gain == "accuracy"
    assert "gain_accuracy" not in {effect.question for effect in profile.effects}


@pytest.mark.parametrize(
    ("keep", "gain", "share"),
    [(2, "accuracy", 2 / 32), (10, "accuracy", None), (2, "balanced_accuracy", None)],
)
def test_accuracy_that_says_little_of_a_rare_class_is_warned_of(keep, gain, share):
    plan, data, fits, loaders = uneven(simulated(), keep)
    profile = profile_of(plan.model_copy(update={"gain": gain}), data, fits, loaders)
    result = [notice.values for notice in profile.warnings if notice.code == "score.uneven"]
    assert result == ([] if share is None else [{"name": "d", "share": share}])


def moved_threshold(study, label: str):
    """Return a study in which a strategy's models never answer the first class, in equal order."""
    plan, data, fits, loaders = study
    taken = np.eye(CLASSES)[0] * 50
    fits = [
        replace(fit, test_logits=fit.test_logits - taken)
        if fit.run.strategy.label == label
        else fit
        for fit in fits
    ]
    return plan, data, fits, loaders


@pytest.mark.parametrize(
    ("gain", "label", "told"),
    [
        ("auroc", "rotation", True),
        ("average_precision", "rotation", True),
        ("auroc", "identity", False),  # a control that is not quiet is no loss
        ("macro_f1", "rotation", False),
    ],
)
def test_a_class_that_loses_where_an_order_decides_may_be_a_threshold(gain, label, told):
    plan, *study = moved_threshold(simulated(), label)
    profile = profile_of(plan.model_copy(update={"gain": gain}), *study)
    notices = [notice for notice in profile.warnings if notice.code == "score.order"]
    expected = {"score": gain, "count": 1, "names": [label]}
    assert [notice.values for notice in notices] == ([expected] if told else [])
    (strategy,) = (s for s in profile.strategies if s.strategy == label)
    assert strategy.verdict in ("avoid", "not quiet")
