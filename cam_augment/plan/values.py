"""What plans are made of: immutable values, some with a shorter spelling in a plan's file."""

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, GetJsonSchemaHandler
from pydantic_core import CoreSchema


class Frozen(BaseModel):
    """An immutable value that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """Return a copy without cached properties, which ``update`` may have made wrong."""
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


class PlanValue(Frozen):
    """A value that people spell in a plan in a shorter way than by its fields.

    ``spelling`` says how in words, ``input_schema`` as a JSON schema.
    """

    spelling: ClassVar[str]
    input_schema: ClassVar[dict[str, Any]]

    @classmethod
    def __get_pydantic_json_schema__(
        cls, _schema: CoreSchema, _handler: GetJsonSchemaHandler, /
    ) -> dict[str, Any]:
        return {"description": inspect.cleandoc(cls.__doc__ or ""), **cls.input_schema}
