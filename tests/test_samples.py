"""Images, labels and masks in whatever form people hold them: all mean the same, or one line."""

import numpy as np
import pandas as pd
import pytest
import tensorflow as tf
from hypothesis import given
from hypothesis import strategies as st

from cam_augment.base.errors import InputError
from cam_augment.base.stack import Stack
from cam_augment.study.samples import Samples, numbers_of

RNG = np.random.default_rng(0)
IMAGES = RNG.random((12, 6, 5, 3), np.float32)
LABELS = np.arange(12) % 3
NAMES = ("dent", "fine", "scratch")
WORDS = np.array(NAMES)[LABELS]

FORMS = {
    "int64": LABELS,
    "uint8": LABELS.astype(np.uint8),
    "whole floats": LABELS.astype(np.float32),
    "a list": LABELS.tolist(),
    "[image, 1]": LABELS[:, None],
    "whole floats [image, 1]": LABELS[:, None] / 1.0,
    "one-hot": np.eye(3)[LABELS],
    "one-hot with a class without images": np.eye(5, dtype=bool)[LABELS],
    "words": WORDS,
    "words [image, 1]": WORDS[:, None],
    "a list of words": WORDS.tolist(),
    "bytes": WORDS.astype("S"),
    "words of any length": WORDS.astype(np.dtypes.StringDType()),
    "objects": WORDS.astype(object),
    "a categorical": pd.Series(WORDS).astype("category"),
    "a column": pd.DataFrame({"label": LABELS})["label"],
    "numbers as objects": LABELS.astype(object),
    "a tensor": tf.constant(LABELS),
}


@pytest.mark.parametrize("form", FORMS)
def test_labels_of_any_form_are_the_same(form):
    samples = Samples.of(IMAGES, FORMS[form], NAMES)
    np.testing.assert_array_equal(samples.labels, LABELS)
    assert samples.labels.dtype == np.int64
    assert samples.words == ("words" in form or form in ("bytes", "objects", "a categorical"))


def test_true_and_false_are_two_classes():
    np.testing.assert_array_equal(Samples.of(IMAGES, LABELS == 1).labels, LABELS == 1)


@given(st.lists(st.integers(0, 9), min_size=1, max_size=20))
def test_one_hot_and_floats_mean_the_numbers(numbers):
    for form in (np.eye(10)[numbers], np.array(numbers, float), np.array(numbers)[:, None]):
        np.testing.assert_array_equal(numbers_of(form, None)[0], numbers)


@pytest.mark.parametrize(
    ("labels", "classes", "words"),
    [
        (None, None, "no labels"),
        ([], None, "no labels"),
        (LABELS[:5], None, "received 12 images and 5 labels"),
        (LABELS - 1, None, r"whole numbers from 0, .*received int64 \[-1, 0, 1\]"),
        (LABELS + 0.5, None, "whole numbers from 0"),
        (np.where(LABELS == 1, np.nan, 0.0), None, "whole numbers from 0"),
        ([*LABELS[:7], None, 1, 1, 1, 1], None, r"labels: image 7 \(from 0\) has none: .* None"),
        (pd.Series([*WORDS[:7], np.nan, *WORDS[8:]]), NAMES, "image 7 .* has none: .* nan"),
        ([0, 1, 0, 1, *LABELS[:7], 2.5], None, r"; image 11 \(from 0\) has 2.5"),
        (np.array([0, np.nan] * 6), None, r"; image 1 \(from 0\) has nan"),
        (np.full((12, 3), 1 / 3), None, "one 1 in each row"),
        (np.ones((12, 3)), None, "images of several classes"),
        (np.full(12, 2**63, np.uint64), None, "whole numbers from 0"),
        (np.full(12, 1e30), None, "whole numbers from 0"),
        (LABELS, "abc", "classes: a list of names expected.*received 'abc'"),
        (LABELS, np.array("abc"), "classes: a list of names expected"),
        (LABELS, {"a", "b", "c"}, "classes: a list of names expected"),
        (LABELS, frozenset("abc"), "classes: a list of names expected"),
        (LABELS, {"a": 1, "b": 2, "c": 3}, "classes: a list of names expected"),
        (LABELS, 3, "classes: a list of names expected"),
        (LABELS, [["a"], ["b", "c"]], "classes are not an array"),
        (LABELS, np.array([NAMES]), "classes: a list of names expected"),
        (LABELS, ["a", "b\ud800", "c"], r"classes: received 'b\?', which is not UTF-8"),
        (LABELS, [b"a", b"caf\xe9", b"c"], r"classes: received 'caf\?', which is not UTF-8"),
        (LABELS, ["a", " ", "c"], "classes: a name is empty"),
        (LABELS, ["a", "b\n", "b\t"], "classes: a name is there twice"),
        (WORDS, None, 'labels are words, such as \'dent\': .*classes='),
        (WORDS, ("dent", "fine", "scrach"), "no class 'scratch'. Did you mean 'scrach'?"),
        (LABELS, ("a", "b"), "2 class names for labels up to 2"),
        (LABELS, ("a", "b", "a"), "a name is there twice"),
        (np.zeros((12, 2, 2)), None, r"one an image; received \(12, 2, 2\)"),
        ([[1], [2, 3]], None, "labels are not an array"),
    ],
)  # fmt: skip
def test_labels_that_could_mean_anything_are_refused(labels, classes, words):
    with pytest.raises(InputError, match=words):
        Samples.of(IMAGES, labels, classes)


NUMBERS = {"scratch": 2, "dent": 0, "fine": 1}
IN_ORDER = {
    "keys": lambda: dict.fromkeys(NAMES).keys(),
    "values": lambda: dict(enumerate(NAMES)).values(),
    "a generator": lambda: (name for name in NAMES),
    "a map": lambda: map(str, NAMES),
    "names to numbers": lambda: NUMBERS,
    "numbers to names": lambda: {number: name for name, number in NUMBERS.items()},
    "numbers in JSON": lambda: {str(number): name for name, number in NUMBERS.items()},
}


@pytest.mark.parametrize("form", IN_ORDER)
def test_classes_are_anything_in_a_known_order(form):
    assert Samples.of(IMAGES, LABELS, IN_ORDER[form]()).classes == NAMES


def test_long_names_differ_where_their_ends_are_alike():
    names = tuple(letter + "x" * 300 for letter in "abc")
    assert Samples.of(IMAGES, LABELS, names).classes == names


@pytest.mark.parametrize(
    "images",
    [IMAGES, IMAGES.astype(np.float64), list(IMAGES), tf.constant(IMAGES)],
    ids=["float32", "float64", "list", "tensor"],
)
def test_images_of_any_form_are_the_same(images):
    samples = Samples.of(images, LABELS)
    np.testing.assert_array_equal(samples.images, IMAGES)
    assert samples.images.dtype == np.float32


def test_values_stay_as_they_are_and_grey_images_get_a_channel():
    pixels = RNG.integers(0, 256, (12, 6, 5), np.uint8)
    samples = Samples.of(pixels, LABELS)
    np.testing.assert_array_equal(samples.images, pixels[..., None])


@pytest.mark.parametrize("batch", [1, 5, 12, None])
@pytest.mark.parametrize("form", ["pairs", "one-hot", "images alone", "grey"])
def test_a_dataset_of_tensorflow_is_the_arrays_in_it(batch, form):
    images = IMAGES[..., 0] if form == "grey" else IMAGES
    labels = np.eye(3)[LABELS] if form == "one-hot" else LABELS
    dataset = tf.data.Dataset.from_tensor_slices(
        images if form == "images alone" else (images, labels)
    )
    dataset = dataset if batch is None else dataset.batch(batch)
    samples = Samples.of(dataset, LABELS if form == "images alone" else None)
    np.testing.assert_array_equal(samples.images, images.reshape(12, 6, 5, -1))
    np.testing.assert_array_equal(samples.labels, LABELS)


@pytest.mark.parametrize("form", ["shuffled", "too few", "words"])
def test_labels_beside_a_dataset_are_those_that_it_holds(form):
    own = WORDS.astype("S") if form == "words" else np.eye(3)[LABELS]
    dataset = tf.data.Dataset.from_tensor_slices((IMAGES, own))
    same = Samples.of(dataset.batch(5), LABELS, NAMES)
    np.testing.assert_array_equal(same.labels, LABELS)
    dataset = dataset.take(7) if form == "too few" else dataset.shuffle(12, seed=1)
    for elements in (dataset, dataset.batch(5)):
        with pytest.raises(InputError, match="labels are not those that the Dataset"):
            Samples.of(elements, LABELS, NAMES)


def broken(*places):
    images = IMAGES.copy()
    images[list(places), 0, 0, 0] = [np.nan, np.inf][: len(places)]
    return images


@pytest.mark.parametrize(
    ("images", "words"),
    [
        (None, "no images"),
        (IMAGES[:0], "no images"),
        (IMAGES[0, 0], r"received \(5, 3\)"),
        (IMAGES[..., None], r"received \(12, 6, 5, 3, 1\)"),
        (np.array(["a.png"] * 12), "images are numbers"),
        ([IMAGES[0], IMAGES[1, :3]], "images are not an array"),
        (broken(5), r"1 of 12 images have NaN .*counted from 0: 5\)"),
        (broken(2, 7), r"2 of 12 images have NaN .*: 2, 7\)"),
        (tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).batch(4).repeat(), "without end"),
        (tf.data.Dataset.from_tensor_slices({"x": IMAGES}).batch(4), "a Dataset of pairs"),
        (
            tf.data.Dataset.from_tensor_slices((IMAGES, {"y": LABELS})).batch(4),
            "a Dataset of pairs",
        ),
        (tf.data.Dataset.from_tensor_slices((IMAGES, LABELS)).take(0), "no images"),
    ],
)
def test_images_that_are_none_are_refused(images, words):
    with pytest.raises(InputError, match=words):
        Samples.of(images, LABELS)


@pytest.mark.parametrize("values", [1, 255, True, 0.5])
def test_masks_mark_whatever_is_not_zero(values):
    marks = np.zeros((12, 6, 5))
    marks[:, 2:4, 1] = values
    for form in (marks, marks[..., None], marks.astype(bool)):
        np.testing.assert_array_equal(Samples.of(IMAGES, LABELS, masks=form).masks, marks != 0)
        np.testing.assert_array_equal(Samples.of(IMAGES, LABELS, product=form).product, marks != 0)


@pytest.mark.parametrize("shape", [(12, 6, 4), (12, 6, 5, 3), (6, 5)])
def test_masks_of_another_shape_are_refused(shape):
    with pytest.raises(InputError, match=r"masks: expected \(12, 6, 5\); received"):
        Samples.of(IMAGES, LABELS, masks=np.zeros(shape))


def test_outputs_without_a_name_have_their_number_and_words_need_every_name():
    assert Samples.of(IMAGES, LABELS, NAMES).data(5, "x").classes == (*NAMES, "3", "4")
    assert Samples.of(IMAGES, LABELS).data(4, "x").classes == ("0", "1", "2", "3")
    for form in (np.array(NAMES), np.array(NAMES).astype("S"), list(NAMES), pd.Series(NAMES)):
        assert Samples.of(IMAGES, WORDS, form).classes == NAMES
    with pytest.raises(InputError, match="x tells 5 classes apart, and there are names of 3"):
        Samples.of(IMAGES, WORDS, NAMES).data(5, "x")
    with pytest.raises(InputError, match="x tells 2 classes apart; labels need 3"):
        Samples.of(IMAGES, LABELS).data(2, "x")
    with pytest.raises(InputError, match="need 4: they are 1 to 3, and start at 0"):
        Samples.of(IMAGES, LABELS + 1).data(3, "x")
    with pytest.raises(InputError, match="x tells 2 classes apart; there are names of 3"):
        Samples.of(IMAGES, LABELS % 2, NAMES).data(2, "x")


# ---- images that stay where they are


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32])
def test_arrays_in_mapped_files_are_read_by_blocks_and_mean_what_copies_mean(tmp_path, kind):
    stored = np.random.default_rng(0).integers(0, 256, (6, 5, 4, 3)).astype(kind)
    np.save(tmp_path / "images.npy", stored)
    mapped = np.load(tmp_path / "images.npy", mmap_mode="r")
    samples = Samples.of(mapped, [0, 1] * 3)
    assert np.shares_memory(samples.images._stored, mapped)
    copied = Samples.of(stored.astype(np.float64), [0, 1] * 3)
    np.testing.assert_array_equal(samples.images[:], copied.images[:], strict=True)
    assert samples.data(2, "it").fingerprint == copied.data(2, "it").fingerprint
    again = Samples.of(samples.images, [0, 1] * 3)  # a stack is taken as it is
    assert again.images is samples.images


def test_images_in_a_stack_that_are_no_numbers_are_named():
    images = np.zeros((5, 4, 4, 1), np.float32)
    images[3, 0, 0] = np.nan
    with pytest.raises(InputError, match=r"1 of 5 images have NaN .* \(counted from 0: 3\)"):
        Samples.of(Stack.of_images(images), [0, 1, 0, 1, 0])
    with pytest.raises(InputError, match=r"received \(5, 4, 4\)"):
        Samples.of(Stack.of_images(images[..., 0]), [0, 1, 0, 1, 0])
