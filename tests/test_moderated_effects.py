"""Effects of numbers of every run: all arms tell of the noise, and the interval decides."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.metrics import f1_score

from cam_augment.impact import scored as scored_module
from cam_augment.impact.arms import Arms
from cam_augment.impact.corrections import adjust
from cam_augment.impact.moderated import compare, moderated_effects
from cam_augment.impact.predictions.gains import gain_effects
from cam_augment.impact.scored import Scored, all_scored, reported, scored
from cam_augment.impact.verdicts import Findings, smallest_gain
from cam_augment.plan import BASELINE
from cam_augment.records import Effect
from cam_augment.statistics import (
    Contrasts,
    Decision,
    against,
    contrast,
    decide,
    difference_test,
    groups,
    image_part,
    scores,
    smallest_estimate,
)
from cam_augment.statistics.predictions import Predictions
from cam_augment.statistics.scoring import score_of
from tests.arms import arms_of

LABELS = np.repeat([0, 1, 2], [20, 30, 50])


def arms(sizes: dict[str, int], folds: int | None = None, seed: int = 0) -> Arms:
    """Models whose logits are drawn: each strategy's skill is another."""
    rng = np.random.default_rng(seed)
    skill = dict(zip(sizes, (1.0, 1.0, 2.5, 0.2), strict=False))
    logits = {
        label: rng.normal(size=(models, 100, 3)) + skill[label] * np.eye(3)[LABELS]
        for label, models in sizes.items()
    }
    return arms_of(logits, LABELS, folds, permutations=2000)


def certain(sizes: dict[str, int]) -> Arms:
    """Models that are all right everywhere."""
    return arms_of({k: np.array([np.eye(3)[LABELS]] * n) for k, n in sizes.items()}, LABELS)


def logits_of(study: Arms, label: str) -> np.ndarray:
    return np.array([fit.test_logits for fit in study.fits(label)])


SIZES = {BASELINE: 8, "identity": 4, "rotation": 4, "zoom": 4}


@pytest.mark.parametrize("folds", [None, 2])
def test_a_gain_is_that_of_the_statistics(folds):
    study = arms(SIZES, folds)
    right = np.concatenate([study.right(label) for label in study.labels])
    fold = None if folds is None else np.concatenate([study.folds(k) for k in study.labels])
    models, contrasts = groups([8, 4, 4, 4], fold), against(4)
    image = image_part(right, models, contrasts)
    # A strategy whose accuracy collapsed tells nothing of the others' noise.
    pooled = np.array([True, True, False, False])
    expected = contrast(right.mean(axis=1), models, contrasts, image, 100, pooled)
    decision = decide(expected, 0.05, judged=np.array([False, True, True]))
    alone = decide(Contrasts(*(part[:1] for part in expected)), 0.05)
    decision = Decision(*(np.r_[a, d[1:]] for a, d in zip(alone, decision, strict=True)))
    effects = gain_effects(study, scored(study, "accuracy"))
    assert [e.strategy for e in effects] == ["identity", "rotation", "zoom"]
    for place, effect in enumerate(effects):
        assert effect.estimate == pytest.approx(expected.estimate[place])
        assert (effect.low, effect.high) == pytest.approx(
            (decision.low[place], decision.high[place])
        )
        assert effect.p_adjusted == pytest.approx(decision.p_adjusted[place])
        relabelled = difference_test(
            study.accuracy(effect.strategy),
            study.accuracy(BASELINE),
            blocks=study.blocks(effect.strategy),
        )
        assert (effect.relabelling_p, effect.smallest_p) == (relabelled.p, relabelled.smallest_p)
    assert [e.finding for e in effects] == ["within noise", "gains", "loses"]


@pytest.mark.parametrize("seed", range(5))
def test_what_is_beyond_noise_leaves_out_zero(seed):
    study = arms(SIZES, seed=seed)
    for effect in gain_effects(study, scored(study, "accuracy"), all_scored(study, ["auroc"])):
        sides = {"gains": effect.low > 0, "loses": effect.high < 0}
        assert sides.get(effect.finding, effect.low <= 0 <= effect.high), effect


def test_runs_without_a_number_and_arms_without_runs():
    study = arms(SIZES)
    values = {label: study.accuracy(label).copy() for label in study.labels}
    values["rotation"][1:] = np.nan  # one is left
    values["zoom"][0] = np.nan
    effects = {e.strategy: e for e in moderated_effects(study, "focus", Scored(values))}
    assert effects["rotation"] == Effect(strategy="rotation", question="focus")
    assert effects["zoom"].estimate == pytest.approx(
        values["zoom"][1:].mean() - values[BASELINE].mean()
    )
    assert compare(study, Scored(values)).labels == ["identity", "zoom"]
    values[BASELINE][:] = np.nan
    assert compare(study, Scored(values)) is None
    assert {e.p for e in moderated_effects(study, "focus", Scored(values))} == {None}


def test_what_was_corrected_where_it_was_tested_is_not_corrected_again():
    study = arms(SIZES)
    effects = gain_effects(study, scored(study, "accuracy"))
    pairs = [Effect(strategy=s, question="agreement", estimate=0.1, p=p)
             for s, p in (("identity", 0.5), ("rotation", 0.005), ("zoom", 0.04))]  # fmt: skip
    corrected = adjust(study.plan, study.standing, [*effects, *pairs])
    assert list(corrected[: len(effects)]) == effects
    assert [e.p_adjusted for e in corrected[len(effects) :]] == [0.5, 0.01, 0.04]


def test_each_score_has_its_influence_values_or_a_bootstrap():
    study = arms({BASELINE: 2, "rotation": 2})
    f1 = scored(study, "macro_f1")
    assert f1.draws is None
    np.testing.assert_array_equal(
        f1.images["rotation"],
        scores.macro_f1(Predictions(logits_of(study, "rotation"), LABELS)).images,
    )
    predicted = logits_of(study, "rotation")[1].argmax(axis=1)
    assert f1.values["rotation"][1] == pytest.approx(f1_score(LABELS, predicted, average="macro"))
    recall = scored(study, "recall_at_fpr:0.1")
    assert recall.images is None
    assert {label: d.shape for label, d in recall.draws.items()} == dict.fromkeys(
        f1.values, (2, 200)
    )
    predictions = Predictions(logits_of(study, "rotation"), LABELS)
    expected = score_of("recall_at_fpr:0.1").draws(predictions)
    np.testing.assert_array_equal(recall.draws["rotation"], expected)


def test_more_of_every_number_is_better():
    study = arms({BASELINE: 2, "rotation": 2})
    predictions = Predictions(logits_of(study, "rotation"), LABELS)
    for name in ("accuracy", "log_loss"):
        score, result = score_of(name), scored(study, name)
        measured = score.measure(predictions)
        np.testing.assert_array_equal(result.raw["rotation"], measured.values)
        np.testing.assert_array_equal(result.values["rotation"], score.sign * measured.values)
        np.testing.assert_array_equal(result.images["rotation"], score.sign * measured.images)
    assert score_of("log_loss").sign == -1


def test_models_are_measured_some_at_a_time(monkeypatch):
    study, names = arms(SIZES), ["auroc", "recall_at_fpr:0.1", "calibration_error"]
    whole = all_scored(study, names)
    monkeypatch.setattr(scored_module, "MOST_LOGITS", 3 * 300)
    for name, score in all_scored(study, names).items():
        for label in study.labels:
            np.testing.assert_array_equal(score.values[label], whole[name].values[label])
            if score.draws:
                np.testing.assert_allclose(score.draws[label], whole[name].draws[label])


def test_scores_that_ask_for_every_class_are_left_out_where_one_lacks():
    study = arms(SIZES)
    assert {"auroc", "balanced_accuracy", "log_loss"} <= set(reported(study))
    study.data = replace(study.data, classes=("a", "b", "c", "d"))
    study.uneven = False
    assert not {"auroc", "balanced_accuracy"} & set(reported(study))
    assert reported(study)[0] == "accuracy"


def test_arms_without_models_have_scores_of_none():
    study = arms({BASELINE: 2, "rotation": 0})
    for name in ("macro_f1", "recall_at_fpr:0.1"):
        assert scored(study, name).values["rotation"].shape == (0,)


def test_the_smallest_gain_is_that_of_the_test_in_use():
    study = arms(SIZES)
    right = {label: study.right(label) for label in study.labels}
    compared = compare(study, Scored({k: v.mean(axis=1) for k, v in right.items()}, right))
    findings = Findings(study, (), SimpleNamespace(points={}))
    for place, label, family in ((0, "identity", 1), (1, "rotation", 2)):
        variance, df = compared.contrasts.variance[place], compared.contrasts.df[place]
        expected = smallest_estimate(variance, df, 0.05 / family, 0.8)
        assert smallest_gain(findings, label) == pytest.approx(expected)
    assert smallest_gain(findings, "shear") is None
    still = certain(SIZES)
    assert smallest_gain(Findings(still, (), SimpleNamespace(points={})), "rotation") is None
