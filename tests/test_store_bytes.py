"""Any byte and any length: what is in a store is what was put there, or damage; nothing is run."""

import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cam_augment.base.errors import InputError
from cam_augment.store import Damaged, Store, entry
from tests.damage import KEY, flip, put_maps, unsealed
from tests.stored import training_of


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "store", tell=[].append)


def sealed(folder: Path, tiny, data) -> dict[str, bytes]:
    store = Store(folder)
    store.put_training(KEY, training_of(tiny.runs()[5], data))
    return {path.name: path.read_bytes() for path in (folder / "trainings" / KEY).iterdir()}


def content_of(store) -> list:
    fit = store.training(KEY)
    arrays = [fit.history[name] for name in sorted(fit.history)]
    known = [fit.run.key, fit.seconds, dict(fit.environment), sorted(fit.history)]
    return [*known, store.model_bytes(KEY), *(a.tobytes() + str(a.dtype).encode() for a in arrays)]


@pytest.fixture(scope="module")
def sealed_store(tmp_path_factory, data):
    from cam_augment.plan import Plan
    from tests.conftest import TINY

    folder = tmp_path_factory.mktemp("whole")
    files = sealed(folder, Plan.make(TINY), data)
    return files, content_of(Store(folder))


@pytest.mark.parametrize("entry", range(3))
def test_an_entry_that_swallows_the_next_one_is_damage(tmp_path, sealed_store, entry):
    """By a wrong length of its comment, or of its further fields, in the directory of the zip."""
    files, _ = sealed_store
    names = zipfile.ZipFile(io.BytesIO(files["arrays.npz"])).namelist()
    start = files["arrays.npz"].index(b"PK\x01\x02")
    place = start + sum(46 + len(name) for name in names[:entry])
    for field in (30, 32):
        folder = tmp_path / str(field) / "trainings" / KEY
        folder.mkdir(parents=True)
        for name, content in files.items():
            (folder / name).write_bytes(content)
        unsealed(folder)
        flip(folder / "arrays.npz", place + field, 46 + len(names[entry + 1]))
        store = Store(folder.parents[1], tell=lambda _: None)
        with pytest.raises(Damaged):
            content_of(store)


@pytest.mark.parametrize("old", [False, True])
@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(draw=st.data())
def test_no_changed_byte_and_no_lost_end_gives_other_content(
    tmp_path_factory, sealed_store, draw, old
):
    """Of answers without checksums, only their arrays are guarded: by zip's own CRC."""
    files, content = sealed_store
    folder = tmp_path_factory.mktemp("spoiled") / "trainings" / KEY
    folder.mkdir(parents=True)
    for name, original in files.items():
        (folder / name).write_bytes(original)
    if old:
        unsealed(folder)
    name = "arrays.npz" if old else draw.draw(st.sampled_from(sorted(files)))
    length = (folder / name).stat().st_size
    place = draw.draw(st.integers(0, length - 1))
    if draw.draw(st.booleans()):
        flip(folder / name, place, draw.draw(st.integers(1, 255)))
    else:
        os.truncate(folder / name, place)
    store = Store(folder.parents[1], tell=lambda _: None)
    try:
        result = content_of(store)
    except Damaged:
        assert not store.has_training(KEY)
        return
    assert result == content


# ---- hostile


@pytest.mark.parametrize("key", ["../x", "a/b", "", ".", "..", "/etc", "a\\b", "a\0b", "a\n", ".x"])
def test_keys_are_no_paths(store, key):
    for ask in (store.maps, store.training, store.model_bytes, store.has_training):
        with pytest.raises(InputError, match="a kind and a key are letters"):
            ask(key)
    with pytest.raises(InputError, match="a kind and a key are letters"):
        store.put_arrays(key, KEY, {})
    with pytest.raises(InputError, match="no kind is 'damaged'"):
        store.put_arrays("damaged", KEY, {})


@pytest.mark.parametrize("seal", [False, True])
def test_pickles_are_not_loaded_even_where_the_checksums_agree(store, tmp_path, seal):
    class Bomb:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "exploded",))

    folder = store.folder / "maps" / KEY
    folder.mkdir(parents=True)
    record = {"run": "r", "cam": "c", "layer": "l"}
    entry.write(folder, record, {"values": np.array([Bomb()], dtype=object)}, {})
    if not seal:
        unsealed(folder)
    with pytest.raises(Damaged, match="holds Python objects"):
        store.maps(KEY)
    assert not (tmp_path / "exploded").exists()


@pytest.mark.parametrize("name", ["../../secret", "/secret", "sub/secret"])
def test_a_record_cannot_point_outside_its_folder(store, name):
    folder = put_maps(store)
    mark = entry.checksum(b"")
    (folder / "record.json").write_bytes(
        entry._sealed({"run": "r", "cam": "c", "layer": "l"}, {"arrays.npz": mark, name: mark})
    )
    assert not store.has("maps", KEY)


def test_a_stored_model_with_code_of_its_own_is_refused_in_one_line(tiny, data, tmp_path):
    import keras

    from cam_augment.training.trainer import Unusable, trainer_of

    image = keras.Input((28, 28, 1))
    model = keras.Model(image, keras.layers.Lambda(lambda x: x)(image))
    model.save(tmp_path / "lambda.keras")
    trainer = trainer_of(tiny.runs()[0], data)
    for content in ((tmp_path / "lambda.keras").read_bytes(), b"no model"):
        with pytest.raises(Unusable, match=r"stored model\.keras is refused") as refused:
            trainer.take(content)
        assert len(str(refused.value).splitlines()) == 1
