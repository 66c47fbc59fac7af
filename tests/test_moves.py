"""A map moves as its image was moved: what each strategy says that it moves."""

import numpy as np
import pytest

from cam_augment import strategies
from cam_augment.base.lazy import tf
from cam_augment.plan import Strategy
from cam_augment.registry import STRATEGIES
from cam_augment.strategies import policies
from cam_augment.strategies.operations import GEOMETRY, OPERATIONS
from tests.test_predictors import SEED, images

MOVING = [name for name, e in STRATEGIES.items() if e.moves is True]

STILL = [name for name, e in STRATEGIES.items() if e.moves is False]


def steps(text):
    return Strategy.parse(text).augmentations


def applied(text, x):
    y = np.eye(2, dtype=np.float32)[np.arange(len(x)) % 2]
    return np.asarray(strategies.apply(steps(text), x, y, SEED)[0])


def moved(text, x):
    return np.asarray(strategies.move(steps(text), tf.constant(x), SEED))


def test_every_strategy_says_what_it_moves_but_those_that_mix_images():
    silent = {
        name for name, e in STRATEGIES.items()
        if e.moves is None and not e.changes
    }  # fmt: skip
    assert silent == {"mixup", "cutmix", "aug_mix"}
    for name in silent:
        assert not strategies.knows_its_moves(steps(f"rotation+{name}"))
    assert strategies.knows_its_moves(())
    assert all(e.moves is not None for e in STRATEGIES.values() if e.matrices)


@pytest.mark.parametrize("name", MOVING)
def test_what_only_moves_pixels_moves_a_map_as_its_image(name):
    np.testing.assert_array_equal(moved(name, images()), applied(name, images()))


@pytest.mark.parametrize("name", STILL)
def test_what_changes_values_leaves_the_map(name):
    np.testing.assert_array_equal(moved(name, images()), images())


def test_a_composition_moves_by_the_draws_of_its_own_places():
    x = images()
    np.testing.assert_array_equal(
        moved("rotation+zoom+contrast:0.9", x), applied("rotation+zoom+identity", x)
    )
    np.testing.assert_array_equal(
        moved("gaussian_noise+rotation", x), applied("identity+rotation", x)
    )
    assert np.abs(moved("rotation", x) - moved("contrast+rotation", x)).max() > 0.1


@pytest.mark.parametrize("name", ["rand_augment", "trivial_augment"])
def test_a_policy_moves_by_its_operations_of_geometry_alone(name):
    x = images(200)
    settings = {k: v for k, v in STRATEGIES[name].resolve({}).items() if k != "fill"}
    part = tf.random.experimental.stateless_fold_in(SEED, 0)
    drawing = {
        "rand_augment": policies._rand_augmentations,
        "trivial_augment": policies._trivial_augmentations,
    }
    drawn = drawing[name](x, part, **settings)[0].numpy()
    geometry = np.isin(drawn, [OPERATIONS.index(o) for o in GEOMETRY])
    plain = drawn == OPERATIONS.index("identity")
    only = (geometry | plain).all(axis=1)
    none = ~geometry.any(axis=1)
    assert only.sum() > 10
    assert none.sum() > 10
    np.testing.assert_array_equal(moved(name, x)[only], applied(name, x)[only])
    np.testing.assert_allclose(moved(name, x)[none], x[none], atol=1e-6)
