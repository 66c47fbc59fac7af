"""A signal to this process inside a chosen call of a chosen function."""

import itertools
import os
import pkgutil
import time
from dataclasses import dataclass
from functools import wraps

VARIABLE = "CAM_AUGMENT_TESTS_MOMENT"


@dataclass(frozen=True)
class Moment:
    """When a process signals itself.

    Attributes:
        number: of the signal. function: such as ``zipfile:ZipFile.close``. call: which one of
            its calls, from 1. pause: seconds that the call takes longer, after the signal.
    """

    number: int
    function: str
    call: int = 1
    pause: float = 0

    def __str__(self) -> str:
        return f"{int(self.number)} {self.function} {self.call} {self.pause:g}"

    @classmethod
    def read(cls, text: str) -> "Moment":
        number, function, call, pause = text.split()
        return cls(int(number), function, int(call), float(pause))

    def arrange(self) -> None:
        """Replace the function by one that signals this process at the start of the call."""
        path, _, name = self.function.replace(":", ":.").rpartition(".")
        place = pkgutil.resolve_name(path.replace(":.", ":").rstrip(":"))
        original, calls = getattr(place, name), itertools.count(1)

        @wraps(original)
        def signalling(*args, **kwargs):
            if next(calls) == self.call:
                os.kill(os.getpid(), self.number)
                time.sleep(self.pause)
            return original(*args, **kwargs)

        setattr(place, name, signalling)
