"""Models trained elsewhere: the same profile, the models untouched, mistakes named."""

from functools import partial

import keras
import numpy as np
import pytest

from cam_augment import InputError, compare, load_profile
from cam_augment.networks.network import Network
from cam_augment.records import Notice
from cam_augment.study.given import Given
from tests import own_networks

IMAGES = np.random.default_rng(0).uniform(size=(40, 12, 12, 1)).astype(np.float32)
LABELS = np.arange(40) % 3

FEW = {"bootstrap": 100, "metrics": ("pearson",)}


def functional(seed, softmax=False, shape=(12, 12, 1), strides=2, classes=3):
    keras.utils.set_random_seed(seed)
    activation = "softmax" if softmax else None
    return keras.Sequential(
        [
            keras.Input(shape),
            keras.layers.Conv2D(4, 3, strides, "same", activation="relu", name="seen"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(classes, activation=activation),
        ]
    )


wide = partial(functional, classes=5)
fine = partial(functional, strides=1)
sized = partial(functional, shape=(9, 9, 1))


@pytest.fixture(scope="module")
def models():
    return {
        "plain": [functional(i) for i in range(3)],
        "other": [functional(i + 10) for i in range(2)],
    }


@pytest.mark.usefixtures("no_figures")
def test_it_gives_a_profile_and_a_report(models, tmp_path):
    profile = compare(
        models, IMAGES, LABELS, baseline="plain", bootstrap=100, metrics=("pearson",),
        checks=("layercam",), out=tmp_path / "report",
    )  # fmt: skip
    assert profile.to_frame().strategy.tolist() == ["other"]
    assert profile.strategies[0].runs == 2
    assert profile.validity["layer"] == "seen"
    assert [check.look for check in profile.checks] == ["layercam"]
    assert [look.look for look in profile.faithful] == ["gradcam", "layercam"]
    assert load_profile(tmp_path / "report").strategies == profile.strategies
    assert (tmp_path / "report" / "report.html").exists()


def test_a_model_of_two_arms_is_told(models):
    both = models | {"other": [*models["plain"][1:], *models["other"]]}
    warnings = compare(both, IMAGES, LABELS, baseline="plain", **FEW).warnings
    pairs = [["other #0", "plain #1"], ["other #1", "plain #2"]]
    assert Notice.of("models.shared", count=2, pairs=pairs) in warnings


def test_given_models_are_described_by_factors_of_the_baselines(models):
    profile = compare(models, IMAGES, LABELS, baseline="plain", concepts=2, **FEW)
    record = profile.concepts
    assert record.patches == 40 * 6 * 6
    assert 0 < record.explained["other"] < record.most["other"] <= 1
    assert profile.effect("other", "factors.2").estimate is not None
    with pytest.raises(InputError, match="concepts: received 5 factors; layer 'seen' has 4 chan"):
        compare(models, IMAGES, LABELS, baseline="plain", concepts=5, **FEW)


def test_costs_of_given_models_are_those_of_the_likeliest_class(models):
    fields = {"baseline": "plain", "bootstrap": 100, "metrics": ("pearson",)}
    priced = fields | {"costs": {"0": {"1": 5}, "2": {"0": 1}}}
    profile = compare(models, IMAGES, LABELS, **priced)
    assert not profile.costs.fitted
    assert "costs.unfitted_given" in {warning.code for warning in profile.warnings}
    decided = models["other"][1].predict(IMAGES, verbose=0).argmax(axis=1)
    paid = 5 * ((LABELS == 0) & (decided == 1)) + 1 * ((LABELS == 2) & (decided == 0))
    assert profile.points["cost"]["other"][1] == pytest.approx(1000 * paid.mean())
    with pytest.raises(InputError, match="costs: no class 'three' in the data"):
        compare(models, IMAGES, LABELS, **(fields | {"costs": {"0": {"three": 5}}}))


def test_a_softmax_is_seen_through_and_models_stay(models):
    soft = {
        arm: [functional(0, softmax=True) for _ in arm_models] for arm, arm_models in models.items()
    }
    for arm, arm_models in models.items():
        for plain, other in zip(arm_models, soft[arm], strict=True):
            other.set_weights(plain.get_weights())
    before = soft["plain"][0].predict(IMAGES, verbose=0)
    few = {"baseline": "plain", "bootstrap": 100, "metrics": ("pearson",)}
    profiles = [compare(arm_models, IMAGES, LABELS, **few) for arm_models in (models, soft)]
    assert profiles[0].points == profiles[1].points
    assert profiles[0].effects == profiles[1].effects
    assert profiles[0].faithful == profiles[1].faithful
    np.testing.assert_array_equal(soft["plain"][0].predict(IMAGES, verbose=0), before)
    assert soft["plain"][0].layers[-1].activation is keras.activations.softmax


def test_equal_arms_show_no_effect(models):
    """The same models in both arms, in another order: nothing may come out."""
    arms = {"a": models["plain"], "b": models["plain"][::-1]}
    fields = {"bootstrap": 100, "metrics": ("pearson",)}
    profile = compare(arms, IMAGES, LABELS, baseline="a", **fields)
    assert profile.strategies[0].verdict == "undecided"
    assert profile.effect("b", "gain").estimate == pytest.approx(0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"baseline": "plan"}, "no arm 'plan'.*Did you mean 'plain'"),
        ({"labels": LABELS[:5]}, "received 40 images and 5 labels"),
        ({"labels": LABELS - 1}, "whole numbers from 0"),
        ({"classes": ["a"]}, "1 class names for labels up to 2"),
        ({"masks": np.zeros((40, 5, 5))}, r"masks: expected \(40, 12, 12\)"),
        ({"product": np.zeros((40, 5, 5))}, r"product: expected \(40, 12, 12\)"),
        ({"cam": "gradcm"}, "compare: cam: no cam 'gradcm'"),
        ({"seedz": 3}, "no field 'seedz'"),
        ({"cam_layer": "sen"}, "no layer 'sen'.*Did you mean 'seen'"),
    ],
)
def test_mistakes_are_named(models, change, words):
    arguments = {"baseline": "plain", "labels": LABELS} | change
    labels = arguments.pop("labels")
    with pytest.raises(InputError, match=words):
        compare(models, IMAGES, labels, **arguments)


@pytest.mark.parametrize(("plain", "other"), [(1, 1), (1, 2), (2, 1)])
def test_one_model_is_described_and_not_judged(models, plain, other):
    few = {"plain": models["plain"][:plain], "other": models["other"][:other]}
    profile = compare(few, IMAGES, LABELS, baseline="plain", **FEW)
    (strategy,) = profile.strategies
    assert [reason.code for reason in strategy.reasons] == ["gain.not_measured"]
    assert profile.effect("other", "gain").estimate is None
    assert [len(profile.points["accuracy"][arm]) for arm in ("baseline", "other")] == [plain, other]


@pytest.mark.usefixtures("no_figures")
def test_a_single_model_needs_no_list_and_arms_may_be_numbers(models, tmp_path):
    arms = {0: models["plain"][0], 1: tuple(models["other"][:2])}
    profile = compare(arms, IMAGES, LABELS, baseline=0, out=tmp_path, **FEW)
    assert profile.arms == ("baseline", "1")
    assert load_profile(tmp_path).strategies == profile.strategies


def test_outputs_that_no_label_has_are_classes_with_numbers(models):
    profile = compare(models, IMAGES, LABELS % 2, baseline="plain", classes=["a", "b"], **FEW)
    assert profile.classes == ("a", "b", "2")
    predicted = models["other"][0].predict(IMAGES, verbose=0).argmax(axis=1)
    assert profile.points["accuracy"]["other"][0] == np.mean(predicted == LABELS % 2)


def test_probabilities_that_nobody_can_see_through_are_asked_about():
    def by_hand(seed):
        plain = functional(seed)
        exponents = keras.ops.exp(plain.outputs[0])
        return keras.Model(plain.inputs, exponents / keras.ops.sum(exponents, -1, keepdims=True))

    arms = {"plain": by_hand(0), "other": by_hand(1)}
    with pytest.raises(InputError, match=r'plain #0 gives .*ends_in="probabilities"'):
        compare(arms, IMAGES, LABELS, baseline="plain", **FEW)
    profile = compare(arms, IMAGES, LABELS, baseline="plain", ends_in="probabilities", **FEW)
    assert profile.validity["outputs"] == "probabilities"


@pytest.mark.parametrize("place", ["deep", "layer"])
def test_a_copy_knows_of_the_data_what_its_model_knows(place):
    images = np.random.default_rng(0).normal(3, 2, (10, 12, 12, 1)).astype(np.float32)
    model = own_networks.prepared((12, 12, 1), 3, images, place)
    given = Given(Network(model, probes=images))
    np.testing.assert_allclose(given.copy.predict(images), given.predict(images), atol=1e-5)
    untrained, normal = given.untrained(1), own_networks.normalization(model)
    np.testing.assert_allclose(own_networks.normalization(untrained)(images), normal(images))
    assert not np.allclose(untrained(images), model(images), atol=1e-3)


def test_a_model_whose_copy_answers_otherwise_has_none():
    model = own_networks.forgetful((12, 12, 1), 3)
    assert Given(Network(model, probes=IMAGES)).copy is None


def times(factor):
    model = functional(0)
    model.set_weights([weights * factor for weights in model.get_weights()])
    return model


@pytest.mark.parametrize(
    ("arms", "words"),
    [
        (lambda m: m | {"other": times(np.nan)}, "other #0: weights '.*' have NaN or infinite"),
        (lambda m: m | {"other": times(1e30)}, "other #0 gives NaN or infinite numbers for 40 of"),
        (lambda m: m | {"other": wide(0)}, "other #0 tells 5 classes apart; the models before"),
        (lambda m: m | {"other": fine(0)}, "other #0: .*grid of 12x12 at 'seen', .* 6x6"),
        (lambda m: m | {"other": sized(0)}, r"other #0 takes images of \(9, 9, 1\); received"),
        (lambda m: m | {"other": ["a.keras"]}, "other #0 is a str; a keras.Model expected"),
        (
            lambda m: m | {"other": m["plain"] * 2},
            "other #1 and #0 answer all images exactly alike",
        ),
        (lambda m: m | {"other": []}, "arm 'other' has no model"),
        (lambda m: m | {"": m["other"]}, "an arm has no name"),
        (lambda m: m | {"baseline": m["other"]}, "the name is taken.*another name"),
        (lambda m: {"plain": m["plain"]}, "nothing to compare: 'plain' is the only arm"),
        (lambda m: m["plain"], "models are named by arm.*received list"),
        (lambda m: m | {0: m["other"], "0": m["other"]}, "two arms have one name"),
    ],
)
def test_arms_that_cannot_be_compared_are_named_in_one_line(models, arms, words, tmp_path):
    plain = {arm: ofarm[:1] for arm, ofarm in models.items()}
    with pytest.raises(InputError, match=words) as caught:
        compare(arms(plain), IMAGES, LABELS, baseline="plain", out=tmp_path / "out", **FEW)
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()
