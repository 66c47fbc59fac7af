"""What is done to other packages behind their public names, each with its reason.

``tests/test_compat.py`` has a canary for each: it fails where an installed version no longer
needs it, or no longer takes it. Nothing here loads TensorFlow or Keras when it is imported.
"""

import importlib
import json
import os
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest import mock

from cam_augment.base.errors import InputError
from cam_augment.base.lazy import loaded, quiet

if TYPE_CHECKING:
    import keras
    from PIL.ImageFile import ImageFile

WORKER = "CAM_AUGMENT_OWN_WORKER"  # in the environment of the workers that we start
# Keras imports these at once if they are installed: for plots, wrappers and tables in ``fit``.
_OPTIONAL = ("matplotlib", "sklearn", "pandas")
_LITTLE = sys.byteorder == "little"
# How Pillow names colours of 16 bits as they are stored, and the name that takes the other byte.
_OTHER_BYTE = {"16B": "16L", "16L": "16B", "16N": "16B" if _LITTLE else "16L"}
# How lines begin that say where TensorFlow was, or what its developers may do.
_PLACES = ("Detected at ", "Node: ", "<stack traces", "Hint: ", "[Op:", "(", "[[")
_BACKENDS = ("TENSORFLOW", "PYTORCH", "JAX", "CUPY")


def load_lean() -> None:
    """Import TensorFlow and Keras without what Keras needs for plots, wrappers and tables only.

    Reason: that is a third of the time that the import takes. Keras does not depend on these
    packages: here it finds them missing, whoever imports them later finds them as ever. Only in
    a worker that we started; in another's process Keras stays whole.
    """
    if WORKER not in os.environ:
        return
    absent = [name for name in _OPTIONAL if name not in sys.modules]
    sys.modules.update(dict.fromkeys(absent))  # type: ignore[arg-type]  # None: no import of it
    try:
        with quiet():
            importlib.import_module("tensorflow")
            importlib.import_module("keras")
    finally:
        for name in absent:
            del sys.modules[name]


def graph_cause(text: str) -> str | None:
    """Return what went wrong in a compiled function of TensorFlow; None for another message.

    Reason: its first line says no more than that something did, and the cause stands below the
    place, among lines for TensorFlow's developers.

    Args:
        text: what the error says.
    """
    first, *others = text.strip().splitlines() or [""]
    if first != "Graph execution error:":
        return None
    causes = (line for line in others if line[:1].strip() and not line.startswith(_PLACES))
    return next(causes, None)


def check_backend() -> None:
    """Raise InputError where Keras computes with something else than TensorFlow.

    Reason: Keras decides it at its first import, by a variable or by its own file, and says it in
    public only after that; with another backend the import may take long, or fail.
    """
    keras = loaded("keras")
    name = keras.config.backend() if keras else os.environ.get("KERAS_BACKEND") or _configured()
    if name != "tensorflow":
        raise InputError(
            f"Keras is set to the backend '{name}'; this package needs 'tensorflow': set "
            "KERAS_BACKEND=tensorflow before Keras is imported. What models of other frameworks "
            "answered is compared by compare_answers"
        )


def _configured() -> str:
    """Return the backend that Keras' own file names."""
    home = Path(os.environ.get("KERAS_HOME") or Path.home() / ".keras")
    try:
        settings = json.loads((home / "keras.json").read_text("utf-8"))
        return str(settings.get("backend", "tensorflow"))
    except (OSError, ValueError, AttributeError):  # as Keras itself, which then takes its defaults
        return "tensorflow"


def uses_onednn() -> bool | None:
    """Return whether TensorFlow computes with oneDNN kernels in this process; None: unknown.

    Reason: in public TensorFlow says so only in a line that it logs at its import.
    """
    try:
        from tensorflow.python.util import _pywrap_util_port

        return _pywrap_util_port.IsMklEnabled()
    except (ImportError, AttributeError):  # it is for the record only: no model waits for it
        return None


@contextmanager
def private_seeds(seed: int) -> Iterator[None]:
    """Let layers built inside draw their seeds from a generator of their own.

    Reason: Keras draws them from Python's global ``random``, which other threads of a worker
    use too: even right after ``keras.utils.set_random_seed`` two builds can differ.
    """
    from keras.src.random import seed_generator

    with mock.patch.object(seed_generator, "python_random", random.Random(seed)):
        yield


def sublayers(layer: "keras.layers.Layer") -> list:
    """Return the layers that a Keras layer or model holds itself, each once.

    Reason: the public ``layers`` is a model's; layers that hold layers have none.
    """
    return layer._flatten_layers(include_self=False, recursive=False)


@contextmanager
def replaced_call(layer: "keras.layers.Layer", call: Callable) -> Iterator[None]:
    """Let a Keras layer do something else when it is called inside.

    Reason: Keras has no hooks on layers. The attribute is written past Keras' own setter, which
    would track what it is given.
    """
    attributes = layer.__dict__
    had, before = "call" in attributes, attributes.get("call")
    attributes["call"] = call
    try:
        yield
    finally:
        if had:
            attributes["call"] = before
        else:
            del attributes["call"]


@cache
def transport_solver() -> Callable:
    """Return POT's compiled network simplex itself.

    It takes the masses of sources and of sinks, the costs between them, a bound on iterations
    and on threads, and returns flow, cost, two duals and a code, 1 where the flow is optimal.

    Reason: the checks of ``ot.emd2`` around it cost more than the solution of a 7x7 grid; and
    POT imports every deep-learning library that it finds, unless it is told not to.
    """
    names = [f"POT_BACKEND_DISABLE_{backend}" for backend in _BACKENDS]
    with mock.patch.dict(os.environ, {name: os.environ.get(name, "1") for name in names}):
        from ot.lp.emd_wrap import emd_c
    return emd_c


def compiled_for_one(function: Callable[..., Any]) -> Any:
    """Return a function that TensorFlow compiles for one model, of which there may be many.

    Reason: TensorFlow takes the functions of several models, which share their code, for one that
    is traced again and again, and warns of it from the fifth model on.
    """
    import tensorflow as tf

    compiled = tf.function(function, reduce_retracing=True, autograph=False)
    compiled._omit_frequent_tracing_warning = True
    return compiled


def has_deep_colours(picture: "ImageFile") -> bool:
    """Return whether a picture, not yet decoded, has colours of 16 bits a value."""
    return bool(picture.tile) and all(_low_byte(tile.args) is not None for tile in picture.tile)


def take_low_bytes(picture: "ImageFile") -> None:
    """Make Pillow decode the low byte of each value of a picture with ``has_deep_colours``.

    Reason: Pillow has no mode for such colours. It keeps their high byte, so a camera's 12 bits in
    16 would be all but black.
    """
    picture.tile = [tile._replace(args=_low_byte(tile.args)) for tile in picture.tile]


def _low_byte(args: Any) -> Any:
    """Return the arguments of a decoder that takes the other byte; None: there are no two."""
    name, *rest = args if isinstance(args, tuple) else (args,)
    kind, _, order = str(name).partition(";")
    if kind not in ("RGB", "RGBA") or order not in _OTHER_BYTE:
        return None
    other = f"{kind};{_OTHER_BYTE[order]}"
    return (other, *rest) if rest else other
