"""What a pydantic model's fields say of themselves, in words: for help, tables and listings."""

import json
import re
import types
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel
from pydantic.fields import FieldInfo

_KINDS = {int: "whole number", float: "number", bool: "true or false", str: "text", dict: "table"}
_LINK = re.compile(r"\[([^]]+)\]\([^)]+\)")


@dataclass(frozen=True)
class FieldFacts:
    """One field, in words.

    Attributes:
        name: of the field. kind: what a value is: whole number, text, table, ...
        default: as TOML writes it; None: there is none.
        limits: the values that are allowed, where they are few or bounded; else "".
        meaning: the field's description, in Markdown. example: of a value, or "".
    """

    name: str
    kind: str
    default: str | None
    limits: str
    meaning: str
    example: str

    @property
    def help(self) -> str:
        """The first sentence of the meaning with an example, and limits and default."""
        sentence = _LINK.sub(r"\1", self.meaning).replace("`", "")
        sentence = re.split(r"(?<=[\w)])\.(?: |$)", sentence)[0]
        example = f": {self.example}" if self.example else ""
        ends = [self.limits.replace("`", ""), f"default {self.default}" if self.default else ""]
        bounds = "; ".join(filter(None, ends))
        return f"{sentence}{example}" + (f" ({bounds})" if bounds else "")


def facts(model: type[BaseModel]) -> dict[str, FieldFacts]:
    """Return what is known of each field of a model, by its name and in its order."""
    return {name: _facts(name, field) for name, field in model.model_fields.items()}


def _facts(name: str, field: FieldInfo) -> FieldFacts:
    kind = _some(field.annotation)
    return FieldFacts(
        name=name,
        kind=_kind(kind),
        default=None if field.default is None or field.default_factory else toml(field.default),
        limits=_limits(kind, field),
        meaning=field.description or "",
        example=str(field.examples[0]) if field.examples else "",
    )


def toml(value: Any) -> str:
    """Return a plain value as TOML writes it.

    >>> toml("a"), toml(0.005), toml(False), toml(("a", "b")), toml({})
    ('"a"', '0.005', 'false', '["a", "b"]', '{}')
    """
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{name} = {toml(item)}" for name, item in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


def _some(annotation: Any) -> Any:
    """Return the type of a value that is not None, without its constraints."""
    if get_origin(annotation) in (Union, types.UnionType):
        annotation = next(kind for kind in get_args(annotation) if kind is not types.NoneType)
    return annotation


def _kind(kind: Any) -> str:
    if get_origin(kind) is Literal:
        return "name"
    if get_origin(kind) is tuple:
        return "list of names" if get_args(kind)[0] is str else "list"
    spelling = getattr(kind, "spelling", None)
    return spelling or _KINDS.get(get_origin(kind) or kind, "table")


def _limits(kind: Any, field: FieldInfo) -> str:
    if get_origin(kind) is Literal:
        return ", ".join(f"`{word}`" for word in get_args(kind))
    if kind is bool:
        return "`true`, `false`"
    bounds = {
        end: value
        for constraint in field.metadata
        for end in ("ge", "gt", "le", "lt")
        if (value := getattr(constraint, end, None)) is not None
    }
    if {"ge", "le"} <= bounds.keys():
        return f"{_number(bounds['ge'])} to {_number(bounds['le'])}"
    words = {"ge": "at least", "gt": "above", "le": "to", "lt": "below"}
    return ", ".join(f"{words[end]} {_number(value)}" for end, value in bounds.items())


def _number(value: float) -> str:
    return f"{value:,}" if isinstance(value, int) else f"{value:g}"
