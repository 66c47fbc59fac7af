"""What plans are made of: values that do not change, and how people write them."""

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: unchangeable, and it refuses fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy that keeps no cached property: ``update`` may change what it follows."""
        copy = super().model_copy(update=update, deep=deep)
        for name in copy.__dict__.keys() - type(self).model_fields.keys():
            del copy.__dict__[name]
        return copy


TEXT: dict[str, Any] = {"type": "string"}
ENTRY: dict[str, Any] = {
    "anyOf": [
        TEXT,
        {
            "type": "object",
            "properties": {"name": TEXT},
            "required": ["name"],
            "description": "An entry's name, its settings beside it.",
        },
    ]
}


class Written(Frozen):
    """A value that people write in a plan in a shorter way than its fields.

    ``spelling`` says how in words, ``written_schema`` as a JSON schema.
    """

    spelling: ClassVar[str]
    written_schema: ClassVar[dict[str, Any]]

    @classmethod
    def __get_pydantic_json_schema__(cls, core_schema, handler) -> dict[str, Any]:
        return {"description": inspect.cleandoc(cls.__doc__ or ""), **cls.written_schema}
