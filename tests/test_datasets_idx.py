"""Fashion-MNIST in its own files, as people and downloads leave them."""

import gzip
import struct
from types import SimpleNamespace

import numpy as np
import pytest

from cam_augment.datasets import fashion_mnist as fashion
from cam_augment.datasets.cifar10 import cifar10
from cam_augment.datasets.fashion_mnist import FILES, fashion_mnist
from tests.places import SMALL, noise, place, write_idx
from tests.refusals import refusal


@pytest.fixture
def articles(tmp_path):
    return place("fashion_mnist", tmp_path)["path"], tmp_path


def test_the_test_images_are_official_test_images(articles):
    data = fashion_mnist(path=articles[0], **SMALL)
    (learned, _), (judged, labels) = noise(200, 10, 28, 28, seed=0), noise(120, 10, 28, 28, seed=1)
    known = {image.tobytes() for image in judged}
    pixels = np.rint(data.test.images[:] * 255).astype(np.uint8)[..., 0]
    assert {image.tobytes() for image in pixels} <= known
    label_of = {image.tobytes(): label for image, label in zip(judged, labels, strict=True)}
    assert [label_of[image.tobytes()] for image in pixels] == data.test.labels.tolist()
    for split in (data.train, data.validation, data.probe):
        pixels = np.rint(split.images[:] * 255).astype(np.uint8)[..., 0]
        assert {image.tobytes() for image in pixels} <= {image.tobytes() for image in learned}


def test_without_a_path_the_files_of_keras_are_read(articles, tmp_path, monkeypatch):
    folder = tmp_path / "home" / "datasets" / "fashion-mnist"
    folder.parent.mkdir(parents=True)
    folder.symlink_to(articles[1])
    monkeypatch.setenv("KERAS_HOME", str(tmp_path / "home"))
    by_path = fashion_mnist(path=articles[0], **SMALL)
    assert fashion_mnist(**SMALL).fingerprint == by_path.fingerprint


def test_where_nothing_can_be_downloaded_one_line_says_what_to_put_where(tmp_path, monkeypatch):
    def offline():
        raise Exception("URL fetch failure on https://x:\n no route")

    loader = SimpleNamespace(load_data=offline)
    keras = SimpleNamespace(datasets=SimpleNamespace(fashion_mnist=loader))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr(fashion, "keras", keras)
    line = refusal(fashion_mnist)
    assert str(tmp_path / "datasets" / "fashion-mnist") in line
    assert "no route). Fetch the four .gz files of https://github.com/zalandoresearch" in line


def test_cifar_that_cannot_be_downloaded_names_the_archive(tmp_path, monkeypatch):
    def offline():
        raise OSError(101, "Network is unreachable")

    loader = SimpleNamespace(load_data=offline)
    keras = SimpleNamespace(datasets=SimpleNamespace(cifar10=loader))
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setattr("cam_augment.datasets.cifar10.keras", keras)
    line = refusal(cifar10)
    assert line.startswith(f"cifar10: not in {tmp_path / 'datasets' / 'cifar-10-batches-py'}")
    assert "(Network is unreachable). Fetch https://www.cs.toronto.edu/~kriz/cifar-10" in line


def rewrite(change):
    """Return what changes the unpacked bytes of a file of images."""

    def spoil(folder):
        path = folder / FILES["train"][0]
        path.write_bytes(gzip.compress(change(gzip.decompress(path.read_bytes())), 1))

    return spoil


def labels_of(values):
    return lambda folder: write_idx(folder / FILES["t10k"][1], np.array(values, np.uint8))


SPOILED = {
    "no file": (lambda f: (f / FILES["t10k"][1]).unlink(), "has no 't10k-labels-idx1-ubyte.gz'"),
    "no gzip": (lambda f: (f / FILES["train"][0]).write_bytes(b"<html>"), "cannot be read: Not a"),
    "half a file": (
        lambda f: (f / FILES["train"][0]).write_bytes((f / FILES["train"][0]).read_bytes()[:999]),
        "cannot be read: Compressed file ended",
    ),
    "empty": (lambda f: (f / FILES["train"][0]).write_bytes(b""), "this is not an idx file"),
    "no idx": (rewrite(lambda b: b"\x01" + b[1:]), "this is not an idx file of unsigned bytes"),
    "floats": (rewrite(lambda b: b[:2] + b"\x0d" + b[3:]), "this is not an idx file of unsigned"),
    "too few values": (rewrite(lambda b: b[:-1]), "announces 156,800 values and holds 156,799"),
    "too many values": (rewrite(lambda b: b + b"1"), "announces 156,800 values and holds more"),
    "absurd": (rewrite(lambda b: b[:4] + b"\xff" * 12 + b[16:]), "values; at most 1,073,741,824"),
    "another size": (
        rewrite(lambda b: b[:8] + struct.pack(">2I", 14, 56) + b[16:]), "images of 14x56"),
    "too few labels": (labels_of([0] * 119), "119 labels for 120 images"),
    "a label too high": (labels_of([10] * 120), "label 10; expected 0 to 9"),
}  # fmt: skip


@pytest.mark.parametrize("case", SPOILED)
def test_a_spoiled_file_gets_one_line_that_names_it(case, articles):
    spoil, words = SPOILED[case]
    spoil(articles[1])
    line = refusal(fashion_mnist, path=articles[0], **SMALL)
    assert str(articles[1]) in line
    assert words in line


def test_more_images_than_the_official_split_has_are_refused(articles):
    assert refusal(fashion_mnist, path=articles[0], **SMALL | {"test": 121}) == (
        "fashion_mnist, test images: 121 images asked (test 121), 120 there are"
    )
    assert refusal(fashion_mnist, path=articles[0], **SMALL | {"train": 161}) == (
        "fashion_mnist, training images: 201 images asked (train 161 + validation 20 + probe 20), "
        "200 there are"
    )


def test_a_path_that_is_no_folder_is_refused(tmp_path):
    assert "is not a folder; expected the four .gz" in refusal(
        fashion_mnist, path=str(tmp_path / "x")
    )
