"""MedMNIST: small medical images, any of its sets with one label an image, from its npz file."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.base.keeper import Contents
from cam_augment.base.mapped import Writer
from cam_augment.base.stack import Stack
from cam_augment.base.steps import STEPS
from cam_augment.base.stop import STOP
from cam_augment.datasets.cache import contents_of
from cam_augment.datasets.medmnist_classes import CLASSES
from cam_augment.datasets.splits import (
    SPLITS,
    Count,
    SplitSeed,
    check_classes,
    check_total,
    stratified,
)
from cam_augment.plan import digest
from cam_augment.reading.names import shown
from cam_augment.reading.npz import check_labels, check_pixels, read_npz
from cam_augment.reading.stored import Stored
from cam_augment.records import DataSet, Split
from cam_augment.registry import DATASETS

PARTS = ("train", "val", "test")
All = Count | None
Pool = tuple[Stored, np.ndarray]  # an official split


@DATASETS.add(version=1, masks=False, places=("path",))
def medmnist(
    *,
    train: All = None,
    validation: All = None,
    probe: Count = 100,
    test: All = None,
    split_seed: SplitSeed = 0,
    path: str | None = None,
) -> DataSet:
    """MedMNIST: any of its sets of grey or colour images, from the npz file at path.

    The images are float32 [image, row, column, channel] in 0..1, of any size that MedMNIST
    has (Yang et al. 2023). The official splits are kept: ``validation`` and ``test`` are of
    its images of that name. It has no images to look at, so ``probe`` is cut from its
    training images, and ``train`` from the others of these. A count that is not set takes
    all there are. Each is cut with the classes' shares, by ``split_seed``.

    Classes have their names where the file has the name of a set (``breastmnist.npz``,
    ``pathmnist_64.npz``) and are numbered otherwise.

    Raises:
        InputError: no path, the file is not as MedMNIST makes it, more images are asked than
            there are, or a class gets none in a split.
    """
    if path is None:
        raise InputError(
            "medmnist: path: received none; set dataset.path to an npz file of MedMNIST "
            "(https://medmnist.com), such as breastmnist.npz"
        )
    pools = dict(zip(PARTS, _read(Path(path)), strict=True))
    others = {"train": train, "validation": validation, "test": test}
    parts = _parts(pools, probe, others, split_seed)
    of_split = dict(zip(SPLITS, ("train", "val", "train", "test"), strict=True))
    classes = _classes(Path(path), max(int(labels.max()) for _, labels in pools.values()) + 1)
    chosen = {split: pools[part] for split, part in of_split.items()}
    for split in SPLITS:
        check_classes("medmnist", classes, split, chosen[split][1][parts[split]])
    stacks = _stacks(Path(path), {split: chosen[split][0] for split in SPLITS}, parts)
    first, second, third, fourth = (
        Split(stacks[split], chosen[split][1][parts[split]]) for split in SPLITS
    )
    return DataSet("medmnist", classes, first, second, third, fourth)


def _parts(
    pools: Mapping[str, Pool],
    probe: int,
    others: Mapping[str, int | None],
    seed: int,
) -> dict[str, np.ndarray]:
    """Return the indices of each split in its pool; the probe's come before the training's."""
    available = {part: len(labels) for part, (_, labels) in pools.items()}
    rest = {"train": max(1, available["train"] - probe), "validation": available["val"]}
    rest["test"] = available["test"]
    sizes = {split: rest[split] if size is None else size for split, size in others.items()}
    sizes["probe"] = probe
    for part, splits in (("train", ("train", "probe")), ("val", ("validation",)),
                         ("test", ("test",))):  # fmt: skip
        check_total(f"medmnist, {part} images", sizes, available[part], splits)
    learned = [probe, sizes["train"]]
    first, second = stratified(pools["train"][1], learned, seed)
    (validation,) = stratified(pools["val"][1], [sizes["validation"]], seed)
    (test,) = stratified(pools["test"][1], [sizes["test"]], seed)
    return {"train": second, "validation": validation, "probe": first, "test": test}


def _stacks(
    path: Path, pixels: Mapping[str, Stored], parts: Mapping[str, np.ndarray]
) -> Mapping[str, Stack]:
    """Return the images that ``parts`` picks for each split, in one file.

    Args:
        pixels: the array in the file that a split is cut from. parts: int [image], of that array.
    """
    settings = {split: digest(part.tolist()) for split, part in parts.items()}

    def make(folder: Path) -> Contents:
        rows, first = {}, 0
        with Writer(folder / "images.bin") as writer:
            total = sum(map(len, parts.values()))
            for image in STEPS.over("images", _passing(pixels, parts), total):
                writer.add(image.reshape(*image.shape[:2], -1))
            file = writer.close()
        for split, part in parts.items():
            rows[split] = first + np.argsort(np.argsort(part, kind="stable"), kind="stable")
            first += len(part)
        return Contents({}, {}, {split: Stack(file, rows=rows[split]) for split in parts})

    return contents_of("medmnist", settings, lambda: [path], make).stacks


def _passing(pixels: Mapping[str, Stored], parts: Mapping[str, np.ndarray]) -> Iterator[np.ndarray]:
    """Yield the images of all splits, each in the order of the file."""
    for split, part in parts.items():
        for block in pixels[split].passing(np.sort(part)):
            STOP.check()
            yield from block


def _read(path: Path) -> list[Pool]:
    """Return images, uint8 [image, row, column] or with channels, and labels of each split."""
    arrays = read_npz(path, [f"{part}_labels" for part in PARTS])
    first = Stored(path, "train_images")
    pools: list[Pool] = []
    for part in PARTS:
        images, labels = Stored(path, f"{part}_images"), arrays[f"{part}_labels"]
        check_pixels(path, f"{part}_images", images, (1, 3))
        if images.shape[1:] != first.shape[1:]:
            raise InputError(
                f"{shown(path)}: array '{part}_images' is {list(images.shape)} and "
                f"'train_images' {list(first.shape)}; expected images of one size"
            )
        if labels.ndim == 2 and labels.shape[1] > 1:
            raise InputError(
                f"{shown(path)}: '{part}_labels' has {labels.shape[1]} labels an image; one is "
                "needed, so a set of several (chestmnist) cannot be studied"
            )
        if not len(images):
            raise InputError(f"{shown(path)}: array '{part}_images' holds no image")
        labels = check_labels(path, f"{part}_labels", labels, len(images), 1000)
        pools.append((images, labels))
    return pools


def _classes(path: Path, count: int) -> tuple[str, ...]:
    known = CLASSES.get(path.stem.partition("_")[0].lower(), ())
    return known if len(known) == count else tuple(str(number) for number in range(count))
