"""``cam-augment list KIND``: the entries of a kind."""

import json
from collections.abc import Mapping, Sequence
from typing import Any

from cam_augment.base.errors import InputError, nearest
from cam_augment.cli.fields import FIELDS
from cam_augment.cli.parser import Parser
from cam_augment.plan import Plan
from cam_augment.registry import (
    ARCHITECTURES,
    CAMS,
    CORRUPTIONS,
    DATASETS,
    METRICS,
    QUESTIONS,
    STRATEGIES,
    Registry,
)

REGISTRIES: Mapping[str, Registry] = {
    "strategies": STRATEGIES,
    "cams": CAMS,
    "metrics": METRICS,
    "datasets": DATASETS,
    "architectures": ARCHITECTURES,
    "corruptions": CORRUPTIONS,
    "questions": QUESTIONS,
}


PLAN = "plan"  # the fields themselves, which name the entries


def parser(program: str) -> Parser:
    """Return the parser: what to list."""
    about = "List the entries that a plan can name, and the questions that models are asked."
    examples = (f"{program} strategies", f"{program} plan --json > plan.schema.json")
    parser = Parser(about, examples, prog=program)
    parser.add_argument("kind", metavar="KIND", help=", ".join((*REGISTRIES, PLAN)))
    parser.add_argument("--json", action="store_true", help="as JSON; of plan: its JSON schema")
    return parser


def run(program: str, words: Sequence[str]) -> int:
    """Print the entries of a kind; return the exit code.

    Raises:
        InputError: there is no such kind.
    """
    options = parser(program).parse_args(words)
    _check(options.kind, "KIND")
    print(as_json(options.kind) if options.json else listing(options.kind))
    return 0


def as_json(kind: str) -> str:
    """Return the entries of a kind with all that is known of them; of plans, the JSON schema."""
    if kind == PLAN:
        content: Any = Plan.model_json_schema()
    else:
        content = [entry.plain() for entry in REGISTRIES[kind].values()]
    return json.dumps(content, indent=2, ensure_ascii=False)


def listing(kind: str, received_by: str = "KIND") -> str:
    """Return the entries of a kind, or the fields of a plan, for people.

    Args:
        kind: one of ``REGISTRIES``, or ``PLAN``. received_by: the option or argument that said so.

    Raises:
        InputError: there is no such kind.
    """
    _check(kind, received_by)
    if kind == PLAN:
        return "\n".join(f"{name:<18} {field.help}" for name, field in FIELDS.items())
    lines = []
    for entry in REGISTRIES[kind].values():
        settings = ", ".join(f"{k}={v}" for k, v in entry.resolve({}).items())
        lines.append(f"{entry.name:<18} {entry.summary}")
        lines += [f"{'':<18} {text}" for text in (entry.note, settings) if text]
    return "\n".join(lines)


def _check(kind: str, received_by: str) -> None:
    kinds = (*REGISTRIES, PLAN)
    if kind not in kinds:
        raise InputError(
            f"{received_by}: received '{kind}'.{nearest(kind, kinds)} Allowed: {', '.join(kinds)}"
        )
