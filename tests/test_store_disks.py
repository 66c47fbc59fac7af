"""Disks that are full, read-only or broken, and places that cannot be written to."""

import errno
import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

from cam_augment.base.errors import InputError
from cam_augment.report.files import replace_all
from cam_augment.store import Store, entry
from tests.damage import KEY, ask, mounted, put_maps
from tests.stored import Engine, training_of


@pytest.fixture
def hands(monkeypatch) -> Engine:
    return Engine().take_over(monkeypatch)


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
