"""Which kernels TensorFlow computes with on the processor: chosen here, not by its name.

By itself TensorFlow takes the oneDNN kernels on processors that have AVX-512 VNNI or the like, and
its own, slower ones elsewhere. Both give other last digits, and so other models.
"""

import os

from cam_augment.base import processor
from cam_augment.base.errors import InputError

ONEDNN = "TF_ENABLE_ONEDNN_OPTS"
SETTING = {ONEDNN: "1"}
KINDS = {True: "oneDNN", False: "Eigen", None: "unknown"}
LIMIT = "ONEDNN_MAX_CPU_ISA"  # a user's upper bound of the instructions that oneDNN may use
# Its bounds below which no instruction multiplies bfloat16 numbers.
NARROW = {"SSE41", "AVX", "AVX2", "AVX2_VNNI", "AVX2_VNNI_2", "AVX512_CORE", "AVX512_CORE_VNNI"}


def choose() -> None:
    """Choose kernels for this process and those it starts, unless the user has.

    A program does so before TensorFlow is loaded; an import of the package never does.
    """
    for name, value in SETTING.items():
        os.environ.setdefault(name, value)


def multiply_bfloat16() -> bool:
    """Return whether models that are trained from here multiply bfloat16 numbers as such.

    Elsewhere they are emulated, many times slower: by a processor without the instructions, by
    TensorFlow's own kernels, and by oneDNN's where a user bars them from the instructions. Read
    from the environment, which workers inherit; TensorFlow is not loaded for it.
    """
    return _takes_onednn() and not _is_barred() and processor.multiplies_bfloat16()


def check(precision: str) -> None:
    """Raise InputError where oneDNN's kernels have none that multiply numbers of a precision.

    They refuse bfloat16 under a limit that bars them from its instructions; TensorFlow's own
    kernels emulate it.
    """
    if precision == "bfloat16" and _takes_onednn() and _is_barred():
        raise InputError(
            f"recipe.precision: received 'bfloat16', which oneDNN's kernels cannot multiply under "
            f"{LIMIT}={os.environ[LIMIT]}; use 'float32' or 'auto', or unset {LIMIT}"
        )


def _takes_onednn() -> bool:
    return os.environ.get(ONEDNN, SETTING[ONEDNN]).lower() not in ("0", "false")


def _is_barred() -> bool:
    return os.environ.get(LIMIT, "").upper() in NARROW


def name() -> str:
    """Return the kernels of this process, such as ``oneDNN, AVX-512``; it loads TensorFlow.

    The second word is the processor's widest vectors, by which both kinds of kernels differ.
    """
    from cam_augment.base.compat import uses_onednn  # a program that only chooses waits for none

    limit = os.environ.get(LIMIT)
    words = [KINDS[uses_onednn()], processor.vectors()]
    return ", ".join([*words, f"{LIMIT}={limit}"] if limit else words)


def digits(name: str) -> str:
    """Return the kernels whose digits are those of kernels with a ``name``.

    oneDNN held to AVX2 trains the models, to the last digit, that it trains on a processor that has
    no more: measured on three, see results/truth/processors.md. What TensorFlow computes outside
    oneDNN can differ all the same: on one of them one strategy of ten trained other models.

    >>> digits("oneDNN, AVX-512, ONEDNN_MAX_CPU_ISA=AVX2")
    'oneDNN, AVX2'
    """
    kind, _, rest = name.partition(", ")
    held = kind == KINDS[True] and rest.upper().endswith(f", {LIMIT}=AVX2")
    return f"{kind}, {processor.VECTORS['avx2']}" if held else name
