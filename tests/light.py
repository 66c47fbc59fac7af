"""The command, its runs made up instead of trained: ``python -m tests.light PLAN [options]``.

All else is real: processes, Dask, store, statistics and tables. So a study takes seconds, and
can be killed many times over. It draws no figures, unless told to.
"""

import os
import time

import numpy as np

from cam_augment.cli import program
from cam_augment.cli import study as command
from cam_augment.engine import signals
from cam_augment.report import parts
from cam_augment.study import work
from cam_augment.training.trainer import Completed
from tests.moments import VARIABLE, Moment
from tests.stored import answer_of, training_of

PAUSE = "CAM_AUGMENT_TESTS_PAUSE"  # seconds that a run takes
GATE = "CAM_AUGMENT_TESTS_GATE"  # a file: all runs but those of seed 0 wait until it is there
FIGURES = "CAM_AUGMENT_TESTS_FIGURES"  # set: they are drawn


def complete(run, questions, model, data) -> Completed:
    """Stand for ``training.trainer.complete``."""
    time.sleep(float(os.environ.get(PAUSE, "0.1")))
    while run.seed and GATE in os.environ and not os.path.exists(os.environ[GATE]):
        time.sleep(0.02)
    answers = {question.key: _answer(question, run, data) for question in questions}
    return Completed(training_of(run, data) if model is None else None, answers)


def _answer(question, run, data):
    answer = answer_of(question, run, data)
    if question.kind == "faithfulness":  # of no image anything: it is then left out
        answer |= {"deletion": np.full((3, 5), np.nan)}
    return answer


def main() -> int:
    work.complete = complete
    if VARIABLE in os.environ:
        Moment.read(os.environ[VARIABLE]).arrange()
    parts.discover()
    if FIGURES not in os.environ:
        parts.FIGURES.clear()
        from cam_augment.study import run

        run.HEAVY = ()  # what is loaded ahead is for figures
    return command.main()


if __name__ == "__main__":
    from tests import light  # under the name that workers import it by

    signals.run(light.main, program.farewell)
