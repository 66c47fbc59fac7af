"""The command: ``python -m benchmarks [--only maps,metrics] [--quick] [--out DIR]``.

A complete run is written to results/benchmarks/; a quick or partial one is printed, and
written only where ``--out`` says. Parts that lie there from an earlier run are kept, each with
the machine and the commit that it was measured on.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import perf_counter

from benchmarks import report
from benchmarks.machine import machine
from benchmarks.part import PARTS, ROOT, measured, one_or_more


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and write; return 0."""
    options = parser().parse_args(arguments)
    names = options.only or list(PARTS)
    complete = names == list(PARTS) and not options.quick
    folder = options.out or (ROOT / "results" / "benchmarks" if complete else None)
    machines, rows = dict.fromkeys(names, machine()), []
    for name in names:
        start = perf_counter()
        part = measured(name, options.quick)
        if options.quick:  # the aims are of the full sizes
            part = [replace(row, aim=None) for row in part]
        rows += part
        print(f"{report.TITLES[name]}: {perf_counter() - start:.0f} s", file=sys.stderr, flush=True)
        if folder:  # part by part: one that fails, or is cut off, loses none of those before it
            report.write(part, {name: machines[name]}, folder)
    print(report.as_markdown(rows, machines))
    if folder:
        print(f"written: {folder}", file=sys.stderr)
    return 0


def parser() -> argparse.ArgumentParser:
    """Return the parser."""
    result = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.partition("\n")[0], allow_abbrev=False
    )
    result.add_argument("--only", type=one_or_more(PARTS), metavar="A,B", help=", ".join(PARTS))
    result.add_argument("--quick", action="store_true", help="tiny sizes: does it run?")
    result.add_argument("--out", type=Path, metavar="DIR", help="folder of the files")
    return result


if __name__ == "__main__":
    raise SystemExit(main())
