"""``cam-augment compare``: the profile of Keras models that were trained elsewhere."""

import argparse
import logging
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from cam_augment.base.errors import InputError
from cam_augment.cli.fields import add_fields, changes_of
from cam_augment.cli.folders import check_writable
from cam_augment.cli.outcome import FAILED, add_outcome, end, prepare, with_json_errors
from cam_augment.cli.parser import Parser

FIELDS = (
    *("cam", "cam_target", "cam_layer", "probe_regions", "costs", "parts", "metrics", "primary"),
    *("concepts", "alpha", "correction", "bootstrap", "permutations", "gallery"),
)


def parser(program: str) -> Parser:
    """Return the parser: models, images, and the fields of a plan that need no training."""
    parser = Parser(
        prog=program,
        description="Compare Keras models that were trained elsewhere: three or more for each "
        "arm, which differ in their seed; one or two are described, not judged. All are shown the "
        "same images, which none of them was trained on.",
        examples=(
            f"{program} --models models/ --baseline plain --data test.npz",
            f"{program} --answers answers/ --baseline plain --data labels.npz",
        ),
        end=f"Exit codes: 0 done, 2 bad input, {FAILED} a verdict that --fail-on names.",
        usage=f"{program} --models DIR --baseline ARM --data PATH [options]",
    )
    need = parser.add_argument_group("models or their answers, and images")
    need.add_argument("--models", metavar="DIR", help="a folder for each arm, of .keras files")
    need.add_argument(
        "--answers",
        metavar="DIR",
        help="instead of models what these, of any framework, answered: a folder for each arm, of "
        ".npz files with logits [image, class] and maps [image, row, column]",
    )
    need.add_argument(
        "--baseline", metavar="ARM", required=True, help="the arm that the others are held against"
    )
    need.add_argument(
        "--data",
        metavar="PATH",
        required=True,
        help="an .npz file with images and labels (and classes, masks, product, groups, sequences "
        "and frames), as the models take them; or pictures: a folder for each class, train and "
        "test folders, a CSV file. Of answers: an .npz file, in which images may lack",
    )
    need.add_argument("--masks", metavar="DIR", help="of pictures: masks named like these")
    need.add_argument("--regions", metavar="FILE", help="of pictures: JSON of COCO or labelme")
    need.add_argument(
        "--range",
        nargs=2,
        type=float,
        metavar=("BLACK", "WHITE"),
        help="of pictures: the values that the models expect (0 1)",
    )
    need.add_argument(
        "--ends-in",
        choices=("logits", "probabilities"),
        help="what the models give, where their outputs do not show it",
    )
    fields = parser.add_argument_group("fields of a plan")
    add_fields(fields, FIELDS)
    where = parser.add_argument_group("where")
    where.add_argument(
        "--out", metavar="DIR", default="results/compare", help="folder of the report"
    )
    where.add_argument(
        "--language", metavar="NAME", default="en", help="of the report: en, ja, or both: en,ja"
    )
    add_outcome(parser.add_argument_group("what it says"))
    return parser


def run(program: str, words: Sequence[str]) -> int:
    """Compare, write the report, print the verdicts; return the exit code.

    Raises:
        InputError: an option, a model or the images are refused.
    """
    return with_json_errors(words, lambda: _run(parser(program).parse_args(words)))


def _run(options: argparse.Namespace) -> int:
    prepare(options)
    check_writable(Path(options.out), "--out")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")  # before TensorFlow is loaded
    logging.getLogger("tensorflow").setLevel(logging.ERROR)
    _check_one(options)
    fields, settings = changes_of(options)
    data, fields = _divide(fields | settings)
    work = _compare_answers if options.answers else _compare
    return work(options, data | _places(options), fields)


def _check_one(options: argparse.Namespace) -> None:
    if bool(options.models) == bool(options.answers):
        raise InputError("options --answers and --models: one of the two says what is compared")


def _divide(changes: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return what the changes say of the data set, and what of the plan."""
    head = "dataset."
    data = {name.removeprefix(head): changes[name] for name in changes if name.startswith(head)}
    return data, {name: changes[name] for name in changes if not name.startswith(head)}


def _places(options: argparse.Namespace) -> dict[str, str]:
    places = {"masks": options.masks, "regions": options.regions}
    return {name: place for name, place in places.items() if place is not None}


def _compare(options: argparse.Namespace, data: dict[str, Any], fields: dict[str, Any]) -> int:
    from cam_augment.study import from_files
    from cam_augment.study.arms import arms_of, plan_of
    from cam_augment.study.compare import compare

    models = from_files.saved_models(Path(options.models))
    plan_of(*arms_of(models, options.baseline), fields)  # what is wrong with it is said at once
    path = Path(options.data)
    if path.suffix == ".npz":
        _refuse_settings(options, data)
        images = from_files.arrays(path)
    else:
        limits = tuple(options.range or (0.0, 1.0))
        model = models[options.baseline][0]
        images = from_files.pictures(path, data, model, limits, options.ends_in)
    profile = compare(
        models,
        **vars(images),
        **_shared(options),
        **fields,
    )
    return end(profile, Path(options.out), options)


def _compare_answers(
    options: argparse.Namespace, data: dict[str, Any], fields: dict[str, Any]
) -> int:
    from cam_augment.study import from_files
    from cam_augment.study.outside import compare_answers

    for field in ("cam_layer", "cam_target"):
        if field in fields:
            option = field.replace("_", "-")
            raise InputError(f"option --{option}: is for models; answers have their maps already")
    path = Path(options.data)
    if path.suffix != ".npz":
        raise InputError("option --data: of answers, an .npz file with labels expected")
    _refuse_settings(options, data)
    arms = from_files.saved_answers(Path(options.answers))
    profile = compare_answers(
        arms,
        **from_files.labelled(path),
        **_shared(options),
        **fields,
    )
    return end(profile, Path(options.out), options)


def _shared(options: argparse.Namespace) -> dict[str, Any]:
    """Return what models and answers are compared by alike."""
    return {name: getattr(options, name) for name in ("baseline", "out", "language", "ends_in")}


def _refuse_settings(options: argparse.Namespace, data: Mapping[str, Any]) -> None:
    """Raise InputError where an option changes arrays, which are taken as they are."""
    flags = {"masks": "--masks", "regions": "--regions"}
    flags_used = [flags.get(name, f"--set dataset.{name}") for name in data]
    flags_used += ["--range"] if options.range else []
    if flags_used:
        raise InputError(f"option {flags_used[0]}: is for pictures; arrays are taken as they are")
