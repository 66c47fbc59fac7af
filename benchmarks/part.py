"""A part of the benchmarks as a process: ``python -m benchmarks.part NAME FILE [--quick]``.

TensorFlow's thread settings hold for a process, so each part has its own.
"""

import argparse
import importlib
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from benchmarks.rows import Row
from cam_augment.base import kernels

ROOT = Path(__file__).resolve().parent.parent
# Name of the part, to whether "one thread" is meant.
PARTS = {
    "study": False,
    "precision": True,
    "kernels": True,
    "pretrained": False,
    "maps": True,
    "metrics": True,
    "augmentations": True,
    "growth": True,
    "images": True,
    "page": False,
}
ONE_THREAD = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "TF_NUM_INTRAOP_THREADS": "1",
    "TF_NUM_INTEROP_THREADS": "1",
}


def one_or_more(parts: Iterable[str]) -> Callable[[str], list[str]]:
    """Return the reader of an option that names parts, separated by commas."""

    def read(text: str) -> list[str]:
        names = text.split(",")
        for name in names:
            if name not in parts:
                raise argparse.ArgumentTypeError(f"no part '{name}'; there are {', '.join(parts)}")
        return names

    return read


def environment(one_thread: bool) -> dict[str, str]:
    """Return the environment of a measuring process, on the processor and quiet.

    ``one_thread``: as workers are started; else as a user starts a command who has set nothing.
    """
    ours = {*ONE_THREAD, *kernels.SETTING, kernels.LIMIT}
    rest = {name: value for name, value in os.environ.items() if name not in ours}
    paths = [str(ROOT), *filter(None, [rest.get("PYTHONPATH")])]
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "CUDA_VISIBLE_DEVICES": "-1", "MPLBACKEND": "agg"}
    quiet["POT_BACKEND_DISABLE_TENSORFLOW"] = "1"  # POT is measured with NumPy's arrays alone
    worker = ONE_THREAD | kernels.SETTING if one_thread else {}
    return rest | quiet | worker | {"PYTHONPATH": os.pathsep.join(paths)}


def measured(name: str, quick: bool) -> list[Row]:
    """Return a part's rows, measured in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.json"
        command = [sys.executable, "-m", "benchmarks.part", name, str(path)]
        done = subprocess.run(
            command + ["--quick"] * quick,
            env=environment(PARTS[name]),
            cwd=folder,
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise SystemExit(f"{name} ended with {done.returncode}:\n{done.stderr[-4000:]}")
        rows = json.loads(path.read_text("utf-8"))
    return [Row.of(row) for row in rows]


def apart(module: str, *words: object, **variables: str | None) -> dict[str, Any]:
    """Return what a module prints in its last line, as JSON, run in a process of its own.

    A process' peak of memory never falls, so each size that is measured needs one.

    Args:
        variables: of its environment, beside those of a worker; None takes one away.
    """
    command = [sys.executable, "-m", module, *map(str, words)]
    around: dict[str, str | None] = {**environment(one_thread=True), **variables}
    present = {name: value for name, value in around.items() if value is not None}
    done = subprocess.run(command, env=present, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(
            f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-4000:]}"
        )
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("name", choices=PARTS)
    parser.add_argument("file", type=Path)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    part = importlib.import_module(f"benchmarks.{options.name}")
    rows = [row.plain() for row in part.measure(options.quick)]
    options.file.write_text(json.dumps(rows), "utf-8")


if __name__ == "__main__":
    main()
