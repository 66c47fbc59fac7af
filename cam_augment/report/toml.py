"""A plan as TOML that people read and ``tomllib`` reads back as equal."""

from collections.abc import Mapping
from typing import Any

import tomlkit

WIDE = 80


def dumps(table: Mapping[str, Any]) -> str:
    """Return a mapping as TOML; None is left out, and long lists have an item on each line.

    >>> print(dumps({"name": "a", "size": 2, "recipe": {"rate": 1e-3}, "layer": None}), end="")
    name = "a"
    size = 2
    <BLANKLINE>
    [recipe]
    rate = 0.001
    """
    plain = {key: value for key, value in table.items() if not isinstance(value, Mapping)}
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    return tomlkit.dumps(_without_none(plain | inner))


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        array = tomlkit.array()
        array.extend(_without_none(item) for item in value)
        return array.multiline(len(array.as_string()) > WIDE)
    return value
