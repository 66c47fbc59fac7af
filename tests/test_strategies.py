"""Every strategy keeps the contract, and steps compose.

What each of them does is in ``test_strategies_*.py``; how pixels are read in ``test_warp.py``.
"""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage, stats

from cam_augment import strategies
from cam_augment.base.errors import InputError
from cam_augment.plan import Strategy
from cam_augment.registry import STRATEGIES
from cam_augment.strategies import geometry
from cam_augment.strategies.warp import warp

# Entries that change a run's recipe instead of its images have a contract of their own.
NAMES = [name for name, entry in STRATEGIES.items() if not entry.changes]
STILL = [name for name in NAMES if STRATEGIES[name].family in ("control", "comparison")]
REDUCIBLE = [name for name in NAMES if STRATEGIES[name].identity is not None]
KEPT = [name for name in NAMES if STRATEGIES[name].labels == "kept"]
DRAWING = [name for name in KEPT if name not in STILL]
COLOUR = [name for name in NAMES if STRATEGIES[name].colour]
# One draw for all values of a batch: a longer batch is other noise.
DRAWN_AS_A_WHOLE = ["gaussian_noise"]
SEED = (11, 5)


def allowed(name):
    """Numbers of channels that a strategy takes, the least first."""
    return (3,) if name in COLOUR else (1, 3)


def pictures(images=12, rows=20, columns=16, channels=1, seed=0):
    """Smooth random images in 0..1 with one-hot labels, as tensors."""
    rng = np.random.default_rng(seed)
    values = ndimage.gaussian_filter(rng.random((images, rows, columns, channels)), (0, 1, 1, 0))
    values = (values - values.min()) / np.ptp(values)
    labels = np.eye(10, dtype=np.float32)[np.arange(images) % 10]
    return tf.constant(values.astype(np.float32)), tf.constant(labels)


def run(text, images, labels, seed=SEED):
    """Apply a strategy as written in a plan; numpy in, numpy out."""
    images, labels = strategies.apply(
        Strategy.parse(text).steps, tf.constant(images), tf.constant(labels), tf.constant(seed)
    )
    return images.numpy(), labels.numpy()


def assert_uniform(draws, low, high):
    """Kolmogorov-Smirnov at .001, and no draw outside."""
    assert draws.min() >= low - 1e-4
    assert draws.max() <= high + 1e-4
    assert stats.kstest(draws, stats.uniform(low, high - low).cdf).pvalue > 1e-3


# ---- the contract, which a new entry enters by existing


@pytest.mark.parametrize(
    ("name", "channels"),
    [(name, channels) for name in NAMES for channels in (1, 3) if channels in allowed(name)],
)
def test_shapes_types_and_ranges_are_kept(name, channels):
    images, labels = pictures(channels=channels)
    before = images.numpy().copy()
    changed, after = run(name, images, labels)
    assert changed.shape == images.shape
    assert changed.dtype == np.float32
    assert after.shape == labels.shape
    assert after.dtype == np.float32
    assert np.isfinite(changed).all()
    assert changed.min() >= 0
    assert changed.max() <= 1
    np.testing.assert_array_equal(images.numpy(), before)


@pytest.mark.parametrize("name", NAMES)
def test_extreme_magnitudes_stay_in_range(name):
    images, labels = pictures(channels=allowed(name)[0])
    images = tf.round(images)
    settings = STRATEGIES[name].settings.model_fields
    if "magnitude" in settings:
        most = next(limit.le for limit in settings["magnitude"].metadata if hasattr(limit, "le"))
        changed, after = run(f"{name}:{most}", images, labels)
        assert np.isfinite(changed).all()
        assert changed.min() >= 0
        assert changed.max() <= 1
        np.testing.assert_allclose(after.sum(1), 1, rtol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_flat_images_stay_finite_and_in_range(name):
    """Black, grey and white: nothing to stretch, no contrast, no histogram."""
    images, labels = pictures(channels=allowed(name)[0])
    flat = np.broadcast_to(np.float32([0, 0.5, 1]).repeat(4)[:, None, None, None], images.shape)
    for seed in range(4):
        changed, _ = run(name, flat, labels, seed=(seed, 7))
        assert np.isfinite(changed).all()
        assert changed.min() >= 0
        assert changed.max() <= 1


@pytest.mark.parametrize("name", NAMES)
def test_it_is_described(name):
    assert STRATEGIES[name].family != "other"
    assert STRATEGIES[name].unit or "magnitude" not in STRATEGIES[name].resolve({})
    assert len(STRATEGIES[name].summary) < 100
    assert STRATEGIES[name].summary.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_alone_decides(name):
    images, labels = pictures(channels=allowed(name)[0])
    first, again, other = (run(name, images, labels, seed)[0] for seed in (SEED, SEED, (11, 6)))
    np.testing.assert_array_equal(first, again)
    assert np.array_equal(first, other) == (name in STILL)


@pytest.mark.parametrize("name", DRAWING)
def test_each_image_has_its_own_draw(name):
    images, labels = pictures(channels=allowed(name)[0])
    changed, _ = run(name, tf.repeat(images[:1], 12, 0), labels)
    assert len(np.unique(changed.reshape(12, -1), axis=0)) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_labels_are_kept_or_mixed_as_declared(name):
    images, labels = pictures(channels=allowed(name)[0])
    _, after = run(name, images, labels)
    np.testing.assert_allclose(after.sum(1), 1, rtol=1e-6)
    same = np.array_equal(after, labels)
    assert same == (STRATEGIES[name].labels == "kept")


@pytest.mark.parametrize("name", REDUCIBLE)
def test_the_least_magnitude_is_the_identity(name):
    images, labels = pictures(channels=allowed(name)[0])
    changed, after = run(f"{name}:{STRATEGIES[name].identity}", images, labels)
    np.testing.assert_array_equal(changed, images)
    np.testing.assert_array_equal(after, labels)


@pytest.mark.parametrize("name", NAMES)
def test_datasets_are_the_same_on_any_number_of_threads(name):
    images, labels = pictures(images=24, channels=allowed(name)[0])
    batches = tf.data.Dataset.from_tensor_slices((images, labels)).batch(12)
    changed = strategies.augment(batches, Strategy.parse(name).steps, seed=SEED[0])
    options = tf.data.Options()
    options.threading.private_threadpool_size = 1
    parallel, single = (
        np.concatenate([batch.numpy() for batch, _ in dataset])
        for dataset in (changed, changed.with_options(options))
    )
    np.testing.assert_array_equal(parallel, single)
    for index, (batch, batch_labels) in enumerate(batches):
        expected, _ = run(name, batch, batch_labels, (SEED[0], index))
        np.testing.assert_allclose(parallel[12 * index : 12 * index + 12], expected, atol=1e-5)


@pytest.mark.parametrize("name", NAMES)
def test_one_graph_serves_every_seed_and_batch_size(name):
    steps, traces = Strategy.parse(name).steps, []

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 20, 16, allowed(name)[0]]),
            tf.TensorSpec([None, 10]),
            tf.TensorSpec([2], tf.int32),
        ],
        autograph=False,
    )
    def traced(images, labels, seed):
        traces.append(name)
        return strategies.apply(steps, images, labels, seed)

    for count, seed in ((12, (1, 2)), (12, (3, 4)), (7, (3, 4))):
        images, labels = pictures(images=count, channels=allowed(name)[0])
        changed, _ = traced(images, labels, tf.constant(seed))
        np.testing.assert_allclose(changed, run(name, images, labels, seed)[0], atol=1e-5)
    assert len(traces) == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_batch_of_one_is_a_batch(name):
    images, labels = pictures(images=1, channels=allowed(name)[0])
    changed, after = run(name, images, labels)
    assert changed.shape == images.shape
    if STRATEGIES[name].labels != "softened":
        np.testing.assert_allclose(after, labels, atol=1e-6)  # there is none to mix with


@pytest.mark.parametrize("name", KEPT)
def test_no_image_depends_on_the_others(name):
    images, labels = pictures(channels=allowed(name)[0])
    others = tf.concat([images[:5], 1 - images[5:]], 0)
    np.testing.assert_array_equal(
        run(name, others, labels)[0][:5], run(name, images, labels)[0][:5]
    )


@pytest.mark.parametrize("name", [name for name in KEPT if name not in DRAWN_AS_A_WHOLE])
def test_a_draw_follows_from_the_seed_and_the_index_alone(name):
    images, labels = pictures(channels=allowed(name)[0])
    few, _ = run(name, images[:7], labels[:7])
    np.testing.assert_allclose(few, run(name, images, labels)[0][:7], atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_deterministic_operations_are_enough(name):
    images, labels = pictures(channels=allowed(name)[0])
    tf.config.experimental.enable_op_determinism()  # as training does: it refuses what is not
    first, again = (run(name, images, labels) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("name", COLOUR)
@pytest.mark.parametrize("traced", [False, True])
def test_colour_is_refused_to_grey_images_in_one_line(name, traced):
    images, labels = pictures()
    steps = Strategy.parse(name).steps

    def apply(images, labels):
        return strategies.apply(steps, images, labels, SEED)

    with pytest.raises(
        InputError, match=f"^strategy '{name}' .*1 channel.*expected 3.*$"
    ) as raised:
        (tf.function(apply, autograph=False) if traced else apply)(images, labels)
    assert "\n" not in str(raised.value)


def test_listing_strategies_leaves_tensorflow_out():
    code = (
        "import sys; from cam_augment.registry import STRATEGIES;"
        "[entry.settings for entry in STRATEGIES.values()];"
        "assert 'rotation' in STRATEGIES and 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- compositions


def test_steps_apply_in_order():
    images, labels = pictures()
    changed, _ = run("horizontal_flip:1+translation:0.3", images, labels)
    part = tf.random.experimental.stateless_fold_in(SEED, 1)
    expected, _ = geometry.translation(images[:, :, ::-1], labels, part, magnitude=0.3)
    np.testing.assert_allclose(changed, expected, atol=1e-6)
    other, _ = run("translation:0.3+horizontal_flip:1", images, labels)
    assert not np.allclose(changed, other, atol=1e-3)


def test_steps_draw_apart():
    images, labels = pictures()
    once, _ = run("gaussian_noise:0.1", images, labels)
    both, _ = run("identity+gaussian_noise:0.1", images, labels)
    assert not np.array_equal(once, both)


def test_geometry_in_a_row_interpolates_once():
    wave = np.sin(np.arange(48) / 3) * np.sin(np.arange(48)[:, None] / 4) / 2 + 0.5
    images = tf.constant(np.tile(wave, (8, 1, 1))[..., None], tf.float32)
    labels = tf.zeros([8, 2])
    joined, _ = run("rotation:30+zoom:0.2", images, labels)
    apart, _ = run("rotation:30+identity+zoom:0.2", images, labels)
    steps = Strategy.parse("rotation:30+zoom:0.2").steps
    seeds = [tf.random.experimental.stateless_fold_in(SEED, index) for index in (0, 1)]
    matrices = geometry.rotations(images, seeds[0], 30.0) @ geometry.zooms(images, seeds[1], 0.2)
    np.testing.assert_allclose(joined, warp(images, matrices), atol=1e-6)
    assert [step.name for step in steps] == ["rotation", "zoom"]
    assert joined.std() > apart.std()


def test_joined_steps_are_the_steps_one_by_one():
    rng = np.random.default_rng(0)
    smooth = ndimage.gaussian_filter(rng.random((8, 64, 64)), (0, 4, 4))
    smooth = ((smooth - smooth.min()) / np.ptp(smooth)).astype(np.float32)[..., None]
    labels = np.zeros((8, 2), np.float32)
    text = "translation:0.1+rotation:40"
    joined, _ = run(text, smooth, labels)
    first, second = Strategy.parse(text).steps
    seeds = [tf.random.experimental.stateless_fold_in(SEED, index) for index in (0, 1)]
    images, _ = geometry.translation(smooth, labels, seeds[0], **first.settings)
    images, _ = geometry.rotation(images, labels, seeds[1], **second.settings)
    inside = np.s_[:, 20:44, 20:44]
    np.testing.assert_allclose(joined[inside], images.numpy()[inside], atol=0.02)


def test_other_fills_are_not_joined():
    images, labels = pictures()
    text = "rotation:30,fill=zero+zoom:0.2"
    changed, _ = run(text, images, labels)
    seeds = [tf.random.experimental.stateless_fold_in(SEED, index) for index in (0, 1)]
    expected, _ = geometry.rotation(images, labels, seeds[0], magnitude=30.0, fill="zero")
    expected, _ = geometry.zoom(expected, labels, seeds[1], magnitude=0.2)
    np.testing.assert_allclose(changed, expected, atol=1e-6)


def test_no_steps_change_nothing():
    images, labels = pictures()
    assert strategies.apply((), images, labels, SEED) == (images, labels)
    dataset = tf.data.Dataset.from_tensors((images, labels))
    assert strategies.augment(dataset, (), 1) is dataset


def test_each_epoch_of_a_repeated_dataset_draws_anew():
    images, labels = pictures()
    batches = tf.data.Dataset.from_tensors((images, labels)).repeat(2)
    first, second = strategies.augment(batches, Strategy.parse("rotation").steps, 3)
    assert not np.array_equal(first[0], second[0])
