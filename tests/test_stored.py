"""Rows of large arrays in npz files, read by blocks."""

import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from cam_augment.base.errors import InputError
from cam_augment.reading import stored
from cam_augment.reading.stored import Stored

VALUES = np.random.default_rng(0).integers(0, 256, (23, 4, 5, 3), np.uint8)


@pytest.fixture(scope="module", params=[np.savez, np.savez_compressed])
def path(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("arrays") / "a.npz"
    request.param(path, images=VALUES, columns=np.asfortranarray(VALUES), words=np.array(["a"]))
    return path


@given(indices=some.lists(some.integers(0, 22), max_size=30), block=some.integers(1, 2000))
def test_rows_are_those_of_the_array_in_blocks_of_any_size(path, indices, block):
    rows = Stored(path, "images")
    before, stored._BLOCK = stored._BLOCK, block
    try:
        chosen = np.array(sorted(indices), int)
        passed = np.concatenate(list(rows.passing(chosen)))
        np.testing.assert_array_equal(passed, VALUES[chosen])
    finally:
        stored._BLOCK = before
    assert (rows.shape, rows.dtype, len(rows), rows.ndim) == (VALUES.shape, np.uint8, 23, 4)


def test_what_is_not_stored_row_by_row_or_not_there_is_refused(path):
    with pytest.raises(InputError, match="'columns' is not stored row by row"):
        Stored(path, "columns")
    with pytest.raises(InputError, match=r"no array 'x'\. There are: columns, images, words"):
        Stored(path, "x")


def test_an_array_that_is_damaged_is_refused(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, images=VALUES)
    content = bytearray(path.read_bytes())
    with zipfile.ZipFile(path) as archive:
        start = archive.getinfo("images.npy").header_offset
    content[start + 400] ^= 255
    path.write_bytes(content)
    with pytest.raises(InputError, match="array 'images' cannot be read: Bad CRC"):
        list(Stored(path, "images").passing(np.arange(3)))
