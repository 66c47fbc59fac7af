"""Factors, held to what models were constructed of, and to textures planted in images."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from cam_augment.questions import concepts as asking
from cam_augment.questions.concepts import ConceptsQuestion, patches_of
from cam_augment.records import DataSet, Split
from cam_augment.registry import DATASETS
from cam_augment.statistics.factors import Factors, learn, most_explained, unit_energy
from cam_augment.training.trainer import complete, trainer_of
from tests.patches import (
    CHANNELS,
    FACTORS,
    plan_of,
    random_model,
    random_patches,
)


def test_factors_are_recovered_from_models_whose_channels_have_nothing_in_common():
    rng = np.random.default_rng(0)
    patches = random_patches(rng)
    models = [unit_energy(random_model(rng, patches, loud=0.2)) for _ in range(6)]
    result = learn(models, FACTORS)
    likeness = (patches / np.linalg.norm(patches, axis=0)).T @ result.patches
    assert sorted(likeness.argmax(axis=1)) == list(range(FACTORS))
    assert likeness.max(axis=1).min() > 0.95


def test_uses_are_the_parts_of_the_least_squares_fit_and_add_up_to_what_it_explains():
    from scipy.optimize import nnls

    rng = np.random.default_rng(1)
    patches = Factors(random_patches(rng))
    values = unit_energy(rng.random((150, 9)))
    fit = np.array([nnls(patches.patches, column)[0] for column in values.T]).T
    residual = values - patches.patches @ fit
    explained = 1 - (residual**2).sum()
    uses = patches.uses(values)
    assert uses.min() >= 0
    assert uses.sum() == pytest.approx(explained, abs=1e-12)
    for factor, use in enumerate(uses):
        part = np.outer(patches.patches[:, factor], fit[factor])
        assert use == pytest.approx((values * part).sum(), abs=1e-12)


def test_channels_below_nothing_count_as_channels_of_their_own():
    values = np.array([[1.0, -2.0], [0.0, 2.0]])
    expected = np.array([[1.0, 0.0, 2.0], [0.0, 2.0, 0.0]]) / 3  # the last one is the second's
    np.testing.assert_allclose(unit_energy(values), expected)
    assert unit_energy(np.zeros((3, 2))).size == 0
    assert unit_energy(np.array([[np.nan, 1.0]])).size == 0
    assert np.isnan(Factors(np.eye(3)).uses(np.zeros((3, 0)))).all()


def test_dead_channels_and_factors_that_say_the_same_are_no_obstacle():
    """As many factors as channels, most of which are dead; a factor twice, and one of nothing."""
    rng = np.random.default_rng(3)
    values = np.zeros((40, 6))
    values[:, 2] = rng.random(40)
    result = learn([unit_energy(values), unit_energy(values)], 6)
    assert result.uses(unit_energy(values)).sum() == pytest.approx(1, abs=1e-3)
    one = rng.random((40, 1))
    again = Factors(np.hstack([one, one, 0 * one]) / np.linalg.norm(one))
    seen = unit_energy(one @ rng.random((1, 5)))
    assert again.uses(seen).sum() == pytest.approx(1)
    assert again.uses(seen)[2] == 0


def test_no_factors_explain_more_than_the_most_that_can_be():
    rng = np.random.default_rng(2)
    values = unit_energy(random_model(rng, random_patches(rng)))
    share = learn([values], FACTORS).uses(values).sum()
    assert 0.9 * most_explained(values, FACTORS) < share <= most_explained(values, FACTORS)
    assert most_explained(values, CHANNELS) == pytest.approx(1)


# ---- networks


STRIPES = {"across": (0, 1), "along": (1, 0)}  # texture to its period in rows and in columns


def textured(count, seed):
    """Return surfaces with a striped square each, of every texture in turn, and the squares' masks.

    Returns:
        the split; bool [texture, image, row, column].
    """
    rng = np.random.default_rng(seed)
    sizes = dict.fromkeys(("train", "validation", "probe", "test"), count)
    plain = DATASETS["surfaces"](size=32, split_seed=seed, **sizes)
    images, rows = plain.train.images[:].copy(), np.arange(32)
    labels = np.arange(count) % len(STRIPES)
    places = np.zeros((len(STRIPES), count, 32, 32), bool)
    for image, label in enumerate(labels):
        top, left = 8 * rng.integers(0, 3, 2)
        places[label, image, top : top + 16, left : left + 16] = True
        down, across = tuple(STRIPES.values())[label]
        waves = 0.5 + 0.4 * np.sin(2 * np.pi * (down * rows[:, None] + across * rows) / 4)
        images[image, ..., 0] = np.where(places[label, image], waves, 0.5 * images[image, ..., 0])
    return Split(images, labels), places


@pytest.mark.slow
def test_networks_that_tell_planted_textures_apart_have_a_factor_for_each(monkeypatch):
    monkeypatch.setattr(asking, "COUNT", 1000)
    train, _ = textured(200, 1)
    probe, places = textured(60, 2)
    data = DataSet("textured", tuple(STRIPES), train, probe, probe, probe)
    plan = plan_of(architecture={"name": "small_cnn", "width": 8}, recipe={"epochs": 12})
    models = []
    for run in plan.runs()[:3]:
        (question,) = ConceptsQuestion.asked(run, plan, data)
        done = complete(run, [question], None, data)
        models.append(unit_energy(done.answers[question.key]["activations"]))
    grid = trainer_of(plan.runs()[0], data).view().grid
    patches = patches_of(len(probe), grid)
    result = learn(models, FACTORS).patches
    for texture in places:
        cells = texture.reshape(len(probe), grid[0], 32 // grid[0], grid[1], -1).mean(axis=(2, 4))
        inside = cells[tuple(patches.T)]
        clear = (inside == 0) | (inside == 1)
        scores = [roc_auc_score(inside[clear] == 1, shown) for shown in result[clear].T]
        assert max(scores) > 0.9, scores
