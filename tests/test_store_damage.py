"""Damage, hostile content and places that cannot be written to: found, said, never silent."""

import errno
import io
import json
import os
import subprocess
import time
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cam_augment.base.errors import InputError
from cam_augment.records import Maps
from cam_augment.report.files import replace_all
from cam_augment.store import Damaged, Store, entry
from cam_augment.study.fits import fit_of
from cam_augment.study.requests import requests
from cam_augment.study.run import load_data
from cam_augment.study.work import Work
from tests.stored import Engine, training_of

KEY = "0123456789abcdef" * 2


@pytest.fixture
def messages() -> list[str]:
    return []


@pytest.fixture
def store(tmp_path, messages):
    return Store(tmp_path / "store", tell=messages.append)


@pytest.fixture(scope="module")
def data():
    from cam_augment.plan import Plan
    from tests.conftest import TINY

    return load_data(Plan.make(TINY))


def put_maps(store, key=KEY) -> Path:
    store.put_maps(key, Maps("run", "gradcam", "features", np.ones((2, 3, 4), np.float32)))
    return store.folder / "maps" / key


def flip(path: Path, place: int = -1, mask: int = 1) -> None:
    content = bytearray(path.read_bytes())
    content[place] ^= mask
    path.write_bytes(bytes(content))


def unsealed(folder: Path) -> None:
    """Make an entry one that was written before there were checksums."""
    record = json.loads((folder / "record.json").read_text("utf-8"))
    del record["files"], record["sha256"]
    (folder / "record.json").write_text(json.dumps(record), "utf-8")


# ---- what is damaged


SPOILS = {
    "a bit of the arrays": lambda f: flip(f / "arrays.npz", 200),
    "arrays cut short": lambda f: os.truncate(f / "arrays.npz", 100),
    "no arrays": lambda f: (f / "arrays.npz").unlink(),
    "no record": lambda f: (f / "record.json").unlink(),
    "a record that is no JSON": lambda f: (f / "record.json").write_text("{"),
    "a record that is a list": lambda f: (f / "record.json").write_text("[]"),
    "a record nested too deep": lambda f: (f / "record.json").write_text("[" * 100_000),
    "a record of other bytes": lambda f: (f / "record.json").write_bytes(b"\xff\xfe"),
    "a record that misses a field": lambda f: (f / "record.json").write_text('{"run": "r"}'),
    "a record without its seal": lambda f: (f / "record.json").write_text(
        (f / "record.json").read_text().replace('"sha256": "', '"sha257": "')
    ),
    "arrays that are a link": lambda f: (
        (f / "arrays.npz").rename(f / "a"),
        (f / "arrays.npz").symlink_to(f / "a"),
    ),
    "arrays that are a pipe": lambda f: ((f / "arrays.npz").unlink(), os.mkfifo(f / "arrays.npz")),
    "a file in its place": lambda f: (f.rename(f.with_name("x")), f.write_text("x")),
    "a link in its place": lambda f: (f.rename(f.with_name("x")), f.symlink_to(f.with_name("x"))),
}


@pytest.mark.parametrize("spoil", SPOILS)
def test_what_is_damaged_is_missing_set_aside_and_told_of_in_one_line(store, messages, spoil):
    folder = put_maps(store)
    assert store.has("maps", KEY)
    time.sleep(0.02)  # file systems tell two writings apart by ticks of some milliseconds
    SPOILS[spoil](folder)
    assert not store.has("maps", KEY)
    assert not store.has("maps", KEY)
    assert len(messages) == 1
    assert messages[0].startswith(f"damaged: {folder}: ")
    assert len(messages[0].splitlines()) == 1
    assert not os.path.lexists(folder)
    assert [path.name for path in (store.folder / "damaged").iterdir()] == [f"maps-{KEY}"]
    put_maps(store)
    assert store.maps(KEY).values.shape == (2, 3, 4)


@pytest.mark.usefixtures("messages")
def test_reading_it_says_so_too_and_nothing_set_aside_is_lost(store):
    for _ in range(3):
        flip(put_maps(store) / "arrays.npz", 200)
        with pytest.raises(Damaged, match=r"does not agree with its checksum; asking again"):
            store.maps(KEY)
    names = sorted(path.name for path in (store.folder / "damaged").iterdir())
    assert names == [f"maps-{KEY}", f"maps-{KEY}-2", f"maps-{KEY}-3"]


def test_a_store_that_only_looks_moves_nothing(store, messages):
    flip(put_maps(store) / "arrays.npz", 200)
    only = Store(store.folder, set_aside=False, tell=messages.append)
    assert not only.has("maps", KEY)
    assert len(messages) == 1
    assert (store.folder / "maps" / KEY).is_dir()
    assert not (store.folder / "damaged").exists()


def test_what_cannot_be_moved_aside_is_missing_all_the_same(store, messages, monkeypatch):
    flip(put_maps(store) / "arrays.npz", 200)

    def refused(*_):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(os, "rename", refused)
    assert not store.has("maps", KEY)
    assert messages[0].endswith("it cannot be moved aside: Read-only file system")


def test_a_damaged_answer_is_replaced_by_the_next_writer(store, messages):
    folder = put_maps(store)
    os.truncate(folder / "arrays.npz", 10)
    put_maps(store)
    assert store.has("maps", KEY)
    assert len(messages) == 1


@pytest.mark.usefixtures("messages")
def test_answers_from_before_checksums_are_read_as_far_as_zip_knows(store):
    folder = put_maps(store)
    unsealed(folder)
    assert store.maps(KEY).values.shape == (2, 3, 4)
    flip(folder / "arrays.npz", 200)
    with pytest.raises(Damaged, match="CRC"):
        store.maps(KEY)


# ---- any byte, any length


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


# ---- a study over it


@pytest.fixture
def hands(monkeypatch) -> Engine:
    engine = Engine()
    monkeypatch.setattr("cam_augment.study.work.answers", engine.answers)
    return engine


def ask(plan, data, store) -> list:
    wanted = requests(plan, data, store)
    Work(plan, data, store).complete(wanted)
    return requests(plan, data, store)


def test_a_study_makes_only_what_is_damaged(tiny, data, store, messages, hands):
    first = ask(tiny, data, store)
    assert len(hands.trained) == 13
    hands.trained.clear()
    fit, maps, model = first[0], first[5], first[7]
    flip(store.folder / "trainings" / fit.training_key / "arrays.npz", 300)
    flip(store.folder / "maps" / maps.questions[0].key / "arrays.npz", 300)
    flip(store.folder / "trainings" / model.training_key / "model.keras", 20)
    again = ask(tiny, data, store)
    assert all(item.done for item in again)
    assert hands.trained == [fit.run.key]
    assert hands.asked == [maps.run.key]
    assert len(messages) == 2  # the model was not needed, so it was not read
    flip(store.folder / "maps" / model.questions[0].key / "arrays.npz", 300)
    assert all(item.done for item in ask(tiny, data, store))
    assert hands.trained == [fit.run.key, model.run.key]


@pytest.mark.usefixtures("hands")
def test_what_a_study_reads_of_its_store(tiny, data, store, monkeypatch):
    """Arrays once to see that they are sound, once to use them; models not at all."""
    ask(tiny, data, store)
    read: dict[str, int] = {}
    real = Path.read_bytes

    def counted(path):
        read[path.name] = read.get(path.name, 0) + 1
        return real(path)

    monkeypatch.setattr(Path, "read_bytes", counted)
    fresh = Store(store.folder)
    wanted = requests(tiny, data, fresh)
    requests(tiny, data, fresh)
    # 13 trainings, 13 maps, 26 predictions, 4 faithfulness, 2 samples
    assert read == {"record.json": 58, "arrays.npz": 58}
    for item in wanted:
        assert len(fit_of(item, fresh, data).test_logits)
        fresh.maps(item.questions[0].key)
    assert read == {"record.json": 110, "arrays.npz": 110}


def test_a_full_disk_is_one_line_and_finished_runs_are_kept(tiny, data, store, hands, monkeypatch):
    written = []
    real = entry._write

    def full_after_twenty(path, content):
        written.append(path)
        if len(written) > 20:
            path.write_bytes(content[: len(content) // 2])
            raise OSError(errno.ENOSPC, "No space left on device")
        real(path, content)

    monkeypatch.setattr(entry, "_write", full_after_twenty)
    with pytest.raises(InputError) as stopped:
        ask(tiny, data, store)
    line = str(stopped.value)
    assert len(line.splitlines()) == 1
    assert str(store.folder) in line
    assert "no space left on device; what was finished before is kept" in line
    assert not store.leftovers()
    places = list(store.places())
    assert places
    assert not any(store.damage(place.kind, place.key) for place in places)
    monkeypatch.setattr(entry, "_write", real)
    before = len(hands.trained)
    assert all(item.done for item in ask(tiny, data, store))
    fits = sum(place.kind == "trainings" for place in places)
    assert len(hands.trained) - before == 13 - fits


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES, errno.EDQUOT])
def test_a_folder_that_cannot_be_made_is_named(store, monkeypatch, code):
    def refused(*_, **__):
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(Path, "mkdir", refused)
    with pytest.raises(InputError, match=r"maps' cannot be written to: "):
        put_maps(store)


def test_an_answer_that_may_not_be_read_is_no_damage(store, messages, monkeypatch):
    put_maps(store)

    def refused(*_):
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refused)
    with pytest.raises(InputError, match=r"record\.json: cannot be read: Permission denied"):
        store.has("maps", KEY)
    assert messages == []


def test_a_broken_disk_is_damage(store, messages, monkeypatch):
    put_maps(store)

    def broken(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(Path, "read_bytes", broken)
    assert not store.has("maps", KEY)
    assert "Input/output error" in messages[0]


def test_a_report_that_does_not_fit_leaves_the_earlier_one(tmp_path, monkeypatch):
    folder = tmp_path / "report"
    replace_all(folder, {"a.csv": b"old"})
    real = Path.write_bytes

    def full(path, content):
        if path.name == "b.csv":
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    for place in (folder, tmp_path / "new"):
        with pytest.raises(InputError, match=rf"{place.name}' cannot be written to: no space"):
            replace_all(place, {"a.csv": b"new", "b.csv": b"new"})
    assert (folder / "a.csv").read_bytes() == b"old"
    assert sorted(path.name for path in folder.iterdir()) == ["a.csv", "manifest.json"]
    assert not (tmp_path / "new").exists()


def mounted(folder: Path, options: str) -> bool:
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        return subprocess.run(words, capture_output=True).returncode == 0
    except OSError:
        return False


def put_all(store, runs, data) -> None:
    for run in runs:
        store.put_training(run.key, training_of(run, data))


def test_a_disk_that_is_really_full_or_read_only(tmp_path, tiny, data):
    """On a file system of 64 KiB, then remounted read-only."""
    small = tmp_path / "small"
    if not mounted(small, "size=64k"):
        pytest.skip("file systems cannot be mounted here")
    try:
        store = Store(small / "store")
        with pytest.raises(InputError, match="no space left on device"):
            put_all(store, tiny.runs(), data)
        places = list(store.places())
        assert 0 < len(places) < 13
        assert not any(store.damage(place.kind, place.key) for place in places)
        assert not store.leftovers()
        subprocess.run(["mount", "-o", "remount,ro", str(small)], check=True)
        with pytest.raises(InputError, match="read-only file system"):
            store.put_arrays("scores", KEY, {"values": np.zeros(2)})
        assert store.training(places[0].key).seconds == 1.5
    finally:
        subprocess.run(["umount", str(small)], check=True)
