"""Workers elsewhere get the files that tasks read, each machine once, and whole."""

import errno
import os
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from cam_augment.base.errors import InputError
from cam_augment.base.mapped import Absent, Mapped, Writer, copies
from cam_augment.engine import files as module
from cam_augment.engine.files import Bringer, forget, lacks

VALUES = np.random.default_rng(0).integers(0, 256, (40, 8, 8, 3), dtype=np.uint8)


class Elsewhere:
    """Stands for a Dask client whose workers are on other machines, and notes what is sent."""

    def __init__(self, folder, *names, fault=None):
        self.workers = {name: SimpleNamespace(local_directory=str(folder / name / "worker"))
                        for name in names}  # fmt: skip
        self.bytes = dict.fromkeys(names, 0)
        self.fault = fault

    def run(self, function, *arguments, workers):
        [name] = workers
        if name not in self.workers:
            return {}
        arguments = [moved(part) if isinstance(part, Mapped) else part for part in arguments]
        for part in arguments:
            if isinstance(part, bytes):
                self.bytes[name] += len(part)
                if self.fault:
                    arguments = [self.fault(a) if a is part else a for a in arguments]
        copies.clear()  # each machine has its own processes
        return {name: function(*arguments, dask_worker=self.workers[name])}


def moved(file: Mapped) -> Mapped:
    """Return a file as a machine sees it that has nothing under its path."""
    return replace(file, path=file.path.with_name("elsewhere.bin"))


@pytest.fixture
def file(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "PIECE", 1000)
    monkeypatch.setattr("cam_augment.base.mapped.copies", copies)
    with Writer(tmp_path / "images.bin") as writer:
        for image in VALUES:
            writer.add(image)
        yield writer.close()
    copies.clear()


def test_each_machine_gets_a_file_once_and_maps_it(tmp_path, file):
    client = Elsewhere(tmp_path, "one", "two")
    bringer = Bringer(client, [file])
    for name in ("one", "two", "one", "two"):
        bringer.bring(name)
    assert client.bytes == {"one": file.size, "two": file.size}
    for worker in client.workers.values():
        copies.clear()
        copy = moved(file)
        assert not lacks(worker, [copy])
        np.testing.assert_array_equal(moved(file).array, VALUES)
        forget(worker, [copy])
        assert lacks(worker, [moved(file)])
    assert file.path.exists()


def test_a_file_under_its_path_is_mapped_there_and_nothing_is_sent(tmp_path, file):
    worker = SimpleNamespace(local_directory=str(tmp_path / "worker"))
    assert not lacks(worker, [file])
    forget(worker, [file])
    np.testing.assert_array_equal(file.array, VALUES)


def test_another_file_under_the_same_path_is_not_taken_for_it(tmp_path, file):
    worker = SimpleNamespace(local_directory=str(tmp_path / "worker"))
    content = bytearray(file.path.read_bytes())
    content[7] ^= 1
    file.path.write_bytes(content)
    os.utime(file.path, ns=(1, 1))
    assert lacks(worker, [replace(file)])
    with pytest.raises(Absent):
        _ = replace(file).array


def test_a_file_that_never_comes_whole_ends_it(tmp_path, file):
    client = Elsewhere(tmp_path, "one", fault=lambda content: content[:-1])
    bringer = Bringer(client, [file])
    for _ in range(module.TRIES):
        bringer.bring("one")
    with pytest.raises(InputError, match="worker one does not get the images whole"):
        bringer.bring("one")
    assert not list(tmp_path.glob("one/cam_augment-*"))


def test_a_worker_without_room_is_named(tmp_path, file):
    def full(_):
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(InputError, match="worker one cannot keep the images: no space left"):
        Bringer(Elsewhere(tmp_path, "one", fault=full), [file]).bring("one")


def test_a_worker_that_has_gone_is_passed_over(tmp_path, file):
    Bringer(Elsewhere(tmp_path), [file]).bring("gone")
