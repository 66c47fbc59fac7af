"""Small stand-ins, written by the test, for data sets that lie outside the package."""

import csv
import gzip
import io
import os
import struct
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from cam_augment.datasets.fashion_mnist import FILES
from tests.own_pictures import save

SHARED = Path(
    os.environ.get("CAM_AUGMENT_DATA", Path(__file__).resolve().parents[2] / "shared" / "data")
)


def shared(name: str) -> Path:
    """Return the real file or folder, or skip the test that asks for it."""
    if not (SHARED / name).exists():
        pytest.skip(f"no {name} in $CAM_AUGMENT_DATA or ../shared/data")
    return SHARED / name


def place(name: str, folder: Path) -> dict:
    """Return the settings under which the data set ``name`` reads a stand-in in ``folder``."""
    return BUILDERS[name](folder) if name in BUILDERS else {}


def noise(count: int, classes: int, *shape: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Return bytes that are no two images alike, and labels in turn."""
    images = np.random.default_rng(seed).integers(0, 256, (count, *shape), np.uint8)
    return images, (np.arange(count) % classes).astype(np.uint8)


def write_idx(path: Path, values: np.ndarray) -> None:
    head = bytes([0, 0, 8, values.ndim]) + struct.pack(f">{values.ndim}I", *values.shape)
    path.write_bytes(gzip.compress(head + values.tobytes(), 1))


def fashion(folder: Path) -> dict:
    for seed, (count, names) in enumerate(zip((200, 120), FILES.values(), strict=True)):
        for name, values in zip(names, noise(count, 10, 28, 28, seed=seed), strict=True):
            write_idx(folder / name, values)
    return {"path": str(folder)}


def cifar(folder: Path) -> dict:
    learned, judged = noise(200, 10, 32, 32, 3), noise(120, 10, 32, 32, 3, seed=1)
    return saved(folder, x_train=learned[0], y_train=learned[1][:, None],
                 x_test=judged[0], y_test=judged[1][:, None])  # fmt: skip


def medical(folder: Path) -> dict:
    arrays = {}
    for seed, (part, count) in enumerate({"train": 100, "val": 40, "test": 120}.items()):
        images, labels = noise(count, 4, 28, 28, seed=seed)
        arrays |= {f"{part}_images": images, f"{part}_labels": labels[:, None]}
    return saved(folder, **arrays)


def saved(folder: Path, **arrays) -> dict:
    np.savez(folder / "data.npz", **arrays)
    return {"path": str(folder / "data.npz")}


def picture(values: np.ndarray, kind: str = "png") -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(values).save(buffer, kind)
    return buffer.getvalue()


TILES = ("blowhole", "break", "crack", "fray", "free", "uneven")


def tiles(folder: Path) -> dict:
    """240 tiles, 40 of each class, two of a class in each group."""
    images, labels = noise(240, 6, 20, 30)
    table = io.StringIO()
    rows = csv.writer(table)
    rows.writerow(["image", "mask", "class", "group"])
    with zipfile.ZipFile(folder / "tiles.zip", "w") as archive:
        for number, (image, label) in enumerate(zip(images, labels, strict=True)):
            mask = np.zeros((20, 30), np.uint8)
            mask[5:9, 5:12] = 255 * (TILES[label] != "free")
            archive.writestr(f"images/{number}.png", picture(image))
            archive.writestr(f"masks/{number}.png", picture(mask))
            rows.writerow([f"images/{number}.png", f"masks/{number}.png", TILES[label],
                           f"{label}-{number // 12}"])  # fmt: skip
        archive.writestr("index.csv", table.getvalue())
    return {"path": str(folder / "tiles.zip"), "size": "16x16"}


def own_pictures(folder: Path) -> dict:
    """240 pictures in six class folders."""
    images, labels = noise(240, 6, 20, 30)
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        save(folder / f"class {label}" / f"{number}.png", image)
    return {"path": str(folder), "size": "16x16"}


BUILDERS = {
    "fashion_mnist": fashion,
    "cifar10": cifar,
    "medmnist": medical,
    "magnetic_tiles": tiles,
    "folder": own_pictures,
}
SHARES = {"train": 0.3, "validation": 0.2, "probe": 0.2, "test": 0.3}
COUNTS = {"train": 72, "validation": 48, "probe": 48, "test": 72}  # of 240
SMALL = {"train": 40, "validation": 20, "probe": 20, "test": 60}


def write_npz(folder, content: bytes) -> str:
    (folder / "file.npz").write_bytes(content)
    return str(folder / "file.npz")
