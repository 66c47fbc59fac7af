"""How a person says which layer is looked at: a path, a name, or a number from the end."""

from typing import Any

LAST = "last"
# Version of the rule by which a layer is chosen where none is named (``choice.place_of``): part of
# the keys of maps, since maps by another rule are others.
RULE = 3


def layer_wish(value: Any) -> Any:
    """Return the text of a number from the end; anything else as it is.

    >>> layer_wish(-2), layer_wish("base/conv")
    ('-2', 'base/conv')
    """
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def number_from_end(wish: str | None) -> int | None:
    """Return the number from the end that is wished for, -1 being the last; None: a name is.

    >>> number_from_end("last"), number_from_end("-2"), number_from_end("block_2")
    (-1, -2, None)
    """
    if wish is None or wish == LAST:
        return -1
    return int(wish) if wish.lstrip("-").isdecimal() else None
