"""Formats of pictures, and the white of cameras that write 12 bits into files of 16."""

import io
from functools import partial

import numpy as np
import pytest
import tifffile
from PIL import Image, features

from cam_augment.base.errors import InputError
from cam_augment.datasets.depth import bits_of
from cam_augment.datasets.folder import folder
from cam_augment.datasets.splits import SPLITS
from cam_augment.reading.pictures import read_picture
from tests.own_pictures import class_folders, drawn, png, save


def read(path, **settings):
    return folder(path=str(path), size="20x30", **settings)


def total(data):
    return sum(len(getattr(data, split)) for split in SPLITS)


# ---- formats

ENDINGS = ["png", "jpg", "jfif", "jpe", "tif", "bmp", "dib", "webp", "gif", "pgm", "ppm", "tga",
           "pcx", "sgi", "apng", "qoi"]  # fmt: skip
ENDINGS += ["jp2", "j2k"] * features.check("jpg_2000") + ["avif"] * features.check("avif")


@pytest.mark.parametrize("ending", ENDINGS)
def test_pictures_of_every_format_are_read(tmp_path, ending):
    kind = {"jfif": "JPEG", "jpe": "JPEG"}.get(ending)
    for place, name in enumerate(("bad", "good")):
        for number in range(5):
            values = drawn(9 * place + number, (20, 30, 3))
            path = tmp_path / name / f"{number}.{ending}"
            path.parent.mkdir(exist_ok=True)
            Image.fromarray(values).save(path, kind)
    data = read(tmp_path, train=0.4, validation=0.2, probe=0.2)
    assert total(data) == 10
    assert data.notes == ()


@pytest.mark.parametrize("name", ["a.jpg", "b", "c.dat", "d.image"])
def test_a_picture_is_told_by_its_content(tmp_path, name):
    class_folders(tmp_path)
    Image.fromarray(drawn(99)).save(tmp_path / "dent" / name, "WEBP", lossless=True)
    data = read(tmp_path)
    assert total(data) == 31
    assert data.notes == ()


@pytest.mark.parametrize("name", ["a.dng", "b.NEF", "c.ico"])
def test_a_cameras_raw_file_and_an_icon_are_no_pictures(tmp_path, name):
    class_folders(tmp_path)
    Image.fromarray(drawn(99)).save(tmp_path / "dent" / name, "TIFF")
    assert total(read(tmp_path)) == 30


def test_the_first_picture_of_an_animation_is_read(tmp_path):
    class_folders(tmp_path / "still")
    for path in (tmp_path / "still").rglob("*.png"):
        first, second = Image.open(path), Image.fromarray(drawn(99))
        target = (tmp_path / "moving" / path.relative_to(tmp_path / "still")).with_suffix(".webp")
        target.parent.mkdir(parents=True, exist_ok=True)
        first.save(target, save_all=True, append_images=[second], lossless=True)
    moving = read(tmp_path / "moving", channels="grey")
    np.testing.assert_allclose(
        moving.train.images, read(tmp_path / "still", channels="grey").train.images, atol=0.01
    )


# ---- depth


def deep(root, factor, classes=("bad", "good"), seed=0):
    """The pictures of ``class_folders``, each value times ``factor``, in files of 16 bits."""
    for place, name in enumerate(classes):
        for number in range(10):
            values = drawn(seed + 1000 * place + number).astype(np.uint16) * np.uint16(factor)
            save(root / name / f"{name}-{number}.png", values)
    return root


@pytest.mark.parametrize(("bits", "factor"), [(10, 4), (12, 16), (14, 64)])
def test_few_bits_in_files_of_16_give_the_pictures_of_8(tmp_path, bits, factor):
    eight = read(class_folders(tmp_path / "8", classes=("bad", "good")))
    data = read(deep(tmp_path / "16", factor))
    np.testing.assert_allclose(data.train.images, eight.train.images, atol=1 / 255)
    (note,) = data.notes
    assert note.code == "pictures.bits"
    assert (note.values["bits"], note.values["white"]) == (bits, 2**bits - 1)


def tiff(values, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, values, photometric="rgb", **options)
    return file.getvalue()


DEEP_COLOURS = {
    "png": png,
    "tiff": tiff,
    "tiff of another order": partial(tiff, byteorder=">"),
    "tiff, packed": partial(tiff, compression="zlib"),
    "tiff in strips": partial(tiff, rowsperstrip=3),
}


@pytest.mark.parametrize("kind", DEEP_COLOURS)
def test_colours_of_16_bits_are_read_whole(kind):
    values = np.random.default_rng(3).integers(0, 65536, (8, 9, 3)).astype(np.uint16)
    picture = read_picture(DEEP_COLOURS[kind](values), "p")
    np.testing.assert_array_equal(picture.values, values / np.float32(65535))
    assert picture.peak == values.max()


@pytest.mark.parametrize("kind", ["png", "tiff", "tiff, packed"])
def test_12_bits_of_colour_in_16_give_the_pictures_of_8(tmp_path, kind):
    for place, name in enumerate(("bad", "good")):
        for number in range(10):
            eight = drawn(100 * place + number, (20, 30, 3))
            (tmp_path / "16" / name).mkdir(parents=True, exist_ok=True)
            content = DEEP_COLOURS[kind](eight.astype(np.uint16) * np.uint16(16))
            (tmp_path / "16" / name / str(number)).write_bytes(content)
            save(tmp_path / "8" / name / f"{number}.png", eight)
    data = read(tmp_path / "16")
    np.testing.assert_allclose(data.train.images, read(tmp_path / "8").train.images, atol=1 / 255)
    assert [note.code for note in data.notes] == ["pictures.bits"]


def test_transparent_colours_of_16_bits_lie_on_white():
    values = np.full((4, 4, 4), 4095, np.uint16)
    values[..., 3] = [[0], [65535], [32768], [0]]
    picture = read_picture(png(values), "p")
    shown = picture.values[:, 0, 0]
    np.testing.assert_allclose(shown, [1, 4095 / 65535, 0.531, 1], atol=1e-3)


def test_16_bits_and_12_aligned_to_the_left_stay_as_they_are(tmp_path):
    eight = read(class_folders(tmp_path / "8", classes=("bad", "good")))
    data = read(deep(tmp_path / "16", 257))
    np.testing.assert_array_equal(data.train.images, eight.train.images)
    assert data.notes == ()


def test_the_bits_may_be_said(tmp_path):
    path = deep(tmp_path, 4)
    said = read(path, bits=12)
    assert said.train.images[:].max() < 0.26
    with pytest.raises(InputError, match="bits: received 9, whose white is 511; a picture has a v"):
        read(path, bits=9)


def test_depths_that_differ_are_named(tmp_path):
    class_folders(deep(tmp_path / "mixed", 257), 5, ("bad", "good"), seed=500)
    assert [note.code for note in read(tmp_path / "mixed").notes] == ["pictures.mixed_depths"]
    deep(tmp_path / "two", 16, classes=("bad",))
    deep(tmp_path / "two", 250, classes=("good",), seed=50)
    (note,) = read(tmp_path / "two").notes
    assert note.code == "pictures.class_depths"
    assert note.values == {"low": "bad", "high": "good", "few": 12, "many": 16}


def test_pictures_that_are_all_dark_are_named(tmp_path):
    for place, name in enumerate(("bad", "good")):
        for number in range(10):
            save(tmp_path / name / f"{number}.png", drawn(20 * place + number) // 16)
    (note,) = read(tmp_path).notes
    assert note.code == "pictures.dark"


@pytest.mark.parametrize("value", [0, 255, 256, 1023, 1024, 4095, 65535])
def test_the_fewest_bits_that_hold_a_value(value):
    bits = bits_of(value)
    assert value < 2**bits
    assert bits == 8 or value >= 2 ** (bits - 1)
