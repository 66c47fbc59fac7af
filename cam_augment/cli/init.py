"""``cam-augment init DIR``: a commented plan for a folder of pictures, ready for a dry run."""

import os
import tomllib
from collections.abc import Iterator, Sequence
from pathlib import Path

import tomlkit

from cam_augment.base.errors import InputError
from cam_augment.cli.folders import check_file, write_file
from cam_augment.cli.parser import Parser
from cam_augment.impact.scored import FEW
from cam_augment.plan import Plan
from cam_augment.reading.names import shown
from cam_augment.reading.text import check_text
from cam_augment.records import Notice
from cam_augment.registry import DATASETS
from cam_augment.report import notice
from cam_augment.study.proposal import Proposal, propose

_MOST_CLASSES = 8  # named in a comment
_LEAST_TO_ROTATE = 10  # pictures of a class, two in each of five folds


def parser(program: str) -> Parser:
    """Return the parser: the folder, and where the plan goes."""
    parser = Parser(
        prog=program,
        examples=(f"{program} parts/", f"{program} parts/labels.csv --out parts.toml"),
        description="Look at a folder of pictures, or a table of them, and write a commented plan "
        "for a study of them. Nothing is trained.",
    )
    parser.add_argument("data", metavar="DIR", help="a folder of pictures, or a table")
    parser.add_argument("--out", metavar="FILE", help="the plan (default: called after DIR)")
    return parser


def run(program: str, words: Sequence[str]) -> int:
    """Write the plan, and say how to go on; return the exit code.

    Raises:
        InputError: the pictures lie in no known way, or the plan's file is there already.
    """
    options = parser(program).parse_args(words)
    place = Path(options.data)
    out = Path(options.out or f"{_name(place)}.toml")
    check_file(out, "--out")
    if os.path.lexists(out):
        raise InputError(f"option --out: '{shown(out)}' is there already; name another file")
    text = plan_text(propose(place), _name(place))
    check_text(text, f"'{shown(place)}'")
    Plan.make(tomllib.loads(text))  # what is written can be read
    write_file(out, text.encode())
    print(f"wrote {out}")
    print(f"next: cam-augment study {out} --dry-run --sheet {out.with_suffix('.png')}")
    return 0


def _name(place: Path) -> str:
    """Return what a plan for a place may be called."""
    stem = place.resolve().stem if place.suffix else place.resolve().name
    name = "".join(letter if letter.isascii() and letter.isalnum() else "-" for letter in stem)
    return name.strip("-")[:60] or "own"


def plan_text(proposal: Proposal, name: str) -> str:
    """Return a plan in TOML, with comments on what was seen."""
    return "\n".join([*_head(proposal, name), "", *_data(proposal), "", *_recipe(proposal), ""])


def _head(proposal: Proposal, name: str) -> Iterator[str]:
    layout = Notice.of("layout", kind=proposal.layout.kind, name=shown(proposal.layout.root))
    yield f"# {notice(layout)}"
    names = [f"{shown(label, 30)} {count:,}" for label, count in proposal.classes.items()]
    more = f", and {len(names) - _MOST_CLASSES} more" if len(names) > _MOST_CLASSES else ""
    total = len(proposal.layout.rows)
    yield f"# {total:,} pictures: {', '.join(names[:_MOST_CLASSES])}{more}."
    for part in proposal.layout.left_out:
        values = {"why": part.why, "name": shown(part.name, 60), "count": part.count}
        yield f"# {notice(Notice.of('folder.left_out', **values))}"
    for folder, count in proposal.layout.called_masks:
        values = {"name": shown(folder, 60), "count": count}
        yield f"# {notice(Notice.of('folder.called_masks', **values))}"
    yield f"name = {_value(name)}"
    yield "strategies = ["
    yield '    "identity",             # changes nothing: shows how large a nothing looks here'
    yield from (f'    "{strategy}",' for strategy in _strategies(proposal))
    yield "]"
    yield "baselines = 8               # models without augmentation: they show the seeds' noise"
    yield "seeds = 4                   # models of each strategy"
    yield from _rotation(proposal)
    good = proposal.sound
    if good is not None:
        yield "# What mistakes cost, from which savings follow; set them to your own."
        yield f"# costs = {{ good = {_value(good)}, miss = 50, false_alarm = 1 }}"


def _rotation(proposal: Proposal) -> Iterator[str]:
    """Propose a rotating test part where a class will have few test images."""
    rarest = min(proposal.classes, key=lambda label: proposal.classes[label])
    share = DATASETS["folder"].resolve({})["test"]
    images = round(share * proposal.classes[rarest])
    if images >= FEW or proposal.classes[rarest] < _LEAST_TO_ROTATE:
        return
    yield f"# A test part has about {images} of '{shown(rarest, 30)}': too few to tell gains of a"
    yield "# few points. To judge every picture by models that have not seen it, take instead:"
    yield "# baselines = 10"
    yield "# seeds = 5"
    yield "# folds = 5"
    yield '# test = "rotating"         # without costs'


def _strategies(proposal: Proposal) -> list[str]:
    colours = ["saturation"] if proposal.is_coloured else []
    return ["horizontal_flip", "rotation:15", "zoom", "brightness", "contrast", *colours,
            "random_erasing"]  # fmt: skip


def _data(proposal: Proposal) -> Iterator[str]:
    source = proposal.source
    (low_rows, low_columns), (high_rows, high_columns) = proposal.sizes
    rows, columns = proposal.size
    yield "[dataset]"
    yield 'name = "folder"'
    yield f"path = {_value(source.path)}"
    if source.layout != "auto":
        yield f"layout = {_value(source.layout)}  # numbered parts, each with masks: no classes"
    if proposal.layout.kind == "inspection":
        yield 'defects = "one"             # "types": each type of defect is a class'
    if source.regions is not None:
        yield f"regions = {_value(source.regions)}  # labelme's files lie there"
    elif any(row.masks for row in proposal.layout.rows):
        count = sum(bool(row.masks) for row in proposal.layout.rows)
        yield f"# {count:,} pictures have masks, which lie with them and are taken."
    else:
        yield '# masks = "..."             # a folder of masks, if there are some elsewhere'
    yield f"# Pictures have {low_rows}x{low_columns} to {high_rows}x{high_columns} pixels."
    yield f'size = "{rows}x{columns}"'
    yield 'fit = "letterbox"           # all of the picture; or "crop", "stretch"'
    yield f"channels = {_value('colour' if proposal.is_coloured else 'grey')}"
    if source.group is not None:
        yield f"group = {_value(source.group)}  # pictures of one part stay in one split"
    for group in proposal.groups:
        yield "# Do pictures of one part, place or day lie in several splits? Then results flatter."
        example = shown(group.example, 40)
        yield f"# group = {_value(group.pattern)}  # {group.count} groups: {example}"


def _recipe(proposal: Proposal) -> Iterator[str]:
    yield "[recipe]"
    yield "epochs = 30"
    yield "batch_size = 32"
    if proposal.is_uneven:
        yield 'class_weights = "balanced"  # classes are of very different sizes'


def _value(value: object) -> str:
    return tomlkit.item(value).as_string()
