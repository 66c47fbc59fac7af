"""The store: complete or absent, equal after a round trip, nothing pickled."""

import numpy as np
import pytest

from cam_augment.records import Maps, Training
from cam_augment.store import Store, entry


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def a_training(tiny) -> Training:
    return Training(
        run=tiny.runs()[5],
        history={"loss": np.array([1.0, 0.5]), "accuracy": np.array([0.5, 0.75])},
        seconds=1.5,
        environment={"tensorflow": "2.21.0"},
        model=b"a model",
    )


def test_a_training_comes_back_as_it_went(store, tiny):
    training = a_training(tiny)
    assert not store.has_training(training.run.key)
    store.put_training(training.run.key, training)
    back = store.training(training.run.key)
    assert store.has_training(training.run.key)
    assert back.run == training.run
    assert back.run.key == training.run.key
    assert back.history.keys() == training.history.keys()
    assert (back.seconds, back.environment) == (1.5, {"tensorflow": "2.21.0"})
    assert store.model_bytes(training.run.key) == b"a model"


def test_maps_come_back_as_they_went(store):
    maps = Maps("run", "gradcam", "features", np.ones((2, 3, 4), np.float32))
    store.put_maps("key", maps)
    back = store.maps("key")
    assert (back.run, back.cam, back.layer) == ("run", "gradcam", "features")
    np.testing.assert_array_equal(back.values, maps.values)


@pytest.mark.usefixtures("store")
def test_arrays_of_records_are_read_only():
    maps = Maps("run", "gradcam", "features", np.ones((2, 3, 4), np.float32))
    with pytest.raises(ValueError, match="read-only"):
        maps.values[0] = 0


def test_a_writer_that_is_stopped_half_way_leaves_nothing(store, tiny, monkeypatch):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(entry, "_sealed", stopped)
    with pytest.raises(KeyboardInterrupt):
        store.put_training(a_training(tiny).run.key, a_training(tiny))
    assert not store.has_training(a_training(tiny).run.key)
    assert list((store.folder / "trainings").iterdir()) == []


def test_a_folder_left_aside_by_a_killed_writer_is_no_answer(store, tiny):
    training = a_training(tiny)
    (store.folder / "trainings" / ".aside-x").mkdir(parents=True)
    assert not store.has_training(training.run.key)
    store.put_training(training.run.key, training)
    assert store.has_training(training.run.key)


def test_the_second_writer_of_one_answer_is_content(store, tiny):
    store.put_training(a_training(tiny).run.key, a_training(tiny))
    store.put_training(a_training(tiny).run.key, a_training(tiny))
    names = [path.name for path in (store.folder / "trainings").iterdir()]
    assert names == [a_training(tiny).run.key]


def test_pickles_are_refused(store):
    folder = store.folder / "maps" / "key"
    folder.mkdir(parents=True)
    np.savez(folder / "arrays.npz", values=np.array([{"a": 1}], dtype=object))
    (folder / "record.json").write_text('{"run": "r", "cam": "c", "layer": "l"}')
    with pytest.raises(ValueError, match="holds Python objects"):
        store.maps("key")
