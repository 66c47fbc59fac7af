"""(g) Images that memory does not hold: what a driver and a worker have of them, and for how long.

Pictures are made and lie in a folder, as a person's do. Each side is a process of its own, whose
memory is what the system calls RssAnon: pages of mapped files are shared by all processes and
given back when memory is short. It is read by a thread, so a short peak may be missed.
"""

import json
import pickle
import re
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from io import StringIO
from pathlib import Path
from time import perf_counter, sleep
from types import SimpleNamespace
from typing import Any

import numpy as np

from benchmarks.part import apart
from benchmarks.rows import Row, number, ratio

PART = "images"
PICTURES, SIDE, CLASSES = 3000, 256, 4
QUICK_PICTURES, QUICK_SIDE = 80, 32
STEPS, PREDICTIONS = 20, 200
MANY, SMALL_SIDE = 20_000, 64  # pictures of a study from beginning to end
QUICK_MANY = 80
MIB = 2**20


def measure(quick: bool) -> list[Row]:
    """Return the memory of driver and worker, the times of both starts, and of reading."""
    count, side = (QUICK_PICTURES, QUICK_SIDE) if quick else (PICTURES, SIDE)
    with tempfile.TemporaryDirectory() as folder:
        write_pictures(Path(folder) / "pictures", count, side)
        first, second = (apart("benchmarks.images", "driver", folder, side) for _ in range(2))
        worker = apart("benchmarks.images", "worker", folder, side)
    many, small = (QUICK_MANY, QUICK_SIDE) if quick else (MANY, SMALL_SIDE)
    with tempfile.TemporaryDirectory() as folder:
        write_pictures(Path(folder) / "pictures", many, small)
        whole = apart("benchmarks.images", "study", folder, small)
    size = count * side**2 * 3 / MIB
    note = f"{count:,} colour pictures of {side}x{side}, {size:,.0f} MiB as bytes"
    studied = f"{many:,} colour pictures of {small}x{small}; 3 + 3 models, 2 epochs, the report too"
    trained = f"{note}; {STEPS} steps of small_cnn, {PREDICTIONS} predictions"
    return [
        number(PART, "the driver's own memory, first start", [first["memory"]], "MiB",
               aim="<= 700", note=f"{note}: decoding, splits, near duplicates, all keys"),
        number(PART, "the driver's own memory, second start", [second["memory"]], "MiB",
               aim="<= 700", note=note),
        number(PART, "a worker's own memory", [worker["memory"]], "MiB", aim="<= 1500",
               note=trained),
        number(PART, "until the first training, first start", [first["seconds"]], "s", note=note),
        number(PART, "until the first training, second start", [second["seconds"]], "s",
               aim="<= 5", note=f"{note}; without the start of Python"),
        ratio(PART, "a training step, images in a file", "float32 in memory", "times as long",
              worker["mapped"], worker["floats"], aim="<= 1.05", note=trained),
        number(PART, "a study through the command", [whole["seconds"]], "s", note=studied),
        number(PART, "the driver's own memory, a whole study", [whole["memory"]], "MiB",
               aim="<= 1500", note=studied),
    ]  # fmt: skip


def write_pictures(root: Path, count: int, side: int) -> None:
    """Write smooth noise of several kinds as JPEG, in a folder for each class."""
    from PIL import Image

    rng = np.random.default_rng(0)
    for place in range(count):
        small = rng.integers(0, 256, (side // 8, side // 8, 3), dtype=np.uint8)
        folder = root / str(place % CLASSES)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(small).resize((side, side)).save(folder / f"{place:06}.jpg")


@contextmanager
def own_memory() -> Iterator[SimpleNamespace]:
    """Yield what will have ``peak``, MiB of this process's own memory at the most."""
    memory, over = SimpleNamespace(peak=0.0), threading.Event()

    def watch() -> None:
        while not over.is_set():
            memory.peak = max(memory.peak, rss_anon())
            sleep(0.02)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield memory
    finally:
        over.set()
        thread.join()


def rss_anon() -> float:
    """Return this process's own memory, in MiB."""
    status = Path("/proc/self/status").read_text("ascii")
    return int(re.findall(r"RssAnon:\s+(\d+)", status)[0]) / 1024


def data_of(folder: str, side: str) -> Any:
    """Return the pictures' data set, kept in the folder's store, and its keys."""
    from cam_augment.plan import Plan
    from cam_augment.store import Store
    from cam_augment.study.run import load_data

    settings = {"name": "folder", "path": f"{folder}/pictures", "size": int(side)}
    plan = Plan.make({"dataset": settings, "recipe": {"epochs": 1}})
    data = load_data(plan, Store(f"{folder}/store"))
    keys = data.training_contents, data.contents("probe", "test"), data.fingerprint
    assert all(keys)
    return plan, data


def driver(folder: str, side: str) -> dict[str, float]:
    """Return memory and seconds until a study could hand out its first run."""
    import cam_augment.study.run  # noqa: F401 - what is loaded is no part of a start's time

    with own_memory() as memory:
        start = perf_counter()
        data_of(folder, side)
        seconds = perf_counter() - start
    return {"memory": memory.peak, "seconds": seconds}


def study(folder: str, side: str) -> dict[str, float]:
    """Return the driver's memory, and the seconds of a study by the command, its report too."""
    from cam_augment.cli.study import main

    words = ["--data", f"{folder}/pictures", "--set", f"dataset.size={side}", "--seeds", "3",
             "--baselines", "3", "--strategies", "horizontal_flip", "--epochs", "2",
             "--more-models", "[]", "--store", f"{folder}/store", "--out", f"{folder}/out",
             "--json"]  # fmt: skip
    with own_memory() as memory, redirect_stdout(StringIO()):
        start = perf_counter()
        code = main(words)
        seconds = perf_counter() - start
    assert code == 0
    return {"memory": memory.peak, "seconds": seconds}


def worker(folder: str, side: str) -> dict[str, Any]:
    """Return memory of a worker, and seconds of a training from the file and from memory."""
    from cam_augment.records import Split
    from cam_augment.training.trainer import prepare_process, trainer_of

    plan, whole = data_of(folder, side)
    data, run = pickle.loads(pickle.dumps(whole)), plan.runs()[0]
    some = np.arange(min(len(data.train), STEPS * run.recipe.batch_size))
    train = Split(data.train.images.pick(some), data.train.labels[some])
    least = np.arange(min(50, len(data.validation)))
    few = Split(data.validation.images.pick(least), data.validation.labels[least])
    prepare_process()
    with own_memory() as memory:
        trainer = trainer_of(run, data)
        trainer.train(run, train, few)
        trainer.predict(data.test.images.pick(np.arange(min(PREDICTIONS, len(data.test)))))
    times: dict[str, list[float]] = {"mapped": [], "floats": []}
    for _ in range(3):
        for name, part in (("mapped", train), ("floats", Split(train.images[:], train.labels))):
            start = perf_counter()
            trainer.train(run, part, few)
            times[name].append(perf_counter() - start)
    return {"memory": memory.peak, **times}


if __name__ == "__main__":
    side_of = {"driver": driver, "study": study, "worker": worker}[sys.argv[1]]
    print(json.dumps(side_of(*sys.argv[2:])))
