"""Data sets in npz files: MNIST, CIFAR-10 and what strangers put in their place."""

import re
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest

from cam_augment.base.errors import InputError
from cam_augment.datasets.cifar10 import cifar10
from cam_augment.datasets.mnist import mnist
from cam_augment.reading.npz import read_npz
from tests.places import SMALL, noise, picture, saved, write_npz
from tests.refusals import refusal


def keras_keys(side, channels=(), **changes) -> dict:
    learned, judged = (noise(n, 10, side, side, *channels, seed=n) for n in (200, 120))
    arrays = {"x_train": learned[0], "y_train": learned[1], "x_test": judged[0],
              "y_test": judged[1]}  # fmt: skip
    return {name: value for name, value in (arrays | changes).items() if value is not None}


def digits(folder, **changes):
    return saved(folder, **keras_keys(28, **changes))["path"]


def test_all_of_mnist_is_read_by_path(tmp_path):
    path = digits(tmp_path)
    data = mnist(path=path, **SMALL)
    with np.load(path) as arrays:
        judged = {image.tobytes() for image in arrays["x_test"]}
    pixels = np.rint(data.test.images[:] * 255).astype(np.uint8)
    assert {image.tobytes() for image in pixels} <= judged
    assert data.fingerprint != mnist(**SMALL).fingerprint


class Dangerous:
    """Would write a file where it is unpickled."""

    def __reduce__(self):
        return (open, ("unpickled", "w"))


def lying(folder) -> str:
    """An array whose head announces much more than its file holds."""
    path = folder / "lying.npz"
    head = b"{'descr': '|u1', 'fortran_order': False, 'shape': (60000000, 28, 28), }"
    head = head.ljust(118) + b"\n"
    with zipfile.ZipFile(path, "w") as archive:
        for name in keras_keys(2):
            archive.writestr(
                f"{name}.npy", b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head + b"12"
            )
    return str(path)


def long_head(folder) -> str:
    """An array whose head alone would be read whole, before anything in it is checked."""
    path = folder / "head.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in keras_keys(2):
            start = b"\x93NUMPY\x02\x00" + struct.pack("<I", 2**25)
            archive.writestr(f"{name}.npy", start + b" " * 2**25)
    return str(path)


def cut_short(folder) -> str:
    return write_npz(folder, Path(digits(folder)).read_bytes()[:5000])


def changed_byte(folder) -> str:
    content = bytearray(Path(digits(folder)).read_bytes())
    content[3000] ^= 255
    return write_npz(folder, bytes(content))


BYTES = np.zeros((200, 28, 28), np.uint8)

BAD_NPZ = {
    "no file": (lambda f: str(f / "none.npz"), "none.npz: cannot be read: No such file"),
    "a folder": (str, "cannot be read"),
    "no npz": (lambda f: write_npz(f, b"<html>404</html>"), "this is not an npz file"),
    "cut short": (cut_short, "this is not an npz file"),
    "a changed byte": (changed_byte, "array 'x_train' cannot be read: Bad CRC-32"),
    "a missing array": (lambda f: digits(f, y_test=None), "no array 'y_test'. There are: x_test"),
    "a pickle": (
        lambda f: digits(f, x_train=np.array([Dangerous()], object)),
        "array 'x_train' holds Python objects; such pickles can run any code and are not read"),
    "an absurd head": (lying, "announces 47,040,000,000 bytes; it holds"),
    "a head without end": (long_head, "has a head of 33,554,432 bytes; at most 10,000 are read"),
    "floats": (lambda f: digits(f, x_train=BYTES.astype(float)), "'x_train' is float64"),
    "colours": (lambda f: digits(f, x_train=np.zeros((200, 28, 28, 3), np.uint8)), "of 1"),
    "another size": (lambda f: digits(f, x_train=BYTES[:, :20]), "images of 20x28; expected 28x28"),
    "too few labels": (lambda f: digits(f, y_train=np.zeros(9, int)), "one whole number for each"),
    "labels of words": (lambda f: digits(f, y_train=np.full(200, "a")), "'y_train' is <U1"),
    "a label too high": (lambda f: digits(f, y_test=np.full(120, 11)), "labels 11 to 11"),
    "a negative label": (lambda f: digits(f, y_test=np.full(120, -1)), "expected 0 to 9"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_NPZ)
def test_a_bad_npz_file_gets_one_line_and_nothing_in_it_is_run(case, tmp_path, monkeypatch):
    make, words = BAD_NPZ[case]
    monkeypatch.chdir(tmp_path)
    line = refusal(mnist, path=make(tmp_path), **SMALL)
    assert words in line
    assert not (tmp_path / "unpickled").exists()


def jpegs(folder, **changes) -> str:
    arrays = {}
    for part, count in (("train", 200), ("test", 120)):
        smooth = np.linspace(0, 200, 32).astype(np.uint8)
        files = [
            picture(np.stack([np.full((32, 32), n, np.uint8), smooth + np.zeros((32, 1), np.uint8),
                              np.full((32, 32), 30, np.uint8)], -1), "jpeg")
            for n in range(count)
        ]  # fmt: skip
        arrays[f"x_{part}_jpeg"] = np.frombuffer(b"".join(files), np.uint8)
        arrays[f"x_{part}_offsets"] = np.cumsum([0, *map(len, files)])
        arrays[f"y_{part}"] = (np.arange(count) % 10).astype(np.uint8)
    return saved(folder, **arrays | changes)["path"]


def test_jpegs_in_one_array_are_decoded(tmp_path):
    data = cifar10(path=jpegs(tmp_path), **SMALL)
    assert data.train.images.shape == (40, 32, 32, 3)
    red = np.rint(data.train.images[..., 0].mean((1, 2)) * 255).astype(int)
    np.testing.assert_allclose(red % 10, data.train.labels, atol=3)  # JPEG is not exact
    assert abs(data.train.images[..., 2].mean() * 255 - 30) < 4


def test_offsets_that_cut_no_files_are_refused(tmp_path):
    for wrong in (np.arange(3), np.array([0.0, 1]), np.array([[0, 1]]), np.array([], int)):
        path = jpegs(tmp_path, x_test_offsets=wrong)
        assert "'x_test_offsets' does not cut 'x_test_jpeg' into files" in refusal(
            cifar10, path=path
        )


def test_an_image_that_is_no_jpeg_is_named(tmp_path):
    path = jpegs(tmp_path, x_test_jpeg=np.zeros(1200, np.uint8),
                 x_test_offsets=np.arange(0, 1201, 10))  # fmt: skip
    assert re.search(
        r"image \d+: this is not a picture in a format", refusal(cifar10, path=path, **SMALL)
    )


@pytest.mark.parametrize("kind", [bool, np.uint8, np.float32])
def test_masks_may_be_packed_tightly_and_pictures_not(kind, tmp_path, monkeypatch):
    monkeypatch.setattr("cam_augment.reading.npz._BOMB", 2**16)
    masks = np.zeros((100, 64, 64), kind)
    masks[::20, 10:20, 10:20] = 1
    np.savez_compressed(tmp_path / "a.npz", masks=masks)
    read = read_npz(tmp_path / "a.npz", sparse=["masks"])["masks"]
    np.testing.assert_array_equal(read, masks)
    if kind is bool:
        np.testing.assert_array_equal(read_npz(tmp_path / "a.npz")["masks"], masks)
    else:
        with pytest.raises(InputError, match=r"packed into .* as no pictures are"):
            read_npz(tmp_path / "a.npz")


def test_nothing_is_packed_more_tightly_than_zip_can(tmp_path, monkeypatch):
    monkeypatch.setattr("cam_augment.reading.npz._BOMB", 2**16)
    np.savez_compressed(tmp_path / "a.npz", masks=np.zeros((3000, 64, 64), bool))
    assert not read_npz(tmp_path / "a.npz")["masks"].any()
