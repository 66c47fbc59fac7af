"""How far a long work is: those who do it tell, and whoever shows it to a person listens."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import TypeVar

T = TypeVar("T")
Listen = Callable[[str, int], AbstractContextManager[Callable[[], None]]]


@contextmanager
def _unheard(_title: str, _total: int) -> Iterator[Callable[[], None]]:
    yield lambda: None


class Steps:
    """Tells of steps.

    Attributes:
        listen: called with a title and the number of steps; yields what is called at each of them.
    """

    def __init__(self):
        self.listen: Listen = _unheard

    def over(self, title: str, results: Iterable[T], total: int) -> Iterator[T]:
        """Yield results, and tell of each as a step."""
        with self.listen(title, total) as step:
            for result in results:
                yield result
                step()


STEPS = Steps()
