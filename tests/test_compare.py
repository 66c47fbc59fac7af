"""Models trained elsewhere: the same profile, the models untouched, mistakes named."""

import keras
import numpy as np
import pytest

from cam_augment import InputError, compare, load_profile

IMAGES = np.random.default_rng(0).uniform(size=(40, 12, 12, 1)).astype(np.float32)
LABELS = np.arange(40) % 3


def functional(seed, softmax=False):
    keras.utils.set_random_seed(seed)
    return keras.Sequential(
        [
            keras.Input((12, 12, 1)),
            keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="seen"),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3, activation="softmax" if softmax else None),
        ]
    )


@pytest.fixture(scope="module")
def models():
    return {
        "plain": [functional(i) for i in range(4)],
        "other": [functional(i + 10) for i in range(3)],
    }


def test_it_gives_a_profile_and_a_report(models, tmp_path, no_figures):
    profile = compare(
        models, IMAGES, LABELS, baseline="plain", bootstrap=100, metrics=("pearson",),
        checks=("layercam",), out=tmp_path / "report",
    )  # fmt: skip
    assert profile.to_frame().strategy.tolist() == ["other"]
    assert profile.strategies[0].runs == 3
    assert profile.validity["layer"] == "seen"
    assert [check.look for check in profile.checks] == ["layercam"]
    assert [look.look for look in profile.faithful] == ["gradcam", "layercam"]
    assert load_profile(tmp_path / "report").strategies == profile.strategies
    assert (tmp_path / "report" / "report.html").exists()


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
    soft = {arm: [functional(0, softmax=True) for _ in each] for arm, each in models.items()}
    for arm, each in models.items():
        for plain, other in zip(each, soft[arm], strict=True):
            other.set_weights(plain.get_weights())
    before = soft["plain"][0].predict(IMAGES, verbose=0)
    few = {"baseline": "plain", "bootstrap": 100, "metrics": ("pearson",)}
    profiles = [compare(each, IMAGES, LABELS, **few) for each in (models, soft)]
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
    assert profile.strategies[0].verdict == "no effect seen"
    assert profile.effect("b", "gain").estimate == pytest.approx(0)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"baseline": "plan"}, "no arm 'plan'.*Did you mean 'plain'"),
        ({"labels": LABELS[:5]}, r"received \(40, 12, 12, 1\) and \(5,\)"),
        ({"labels": LABELS - 1}, "integers from 0"),
        ({"classes": ["a"]}, "1 class names for labels up to 2"),
        ({"masks": np.zeros((40, 5, 5))}, r"masks: expected \(40, 12, 12\)"),
        ({"product": np.zeros((40, 5, 5))}, r"product: expected \(40, 12, 12\)"),
        ({"cam": "gradcm"}, "compare: cam: no cam 'gradcm'"),
        ({"seedz": 3}, "no field 'seedz'"),
        ({"cam_layer": "sen"}, "no layer 'sen'.*Did you mean 'seen'"),
    ],
)
def test_mistakes_are_named(models, change, words):
    given = {"baseline": "plain", "labels": LABELS} | change
    labels = given.pop("labels")
    with pytest.raises(InputError, match=words):
        compare(models, IMAGES, labels, **given)


def test_too_few_models_are_refused(models):
    with pytest.raises(InputError, match="'other' has 2 models; three at least"):
        compare(models | {"other": models["other"][:2]}, IMAGES, LABELS, baseline="plain")
