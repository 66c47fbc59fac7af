"""A plan's file and options: found, read, changed, and what is wrong with them in one line."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from cam_augment.errors import InputError, nearest
from cam_augment.plan.runs import Recipe

Fields = Mapping[str, FieldInfo]


def packaged() -> dict[str, Path]:
    """Return the plans that come with the package, by name."""
    return {Path(str(p)).stem: Path(str(p)) for p in files("cam_augment.plans").iterdir()
            if p.name.endswith(".toml")}  # fmt: skip


def read_fields(source: str | Path) -> dict[str, Any]:
    """Return the fields of a TOML file or of a packaged plan, its name among them.

    Raises:
        InputError: there is no such file, or it is no TOML.
    """
    path = _find(source)
    try:
        fields = tomllib.loads(path.read_text("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise InputError(f"{source}: this is no TOML: {error}") from None
    except OSError as error:
        raise InputError(f"{source}: cannot be read: {error.strerror}") from None
    return fields | {"name": fields.get("name", path.stem)}


def _find(source: str | Path) -> Path:
    path = Path(source)
    if path.is_file():
        return path
    plans = packaged()
    if str(source) in plans:
        return plans[str(source)]
    raise InputError(
        f"no plan '{source}': neither a file nor a packaged plan."
        f"{nearest(str(source), plans)} Packaged: {', '.join(sorted(plans))}"
    )


def change(fields: dict[str, Any], name: str, value: Any, known: Fields) -> None:
    """Set a field by its dotted name, in place; ``known``: the fields that a plan has."""
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
    change(fields[head], rest, value, known)


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
