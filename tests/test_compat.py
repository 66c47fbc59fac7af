"""Canaries: what is done to other packages is still needed, and still works."""

import ast
import io
import logging
import os
import random
import subprocess
import sys
import threading
from pathlib import Path
from types import ModuleType, SimpleNamespace

import keras
import numpy as np
import pytest
from PIL import Image

import cam_augment
from cam_augment.base.compat import (
    WORKER,
    check_backend,
    compiled_for_one,
    graph_cause,
    has_deep_colours,
    load_lean,
    private_seeds,
    replaced_call,
    sublayers,
    take_low_bytes,
    transport_solver,
)
from cam_augment.base.errors import InputError
from cam_augment.base.lazy import loaded
from cam_augment.engine.workers import first_line
from tests.own_pictures import png

LEAN = "import sys; from cam_augment.base.compat import load_lean; load_lean();"
ABSENT = "not {'matplotlib', 'sklearn', 'pandas'} & set(sys.modules)"


def python(code: str, **environment: str) -> str:
    """Return what a fresh process prints; none of ours started it unless told so."""
    outside = {name: value for name, value in os.environ.items() if name != WORKER}
    command = [sys.executable, "-c", code]
    return subprocess.run(
        command, check=True, env=outside | environment, stdout=subprocess.PIPE, text=True
    ).stdout


# -- load_lean ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("variable", "file", "backend"),
    [
        (None, None, "tensorflow"),
        (None, '{"backend": "tensorflow", "floatx": "float16"}', "tensorflow"),
        (None, '{"backend": "jax"}', "jax"),
        ("torch", '{"backend": "tensorflow"}', "torch"),
        ("tensorflow", '{"backend": "jax"}', "tensorflow"),
        (None, "no JSON", "tensorflow"),
        (None, "[1]", "tensorflow"),
    ],
)
def test_another_backend_is_refused_before_keras_is_loaded(
    variable, file, backend, tmp_path, monkeypatch
):
    monkeypatch.delitem(sys.modules, "keras")
    monkeypatch.delenv("KERAS_BACKEND", raising=False)
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    if variable:
        monkeypatch.setenv("KERAS_BACKEND", variable)
    if file:
        (tmp_path / "keras.json").write_text(file)
    if backend == "tensorflow":
        check_backend()
    else:
        with pytest.raises(InputError, match=f"set to the backend '{backend}'"):
            check_backend()


def test_a_worker_loads_keras_without_plots_wrappers_and_tables():
    """All are there for whoever imports them later, and Keras trains as ever."""
    python(
        f"{LEAN} assert {{'tensorflow', 'keras'}} <= set(sys.modules); assert {ABSENT};"
        "import keras, matplotlib, numpy, pandas, sklearn;"
        "model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)]);"
        "model.compile('sgd', 'mse'); model.fit(numpy.ones((1, 2)), numpy.ones((1, 1)), verbose=0)",
        **{WORKER: "1"},
    )


def test_only_workers_of_ours_go_without(elsewhere):
    """Elsewhere Keras still imports them at once: plots, wrappers and tables, left out in ours."""
    assert elsewhere["plots, wrappers, tables"]


def test_packages_that_are_loaded_stay(monkeypatch):
    """No second copy of them is made, nor is TensorFlow or Keras loaded again."""
    import matplotlib

    monkeypatch.setenv(WORKER, "1")
    loaded = {name: sys.modules[name] for name in ("matplotlib", "tensorflow", "keras")}
    load_lean()
    assert loaded["matplotlib"] is matplotlib
    assert all(sys.modules[name] is module for name, module in loaded.items())


# -- private_seeds --------------------------------------------------------------------------


def weights() -> np.ndarray:
    return np.array(keras.initializers.GlorotUniform()((2, 3)))


def test_keras_still_draws_seeds_from_the_global_generator():
    state = random.getstate()
    try:
        random.seed(1)
        first = weights()
        random.seed(1)
        np.testing.assert_array_equal(weights(), first)
    finally:
        random.setstate(state)


def test_private_seeds_are_the_same_whatever_other_threads_draw():
    with private_seeds(3):
        quiet = [weights() for _ in range(50)]
    stop = threading.Event()

    def disturb():
        while not stop.is_set():
            random.random()

    thread = threading.Thread(target=disturb)
    thread.start()
    try:
        with private_seeds(3):
            disturbed = [weights() for _ in range(50)]
    finally:
        stop.set()
        thread.join()
    np.testing.assert_array_equal(disturbed, quiet)
    with private_seeds(4):
        assert not np.array_equal(weights(), quiet[0])


# -- sublayers, replaced_call ---------------------------------------------------------------


class Holding(keras.layers.Layer):
    def __init__(self):
        super().__init__()
        self.steps = [keras.layers.Dense(1, name="deep")]

    def call(self, x):
        return self.steps[0](x)


def test_layers_that_hold_layers_have_no_public_list():
    holding = Holding()
    assert not hasattr(holding, "layers")
    assert not hasattr(holding, "flatten_layers")
    assert [layer.name for layer in sublayers(holding)] == ["deep"]


def test_keras_has_no_hooks_and_takes_another_call():
    layer = keras.layers.ReLU()
    assert not [name for name in dir(layer) if "hook" in name and not name.startswith("_")]
    with replaced_call(layer, lambda x: 2 * x):
        assert float(layer(np.float32(3))) == 6
        assert not sublayers(layer)
    assert "call" not in layer.__dict__
    assert float(layer(np.float32(3))) == 3


# -- transport_solver -----------------------------------------------------------------------

MASSES = np.array([0.5, 0.5]), np.array([0.25, 0.75])
COSTS = np.array([[1.0, 2.0], [3.0, 1.0]])


def test_the_solver_has_the_expected_signature():
    flow, cost, _, _, result = transport_solver()(*MASSES, COSTS, 1000, 1)
    assert cost == pytest.approx(0.25 + 0.5 + 0.5)
    assert result == 1
    np.testing.assert_allclose(flow, [[0.25, 0.25], [0, 0.5]])


def test_the_solver_loads_no_deep_learning_library(tmp_path):
    """POT itself still would."""
    (tmp_path / "torch.py").write_text("print('loaded'); raise ImportError")
    solver = "from cam_augment.base.compat import transport_solver; transport_solver()"
    assert python(solver, PYTHONPATH=str(tmp_path)) == ""
    others = {f"POT_BACKEND_DISABLE_{name}": "1" for name in ("TENSORFLOW", "JAX", "CUPY")}
    assert "loaded" in python("import ot", PYTHONPATH=str(tmp_path), **others)


def test_pots_public_function_still_works_around_the_solver():
    transport_solver()  # POT without the deep-learning libraries
    import ot

    calls = []
    ot.emd2(*MASSES, COSTS)
    sys.setprofile(lambda _frame, event, _argument: calls.append(event))
    try:
        ot.emd2(*MASSES, COSTS)
    finally:
        sys.setprofile(None)
    assert calls.count("call") > 10


# -- take_low_bytes -------------------------------------------------------------------------


def test_pillow_still_keeps_the_high_byte_of_colours_alone():
    values = np.full((2, 2, 3), 0x0A7F, np.uint16)
    with Image.open(io.BytesIO(png(values))) as picture:
        assert has_deep_colours(picture)
        assert np.unique(np.asarray(picture)).tolist() == [0x0A]
    with Image.open(io.BytesIO(png(values))) as picture:
        take_low_bytes(picture)
        assert np.unique(np.asarray(picture)).tolist() == [0x7F]


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "I;16"])
def test_other_pictures_have_no_deep_colours(mode):
    file = io.BytesIO()
    Image.new(mode, (3, 3)).save(file, "PNG")
    with Image.open(file) as picture:
        assert not has_deep_colours(picture)


# -- AutoGraph ------------------------------------------------------------------------------


def test_nothing_compiled_depends_on_autograph():
    """It rewrites source, and where a Python warns of how it does so it gives up, silently."""
    package = Path(cam_augment.__file__).parent
    calls = [
        node
        for path in package.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "tf.function"
    ]
    options = [{k.arg: ast.unparse(k.value) for k in call.keywords} for call in calls]
    assert len(options) > 4
    assert all(option.get("autograph") == "False" for option in options)


# -- compiled_for_one -----------------------------------------------------------------------


def traced_often(compiler) -> int:
    """Return how many warnings of retracing eight functions of one code bring."""
    import tensorflow as tf

    said = []
    listener = logging.Handler()
    listener.emit = lambda record: said.append(record.getMessage())  # type: ignore[method-assign]
    logger, level = tf.get_logger(), tf.get_logger().level
    logger.addHandler(listener)
    logger.setLevel(logging.WARNING)  # another test may have asked for less
    try:
        for number in range(8):
            compiler(lambda x, number=number: x + number)(tf.constant(1.0))
    finally:
        logger.removeHandler(listener)
        logger.setLevel(level)
    return sum("retracing" in line for line in said)


def test_many_models_are_no_reason_to_warn_of_retracing():
    import tensorflow as tf

    assert traced_often(compiled_for_one) == 0
    assert traced_often(lambda f: tf.function(f, autograph=False)) > 0  # it still would


# -- graph_cause ------------------------------------------------------------------------------


def test_what_went_wrong_in_a_compiled_function_is_said():
    import tensorflow as tf

    def in_sevens(x):
        return tf.reshape(x, (-1, 7))

    broken = tf.function(in_sevens, [tf.TensorSpec(None, tf.float32)], autograph=False)
    with pytest.raises(tf.errors.InvalidArgumentError) as caught:
        broken(tf.zeros((2, 3)))
    said = str(caught.value)
    assert said.startswith("Graph execution error:")  # else nothing needs to be done
    cause = graph_cause(said)
    assert cause is not None
    assert "reshape" in cause
    assert "7" in cause
    assert first_line(caught.value) == f"InvalidArgumentError: {cause}"


def test_other_errors_say_it_themselves():
    assert graph_cause("no space left") is None
    assert graph_cause("") is None
    assert first_line(OSError("no space left")) == "OSError: no space left"


def test_a_package_that_a_thread_still_imports_is_not_asked(monkeypatch):
    half = ModuleType("keras")
    half.__spec__ = SimpleNamespace(_initializing=True)
    monkeypatch.setitem(sys.modules, "keras", half)
    monkeypatch.setenv("KERAS_BACKEND", "tensorflow")
    assert loaded("keras") is None
    check_backend()  # by the variable, not by what the package does not have yet
    half.__spec__._initializing = False
    assert loaded("keras") is half
