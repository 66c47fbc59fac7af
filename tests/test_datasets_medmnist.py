"""MedMNIST: official splits, classes by name, and files that cannot be studied."""

import numpy as np
import pytest

from cam_augment.datasets.medmnist import medmnist
from tests.places import noise
from tests.refusals import refusal


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
