"""Ways in which files of a store are spoiled, and disks on which it lies."""

import json
import subprocess
from pathlib import Path

import numpy as np

from cam_augment.records import Maps
from cam_augment.study.requests import requests
from cam_augment.study.work import Work

KEY = "0123456789abcdef" * 2


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


def ask(plan, data, store) -> list:
    before = requests(plan, data, store)
    Work(plan, data, store).complete(before)
    return requests(plan, data, store)


def mounted(folder: Path, options: str) -> bool:
    folder.mkdir()
    words = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
    try:
        return subprocess.run(words, capture_output=True).returncode == 0
    except OSError:
        return False
