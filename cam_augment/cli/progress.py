"""What a person sees while a study works: one bar, and a line for every finished run."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Self

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

from cam_augment.plan import Run
from cam_augment.records import ImpactProfile
from cam_augment.report.proposal import proposal
from cam_augment.report.sentences import notice, sentence


class Bar:
    """A progress bar over runs, with the time left."""

    def __init__(self):
        self.console = Console(highlight=False)
        self._progress = Progress(
            TextColumn("models"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("time left"),
            TimeRemainingColumn(),
            console=self.console,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._task is not None:  # else it would print an empty line
            self._progress.stop()

    def start(self, total: int, done: int) -> None:
        if done == total:
            self.console.print(f"all {total} models are in the store; nothing to train")
            return
        self.console.print(f"{total} models, {done} in the store, {total - done} to do")
        self._progress.start()
        self._task = self._progress.add_task("models", total=total - done)

    def finished(self, run: Run, accuracy: float | None, seconds: float | None) -> None:
        numbers = [] if accuracy is None else [f"accuracy {accuracy:.4f}"]
        numbers += [] if seconds is None else [f"{seconds:5.1f} s"]
        result = "  ".join(numbers) or "maps"
        self._tell(f"{run.strategy.label:<20} seed {run.seed:<4} {result}")

    def failed(self, run: Run, reason: str) -> None:
        self._tell(f"{run.strategy.label:<20} seed {run.seed:<4} FAILED: {reason}")

    def _tell(self, line: str) -> None:
        self.console.print(line, markup=False, soft_wrap=True)
        if self._task is not None:
            self._progress.advance(self._task)


@contextmanager
def bar(title: str, total: int) -> Iterator[Callable[[], None]]:
    """Show steps of a long work on stderr, where a person watches; they go when it is done."""
    console = Console(stderr=True)
    columns = (TextColumn(title), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as p:
        task = p.add_task(title, total=total)
        yield lambda: p.advance(task)


class Silence:
    """In the bar's place: only what failed is said."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def start(self, total: int, done: int) -> None:
        pass

    def finished(self, run: Run, accuracy: float | None, seconds: float | None) -> None:
        pass

    def failed(self, run: Run, reason: str) -> None:
        print(f"{run.strategy.label} seed {run.seed} FAILED: {reason}", file=sys.stderr)


def say_result(profile: ImpactProfile, out: Path) -> None:
    """Print what a search proposed, the verdicts, what is missing, and where the report is."""
    console = Console(highlight=False, soft_wrap=True)
    console.print()
    if profile.search is not None:
        console.print(f"{proposal(profile.search)}\n", markup=False)
    for strategy in profile.strategies:
        console.print(f"{strategy.strategy:<20} {sentence(strategy)}", markup=False)
    for missing in profile.missing:
        console.print(f"missing: {missing.run}: {notice(missing.reason)}", markup=False)
    console.print(f"\nreport: {out / 'report.html'}", markup=False)
