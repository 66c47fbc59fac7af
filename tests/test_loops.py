"""Compiled loops are kept on disk where there is a place for it, and work where there is none."""

import os
import subprocess
import sys

from cam_augment.base import jit as loops

TRIED = """
from cam_augment.base import jit as loops
from pathlib import Path
made = loops.compiled(fastmath=False)
exec(compile("def double(x): return 2 * x", Path("nowhere", "made.py"), "exec"))
assert made(double)(21) == 42
"""


def test_without_a_place_a_loop_is_compiled_all_the_same():
    """Code of no file has no place beside it, and no folder of caches is of use to it."""
    nowhere = os.environ | {"HOME": "/proc/none", "XDG_CACHE_HOME": "/proc/none"}
    subprocess.run([sys.executable, "-c", TRIED], check=True, env=nowhere)


def test_a_loop_checks_no_more_than_it_must():
    made = loops.compiled(fastmath=True)(lambda x: 1 / x)
    assert made.targetoptions["nogil"]
    assert made(0.0) == float("inf")  # no check for zero, as NumPy has it
