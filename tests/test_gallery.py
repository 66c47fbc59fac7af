"""Which probe images a profile shows, and groups of strategies that do alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cam_augment.impact.gallery import _misread, _typical
from cam_augment.impact.groups import groups, silhouette
from cam_augment.records import Effect
from tests.simulation import profile_of, simulated


def test_groups_put_like_with_like():
    effects = [
        Effect(strategy=f"s{i}", question=q, estimate=(10.0 if i < 3 else 0.0) + 0.01 * i * k)
        for k, q in enumerate(["gain", "spread", "focus"], start=1)
        for i in range(6)
    ]
    result, tree = groups([f"s{i}" for i in range(6)], effects)
    assert result == {"s0": 1, "s1": 1, "s2": 1, "s3": 2, "s4": 2, "s5": 2}
    assert len(tree) == 5


@given(st.lists(st.floats(-1, 1), min_size=12, max_size=12))
def test_the_gallery_shows_the_median_image_of_every_class(shifts):
    labels = np.arange(12) % 3
    chosen = _typical(labels, {"s": np.array(shifts)}, most=12)
    assert [int(labels[i]) for i in chosen] == [0, 1, 2]
    for i in chosen:
        of_class = np.sort(np.array(shifts)[labels == labels[i]])
        assert of_class[1] <= shifts[i] <= of_class[-1]


def test_the_gallery_goes_on_with_what_most_models_misread():
    right = {"baseline": np.array([1, 0.5, 1, 0, 1]), "s": np.array([1, 0.5, 0.75, 1, 1])}
    assert _misread(right, typical=set(), most=12) == [1, 3, 2]
    assert _misread(right, typical={1}, most=12) == [3, 2]
    many = {"baseline": np.zeros(40)}
    assert _misread(many, typical={0}, most=12) == list(range(1, 13))
    frames = np.arange(40) // 8 + 7
    assert _misread(many, typical={0}, most=12, clusters=frames) == [1, 8, 16, 24, 32]


def test_every_probe_image_of_a_profile_says_why_it_is_shown():
    plan, data, fits, loaders = simulated()
    shown = profile_of(plan, data, fits, loaders).probes
    assert [probe.why for probe in shown[: len(data.classes)]] == ["typical"] * len(data.classes)
    others = shown[len(data.classes) :]
    assert others
    assert {probe.why for probe in others} == {"misread"}
    assert len({probe.index for probe in shown}) == len(shown)
    assert all(min(probe.right.values()) < 1 for probe in others)


@pytest.mark.parametrize("most", [0, 1])
def test_the_plan_says_how_many_images_are_shown(most):
    plan, data, fits, loaders = simulated()
    plan = plan.model_copy(update={"gallery": most})
    shown = profile_of(plan, data, fits, loaders).probes
    assert [probe.why for probe in shown] == ["typical", "misread"][: 2 * most]


@pytest.mark.parametrize(("low", "high", "channels"), [(0, 255, 1), (-1, 1, 3), (0, 1, 5)])
def test_any_image_can_be_shown(low, high, channels):
    from cam_augment.records.pictures import png

    image = np.random.default_rng(0).uniform(low, high, (5, 4, channels))
    assert png(image).startswith("iVBOR")


def test_strategies_that_are_all_alike_are_one_group():
    effects = [Effect(strategy=f"s{i}", question="gain", estimate=1.0) for i in range(5)]
    effects += [Effect(strategy=f"s{i}", question="focus", estimate=2.0) for i in range(5)]
    result, _ = groups([f"s{i}" for i in range(5)], effects)
    assert set(result.values()) == {1}


@pytest.mark.parametrize("seed", range(5))
def test_the_silhouette_is_scikit_learns(seed):
    from sklearn.metrics import silhouette_score

    rng = np.random.default_rng(seed)
    matrix, cut = rng.normal(size=(12, 3)), rng.permutation([1, 1, 1, 1, 2, 2, 2, 3, 3, 3, 3, 4])
    matrix[1] = matrix[0]
    assert silhouette(matrix, cut) == pytest.approx(silhouette_score(matrix, cut))
