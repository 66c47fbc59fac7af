"""(f) Many runs: what the engine adds to each, what the driver holds, and what that predicts.

``python -m benchmarks.scale [--tasks N] [--workers N] [--quick] [--out DIR]``: the engine with
tasks that do nothing, the driver with models that were never trained, and an estimate for
ImageNet's size. A run at full size is written to results/scale/; a quick one, or one of another
number of tasks, only where ``--out`` says. Each size is measured in a process of its own, as a
process' peak never falls.
"""

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from benchmarks import memory, report
from benchmarks.estimate import estimated
from benchmarks.growth import nothing, peak, slope
from benchmarks.machine import machine
from benchmarks.part import ROOT, apart
from benchmarks.rows import Row, number

PART = "scale"
TASKS = 100_000
QUICK_TASKS = 200
PARTS_OF = (100, 10, 1)  # sizes: the tasks, divided by each of these
WORKERS = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write; return 0."""
    options = parser().parse_args(arguments)
    if options.point:
        print(json.dumps(engine_alone(*options.point)))
        return 0
    tasks = options.tasks or (QUICK_TASKS if options.quick else TASKS)
    about = {PART: machine()}
    rows = measure(tasks, options.workers)
    rows += memory.measure(PART, quick=tasks < TASKS)
    rows += estimated(PART, rows[0].value)
    if options.quick:  # the aim is of the full size
        rows = [replace(row, aim=None) for row in rows]
    print(report.as_markdown(rows, about))
    folder = options.out or (ROOT / "results" / "scale" if tasks == TASKS else None)
    if folder:
        write({"json": report.as_json(rows, about), "md": report.as_markdown(rows, about)}, folder)
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser."""
    result = argparse.ArgumentParser(
        prog="python -m benchmarks.scale",
        description=__doc__.partition("\n")[0],
        allow_abbrev=False,
    )
    result.add_argument("--tasks", type=int, metavar="N", help=f"at most (default {TASKS:,})")
    result.add_argument("--workers", type=int, default=WORKERS, metavar="N", help="processes")
    result.add_argument("--quick", action="store_true", help="few tasks: does it run?")
    result.add_argument("--out", type=Path, metavar="DIR", help="folder of the files")
    result.add_argument("--point", type=int, nargs=2, help=argparse.SUPPRESS)
    return result


def measure(tasks: int, workers: int) -> list[Row]:
    """Return what each task costs, and how the driver's memory grows, up to ``tasks``."""
    sizes = [max(1, tasks // part) for part in PARTS_OF]
    points = [apart("benchmarks.scale", "--point", size, workers) for size in sizes]
    last = points[-1]
    note = f"{tasks:,} tasks that do nothing, {workers} workers; start and end of them left out"
    memory = ", ".join(
        f"{n:,}: {point['peak']:.0f}" for n, point in zip(sizes, points, strict=True)
    )
    growth = slope(sizes, [point["peak"] for point in points])
    return [
        number(PART, "the engine's time", [last["each"]], "s a task", against="a task that does "
               "nothing", aim="<= 0.1", note=note),
        number(PART, "the first answer", [last["first"]], "s", note="workers started, data sent"),
        number(PART, "the engine's peak of memory", [last["peak"]], "MiB",
               note=f"by tasks: {memory}"),
        number(PART, "the engine's peak of memory, with tasks", [growth], "exponent",
               against="size", note=f"by tasks: {memory}"),
    ]  # fmt: skip


def engine_alone(tasks: int, workers: int) -> dict[str, float]:
    """Return seconds to the first answer, seconds a task after it, and MiB at the most."""
    from cam_augment.engine import tasks as engine

    start = perf_counter()
    answers = engine.answers(nothing, numbers(tasks), None, workers=workers)
    marks = bytearray(tasks)
    first = last = 0.0
    for index, answer in answers:
        first = first or perf_counter()
        assert answer == index, (index, answer)
        marks[index] += 1
        last = perf_counter()
    assert marks == b"\1" * tasks, "a task was answered twice, or never"
    per_task = (last - first) / max(tasks - 1, 1)
    return {"first": first - start, "each": per_task, "peak": peak()}


def numbers(count: int) -> Iterator[tuple[int]]:
    """Yield the arguments of tasks, as they are asked for."""
    return ((index,) for index in range(count))


def write(files: dict[str, str], folder: Path) -> None:
    """Write scale.json and scale.md."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, text in files.items():
        (folder / f"scale.{kind}").write_text(text, "utf-8")
    print(f"written: {folder}", file=sys.stderr)


if __name__ == "__main__":
    raise SystemExit(main())
