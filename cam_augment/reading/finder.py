"""Find the picture that a path means, though it was written on another machine."""

import unicodedata
from collections.abc import Collection, Iterator
from pathlib import PurePosixPath


def normal(text: str) -> str:
    """Return a name in Unicode's composed form: systems store "é" in one character or in two."""
    return unicodedata.normalize("NFC", text)


class Finder:
    """Pictures by their paths below a folder, or by as much of the end of a path as is needed.

    The longest end of a path that any picture shares decides; where several share it, none is
    found. Unicode's forms are one; capitals matter only where two names differ in nothing else.

    Attributes:
        twins: paths without their endings that several pictures have, as they are compared.
    """

    def __init__(self, pictures: Collection[str]):
        self.twins: set[str] = set()
        self._paths: dict[str, list[str]] = {}
        self._stems: dict[str, list[str]] = {}
        for picture in pictures:
            for index, path in ((self._paths, picture), (self._stems, _without_ending(picture))):
                for end in _ends(path):
                    index.setdefault(end, []).append(picture)
            stem = normal(_without_ending(picture))
            if len({p for p in self._stems[stem] if normal(_without_ending(p)) == stem}) > 1:
                self.twins.add(stem)

    def by_path(self, path: str) -> str | None:
        """Return the picture that a path with its ending means."""
        return _find(self._paths, path)

    def by_stem(self, path: str) -> str | None:
        """Return the picture that a path without an ending means."""
        return _find(self._stems, path)


def _without_ending(path: str) -> str:
    head, dot, ending = path.rpartition(".")
    return head if dot and "/" not in ending else path


def _ends(path: str) -> Iterator[str]:
    """Yield the ends of a path, the longest first, as they are written and in small letters."""
    parts = PurePosixPath(normal(path)).parts
    for start in range(len(parts)):
        end = "/".join(parts[start:])
        yield end
        if end.casefold() != end:
            yield end.casefold()


def _find(index: dict[str, list[str]], path: str) -> str | None:
    """Return the only picture that the longest known end of a path names."""
    parts = PurePosixPath(normal(path.replace("\\", "/"))).parts
    for start in range(len(parts)):
        end = "/".join(parts[start:])
        for spelling in (end, end.casefold()):
            if spelling in index:
                pictures = index[spelling]
                return pictures[0] if len(pictures) == 1 else None
    return None
