"""What was read last stays in memory, up to a number of bytes."""

from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

T = TypeVar("T")


class Recent(Generic[T]):
    """Values by key, read when they are asked for; those asked for longest ago are dropped.

    Several threads may ask.

    Args:
        limit: bytes in memory; the value asked for last stays in any case.
        size: returns the bytes of a value.
    """

    def __init__(self, limit: int, size: Callable[[T], int]):
        self._limit, self._size = limit, size
        self._values: dict[str, T] = {}
        self._bytes = 0
        self._lock = Lock()

    def get(self, key: str, read: Callable[[], T]) -> T:
        """Return the value of a key, read now if it is not here."""
        with self._lock:
            if key in self._values:
                value = self._values.pop(key)
            else:
                value = read()
                self._bytes += self._size(value)
            self._values[key] = value  # the last in order is the one used last
            while self._bytes > self._limit and len(self._values) > 1:
                self._bytes -= self._size(self._values.pop(next(iter(self._values))))
            return value
