"""Where named data sets lie: in the plan, in no key; and the real files, where they are here."""

import numpy as np
import pytest

from cam_augment.datasets.cifar10 import cifar10
from cam_augment.datasets.fashion_mnist import fashion_mnist
from cam_augment.datasets.magnetic_tiles import magnetic_tiles
from cam_augment.datasets.medmnist import medmnist
from cam_augment.datasets.mnist import mnist
from cam_augment.datasets.splits import SPLITS
from cam_augment.plan import Plan
from cam_augment.registry import DATASETS
from tests.places import SMALL, shared


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


def test_the_real_fashion_mnist_is_the_one_that_is_known():
    data = fashion_mnist(path=str(shared("fashion-mnist")), test=2500)
    assert data.fingerprint == "32e7090ce7ca18013f6d0b900fcaff83"
    assert data.classes[9] == "Ankle boot"


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
