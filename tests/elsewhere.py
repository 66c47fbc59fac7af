"""What a process that none of ours started says once TensorFlow is loaded in it.

``python -m tests.elsewhere`` prints it as JSON; its surroundings are those of ``SURROUNDINGS``.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from cam_augment.base import compat
from tests.processes import PATIENCE, environment

KERNELS = "TF_ENABLE_ONEDNN_OPTS"
SETTINGS = {"floatx": "float16", "image_data_format": "channels_first", "epsilon": 1e-3}


def answers(folder: Path) -> dict:
    """Return what such a process says, with Keras' settings and the other kernels than here."""
    (folder / "keras.json").write_text(json.dumps(SETTINGS))
    choice = {KERNELS: str(int(not compat.uses_onednn())), "TF_CPP_MIN_LOG_LEVEL": "3"}
    around = environment(KERAS_HOME=str(folder), **choice)
    around.pop(compat.WORKER, None)
    done = subprocess.run(
        [sys.executable, "-m", "tests.elsewhere"], env=around, cwd=folder, check=True,
        stdout=subprocess.PIPE, text=True, timeout=PATIENCE,
    )  # fmt: skip
    return json.loads(done.stdout.splitlines()[-1])


def main() -> dict:
    spared = {"matplotlib", "sklearn", "pandas"}
    before = spared & set(sys.modules)
    compat.load_lean()
    import keras

    loads = not before and spared <= set(sys.modules)
    settings = [keras.config.floatx(), keras.config.image_data_format()]
    return {
        "plots, wrappers, tables": loads,
        "oneDNN": compat.uses_onednn(),
        "floatx, axes": settings,
        "network": network(),
    }


def network() -> list:
    """Return types of outputs and of weights, and the shape, of a network made by a run."""
    import numpy as np

    from cam_augment.registry import ARCHITECTURES
    from cam_augment.training.trainer import prepare_process

    prepare_process()
    model = ARCHITECTURES["small_cnn"]((8, 8, 1), 3, width=4)
    outputs = model(np.zeros((2, 8, 8, 1)))
    types = sorted({variable.dtype for variable in model.variables})
    return [outputs.dtype.name, types, model.output_shape]


if __name__ == "__main__":
    os.environ.pop("PYTHONWARNINGS", None)
    print(json.dumps(main()))
