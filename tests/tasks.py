"""Tasks for workers in other processes."""

import os
import time

from cam_augment.base.errors import InputError
from cam_augment.engine.tasks import Failure


def in_this_process(function, tasks, shared, **_places):
    """Stand for ``engine.tasks.answers``: functions are traced once for all that follows."""
    for index, task in enumerate(tasks):
        try:
            yield index, function(*task, shared)
        except InputError as error:
            yield index, Failure(str(error), mistaken=True)


class Counted:
    """Counts, in each process, how often it was brought there."""

    arrived = 0

    def __getstate__(self):
        return {"nothing": None}

    def __setstate__(self, state):
        Counted.arrived += 1


def where(value, _shared):
    """Return what was asked, where it was answered, and how often shared data came there."""
    time.sleep(0.05)
    return value, os.getpid(), Counted.arrived


def slow(value, _shared):
    time.sleep(1)
    return value


_inside = 0


def alone(_value, _shared):
    """Return how many calls were at work in this process at once."""
    global _inside
    _inside += 1
    time.sleep(0.05)
    most = _inside
    _inside -= 1
    return most


def leave(_shared):
    raise SystemExit(3)


def exhaust(_shared):
    raise MemoryError


def variable(name, _shared):
    """Return a variable of the worker's environment."""
    return os.environ.get(name)
