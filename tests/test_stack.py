"""Stacks of images: they read as the array of their numbers would, whatever they are stored as."""

import hashlib
import pickle

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cam_augment.base import stack as module
from cam_augment.base.stack import Stack
from cam_augment.records import DataSet, Split

RNG = np.random.default_rng(0)
STORED = {
    "bytes": RNG.integers(0, 256, (9, 4, 5, 3), dtype=np.uint8),
    "words": RNG.integers(0, 65536, (9, 4, 5, 1), dtype=np.uint16),
    "floats": RNG.random((9, 4, 5, 3), np.float32),
}
INDICES = [
    3, -1, slice(2, 7), slice(None, None, -2), np.array([8, 0, 0, 3]), np.arange(9) % 2 == 0,
    (slice(1, 4), ..., 0), (..., 0), (2, 1), (np.array([1, 5]), slice(1, 3)), Ellipsis,
]  # fmt: skip


def numbers(stored: np.ndarray) -> np.ndarray:
    """The slow twin: all numbers at once."""
    white = {"u1": 255, "u2": 65535}.get(stored.dtype.str[1:])
    return stored if white is None else stored.astype(np.float32) / np.float32(white)


@pytest.mark.parametrize("kind", STORED)
@pytest.mark.parametrize("index", INDICES, ids=repr)
@pytest.mark.parametrize("rows", [None, np.array([7, 2, 2, 0, 8, 1, 3, 6, 5])], ids=["all", "some"])
def test_a_stack_reads_as_its_numbers(kind, index, rows):
    stored = STORED[kind]
    stack = Stack.of_images(stored) if rows is None else Stack.of_images(stored).pick(rows)
    expected = numbers(stored) if rows is None else numbers(stored)[rows]
    np.testing.assert_array_equal(stack[index], expected[index], strict=True)
    np.testing.assert_array_equal(np.asarray(stack), expected, strict=True)
    assert (stack.shape, stack.ndim, stack.dtype) == (expected.shape, 4, expected.dtype)


@given(st.lists(st.lists(st.integers(0, 8), max_size=6), min_size=1, max_size=4), st.booleans())
def test_parts_of_a_stack_joined_are_the_rows_joined(parts, one_array):
    whole = STORED["bytes"]
    sources = [whole if one_array else whole.copy() for _ in parts]
    rows = [np.array(part, int) for part in parts]
    stacks = [Stack.of_images(s).pick(part) for s, part in zip(sources, rows, strict=True)]
    joined = Stack.joined(stacks)
    expected = numbers(whole)[np.concatenate(rows)]
    np.testing.assert_array_equal(joined[:], expected, strict=True)
    order = np.arange(len(joined))[::-1]
    np.testing.assert_array_equal(joined.pick(order)[:], expected[::-1], strict=True)


def test_stacks_of_several_types_are_joined_as_numbers():
    joined = Stack.joined([Stack.of_images(STORED["bytes"]), Stack.of_images(STORED["floats"])])
    expected = np.concatenate([numbers(STORED["bytes"]), STORED["floats"]])
    np.testing.assert_array_equal(joined[:], expected, strict=True)


@pytest.mark.parametrize("size", [1, 500, 10**6])
def test_blocks_are_all_of_it_in_order(monkeypatch, size):
    monkeypatch.setattr(module, "BLOCK_BYTES", size)
    blocks = list(Stack.of_images(STORED["bytes"]).blocks())
    np.testing.assert_array_equal(np.concatenate(blocks), numbers(STORED["bytes"]), strict=True)
    assert all(len(block) == 1 or block.nbytes <= size for block in blocks)


def test_areas_are_the_marked_pixels():
    masks = RNG.random((7, 4, 5)) < 0.3
    np.testing.assert_array_equal(Stack.of_masks(masks).areas(), masks.sum(axis=(1, 2)))
    assert Stack.of_masks(masks[:0]).areas().shape == (0,)


@pytest.mark.parametrize("kind", STORED)
def test_what_is_stored_decides_no_hash(monkeypatch, kind):
    """Keys of stores name images by the hash of all their numbers, taken at once."""
    monkeypatch.setattr(module, "BLOCK_BYTES", 700)
    images, labels = STORED[kind], np.arange(9)
    masks = RNG.random((9, 4, 5)) < 0.3
    hasher, marked = hashlib.sha256(), hashlib.sha256()
    for array in (numbers(images), labels):
        hasher.update(str((array.shape, array.dtype)).encode() + array.tobytes())
    for array in 4 * (numbers(images), labels, masks):
        marked.update(str((array.shape, array.dtype)).encode() + array.tobytes())
    split = Split(images, labels, masks)
    assert split.contents == hasher.hexdigest()[:32]
    data = DataSet("made", ("a",), split, split, split, split)
    assert data.fingerprint == marked.hexdigest()[:32]


def test_nobody_writes_into_a_stack():
    stack = Stack.of_images(STORED["floats"].copy())
    with pytest.raises(ValueError, match="read-only"):
        stack[2:4][0] = 1


def test_a_stack_travels():
    stack = Stack.of_images(STORED["words"]).pick(np.array([4, 4, 1]))
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(stack))[:], stack[:], strict=True)


def test_two_stacks_are_not_compared_by_mistake():
    with pytest.raises(TypeError, match="by its numbers"):
        _ = Stack.of_images(STORED["words"]) != Stack.of_images(STORED["words"])


@pytest.mark.parametrize(
    "ask",
    [
        lambda x: x.max(), lambda x: x.std(axis=(1, 2)), lambda x: x.mean(axis=0), np.median,
        lambda x: x.reshape(len(x), -1), lambda x: x.astype(float), lambda x: x.copy(),
        lambda x: x / 2 + 1, lambda x: 1 - x, lambda x: x > 0.5, lambda x: -x, lambda x: x @ x,
        lambda x: np.add.reduce(x), lambda x: np.concatenate([x, x]), lambda x: np.stack(list(x)),
        lambda x: np.roll(x, 1, axis=2), lambda x: x.T, lambda x: np.clip(x, 0.2, 0.4),
        lambda x: x.size, lambda x: x[x[:, 0, 0, 0] > 0.3], lambda x: [row.sum() for row in x],
    ],
)  # fmt: skip
def test_a_stack_does_what_an_array_does(ask):
    numbers = np.random.default_rng(4).integers(0, 256, (7, 4, 4, 4), dtype=np.uint8)
    stack = Stack.of_images(numbers)
    np.testing.assert_array_equal(ask(stack), ask(stack[:]))


def test_a_stack_is_not_written_to_and_has_no_other_names():
    stack = Stack.of_images(np.zeros((2, 3, 3, 1), np.uint8))
    with pytest.raises(TypeError):
        stack += 1
    with pytest.raises(TypeError):
        stack[0] = 1
    with pytest.raises(AttributeError, match="no 'maxx'"):
        _ = stack.maxx
    assert not stack.any()
