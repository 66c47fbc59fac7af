"""Every strategy keeps the contract; each does what it says, against a slow twin."""

import subprocess
import sys

import numpy as np
import pytest
import tensorflow as tf
from scipy import ndimage, stats

from cam_augment import strategies
from cam_augment.plan import Strategy
from cam_augment.registry import STRATEGIES
from cam_augment.strategies import geometry
from cam_augment.strategies.mixup import _beta
from cam_augment.strategies.warp import warp

NAMES = list(STRATEGIES)
MOVING = [name for name in NAMES if name != "identity"]
DRAWING = [name for name in MOVING if STRATEGIES[name].traits["labels"] == "kept"]
REDUCIBLE = [name for name in NAMES if STRATEGIES[name].traits["identity"] is not None]
GEOMETRY = [name for name in NAMES if "matrices" in STRATEGIES[name].traits]
SEED = (11, 5)


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


# ---- the contract, which a new entry enters by existing


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("name", NAMES)
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
    images, labels = pictures()
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
def test_traits_are_declared(name):
    traits = STRATEGIES[name].traits
    assert traits["labels"] in ("kept", "mixed")
    assert traits["family"]
    assert len(STRATEGIES[name].summary) < 100
    assert STRATEGIES[name].summary.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_the_seed_alone_decides(name):
    images, labels = pictures()
    first, again, other = (run(name, images, labels, seed)[0] for seed in (SEED, SEED, (11, 6)))
    np.testing.assert_array_equal(first, again)
    assert np.array_equal(first, other) == (name == "identity")


@pytest.mark.parametrize("name", DRAWING)
def test_each_image_has_its_own_draw(name):
    images, labels = pictures()
    changed, _ = run(name, tf.repeat(images[:1], 12, 0), labels)
    assert len(np.unique(changed.reshape(12, -1), axis=0)) >= 2


@pytest.mark.parametrize("name", NAMES)
def test_labels_are_kept_or_mixed_as_declared(name):
    images, labels = pictures()
    _, after = run(name, images, labels)
    np.testing.assert_allclose(after.sum(1), 1, rtol=1e-6)
    kept = np.array_equal(after, labels)
    assert kept == (STRATEGIES[name].traits["labels"] == "kept")


@pytest.mark.parametrize("name", REDUCIBLE)
def test_the_least_magnitude_is_the_identity(name):
    images, labels = pictures()
    changed, after = run(f"{name}:{STRATEGIES[name].traits['identity']}", images, labels)
    np.testing.assert_array_equal(changed, images)
    np.testing.assert_array_equal(after, labels)


@pytest.mark.parametrize("name", NAMES)
def test_datasets_are_the_same_on_any_number_of_threads(name):
    images, labels = pictures(images=24)
    batches = tf.data.Dataset.from_tensor_slices((images, labels)).batch(5)
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
        np.testing.assert_allclose(parallel[5 * index : 5 * index + 5], expected, atol=1e-6)


@pytest.mark.parametrize("name", NAMES)
def test_one_graph_serves_every_seed_and_batch_size(name):
    steps, traces = Strategy.parse(name).steps, []

    @tf.function(
        input_signature=[
            tf.TensorSpec([None, 20, 16, 1]),
            tf.TensorSpec([None, 10]),
            tf.TensorSpec([2], tf.int32),
        ]
    )
    def traced(images, labels, seed):
        traces.append(name)
        return strategies.apply(steps, images, labels, seed)

    for count, seed in ((12, (1, 2)), (12, (3, 4)), (7, (3, 4))):
        images, labels = pictures(images=count)
        changed, _ = traced(images, labels, tf.constant(seed))
        np.testing.assert_allclose(changed, run(name, images, labels, seed)[0], atol=1e-6)
    assert len(traces) == 1


def test_listing_strategies_leaves_tensorflow_out():
    code = (
        "import sys; from cam_augment.registry import STRATEGIES;"
        "[entry.settings for entry in STRATEGIES.values()];"
        "assert 'rotation' in STRATEGIES and 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- the warp


def twin_warp(image, matrix, mode):
    """Affine map by scipy; ``matrix`` (x, y, 1), from the centre, output to input."""
    swap = np.array([[0, 1, 0], [1, 0, 0], [0, 0, 1]])
    matrix = swap @ matrix @ swap
    centre = (np.array(image.shape) - 1) / 2
    offset = centre + matrix[:2, 2] - matrix[:2, :2] @ centre
    return ndimage.affine_transform(image, matrix[:2, :2], offset, order=1, mode=mode)


@pytest.mark.parametrize(
    ("fill", "mode"), [("reflect", "reflect"), ("nearest", "nearest"), ("zero", "grid-constant")]
)
def test_warp_is_scipys_affine_transform(fill, mode):
    images, _ = pictures(images=20)
    rng = np.random.default_rng(3)
    matrices = np.tile(np.eye(3, dtype=np.float32), (20, 1, 1))
    matrices[:, :2] += rng.normal(0, 0.5, (20, 2, 3))
    matrices[:, :2, 2] *= 12  # far outside, too: several reflections
    warped = warp(images, tf.constant(matrices), fill).numpy()
    for image, matrix, got in zip(images.numpy(), matrices, warped, strict=True):
        expected = twin_warp(image[..., 0].astype(np.float64), matrix.astype(np.float64), mode)
        np.testing.assert_allclose(got[..., 0], expected, atol=2e-4)


@pytest.mark.parametrize("fill", ["reflect", "nearest", "zero"])
def test_warp_by_whole_pixels_is_exact(fill):
    images, _ = pictures(images=1, rows=9, columns=7)
    matrix = np.eye(3, dtype=np.float32)[None]
    matrix[0, :2, 2] = 2, 3  # read two columns to the right, three rows below
    warped = warp(images, tf.constant(matrix), fill).numpy()
    np.testing.assert_array_equal(warped[:, :6, :5], images.numpy()[:, 3:, 2:])
    outside = {"zero": 0 * images, "nearest": images[:, 8:9], "reflect": images[:, ::-1]}[fill]
    np.testing.assert_array_equal(warped[0, 6, :5], outside.numpy()[0, 0, 2:])


def test_warp_of_one_pixel():
    image = tf.fill([1, 1, 1, 1], 0.5)
    for fill in ("reflect", "nearest"):
        assert warp(image, tf.eye(3)[None] * 0.7, fill).numpy() == 0.5


# ---- each strategy against its twin


def angles(seed=SEED, count=4000, magnitude=20.0):
    cosine_and_sine = geometry.rotations(tf.zeros([count, 1, 1, 1]), seed, magnitude).numpy()
    return np.degrees(np.arctan2(cosine_and_sine[:, 1, 0], cosine_and_sine[:, 0, 0]))


def assert_uniform(draws, low, high):
    """Kolmogorov-Smirnov at .001, and no draw outside."""
    assert draws.min() >= low - 1e-4
    assert draws.max() <= high + 1e-4
    assert stats.kstest(draws, stats.uniform(low, high - low).cdf).pvalue > 1e-3


def test_draws_are_uniform_and_symmetric():
    blank = tf.zeros([4000, 30, 20, 1])
    assert_uniform(angles(), -20, 20)
    assert_uniform(1 / geometry.zooms(blank, SEED, 0.3).numpy()[:, 0, 0], 0.7, 1.3)
    assert_uniform(geometry.shears(blank, SEED, 0.4).numpy()[:, 0, 1], -0.4, 0.4)
    shifts = geometry.translations(blank, SEED, 0.25).numpy()[:, :2, 2]
    assert_uniform(shifts[:, 0], -5, 5)
    assert_uniform(shifts[:, 1], -7.5, 7.5)
    assert abs(np.corrcoef(shifts.T)[0, 1]) < 0.06


def test_other_seeds_and_batches_draw_apart():
    pairs = [angles((1, 1)), angles((1, 2)), angles((2, 1))]
    assert np.abs(np.corrcoef(pairs) - np.eye(3)).max() < 0.06


@pytest.mark.parametrize("name", GEOMETRY)
def test_geometry_is_its_matrix_warped(name):
    images, labels = pictures()
    changed, _ = run(f"{name},fill=zero", images, labels)
    part = tf.random.experimental.stateless_fold_in(SEED, 0)
    settings = STRATEGIES[name].resolve({})
    matrices = STRATEGIES[name].traits["matrices"](images, part, settings["magnitude"]).numpy()
    for image, matrix, got in zip(images.numpy(), matrices, changed, strict=True):
        expected = twin_warp(image[..., 0].astype(np.float64), matrix, "grid-constant")
        np.testing.assert_allclose(got[..., 0], expected, atol=1e-4)


def test_rotation_turns_by_its_angle():
    images, labels = pictures(rows=21, columns=21)
    changed, _ = geometry.rotation(images, labels, SEED, magnitude=90.0, fill="zero")
    turned = angles(SEED, len(images), 90.0)
    for image, angle, got in zip(images.numpy(), turned, changed.numpy(), strict=True):
        expected = ndimage.rotate(
            image[..., 0], angle, reshape=False, order=1, mode="grid-constant"
        )
        np.testing.assert_allclose(got[..., 0], expected, atol=1e-4)


def test_zoom_above_one_magnifies():
    blob = np.zeros((64, 61, 61, 1), np.float32)
    blob[:, 30, 30] = 200
    blob = tf.constant(ndimage.gaussian_filter(blob, (0, 6, 6, 0)))
    changed, _ = geometry.zoom(blob, None, SEED, magnitude=0.4, fill="zero")
    factor = 1 / geometry.zooms(blob, SEED, 0.4).numpy()[:, 0, 0]
    mass = tf.reduce_sum(changed, [1, 2, 3]) / tf.reduce_sum(blob[0])
    np.testing.assert_allclose(mass, factor**2, rtol=0.01)


def test_translation_shifts_the_centre_of_mass():
    blob = np.zeros((64, 40, 40, 1), np.float32)
    blob[:, 18:22, 18:22] = 1
    changed, _ = geometry.translation(tf.constant(blob), None, SEED, magnitude=0.2)
    shift = -geometry.translations(tf.constant(blob), SEED, 0.2).numpy()[:, :2, 2]
    for image, (x, y) in zip(changed.numpy()[..., 0], shift, strict=True):
        np.testing.assert_allclose(ndimage.center_of_mass(image), (19.5 + y, 19.5 + x), atol=1e-3)


def test_shear_slides_rows_and_keeps_the_centre():
    lines = np.zeros((32, 41, 41, 1), np.float32)
    lines[:, :, 20] = 1
    changed, _ = geometry.shear(tf.constant(lines), None, SEED, magnitude=0.4)
    slope = geometry.shears(tf.constant(lines), SEED, 0.4).numpy()[:, 0, 1]
    columns = (changed.numpy()[..., 0] * np.arange(41)).sum(2) / changed.numpy()[..., 0].sum(2)
    expected = 20 - slope[:, None] * (np.arange(41) - 20)
    np.testing.assert_allclose(columns, expected, atol=1e-3)


@pytest.mark.parametrize("magnitude", [0.2, 0.5, 1.0])
def test_flip_mirrors_a_share_of_the_images(magnitude):
    images = tf.tile(pictures(images=1)[0], [2000, 1, 1, 1])
    changed, _ = STRATEGIES["horizontal_flip"](images, None, SEED, magnitude=magnitude)
    flipped = (changed.numpy() == images.numpy()[:, :, ::-1]).all((1, 2, 3))
    kept = (changed.numpy() == images.numpy()).all((1, 2, 3))
    assert (flipped | kept).all()
    assert stats.binomtest(int(flipped.sum()), 2000, magnitude).pvalue > 1e-3


def test_contrast_scales_about_the_mean():
    images = 0.5 + 0.2 * (pictures(images=2000, rows=8, columns=8)[0] - 0.5)  # nothing is cut
    changed, _ = STRATEGIES["contrast"](images, None, SEED, magnitude=0.5)
    images, changed = images.numpy().astype(np.float64), changed.numpy().astype(np.float64)
    np.testing.assert_allclose(changed.mean((1, 2, 3)), images.mean((1, 2, 3)), atol=1e-5)
    factor = changed.std((1, 2, 3)) / images.std((1, 2, 3))
    assert_uniform(factor, 0.5, 1.5)
    centred = [values - values.mean((1, 2, 3), keepdims=True) for values in (images, changed)]
    np.testing.assert_allclose(centred[1], factor[:, None, None, None] * centred[0], atol=1e-5)


def test_noise_is_normal_and_white():
    grey = tf.fill([51, 29, 31, 1], 0.5)
    changed, _ = STRATEGIES["gaussian_noise"](grey, None, SEED, magnitude=0.05)
    noise = changed.numpy() - 0.5
    assert stats.kstest(noise.ravel()[::9], stats.norm(0, 0.05).cdf).pvalue > 1e-3
    assert 4.0 < np.abs(noise).max() / 0.05 < 5.7
    neighbours = np.corrcoef(noise[:, :, 1:].ravel(), noise[:, :, :-1].ravel())[0, 1]
    assert abs(neighbours) < 0.02
    halves = noise.ravel()[:-1].reshape(2, -1)  # the cosines and the sines of the same draws
    assert abs(np.corrcoef(halves)[0, 1]) < 0.02
    assert abs(np.corrcoef(halves**2)[0, 1]) < 0.02


def erased(fill="zero", magnitude=0.3, count=3000, **settings):
    white = tf.ones([count, 40, 40, 1])
    settings = STRATEGIES["random_erasing"].resolve(
        {"fill": fill, "magnitude": magnitude, **settings}
    )
    return STRATEGIES["random_erasing"](white, None, SEED, **settings)[0].numpy()[..., 0]


def test_erasing_touches_its_share_of_images_and_area():
    holes = erased() == 0
    touched = holes.any((1, 2))
    assert stats.binomtest(int(touched.sum()), len(touched), 0.5).pvalue > 1e-3
    area = holes[touched].mean((1, 2))
    assert area.min() > 0.01
    assert area.max() < 0.33
    np.testing.assert_allclose(area.mean(), (0.02 + 0.3) / 2, rtol=0.05)


def test_erased_parts_are_whole_rectangles_of_any_shape_and_place():
    holes = erased(probability=1.0) == 0
    rows, columns = holes.any(2), holes.any(1)
    np.testing.assert_array_equal(holes, rows[:, :, None] & columns[:, None, :])
    for edge in (rows, columns):
        assert (np.abs(np.diff(np.pad(edge, ((0, 0), (1, 1))).astype(int))).sum(1) == 2).all()
    ratio = np.log(rows.sum(1) / columns.sum(1))
    assert abs(ratio.mean()) < 0.05
    assert np.abs(ratio).max() > 1
    assert (holes.mean(0)[2:-2, 2:-2] > 0).all()
    np.testing.assert_allclose(holes.mean(0), holes.mean(0)[::-1, ::-1], atol=0.06)


def test_erasing_fills_with_noise_mean_or_zero():
    noise = erased("noise", probability=1.0)
    assert_uniform(noise[noise < 1][::50], 0, 1)
    images, labels = pictures(images=200)
    changed, _ = run("random_erasing:0.3,fill=mean", images, labels)
    differs = changed != images.numpy()
    means = np.broadcast_to(images.numpy().mean((1, 2, 3), keepdims=True), changed.shape)
    np.testing.assert_allclose(changed[differs], means[differs], atol=1e-6)


def test_mixup_is_a_convex_blend_of_two():
    images, labels = pictures(images=10)
    changed, after = run("mixup:1", images, labels)  # ten classes: a label names its image
    np.testing.assert_allclose(changed, np.tensordot(after, images, 1), atol=1e-6)
    assert ((after > 0).sum(1) <= 2).all()
    assert (after > 0).sum() > 10


@pytest.mark.parametrize("alpha", [0.02, 0.2, 1.0, 8.0])
def test_mixup_shares_follow_beta(alpha):
    share = _beta(tf.zeros([4000, 1]), tf.constant(SEED), alpha).numpy().astype(np.float64)
    assert np.isfinite(share).all()
    middle = np.clip(share, 1e-6, 1 - 1e-6)  # a float32 cannot tell .9999999 from 1
    points = np.linspace(0.01, 0.99, 99)
    error = np.abs((middle[:, None] <= points).mean(0) - stats.beta(alpha, alpha).cdf(points))
    assert error.max() < 1.95 / np.sqrt(4000)  # the Kolmogorov bound at .001


def test_mixup_partners_are_a_permutation():
    images, labels = pictures(images=10)
    _, after = run("mixup:50", images, labels)
    np.testing.assert_allclose(after.sum(0).round(), 1)


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
