"""Under which keys stores keep trainings, now and in the layout before.

Weights follow from a run and from what it learns from, so their key names these and nothing
else. In the layout before, a key named all images of a data set, so other test images were
other models.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from cam_augment.plan import Plan, Run, digest
from cam_augment.records import DataSet

_FORMER = ContextVar("former", default=False)


def training_key(run: Run, data: DataSet) -> str:
    """Return the store's key of a run's training: the run, and the data that it learns from."""
    if run.fold is None:
        contents = data.training_contents
    else:
        contents = data.pool_contents if run.test == "rotating" else data.fold_contents
    return digest(["training", run.training, contents])


def former_fit_key(run: Run, data: DataSet) -> str:
    """Return the key of a run's fit in the layout before: the run, and all images."""
    return digest([run.key, data.fingerprint])


def look_key(look: Plan) -> list:
    """Return what names the look of a plan in keys."""
    return look.former_look if are_former() else look.look


def are_former() -> bool:
    """Whether the keys that are asked for are those of the layout before."""
    return _FORMER.get()


@contextmanager
def former() -> Iterator[None]:
    """Let all keys made inside be those of the layout before."""
    token = _FORMER.set(True)
    try:
        yield
    finally:
        _FORMER.reset(token)
