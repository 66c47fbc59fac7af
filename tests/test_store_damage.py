"""Damage is found, set aside and made anew by a study, never silently read."""

import errno
import os
import time
from pathlib import Path

import pytest

from cam_augment.store import Damaged, Store
from cam_augment.study.fits import fit_of
from cam_augment.study.requests import requests
from tests.damage import KEY, ask, flip, put_maps, unsealed
from tests.stored import Engine

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


# ---- a study over it


@pytest.fixture
def hands(monkeypatch) -> Engine:
    return Engine().take_over(monkeypatch)


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
    asked_for = requests(tiny, data, fresh)
    requests(tiny, data, fresh)
    # 13 trainings, 13 maps, 26 predictions, 4 faithfulness, 2 samples
    assert read == {"record.json": 58, "arrays.npz": 58}
    for item in asked_for:
        assert len(fit_of(item, fresh, data).test_logits)
        fresh.maps(item.questions[0].key)
    assert read == {"record.json": 110, "arrays.npz": 110}
