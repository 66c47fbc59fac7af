"""A plan's file and options: found, read, changed, and what is wrong with them in one line."""

import os
import re
import tomllib
import warnings
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from cam_augment.base.errors import InputError, nearest
from cam_augment.plan.runs import Recipe
from cam_augment.reading.files import read_bytes

Fields = Mapping[str, FieldInfo]
# Fields of the version before to their names of today: read once more, with a warning.
RENAMED = {"foretell": "predictors"}
_MOST_BYTES = 2**20
_DEEPEST = 100
# tomllib takes the square of a dotted name's parts, in memory too.
_PART = r"""(?:[\w-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*"""
_DEEP_NAME = re.compile(rf"(?<![\w-])(?:{_PART}){{{_DEEPEST}}}", re.ASCII)


def packaged() -> dict[str, Path]:
    """Return the plans that come with the package, by name."""
    return {Path(str(p)).stem: Path(str(p)) for p in files("cam_augment.plans").iterdir()
            if p.name.endswith(".toml")}  # fmt: skip


def read_fields(source: str | Path) -> dict[str, Any]:
    """Return the fields of a TOML file or of a packaged plan, its name among them.

    Raises:
        InputError: there is no such file, it is no TOML, larger than 1 MiB, or nested without
            end.
    """
    path = _find(source)
    content = read_bytes(path, _MOST_BYTES, str(source))
    try:
        text = content.decode("utf-8")
        if _DEEP_NAME.search(text):
            raise RecursionError
        fields = tomllib.loads(text)
    except ValueError as error:  # of numbers with thousands of digits too
        raise InputError(f"{source}: this is no TOML: {error}") from None
    except RecursionError:
        raise InputError(f"{source}: nested too deep to be a plan") from None
    return fields | {"name": fields.get("name", path.stem)}


def _find(source: str | Path) -> Path:
    path = Path(source)
    if os.path.isfile(path):  # that of Path raises where a name is too long
        return path
    plans = packaged()
    if str(source) in plans:
        return plans[str(source)]
    raise InputError(
        f"no plan '{source}': neither a file nor a packaged plan."
        f"{nearest(str(source), plans)} Packaged: {', '.join(sorted(plans))}"
    )


def renamed(fields: Mapping[str, Any], source: str) -> dict[str, Any]:
    """Return fields under today's names; warn of an older one.

    Raises:
        InputError: a field has both of its names.
    """
    current = dict(fields)
    for old, new in RENAMED.items():
        if old not in current:
            continue
        if new in current:
            raise InputError(
                f"{source}: received '{old}' and '{new}', the same field; keep '{new}'"
            )
        current[new] = current.pop(old)
        text = f"{source}: the field '{old}' is called '{new}' now"
        warnings.warn(text, FutureWarning, stacklevel=4)
    return current


def changed(fields: Mapping[str, Any], changes: Mapping[str, Any], known: Fields) -> dict[str, Any]:
    """Return fields with some set by their dotted names; ``known``: those that a plan has.

    Raises:
        InputError: a name reaches inside of what has no fields.
    """
    merged = dict(fields)
    for name, value in changes.items():
        if name.count(".") > _DEEPEST:
            raise InputError(f"option --set {name}: nested too deep to be a plan")
        _change(merged, name, value, known)
    return merged


def _change(fields: dict[str, Any], name: str, value: Any, known: Fields) -> None:
    head, _, rest = name.partition(".")
    if not rest:
        fields[head] = value
        return
    default = known[head].default if head in known else None
    inner = fields.get(head, default if isinstance(default, str) else {})
    if not isinstance(inner, (str, Mapping)):
        raise InputError(f"option --set {name}: '{head}' has no fields inside")
    fields[head] = {"name": inner} if isinstance(inner, str) else dict(inner)
    if rest == "name" and fields[head].get("name") != value:
        fields[head] = {}  # the settings of one entry are not those of another
    _change(fields[head], rest, value, known)


def one_line(error: ValidationError, source: str, changes: Mapping[str, Any], known: Fields) -> str:
    """Return what is wrong with a plan: file or option, field, what was received."""
    problem = error.errors()[0]
    field = ".".join(str(part) for part in problem["loc"])
    where = f"option --{field.replace('_', '-')}" if field in changes else f"{source}: {field}"
    where = where if field else source
    if problem["type"] == "extra_forbidden":
        return (
            f"{source}: no field '{field}' (received {problem['input']!r}).{_meant(field, known)}"
        )
    inner = problem.get("ctx", {}).get("error")
    if isinstance(inner, InputError):
        return f"{where}: {inner}"
    message = problem["msg"][0].lower() + problem["msg"][1:]
    return f"{where}: received {problem['input']!r}; {message}"


def _meant(field: str, known: Fields) -> str:
    """Return what an unknown field may have meant, and what there is."""
    recipe = [f"recipe.{name}" for name in Recipe.model_fields]
    there = recipe if field.startswith("recipe.") else list(known)
    hint = f" Did you mean 'recipe.{field}'?" if f"recipe.{field}" in recipe else ""
    return f"{hint or nearest(field, [*there, *recipe])} Allowed: {', '.join(there)}"
