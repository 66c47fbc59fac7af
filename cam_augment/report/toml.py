"""A small TOML writer: what a plan needs, and what ``tomllib`` reads back as equal."""

import json
import re
from collections.abc import Mapping
from typing import Any


def dumps(table: Mapping[str, Any]) -> str:
    """Return a mapping as TOML: plain values first, tables after them; None is left out.

    >>> print(dumps({"name": "a", "size": 2, "recipe": {"rate": 1e-3}}), end="")
    name = "a"
    size = 2
    <BLANKLINE>
    [recipe]
    rate = 0.001
    """
    return "\n".join(_lines(table, ())).strip() + "\n"


def _lines(table: Mapping[str, Any], path: tuple[str, ...]) -> list[str]:
    given = {k: v for k, v in table.items() if v is not None}
    tables = {k: v for k, v in given.items() if isinstance(v, Mapping)}
    lines = [f"{_key(k)} = {_value(v)}" for k, v in given.items() if k not in tables]
    for key, inner in tables.items():
        inside = (*path, _key(key))
        lines += ["", f"[{'.'.join(inside)}]", *_lines(inner, inside)]
    return lines


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _text(key)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, (list, tuple)):
        return _list([_value(item) for item in value])
    if isinstance(value, Mapping):
        pairs = (f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None)
        return "{" + ", ".join(pairs) + "}"
    if isinstance(value, (int, float)):
        return repr(value)
    raise TypeError(f"received {value!r}; TOML holds text, numbers, truth values, lists, tables")


def _list(items: list[str]) -> str:
    line = f"[{', '.join(items)}]"
    if len(line) < 80:
        return line
    return "[\n" + "".join(f"    {item},\n" for item in items) + "]"


def _text(text: str) -> str:
    # JSON's escapes are TOML's, but for DEL and for halves of surrogate pairs.
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
