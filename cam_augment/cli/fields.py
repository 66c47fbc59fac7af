"""A plan from the command line: every field of it is an option."""

import argparse
from collections.abc import Collection
from typing import Any

from cam_augment.base.errors import InputError
from cam_augment.base.fields import facts
from cam_augment.cli.parser import Parser
from cam_augment.plan import Plan, Recipe
from cam_augment.plan.reading import NEW_NAMES, inline

DEFAULT = "quickstart"  # the plan where none is named
FIELDS = {n: f for n, f in (facts(Plan) | facts(Recipe)).items() if n != "recipe"}


def add_plan(parser: Parser) -> None:
    """Add the plan, its fields and the places of one's own pictures."""
    parser.add_argument("plan", nargs="?", default=DEFAULT, help="a TOML file or a packaged plan")
    fields = parser.add_argument_group("fields of the plan (they replace the file's)")
    add_fields(fields, FIELDS)
    pictures = parser.add_argument_group("your own pictures (they set the data set 'folder')")
    pictures.add_argument(
        "--data", metavar="DIR", help="a folder per class, train/test folders, or a CSV file"
    )
    pictures.add_argument(
        "--masks", metavar="DIR", help="folder of masks named like their pictures"
    )
    pictures.add_argument(
        "--regions", metavar="FILE", help="JSON of COCO or labelme, or its folder"
    )


def add_fields(group: argparse._ArgumentGroup, names: Collection[str]) -> None:
    """Add an option for each of the fields to a group of a parser, and one for their settings."""
    for name in names:
        flag = "--" + name.replace("_", "-")
        text = FIELDS[name].help.replace("%", "%%")
        group.add_argument(flag, dest=f"field.{name}", metavar="VALUE", help=text)
    for old in (old for old, new in NEW_NAMES.items() if new in names):
        flag = "--" + old.replace("_", "-")
        group.add_argument(flag, dest=f"field.{old}", help=argparse.SUPPRESS)
    group.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        help="a setting inside a field: --set dataset.size=96x128",
    )


def names_plan(options: argparse.Namespace) -> bool:
    """Return whether the options name a plan, or change a field of one."""
    fields, settings = changes_of(options)
    return options.plan != DEFAULT or bool(fields or settings or _own_data(options))


def plan_of(options: argparse.Namespace) -> Plan:
    """Return the plan that is named, changed as the options say.

    Raises:
        InputError: the plan or an option is refused.
    """
    fields, settings = changes_of(options)
    return Plan.read(options.plan, **(fields | _own_data(options) | settings))


def changes_of(options: argparse.Namespace) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the options of ``add_fields`` change: fields by name, and settings by path.

    Raises:
        InputError: a setting has no value.
    """
    fields: dict[str, Any] = {}
    for name, value in vars(options).items():
        head, _, field = name.partition(".")
        if head != "field" or value is None:
            continue
        value = inline(value, f"option --{field.replace('_', '-')}")
        if isinstance(value, str) and field in ("strategies", "metrics", "checks"):
            value = _split_list(value)
        fields[f"recipe.{field}" if field in Recipe.model_fields else field] = value
    return fields, dict(_setting(text) for text in options.set)


def _setting(text: str) -> tuple[str, Any]:
    path, equals, value = text.partition("=")
    if not equals:
        raise InputError(f"option --set: received '{text}'; expected FIELD=VALUE")
    return path, inline(value, f"option --set {path}")


def _own_data(options: argparse.Namespace) -> dict[str, str]:
    """Return what ``--data``, ``--masks`` and ``--regions`` change of the plan."""
    dataset = getattr(options, "field.dataset")
    if options.data is not None and dataset not in (None, "folder"):
        raise InputError(
            f"option --data: reads the data set 'folder'; received --dataset {dataset}"
        )
    places = {"path": options.data, "masks": options.masks, "regions": options.regions}
    changes = {f"dataset.{name}": value for name, value in places.items() if value is not None}
    return ({"dataset.name": "folder"} if options.data is not None else {}) | changes


def _split_list(text: str) -> list[str]:
    """Split at commas, except those before ``key=value``, which belong to the item before.

    >>> _split_list("random_erasing:0.2,fill=zero,zoom")
    ['random_erasing:0.2,fill=zero', 'zoom']
    >>> _split_list("layercam,target=predicted")
    ['layercam', 'target=predicted']
    """
    items: list[str] = []
    for piece in text.split(","):
        key, equals, _ = piece.partition("=")
        if items and equals and ":" not in key and key.strip() not in ("target", "layer"):
            items[-1] += f",{piece}"
        else:
            items.append(piece.strip())
    return [item for item in items if item]
