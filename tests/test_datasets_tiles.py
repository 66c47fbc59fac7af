"""Magnetic tiles: as published, as a folder of one's own, and spoiled."""

import csv
import io
import zipfile

import numpy as np
import pytest

from cam_augment.datasets.folder import folder
from cam_augment.datasets.magnetic_tiles import magnetic_tiles
from tests.places import picture, place, shared, write_npz
from tests.refusals import refusal


@pytest.fixture(scope="module")
def published_tiles(tmp_path_factory):
    """An archive of a third of the groups and the rarest class, and the tiles read from it."""
    path = tmp_path_factory.mktemp("tiles") / "third.zip"
    with (
        zipfile.ZipFile(shared("magnetic_tile_256.zip")) as archive,
        zipfile.ZipFile(path, "w") as a,
    ):
        rows = list(csv.DictReader(archive.read("index.csv").decode().splitlines()))
        rows = [row for row in rows if int(row["group"]) % 3 == 0 or row["class"] == "fray"]
        index = io.StringIO()
        table = csv.DictWriter(index, list(rows[0]), lineterminator="\n")
        table.writeheader()
        table.writerows(rows)
        a.writestr("index.csv", index.getvalue())
        for name in sorted({row[column] for row in rows for column in ("image", "mask")} - {""}):
            a.writestr(name, archive.read(name))
    return path, magnetic_tiles(path=str(path), size="16x16")


AS_TILES = {"size": "16x16", "fit": "stretch", "channels": "grey", "train": 0.5,
            "validation": 0.1, "probe": 0.2, "test": 0.2}  # fmt: skip


def test_the_tiles_as_a_table_with_groups_are_the_tiles_by_name(published_tiles, tmp_path):
    path, data = published_tiles
    with zipfile.ZipFile(path) as archive:
        archive.extractall(tmp_path)
    by_folder = folder(path=str(tmp_path / "index.csv"), **AS_TILES)
    assert by_folder.fingerprint == data.fingerprint
    assert by_folder.classes == data.classes


def unpacked_beside(path, root):
    """Return a folder for each class, the masks of its pictures beside them."""
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            kind, _, rest = name.partition("/")
            if kind in ("images", "masks") and rest:
                place = root / rest
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_bytes(archive.read(name))
    return root


def test_the_tiles_as_pictures_with_masks_beside_them_have_the_same_masks(
    published_tiles, tmp_path
):
    path, data = published_tiles
    by_folder = folder(path=str(unpacked_beside(path, tmp_path)), **AS_TILES)
    assert sorted(contents(by_folder)) == sorted(contents(data))


def test_the_tiles_as_pictures_with_a_table_of_groups_are_split_as_by_name(
    published_tiles, tmp_path
):
    path, data = published_tiles
    with zipfile.ZipFile(path) as archive:
        (tmp_path / "index.csv").write_bytes(archive.read("index.csv"))
    tiles = unpacked_beside(path, tmp_path / "tiles")
    by_folder = folder(path=str(tiles), groups=str(tmp_path / "index.csv"), **AS_TILES)
    assert by_folder.fingerprint == data.fingerprint


def contents(data):
    """Yield the pixels, the mask and the class of each image."""
    for split in (data.train, data.validation, data.probe, data.test):
        for image, mask, label in zip(split.images, split.masks, split.labels, strict=True):
            yield image.tobytes(), mask.tobytes(), data.classes[label]


# ---- magnetic tiles


@pytest.fixture(scope="module")
def tiles(tmp_path_factory):
    return place("magnetic_tiles", tmp_path_factory.mktemp("tiles"))["path"]


def test_tiles_are_read_with_masks_in_two_classes_or_six(tiles):
    six, binary = (magnetic_tiles(path=tiles, classes=kind) for kind in ("six", "binary"))
    assert binary.classes == ("defect", "free")
    assert six.train.images.shape[1:] == (64, 64, 1)
    for data in (six, binary):
        free = data.test.labels == data.classes.index("free")
        assert not data.test.masks[free].any()
        assert data.test.masks[~free].any((1, 2)).all()


def tile_zip(folder, change):
    with zipfile.ZipFile(place("magnetic_tiles", folder)["path"]) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    change(files)
    with zipfile.ZipFile(folder / "bad.zip", "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return str(folder / "bad.zip")


BAD_TILES = {
    "no table": (lambda files: files.pop("index.csv"), "has no file 'index.csv'"),
    "no column": (
        lambda files: files.update({"index.csv": b"image,mask,klass,group\n"}),
        "no column 'class'. Did you mean 'klass'?"),
    "no picture": (lambda files: files.pop("images/7.png"), "has no file 'images/7.png'"),
    "a mask of another size": (
        lambda files: files.update({"masks/7.png": picture(np.zeros((4, 5), np.uint8))}),
        "masks/7.png: a mask: marked in 4x5 pixels; the picture has 20x30"),
    "a picture cut short": (
        lambda files: files.update({"images/7.png": files["images/7.png"][:200]}),
        "images/7.png: cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_TILES)
def test_a_bad_file_of_tiles_is_refused(case, tmp_path):
    change, words = BAD_TILES[case]
    assert words in refusal(magnetic_tiles, path=tile_zip(tmp_path, change))


def test_what_is_no_zip_is_refused(tmp_path):
    assert "this is not a zip file" in refusal(magnetic_tiles, path=write_npz(tmp_path, b"x"))
    assert "path: received none" in refusal(magnetic_tiles)
