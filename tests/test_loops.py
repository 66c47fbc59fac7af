"""Compiled loops are kept on disk where there is a place for it, and work where there is none."""

import os
import subprocess
import sys

from cam_augment.base.jit import compiled

TRIED = """
from cam_augment.base.jit import compiled
from pathlib import Path
exec(compile("def double(x): return 2 * x", Path("nowhere", "made.py"), "exec"))
assert compiled(double)(21) == 42
"""


def test_without_a_place_a_loop_is_compiled_all_the_same():
    """Code of no file has no place beside it, and no folder of caches is of use to it."""
    nowhere = os.environ | {"HOME": "/proc/none", "XDG_CACHE_HOME": "/proc/none"}
    subprocess.run([sys.executable, "-c", TRIED], check=True, env=nowhere)


def test_a_loop_checks_no_more_than_it_must():
    loop = compiled(lambda x: 1 / x)
    assert loop.targetoptions["nogil"]
    assert loop(0.0) == float("inf")  # no check for zero, as NumPy has it


def test_no_flag_of_a_loop_may_change_a_finite_number():
    """With others, the first process after an installation gave other bytes than all later ones."""
    assert compiled(lambda x: x).targetoptions["fastmath"] <= {"nnan", "ninf", "nsz"}
