"""Data sets read from files: the published formats, what is wrong with them, and where they lie."""

import csv
import gzip
import io
import re
import struct
import zipfile
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from cam_augment.base.errors import InputError
from cam_augment.datasets import fashion_mnist as fashion
from cam_augment.datasets.cifar10 import cifar10
from cam_augment.datasets.fashion_mnist import FILES, fashion_mnist
from cam_augment.datasets.folder import folder
from cam_augment.datasets.magnetic_tiles import magnetic_tiles
from cam_augment.datasets.medmnist import medmnist
from cam_augment.datasets.mnist import mnist
from cam_augment.datasets.splits import SPLITS
from cam_augment.plan import Plan
from cam_augment.registry import DATASETS
from tests.places import noise, picture, place, saved, shared, write_idx

SMALL = {"train": 40, "validation": 20, "probe": 20, "test": 60}


def refusal(make, *args, **settings) -> str:
    """Return the one line with which ``make`` refuses its settings."""
    with pytest.raises(InputError) as caught:
        make(*args, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)


# ---- places


def test_a_place_is_in_the_plan_and_in_no_key():
    plans = [
        Plan.make({"dataset": {"name": "fashion_mnist", "path": path}}) for path in (None, "a", "b")
    ]
    assert [plan.dataset.settings["path"] for plan in plans] == [None, "a", "b"]
    assert len({tuple(run.key for run in plan.runs()) for plan in plans}) == 1
    fewer = Plan.make({"dataset": {"name": "fashion_mnist", "train": 40}})
    assert fewer.runs()[0].key != plans[0].runs()[0].key


def test_the_key_of_a_plan_without_places_is_what_it_was():
    digits = {"name": "mnist", "test": 2500}
    plan = Plan.make({"dataset": digits, "recipe": {"precision": "float32"}})
    assert plan.runs()[0].key == "0f09f33c5fa1f8a6e8f5c3d2516e5036"


def test_every_place_is_a_setting_of_its_entry():
    for entry in DATASETS.values():
        assert set(entry.places) <= set(entry.resolve({}))


# ---- Fashion-MNIST


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
    "empty": (lambda f: (f / FILES["train"][0]).write_bytes(b""), "this is no idx file"),
    "no idx": (rewrite(lambda b: b"\x01" + b[1:]), "this is no idx file of unsigned bytes"),
    "floats": (rewrite(lambda b: b[:2] + b"\x0d" + b[3:]), "this is no idx file of unsigned"),
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
    assert "is no folder; expected the four .gz" in refusal(fashion_mnist, path=str(tmp_path / "x"))


def test_the_real_fashion_mnist_is_the_one_that_is_known():
    data = fashion_mnist(path=str(shared("fashion-mnist")), test=2500)
    assert data.fingerprint == "32e7090ce7ca18013f6d0b900fcaff83"
    assert data.classes[9] == "Ankle boot"


# ---- npz files


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


def written(folder, content: bytes) -> str:
    (folder / "file.npz").write_bytes(content)
    return str(folder / "file.npz")


def cut_short(folder) -> str:
    return written(folder, Path(digits(folder)).read_bytes()[:5000])


def changed_byte(folder) -> str:
    content = bytearray(Path(digits(folder)).read_bytes())
    content[3000] ^= 255
    return written(folder, bytes(content))


BYTES = np.zeros((200, 28, 28), np.uint8)
BAD_NPZ = {
    "no file": (lambda f: str(f / "none.npz"), "none.npz: cannot be read: No such file"),
    "a folder": (str, "cannot be read"),
    "no npz": (lambda f: written(f, b"<html>404</html>"), "this is no npz file"),
    "cut short": (cut_short, "this is no npz file"),
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


def test_an_image_that_is_no_jpeg_is_named(tmp_path):
    path = jpegs(tmp_path, x_test_jpeg=np.zeros(1200, np.uint8),
                 x_test_offsets=np.arange(0, 1201, 10))  # fmt: skip
    assert re.search(
        r"image \d+: this is no picture in a format", refusal(cifar10, path=path, **SMALL)
    )


# ---- MedMNIST


def medical(folder, name="data.npz", channels=(), **changes):
    arrays = {}
    for seed, (part, count) in enumerate({"train": 100, "val": 40, "test": 60}.items()):
        images, labels = noise(count, 2, 14, 14, *channels, seed=seed)
        arrays |= {f"{part}_images": images, f"{part}_labels": labels[:, None]}
    np.savez(folder / name, **arrays | changes)
    return str(folder / name)


@pytest.mark.parametrize("channels", [(), (3,)])
def test_the_official_splits_are_kept_and_the_probe_is_of_the_training_images(tmp_path, channels):
    path = medical(tmp_path, channels=channels)
    data = medmnist(path=path, probe=30)
    assert data.classes == ("0", "1")
    with np.load(path) as arrays:
        pools = {part: {image.tobytes() for image in arrays[f"{part}_images"]}
                 for part in ("train", "val", "test")}  # fmt: skip
    for split, part, count in (("train", "train", 70), ("probe", "train", 30),
                               ("validation", "val", 40), ("test", "test", 60)):  # fmt: skip
        images = np.rint(getattr(data, split).images[:] * 255).astype(np.uint8)
        assert images.shape == (count, 14, 14, channels[0] if channels else 1)
        assert {image.tobytes() for image in images} <= pools[part]
    fewer = medmnist(path=path, probe=30, train=20)
    np.testing.assert_array_equal(fewer.probe.images, data.probe.images)


@pytest.mark.parametrize("name", ["breastmnist.npz", "pneumoniamnist_64.npz"])
def test_known_sets_have_named_classes(tmp_path, name):
    assert "normal" in " ".join(medmnist(path=medical(tmp_path, name), probe=20).classes)


BAD_MEDICAL = {
    "several labels": ({"val_labels": np.zeros((40, 14), int)}, "'val_labels' has 14 labels an"),
    "volumes": ({"train_images": np.zeros((100, 14, 14, 14), np.uint8)}, "a fourth axis of 1 or 3"),
    "two sizes": ({"test_images": np.zeros((60, 28, 28), np.uint8)}, "expected images of one size"),
    "no image": (
        {"val_images": np.zeros((0, 14, 14), np.uint8), "val_labels": np.zeros((0, 1), int)},
        "'val_images' holds no image"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_MEDICAL)
def test_a_set_that_cannot_be_studied_is_refused(case, tmp_path):
    changes, words = BAD_MEDICAL[case]
    assert words in refusal(medmnist, path=medical(tmp_path, **changes))


def test_counts_beyond_the_official_splits_are_refused(tmp_path):
    path = medical(tmp_path)
    assert refusal(medmnist, path=path, probe=10, validation=41) == (
        "medmnist, val images: 41 images asked (validation 41), 40 there are"
    )
    assert "medmnist, train images: 101 images asked (train 1 + probe 100), 100" in refusal(
        medmnist, path=path
    )
    assert "medmnist: path: received none" in refusal(medmnist)


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
    assert "this is no zip file" in refusal(magnetic_tiles, path=written(tmp_path, b"x"))
    assert "path: received none" in refusal(magnetic_tiles)


# ---- the real files


REAL = {
    "mnist.npz": (mnist, {"test": 2500}, "1cfc0d2d22c7d9f22f4d8bd2104894d5"),
    "breastmnist.npz": (medmnist, {}, "307cd9c5aaba4fd2d7595002ad4bcdc9"),
    "pneumoniamnist.npz": (medmnist, {}, "00800bb5419d1ee1b24a50aabdb0480f"),
}


@pytest.mark.parametrize("name", REAL)
def test_the_real_files_are_the_ones_that_are_known(name):
    make, settings, fingerprint = REAL[name]
    assert make(path=str(shared(name)), **settings).fingerprint == fingerprint


def test_the_real_photographs_are_read():
    data = cifar10(path=str(shared("cifar10_jpeg.npz")), **SMALL)
    assert data.classes[0] == "airplane"
    assert 0.3 < data.train.images[:].mean() < 0.6
    assert not np.array_equal(data.train.images[..., 0], data.train.images[..., 2])


def test_the_real_tiles_keep_shares_and_groups():
    data = magnetic_tiles(path=str(shared("magnetic_tile_256.zip")), size="32x32")
    counts = np.array([np.bincount(getattr(data, split).labels) for split in SPLITS])
    assert counts.sum(0).tolist() == [115, 85, 57, 32, 952, 103]
    shares = counts / counts.sum(0)
    np.testing.assert_allclose(shares, np.array([[0.5, 0.1, 0.2, 0.2]]).T + 0 * shares, atol=0.08)
    assert data.notes[0].code == "pictures.near_duplicates"
