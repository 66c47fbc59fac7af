"""What is done after a study with the package ``my_lab``, by one process that has it installed.

``python -m tests.lab_later FOLDER``: the folder has copies of the study's, ``study`` as it was,
``lacking`` one answer, and ``older``, without any answer to the package's question.
"""

import io
import json
import sys
from contextlib import chdir, redirect_stdout
from pathlib import Path

import numpy as np

from cam_augment import compare
from cam_augment.cli import store, study
from cam_augment.registry import ARCHITECTURES
from cam_augment.study import work
from tests import bare
from tests.tasks import in_this_process


def printed(command, *words: str) -> str:
    """Return what a command prints."""
    with redirect_stdout(io.StringIO()) as text:
        code = command(words)
    if code:
        raise SystemExit(f"{words}: exit code {code}\n{text.getvalue()}")
    return text.getvalue()


def collected() -> list[str]:
    """Return what the store's commands say of the study's folder."""
    commands = (["ls"], ["verify"], ["gc", "--keep", "outside.toml"])
    return [printed(store.main, *words) for words in commands]


def compared() -> dict:
    """Return what models from elsewhere answered to the package's question."""
    models = {
        name: [ARCHITECTURES["two_layers"]((8, 8, 1), 2, width=2) for _ in range(2)]
        for name in ("plain", "other")
    }
    images = np.random.default_rng(0).random((12, 8, 8, 1), np.float32)
    few = {"metrics": ["pearson"], "bootstrap": 100, "permutations": 1000}
    profile = compare(models, images, np.arange(12) % 2, baseline="plain", **few)
    return profile.answers["steadiness"]["shares"]


def main(folder: Path) -> None:
    bare.leave_figures_empty()
    work.answers = in_this_process
    with chdir(folder / "study"):
        (folder / "store.json").write_text(json.dumps(collected()), "utf-8")
    with chdir(folder / "lacking"):
        printed(study.main, "outside.toml")
    with chdir(folder / "older"):
        printed(study.main, "outside.toml", "--report-only")
    (folder / "compared.json").write_text(json.dumps(compared()), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
