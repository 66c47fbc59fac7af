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
    found, nor where the path goes on to a folder of pictures in which this one does not lie: that
    picture is missing. Unicode's forms are one; capitals matter only where two names differ in
    nothing else.

    Attributes:
        twins: paths without their endings that several pictures have, as they are compared.
    """

    def __init__(self, pictures: Collection[str]):
        self.twins: set[str] = set()
        self._folders = {folder for picture in pictures for folder in _folders(picture)}
        names = {_parts(picture.casefold())[-1] for picture in pictures}
        self._has_unique_names = len(names) == len(pictures)
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
        return self._find(self._paths, path)

    def by_stem(self, path: str) -> str | None:
        """Return the picture that a path without an ending means."""
        return self._find(self._stems, path)

    def near(self, path: str) -> str | None:
        """Return the picture of a path's name, wherever it lies; None unless names are unique."""
        name = _parts(path.replace("\\", "/"))[-1:]
        pictures = self._paths.get("".join(name).casefold(), [])
        return pictures[0] if self._has_unique_names and len(pictures) == 1 else None

    def _find(self, index: dict[str, list[str]], path: str) -> str | None:
        """Return the only picture that the longest known end of a path names."""
        parts = _parts(path.replace("\\", "/"))
        for start in range(len(parts)):
            end = "/".join(parts[start:])
            for spelling in (end, end.casefold()):
                if spelling in index:
                    pictures = index[spelling]
                    only = pictures[0] if len(pictures) == 1 else None
                    return None if only is None or self._is_away(only, parts[:start]) else only
        return None

    def _is_away(self, picture: str, folders: tuple[str, ...]) -> bool:
        """Return whether a path goes on to a folder of pictures in which this one does not lie."""
        last = folders[-1].casefold() if folders else ""
        return last in self._folders and last not in _folders(picture)


def _without_ending(path: str) -> str:
    head, dot, ending = path.rpartition(".")
    return head if dot and "/" not in ending else path


def _ends(path: str) -> Iterator[str]:
    """Yield the ends of a path, the longest first, as they are written and in small letters."""
    parts = _parts(path)
    for start in range(len(parts)):
        end = "/".join(parts[start:])
        yield end
        if end.casefold() != end:
            yield end.casefold()


def _folders(path: str) -> set[str]:
    return set(_parts(path.casefold())[:-1])


def _parts(path: str) -> tuple[str, ...]:
    return PurePosixPath(normal(path)).parts
