"""What this machine's processor is and can do, read without TensorFlow."""

import os
import platform
from functools import cache
from pathlib import Path

LIST = Path("/proc/cpuinfo")
# Instructions that multiply bfloat16 numbers; elsewhere bfloat16 is emulated, and slower.
BFLOAT16 = {"amx_bf16", "avx512_bf16"}
# What it computes with, by flag, the widest first.
VECTORS = {
    "amx_bf16": "AVX-512 and AMX",
    "avx512f": "AVX-512",
    "avx2": "AVX2",
    "avx": "AVX",
}


def cores() -> int:
    """Return the number of processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def name() -> str:
    """Return the processor's name, as the system tells it."""
    return _field("model name") or platform.processor()


def multiplies_bfloat16() -> bool:
    """Return whether the processor has AMX or AVX512-BF16 (False where it cannot be known)."""
    return not BFLOAT16.isdisjoint(_field("flags").split())


def vectors() -> str:
    """Return the widest vectors, or tiles, that the processor computes with, or its kind."""
    flags = _field("flags").split()
    widest = (name for flag, name in VECTORS.items() if flag in flags)
    return next(widest, platform.machine())


@cache
def _field(field: str) -> str:
    """Return the first processor's value of a field of Linux's list, or nothing."""
    try:
        lines = LIST.read_text("utf-8").splitlines()
    except OSError:
        return ""
    values = (line.partition(":")[2].strip() for line in lines if line.startswith(field))
    return next(values, "")
