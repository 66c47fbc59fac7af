"""Pictures kept in a store: decoded once, found again, made anew where anything differs."""

import errno
import json
import os
import signal
import subprocess
import sys
import time
from threading import get_ident

import numpy as np
import pytest
from PIL import Image

from cam_augment.base import mapped
from cam_augment.base.errors import InputError
from cam_augment.base.mapped import Writer
from cam_augment.base.stack import Stack
from cam_augment.cli import store as command
from cam_augment.datasets import cache, decoding
from cam_augment.plan import Plan
from cam_augment.records.hashes import NOTED
from cam_augment.store import Store, pictures
from cam_augment.study.run import load_data

RNG = np.random.default_rng(0)


def write(path, shape=(8, 8, 3)):
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(RNG.integers(0, 256, shape, dtype=np.uint8)).save(path)


@pytest.fixture
def root(tmp_path):
    for label in ("bad", "good"):
        for number in range(12):
            write(tmp_path / "parts" / label / f"{number:02}.png")
    return tmp_path / "parts"


def plan(root, **settings):
    return Plan.make({"dataset": {"name": "folder", "path": str(root), "size": 8, **settings}})


def load(root, **settings):
    return load_data(plan(root, **settings), Store(root.parent / "store"))


def keys_of(data):
    """The names under which a store keeps the files of data."""
    return {file.path.parent.name for file in data.files}


def entries(root):
    return sorted(p for p in (root.parent / "store" / "pictures").glob("*") if p.is_dir())


@pytest.fixture
def undecoded(monkeypatch):
    """Return how many pictures were decoded; how often a hash was taken."""
    counts = {"read": 0}

    def counting(*arguments):
        counts["read"] += 1
        return read(*arguments)

    read = decoding.read_picture
    monkeypatch.setattr(decoding, "read_picture", counting)
    return counts


def test_a_second_start_decodes_nothing_and_takes_no_hash(root, undecoded, monkeypatch):
    first = load(root)
    keys = first.fingerprint, first.training_contents, first.pool_contents
    assert undecoded["read"] == 24
    with monkeypatch.context() as patch:
        patch.setattr(Stack, "blocks", None)  # a hash reads all of a stack
        second = load(root)
        assert (second.fingerprint, second.training_contents, second.pool_contents) == keys
    assert undecoded["read"] == 24
    plain = load_data(plan(root))
    assert (plain.fingerprint, plain.training_contents, plain.pool_contents) == keys
    for split in ("train", "validation", "probe", "test"):
        one, two = getattr(second, split), getattr(plain, split)
        np.testing.assert_array_equal(one.images[:], two.images[:], strict=True)
        np.testing.assert_array_equal(one.labels, two.labels)
    assert (second.notes, second.reading) == (plain.notes, plain.reading)
    [entry] = entries(root)
    assert keys_of(second) == {entry.name}
    assert (entry / "image.bin").stat().st_size == 24 * 8 * 8 * 3  # bytes, not numbers


@pytest.mark.parametrize("change", ["a file", "a new file", "a setting", "the version"])
def test_what_differs_is_made_anew(root, undecoded, monkeypatch, change):
    load(root)
    if change == "a file":
        write(root / "good" / "03.png")
    elif change == "a new file":
        write(root / "good" / "33.png")
    elif change == "the version":
        monkeypatch.setattr(cache, "VERSION", cache.VERSION + 1)
    load(root, **({"fit": "crop"} if change == "a setting" else {}))
    assert undecoded["read"] == 48 + (change == "a new file")
    assert len(entries(root)) == 2


def test_other_shares_of_the_same_pictures_decode_nothing(root, undecoded):
    load(root)
    load(root, split_seed=1, test=0.1)
    assert undecoded["read"] == 24


@pytest.mark.parametrize("name", ["image.bin", "arrays.npz", "record.json"])
@pytest.mark.parametrize("how", ["flipped", "cut"])
def test_what_is_damaged_is_set_aside_and_made_anew(root, undecoded, capsys, name, how):
    before = load(root).fingerprint
    [entry] = entries(root)
    content = bytearray((entry / name).read_bytes())
    content[len(content) // 2] ^= 4
    (entry / name).write_bytes(content[: len(content) - (how == "cut")])
    os.utime(entry / name, ns=(1, 1))
    assert load(root).fingerprint == before
    assert undecoded["read"] == 48
    assert "damaged: " in capsys.readouterr().err
    assert list((root.parent / "store" / "damaged").iterdir())


def test_notes_of_hashes_that_somebody_changed_count_for_nothing(root):
    before = load(root).fingerprint
    [entry] = entries(root)
    noted, seal = json.loads((entry / NOTED).read_text())
    (entry / NOTED).write_text(json.dumps([dict.fromkeys(noted, "0" * 32), seal]))
    assert load(root).fingerprint == before


def test_a_copied_store_is_read_and_held_against_its_checksums(root, undecoded):
    load(root)
    [entry] = entries(root)
    os.utime(entry / "image.bin", ns=(5, 5))
    load(root)
    assert undecoded["read"] == 24


def test_a_file_that_changes_while_it_is_read_is_named(root, monkeypatch):
    def writing(*arguments):
        aside = root.parent / f"{get_ident()}.png"  # others read the picture meanwhile
        write(aside, (9, 9, 3))
        os.replace(aside, root / "good" / "07.png")
        return read(*arguments)

    read = decoding.read_picture
    monkeypatch.setattr(decoding, "read_picture", writing)
    with pytest.raises(InputError, match=r"'.*good/07\.png' changed while it was read"):
        load(root)
    assert not (root.parent / "store").exists()


def test_a_full_disk_is_said_in_one_line_and_nothing_is_left(root, monkeypatch):
    def full(*_):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Writer, "_write", full)
    with pytest.raises(InputError, match="cannot be written to: no space left on device"):
        load(root)
    assert not (root.parent / "store").exists()


def test_a_store_on_a_file_system_that_is_read_only_is_said_in_one_line(root, monkeypatch):
    def read_only(*_, **__):
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(pictures.tempfile, "mkdtemp", read_only)
    with pytest.raises(InputError, match="cannot be written to: read-only file system"):
        load(root)
    assert not (root.parent / "store").exists()


def test_a_source_that_changes_while_a_study_runs_changes_nothing_of_it(root, undecoded):
    data = load(root)
    before = data.train.images[:]
    for path in root.rglob("*.png"):
        write(path)
    np.testing.assert_array_equal(data.train.images[:], before)
    contents = type(data.train)(data.train.images, data.train.labels).contents  # asked anew
    assert contents == data.train.contents
    assert load(root).train.contents != contents  # the next study reads what is there now
    assert undecoded["read"] == 48


@pytest.mark.usefixtures("undecoded")
def test_a_command_that_is_killed_leaves_nothing_that_counts(root):
    code = (
        "import sys, time\nfrom cam_augment.datasets import decoding as c\n"
        "read = c.read_picture\n"
        "def slow(*a):\n print('at it', flush=True)\n time.sleep(0.3)\n return read(*a)\n"
        "c.read_picture = slow\nfrom tests.test_pictures import load\nfrom pathlib import Path\n"
        "load(Path(sys.argv[1]))"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(root)], stdout=subprocess.PIPE) as child:
        assert child.stdout
        child.stdout.readline()
        time.sleep(0.1)
        child.send_signal(signal.SIGKILL)
    assert [path.name[:7] for path in entries(root)] == [".aside-"]
    assert len(load(root).train) > 0
    assert len([path for path in entries(root) if not path.name.startswith(".")]) == 1


@pytest.mark.parametrize("kept_before", [True, False])
def test_gc_keeps_the_pictures_of_a_plan_and_removes_others(root, tmp_path, capsys, kept_before):
    (tmp_path / "store").mkdir()
    if kept_before:
        load(root)
    load(root, fit="crop")
    (tmp_path / "p.toml").write_text(f'[dataset]\nname = "folder"\npath = "{root}"\nsize = 8\n')
    words = ["gc", "--keep", str(tmp_path / "p.toml"), "--store", str(tmp_path / "store"), "--yes"]
    assert command.run("store", words) == 0
    assert "no plan asks for it" in capsys.readouterr().out
    left = {entry.name for entry in entries(root)}
    assert left == (keys_of(load(root)) if kept_before else set())


@pytest.mark.parametrize("name", ["record.json", "image.bin", "thumb.bin"])
@pytest.mark.parametrize("words", [[], ["--yes"]])
def test_gc_leaves_pictures_that_a_plan_asks_for_as_they_are_damaged_or_not(
    root, tmp_path, capsys, name, words
):
    load(root)
    [entry] = entries(root)
    os.truncate(entry / name, 10)
    before = {path: path.read_bytes() for path in entry.iterdir()}
    (tmp_path / "p.toml").write_text(f'[dataset]\nname = "folder"\npath = "{root}"\nsize = 8\n')
    keep = ["gc", "--keep", str(tmp_path / "p.toml"), "--store", str(tmp_path / "store")]
    assert command.run("store", [*keep, *words]) == 0
    said = capsys.readouterr()
    assert said.out == "0 things, 0 bytes; nothing was removed\n"
    assert f"damaged: {entry}: " in said.err
    assert [entry] == entries(root)
    assert {path: path.read_bytes() for path in entry.iterdir()} == before


def test_gc_writes_nothing_into_a_store_that_lacks_pictures(root, tmp_path):
    (tmp_path / "store").mkdir()
    (tmp_path / "p.toml").write_text(f'[dataset]\nname = "folder"\npath = "{root}"\nsize = 8\n')
    keep = ["gc", "--keep", str(tmp_path / "p.toml"), "--store", str(tmp_path / "store")]
    assert command.run("store", keep) == 0
    assert not list((tmp_path / "store").iterdir())


def test_verify_reads_every_byte(root, tmp_path, capsys):
    load(root)
    [entry] = entries(root)
    content = bytearray((entry / "thumb.bin").read_bytes())
    content[100] ^= 1
    (entry / "thumb.bin").write_bytes(content)
    assert command.run("store", ["verify", "--store", str(tmp_path / "store")]) == 1
    assert "thumb.bin does not agree with its checksum" in capsys.readouterr().out


# ---- the file


WIDENING = {
    "bytes": ([RNG.integers(0, 256, (4, 5, 1)) / np.float32(255) for _ in range(3)], "uint8"),
    "words": ([np.full((4, 5, 1), k, np.float32) for k in (0.2, 1)]
              + [(RNG.integers(0, 65536, (4, 5, 1)) / np.float32(65535))], "uint16"),
    "numbers": ([np.ones((4, 5, 1), np.float32), RNG.random((4, 5, 1), np.float32)], "float32"),
    "colours": ([np.zeros((4, 5, 1), np.float32), np.full((4, 5, 3), 0.4, np.float32)], "uint8"),
    "masks": ([RNG.random((4, 5)) < 0.5 for _ in range(3)], "bool"),
    "beyond": ([np.ones((2, 2, 1), np.float32), np.full((2, 2, 1), 1.5, np.float32)], "float32"),
}  # fmt: skip


@pytest.mark.parametrize("kind", WIDENING)
def test_the_narrowest_type_holds_all_images_to_the_last_bit(tmp_path, kind):
    images, dtype = WIDENING[kind]
    images = [image.astype(np.float32) if image.dtype != bool else image for image in images]
    with Writer(tmp_path / "images.bin") as writer:
        for image in images:
            writer.add(image)
        file = writer.close()
    assert file.dtype == dtype
    shape = np.broadcast_shapes(*[image.shape for image in images])
    expected = np.stack([np.broadcast_to(image, shape) for image in images])
    np.testing.assert_array_equal(Stack(file)[:], expected, strict=True)
    assert file.sha256 == mapped.sha256_of(file.path)
    assert file.path.stat().st_size == file.size


def test_nothing_in_a_file_is_an_empty_stack(tmp_path):
    with Writer(tmp_path / "images.bin") as writer:
        writer.add(np.zeros((2, 2, 1), np.float32))
        file = writer.close()
    assert Stack(file).pick(np.zeros(0, int))[:].shape == (0, 2, 2, 1)
