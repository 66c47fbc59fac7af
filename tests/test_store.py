"""The store: complete or absent, equal after a round trip, nothing pickled."""

import numpy as np
import pytest

from cam_augment.records import Fit, Maps
from cam_augment.store import Store, entry


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store")


def a_fit(tiny) -> Fit:
    rng = np.random.default_rng(0)
    return Fit(
        run=tiny.runs()[5],
        test_logits=rng.normal(size=(7, 10)).astype(np.float32),
        probe_logits=rng.normal(size=(3, 10)).astype(np.float32),
        history={"loss": np.array([1.0, 0.5]), "accuracy": np.array([0.5, 0.75])},
        seconds=1.5,
        environment={"tensorflow": "2.21.0"},
        model=b"a model",
    )


def test_a_fit_comes_back_as_it_went(store, tiny):
    fit = a_fit(tiny)
    assert not store.has_fit(fit.run.key)
    store.put_fit(fit.run.key, fit)
    back = store.fit(fit.run.key)
    assert store.has_fit(fit.run.key)
    assert back.run == fit.run
    assert back.run.key == fit.run.key
    np.testing.assert_array_equal(back.test_logits, fit.test_logits)
    np.testing.assert_array_equal(back.probe_logits, fit.probe_logits)
    assert back.history.keys() == fit.history.keys()
    assert (back.seconds, back.environment) == (1.5, {"tensorflow": "2.21.0"})
    assert store.model_bytes(fit.run.key) == b"a model"


def test_maps_come_back_as_they_went(store):
    maps = Maps("run", "gradcam", "features", np.ones((2, 3, 4), np.float32))
    store.put_maps("key", maps)
    back = store.maps("key")
    assert (back.run, back.cam, back.layer) == ("run", "gradcam", "features")
    np.testing.assert_array_equal(back.values, maps.values)


def test_arrays_of_records_are_read_only(store):
    maps = Maps("run", "gradcam", "features", np.ones((2, 3, 4), np.float32))
    with pytest.raises(ValueError, match="read-only"):
        maps.values[0] = 0


def test_a_writer_that_is_stopped_half_way_leaves_nothing(store, tiny, monkeypatch):
    def stopped(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr(entry, "_sealed", stopped)
    with pytest.raises(KeyboardInterrupt):
        store.put_fit(a_fit(tiny).run.key, a_fit(tiny))
    assert not store.has_fit(a_fit(tiny).run.key)
    assert list((store.folder / "fits").iterdir()) == []


def test_a_folder_left_aside_by_a_killed_writer_is_no_answer(store, tiny):
    fit = a_fit(tiny)
    (store.folder / "fits" / ".aside-x").mkdir(parents=True)
    assert not store.has_fit(fit.run.key)
    store.put_fit(fit.run.key, fit)
    assert store.has_fit(fit.run.key)


def test_the_second_writer_of_one_answer_is_content(store, tiny):
    store.put_fit(a_fit(tiny).run.key, a_fit(tiny))
    store.put_fit(a_fit(tiny).run.key, a_fit(tiny))
    names = [path.name for path in (store.folder / "fits").iterdir()]
    assert names == [a_fit(tiny).run.key]


def test_pickles_are_refused(store):
    folder = store.folder / "maps" / "key"
    folder.mkdir(parents=True)
    np.savez(folder / "arrays.npz", values=np.array([{"a": 1}], dtype=object))
    (folder / "record.json").write_text('{"run": "r", "cam": "c", "layer": "l"}')
    with pytest.raises(ValueError, match="holds Python objects"):
        store.maps("key")
