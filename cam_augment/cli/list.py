"""``cam-augment list KIND``: the entries of a kind that plans can name."""

from collections.abc import Sequence

from cam_augment.base.errors import InputError, nearest
from cam_augment.cli.parser import Parser
from cam_augment.registry import ARCHITECTURES, CAMS, DATASETS, METRICS, STRATEGIES

REGISTRIES = {
    "strategies": STRATEGIES,
    "cams": CAMS,
    "metrics": METRICS,
    "datasets": DATASETS,
    "architectures": ARCHITECTURES,
}


def parser(program: str) -> Parser:
    """Return the parser: what to list."""
    parser = Parser(prog=program, description="List the entries that a plan can name.")
    parser.add_argument("kind", metavar="KIND", help=", ".join(REGISTRIES))
    return parser


def run(program: str, words: Sequence[str]) -> int:
    """Print the entries of a kind; return the exit code.

    Raises:
        InputError: there is no such kind.
    """
    print(listing(parser(program).parse_args(words).kind))
    return 0


def listing(kind: str, received_by: str = "KIND") -> str:
    """Return the entries of a kind, a line each: name, settings with defaults, summary.

    Args:
        kind: one of ``REGISTRIES``. received_by: the option or argument that said so.

    Raises:
        InputError: there is no such kind.
    """
    if kind not in REGISTRIES:
        raise InputError(
            f"{received_by}: received '{kind}'.{nearest(kind, REGISTRIES)} "
            f"Allowed: {', '.join(REGISTRIES)}"
        )
    lines = []
    for entry in REGISTRIES[kind].values():
        settings = ", ".join(f"{k}={v}" for k, v in entry.resolve({}).items())
        lines.append(f"{entry.name:<18} {entry.summary}")
        if settings:
            lines.append(f"{'':<18} {settings}")
    return "\n".join(lines)
