"""Reads a plan's file, applies options to it, and says in one line what is wrong with it."""

import os
import re
import tomllib
import warnings
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from cam_augment.base.errors import InputError, nearest
from cam_augment.plan.runs import Recipe
from cam_augment.plan.search import Search
from cam_augment.reading.files import read_bytes
from cam_augment.reading.names import shown
from cam_augment.reading.text import check_text

Fields = Mapping[str, FieldInfo]
# Old names of fields to new ones. For one version the old ones are read, with a warning.
NEW_NAMES = {"foretell": "predictors", "adaptive": "more_models"}
TABLES: dict[str, type[BaseModel]] = {
    "recipe": Recipe,
    "search": Search,
}  # fields that have fields of their own
MORE_WHEN_ADAPTIVE = 2  # models that ``adaptive = true`` adds to the undecided now
# What a plan's file calls what pydantic calls by the type it makes of it.
_EXPECTED = {
    "tuple_type": "a list expected, [...]",
    "dict_type": "a table expected, {...}",
    "model_type": "a table expected, {...}",
    "model_attributes_type": "a table expected, {...}",
}
_MOST_BYTES = 2**20
_DEEPEST = 100
# The time and memory that tomllib takes grow with the square of a dotted name's parts.
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*"""
_DEEP_NAME = re.compile(rf"(?<![\w-])(?:{_PART}){{{_DEEPEST}}}", re.ASCII)


def packaged_plans() -> dict[str, Path]:
    """Return the plans that come with the package, by name."""
    return {Path(str(p)).stem: Path(str(p)) for p in files("cam_augment.plans").iterdir()
            if p.name.endswith(".toml")}  # fmt: skip


def read_fields(source: str | Path) -> dict[str, Any]:
    """Return the fields of a TOML file or of a packaged plan, its name among them.

    Raises:
        InputError: there is no such file, or it is not valid TOML, is larger than 1 MiB, or is
            nested too deep.
    """
    path = _find(source)
    fields = _parsed(read_bytes(path, _MOST_BYTES, str(source)), str(source))
    return fields | {"name": fields.get("name", path.stem)}


def _parsed(content: bytes, source: str) -> dict[str, Any]:
    try:
        text = content.decode("utf-8-sig")
        if _DEEP_NAME.search(text):
            raise RecursionError
        return tomllib.loads(text)
    except ValueError as error:  # of numbers with thousands of digits too
        raise InputError(f"{source}: not valid TOML: {error}") from None
    except RecursionError:
        raise InputError(f"{source}: nested too deep to be a plan") from None


def inline(text: str, source: str) -> Any:
    """Return what an option says: a table or a list of TOML, or else the text itself.

    >>> inline('{name = "rotation", magnitude = 30}', "option --architecture")
    {'name': 'rotation', 'magnitude': 30}

    Raises:
        InputError: it begins as a table or a list and is none.
    """
    if not text.lstrip().startswith(("{", "[")):
        return text
    content = f"value = {text.strip()}".encode()
    if len(content) > _MOST_BYTES:
        raise InputError(f"{source}: larger than 1 MiB")
    fields = _parsed(content, source)
    if set(fields) != {"value"}:
        raise InputError(f"{source}: not valid TOML: more than one value")
    return fields["value"]


def _find(source: str | Path) -> Path:
    if not isinstance(source, str | os.PathLike):
        raise InputError(
            f"plan: received {shown(repr(source), 60)}; the path of a TOML file or the name of a "
            "packaged plan expected"
        )
    path = Path(source)
    if os.path.isfile(path):  # Path.is_file raises where a name is too long
        return path
    plans = packaged_plans()
    if str(source) in plans:
        return plans[str(source)]
    raise InputError(
        f"no plan '{source}': neither a file nor a packaged plan."
        f"{nearest(str(source), plans)} Packaged: {', '.join(sorted(plans))}"
    )


def rename_fields(fields: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return fields under their new names, with a FutureWarning for each old name.

    Raises:
        InputError: they are no mapping, a name is no text, or a field is there under both of its
            names.
    """
    _check_names(fields, source)
    current = dict(fields)
    for old, new in NEW_NAMES.items():
        if old not in current:
            continue
        if new in current:
            raise InputError(
                f"{source}: received '{old}' and '{new}', the same field; keep '{new}'"
            )
        value = current.pop(old)
        current[new] = _more_models(value) if old == "adaptive" else value
        text = f"{source}: the field '{old}' is called '{new}' now"
        if current[new] != value:
            text += f"; {value!r} is read as {current[new]!r}"
        warnings.warn(text, FutureWarning, stacklevel=4)
    return current


def _check_names(fields: Any, source: str) -> None:
    if not isinstance(fields, Mapping):
        raise InputError(
            f"{source}: received {shown(repr(fields), 60)}; fields by name expected, "
            '{"strategies": [...], ...}'
        )
    for name in fields:
        if not isinstance(name, str):
            raise InputError(
                f"{source}: received a field called {shown(repr(name), 60)}; a name in text "
                "expected"
            )


def _more_models(adaptive: Any) -> list[int]:
    """Return the further stages that ``adaptive`` stands for: one, or none."""
    words = {"true": [MORE_WHEN_ADAPTIVE], "false": []}
    if (word := str(adaptive).lower()) not in words:
        raise InputError(f"adaptive: received {adaptive!r}; true or false")
    return words[word]


def apply_changes(
    fields: Mapping[str, Any], changes: Mapping[str, Any], schema: Fields
) -> dict[str, Any]:
    """Return fields, some of them replaced.

    Args:
        changes: dotted name to value. schema: the fields that a plan has.

    Raises:
        InputError: a dotted name reaches into a field that has no fields of its own.
    """
    values = dict(fields)
    for name, value in changes.items():
        if name.count(".") > _DEEPEST:
            raise InputError(f"option --set {name}: nested too deep to be a plan")
        _replace(values, name, value, schema)
    return values


def _replace(fields: dict[str, Any], name: str, value: Any, schema: Fields) -> None:
    head, _, rest = name.partition(".")
    if not rest:
        fields[head] = value
        return
    default = schema[head].default if head in schema else None
    inner = fields.get(head, default if isinstance(default, str) else {})
    if not isinstance(inner, (str, Mapping)):
        raise InputError(f"option --set {name}: '{head}' has no fields inside")
    fields[head] = {"name": inner} if isinstance(inner, str) else dict(inner)
    if rest == "name" and fields[head].get("name") != value:
        fields[head] = {}  # the settings of one entry are not those of another
    _replace(fields[head], rest, value, schema)


def check_words(fields: Mapping[str, Any], source: str) -> None:
    """Raise InputError for a word, anywhere in the fields, that cannot be written into a file."""
    waiting: list[tuple[str, Any]] = list(fields.items())
    while waiting:
        name, value = waiting.pop()
        if isinstance(value, str):
            check_text(value, f"{source}: {name}")
        elif isinstance(value, Mapping):
            waiting += [(f"{name}.{key}", inner) for key, inner in value.items()]
            waiting += [(name, key) for key in value]
        elif isinstance(value, (list, tuple, set, frozenset)):
            waiting += [(name, inner) for inner in value]


def one_line(
    error: ValidationError, source: str, changes: Mapping[str, Any], schema: Fields
) -> str:
    """Return what is wrong with a plan: file or option, field, what was received."""
    problem = error.errors()[0]
    field = ".".join(str(part) for part in problem["loc"])
    where = f"option --{field.replace('_', '-')}" if field in changes else f"{source}: {field}"
    where = where if field else source
    if problem["type"] == "extra_forbidden":
        return (
            f"{source}: no field '{field}' (received {problem['input']!r}).{_hint(field, schema)}"
        )
    inner = problem.get("ctx", {}).get("error")
    if isinstance(inner, InputError):
        return f"{where}: {inner}"
    message = _EXPECTED.get(problem["type"]) or problem["msg"][0].lower() + problem["msg"][1:]
    return f"{where}: received {problem['input']!r}; {message}"


def _hint(field: str, schema: Fields) -> str:
    """Return what an unknown field may stand for, and which fields are allowed."""
    table = field.partition(".")[0]
    inner = {name: [f"{name}.{key}" for key in model.model_fields]
             for name, model in TABLES.items()}  # fmt: skip
    names = inner[table] if "." in field and table in inner else list(schema)
    recipe = inner["recipe"]
    hint = f" Did you mean 'recipe.{field}'?" if f"recipe.{field}" in recipe else ""
    return f"{hint or nearest(field, dict.fromkeys([*names, *recipe]))} Allowed: {', '.join(names)}"
