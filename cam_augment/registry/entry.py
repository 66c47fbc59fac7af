"""What every kind of entry has: a function, its name, version, settings and checked traits."""

import inspect
import re
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields
from functools import cached_property
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model
from pydantic.dataclasses import dataclass
from pydantic_core import ErrorDetails

from cam_augment.base.errors import InputError, nearest

STRICT = ConfigDict(strict=True)


@dataclass(frozen=True, config=STRICT)
class Entry:
    """One named function, with what every kind of entry has.

    Attributes:
        name: as plans and reports have it.
        function: what is called; its keyword-only parameters are the settings.
        version: of its meaning; part of the keys of stored answers.
    """

    name: str
    function: Callable
    version: int = Field(default=1, ge=1)

    kind: ClassVar[str] = "entry"
    # Spellings of the version before, still read, with a warning: old pair to new pair.
    respelled: ClassVar[Mapping[tuple[str, Any], tuple[str, Any]]] = {}

    def __call__(self, *args: Any, **settings: Any) -> Any:
        return self.function(*args, **settings)

    @classmethod
    def enter(cls, name: str, function: Callable, version: int, traits: Mapping[str, Any]) -> Self:
        """Return the entry, its traits checked.

        Raises:
            InputError: a trait is unknown, missing or of the wrong type.
        """
        subject, allowed = f"{cls.kind} '{name}'", cls.traits()
        traits = cls._respell(subject, traits)
        for trait in traits:
            if trait not in allowed:
                raise _unknown(subject, "trait", trait, allowed)
        try:
            return cls(name=name, function=function, version=version, **traits)
        except ValidationError as error:
            raise _wrong(subject, "trait", error.errors()[0]) from None

    @classmethod
    def traits(cls) -> tuple[str, ...]:
        """Return the names of the traits that entries of this kind may declare."""
        common = {field.name for field in fields(Entry)}
        return tuple(field.name for field in fields(cls) if field.name not in common)

    @classmethod
    def _respell(cls, subject: str, traits: Mapping[str, Any]) -> dict[str, Any]:
        current = dict(traits)
        for (old, value), (new, now) in cls.respelled.items():
            if current.get(old) == value:
                del current[old]
                current[new] = now
                warnings.warn(
                    f"{subject}: {old}={value!r} is written {new}={now!r} now",
                    FutureWarning,
                    stacklevel=4,  # the decorated function
                )
        return current

    @property
    def summary(self) -> str:
        """The first line of the function's docstring."""
        return (inspect.getdoc(self.function) or "").partition("\n")[0]

    @property
    def definition(self) -> str:
        """The second paragraph of the docstring, or nothing where that is a section of it."""
        _, _, rest = (inspect.getdoc(self.function) or "").partition("\n\n")
        paragraph = rest.partition("\n\n")[0]
        section = re.match(r"(Args|Returns|Raises):|>>>", paragraph)
        return "" if section else " ".join(paragraph.split())

    @property
    def note(self) -> str:
        """What the traits say, for people: a few words, or none."""
        return ""

    def plain(self) -> dict[str, Any]:
        """Return all of the entry but its function as plain values; a function as True."""
        values = {name: getattr(self, name) for name in self.traits()}
        return {
            "name": self.name,
            "summary": self.summary,
            "version": self.version,
            **{name: True if callable(value) else value for name, value in values.items()},
            "settings": self.settings.model_json_schema(),
        }

    @cached_property
    def settings(self) -> type[BaseModel]:
        """The model that checks this entry's settings and fills in their defaults."""
        parameters = inspect.signature(self.function, eval_str=True).parameters.values()
        keywords = [p for p in parameters if p.kind is inspect.Parameter.KEYWORD_ONLY]
        for p in keywords:
            if inspect.Parameter.empty in (p.default, p.annotation):
                raise TypeError(f"{self.kind} '{self.name}': setting '{p.name}' needs both a type "
                                "and a default")  # fmt: skip
        fields: dict[str, Any] = {p.name: (p.annotation, p.default) for p in keywords}
        config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
        return create_model(self.name, __config__=config, **fields)

    def resolve(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return all settings of this entry, defaults filled in.

        Raises:
            InputError: a setting is unknown, of the wrong type or out of its limits.
        """
        subject = f"{self.kind} '{self.name}'"
        try:
            return self.settings(**settings).model_dump()
        except ValidationError as error:
            problem, *others = error.errors()
            if problem["type"] == "extra_forbidden":
                name, allowed = str(problem["loc"][0]), self.settings.model_fields
                raise _unknown(subject, "setting", name, allowed) from None
            raise _wrong(subject, "setting", problem, others) from None

    def complete(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        """Return resolved settings with what only the world outside the plan knows."""
        return dict(settings)


def _unknown(subject: str, noun: str, received: str, allowed: Iterable[str]) -> InputError:
    return InputError(
        f"{subject} has no {noun} '{received}'.{nearest(received, allowed)} "
        f"Allowed: {', '.join(allowed) or 'none'}"
    )


def _wrong(
    subject: str, noun: str, problem: ErrorDetails, others: Sequence[ErrorDetails] = ()
) -> InputError:
    """Return the error for what pydantic found wrong with a trait or a setting.

    Args:
        others: what is wrong beside it: of a setting of several types, how each is missed.
    """
    about, value = problem.get("ctx", {}), problem["input"]
    # The rest of a trait's place names a member of its union of types.
    also = [other for other in others if _is_of_one_union(problem, other)]
    place = problem["loc"][:1] if noun == "trait" or also else problem["loc"]
    name, kind = ".".join(str(part) for part in place), problem["type"]
    if kind == "missing":
        return InputError(f"{subject} lacks the {noun} '{name}'")
    if kind == "value_error" and not name:
        return InputError(f"{subject}: {about['error']}")
    message = problem["msg"][0].lower() + problem["msg"][1:]
    for other in also:
        message += f", or {other['msg'].removeprefix('Input should be ')}"
    words = re.findall(r"'([^']*)'", about["expected"]) if kind == "literal_error" else ()
    hint = nearest(str(value), words)
    stop = "." if hint else ""
    return InputError(f"{subject}, {noun} '{name}': received {value!r}; {message}{stop}{hint}")


def _is_of_one_union(one: ErrorDetails, other: ErrorDetails) -> bool:
    """Return whether a value was tried as two types of one setting, which end their places."""
    places = one["loc"], other["loc"]
    return places[0][:-1] == places[1][:-1] and all(
        len(place) > 1 and isinstance(place[-1], str) for place in places
    )
