"""Answers of models of any framework: the same profile, without the models.

profile = compare_answers({"plain": [a, b, c], "flipped": [d, e, f]}, labels, baseline="plain")
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from os import PathLike
from pathlib import Path
from typing import Any

import numpy as np

from cam_augment import impact
from cam_augment.base.arrays import as_array
from cam_augment.base.errors import InputError
from cam_augment.datasets import probe_regions as regions
from cam_augment.networks.endings import Answer as Outputs
from cam_augment.networks.endings import check_answer
from cam_augment.plan import GIVEN, Run
from cam_augment.plan.costs import check_costs
from cam_augment.questions import OWN
from cam_augment.reading.names import shown
from cam_augment.reading.npz import names_in, read_npz
from cam_augment.reading.text import check_text
from cam_augment.records import Answers, DataSet, Fit, ImpactProfile, Maps
from cam_augment.records.provenance import provenance
from cam_augment.report.files import check_place
from cam_augment.report.language import several
from cam_augment.statistics.scoring import check_classes
from cam_augment.study.arms import arms_of, in_plan_order, name_of, plan_of, who_is
from cam_augment.study.compare import check_same_grid, write
from cam_augment.study.labels import text
from cam_augment.study.repeated import Distinct
from cam_augment.study.samples import WHO, Samples, check_finite, pictures_of

ARRAYS = ("logits", "maps")
WORDS = ("cam", "layer")
LEAST_GRID = 2
MOST_CELLS = 4096
_CLOSE = 1e-3
_LEAST = 1e-30
_TITLES = {"cam": "CAM method", "layer": "layer"}
_COUNTED = re.compile(r"_\d+(?=/|$)")


def compare_answers(
    arms: Mapping[Any, Any],
    labels: Any,
    images: Any = None,
    masks: Any = None,
    *,
    baseline: Any,
    classes: Sequence[str] | None = None,
    product: Any = None,
    groups: Any = None,
    sequences: Any = None,
    ends_in: Outputs | None = None,
    out: str | Path | None = None,
    language: str = "en",
    **fields: Any,
) -> ImpactProfile:
    """Return the impact profile of what models of any framework answered.

    Args:
        arms: name of an arm to its models' answers: ``Answers``, mappings with ``logits`` and
            ``maps``, or npz files of both. All answer the same images, in one order, on which no
            model was trained; each arm's models should differ in seed. One or two an arm are
            described, not judged.
        labels: one class an image, in any form that ``compare`` takes.
        images: the images, for the gallery; without them there is none. They are shown, and
            nothing is asked of them.
        masks: [image, row, column] of what matters in the images, not 0 there, if known; of the
            images' size, or, without images, of any.
        baseline: name of the arm that the others are held against.
        classes: names of the classes in the order of the logits (default: numbers).
        product: where the product lies, like ``masks``, if known.
        groups: which images belong together. sequences: which are frames that follow one another;
            see ``compare``.
        ends_in: ``logits`` or ``probabilities``, where the numbers could be either.
        out: folder for the report, if one is wanted. language: of the report, see
            ``report.write``.
        fields: fields of the plan: ``metrics``, ``alpha``, ``costs``, ...; ``cam`` names the method
            of the maps.

    Whether maps are faithful takes the models, so it is not checked.

    Raises:
        InputError: arrays do not fit together or hold what they should not, an arm has one model
            twice, or a field or language is refused.
    """
    several(language)
    check_place(out)
    started = time.time()
    arms, baseline = arms_of(arms, baseline)
    gallery = {} if images is not None else {"gallery": 0}
    plan = plan_of(arms, baseline, fields, cam=GIVEN, **gallery)
    if plan.concepts is not None:
        raise InputError(
            f"{WHO}: concepts: it asks the models themselves what a layer gives; these are answers "
            "without a model. Leave it out, or hand Keras models to compare"
        )
    if images is None and plan.gallery:
        raise InputError(f"{WHO}: gallery: it shows images, and none were handed over")
    models = [
        (run, answers_of(source, who_is(run, baseline), ends_in))
        for run, source in in_plan_order(arms, baseline, plan)
    ]
    _check_one_look(models, baseline)
    _, first = models[0]
    samples = _samples(first, labels, images, classes, masks, product)
    samples = samples.in_groups(groups, sequences)
    data = regions.mark(samples.data(first.logits.shape[1], "arms"), plan.probe_regions)
    check_costs(plan.costs, plan.parts, data.classes, data.test.labels)
    check_classes(plan.gain, data.test.labels, data.classes)
    label = plan.cam.name
    maps = {run.key: Maps(run.key, answers.cam or label, answers.layer, answers.maps)
            for run, answers in models}  # fmt: skip
    distinct = Distinct(baseline)
    for run, answers in models:
        subject = who_is(run, baseline)
        _check_like(subject, answers, first, data)
        check_same_grid(subject, maps[run.key], maps[models[0][0].key])
        distinct.check(run, answers.logits, [maps[run.key]])
    origin = {"data": data.fingerprint}
    fits = [Fit(run, answers.logits, answers.logits, {}, 0.0, origin) for run, answers in models]
    loaders = {key: _loader(values) for key, values in maps.items()}
    profile = impact.profile(
        plan, data, fits, {"maps": {OWN: loaders}}, [], provenance(fits, data, started)
    )
    profile = distinct.noted(profile)
    write(profile, out, language)
    return profile


def _loader(maps: Maps) -> Callable[[], Maps]:
    return lambda: maps


def _samples(
    first: Answers, labels: Any, images: Any, classes: Any, masks: Any, product: Any
) -> Samples:
    """Return the samples; without images, flat ones of the masks' size or the maps' grid.

    Of these each is another, since of no frame is it known that it repeats the one before.
    """
    if images is not None:
        return Samples.of(images, labels, classes, masks, product)
    marks = {"masks": masks, "product": product}
    given = [name for name, values in marks.items() if values is not None]
    sides = _sides(given[0], marks[given[0]]) if given else first.maps.shape[1:]
    levels = np.arange(len(first.logits), dtype=np.float32)[:, None, None, None]
    flat = np.broadcast_to(levels, (len(levels), *sides, 1))
    return Samples.with_pictures(pictures_of(flat), labels, classes, masks, product)


def _sides(name: str, marks: Any) -> tuple[int, ...]:
    """Return rows and columns of masks, which nothing else says where there are no images."""
    array = as_array(f"{WHO}: {name}", marks)
    if array.ndim not in (3, 4) or array.dtype.kind not in "biuf" or 0 in array.shape:
        raise InputError(f"{WHO}: {name}: numbers [image, row, column] expected; received "
                         f"{array.dtype} {array.shape}")  # fmt: skip
    return array.shape[1:3]


def _check_one_look(models: Sequence[tuple[Run, Answers]], baseline: str) -> None:
    """Raise InputError where maps are said to be of two methods, or of two layers."""
    for name in WORDS:
        named = [(run, word) for run, answers in models if (word := getattr(answers, name))]
        for run, word in named[1:]:
            first, other = named[0]
            if _alike(name, word) != _alike(name, other):
                raise InputError(
                    f"{who_is(run, baseline)}: {name} '{shown(word, 60)}'; the maps of "
                    f"{name_of(first, baseline)} are of "
                    f"'{shown(other, 60)}': only maps of one {_TITLES[name]} can be compared"
                )


def _alike(name: str, word: str) -> str:
    """Return what a name says: Keras counts layers on from model to model, ``conv2d_7``."""
    return _COUNTED.sub("", word) if name == "layer" else word


def _check_like(subject: str, answers: Answers, first: Answers, data: DataSet) -> None:
    """Raise InputError where a model answers other images or classes than its neighbours."""
    if len(answers.logits) != len(data.test):
        raise InputError(
            f"{subject} answers {len(answers.logits)} images; there are {len(data.test)} labels, "
            f"and the first model answers {len(first.logits)}"
        )
    if answers.logits.shape[1] != first.logits.shape[1]:
        raise InputError(
            f"{subject} tells {answers.logits.shape[1]} classes apart; the first model "
            f"{first.logits.shape[1]}"
        )


# -- one model's answers ------------------------------------------------------------------


def answers_of(source: Any, subject: str, ends_in: Outputs | None = None) -> Answers:
    """Return a model's answers, checked: logits float32 [image, class], maps float32.

    Args:
        source: ``Answers``, a mapping with ``logits`` and ``maps``, or an npz file of both.
        subject: the model's name in messages. ends_in: what the logits are, if a person says it.

    Raises:
        InputError: the source is none of these, or its arrays are no logits and maps.
    """
    answers = _read(source, subject)
    logits = logits_of(answers.logits, subject, ends_in)
    maps = _maps(answers.maps, subject)
    if len(maps) != len(logits):
        raise InputError(f"{subject}: logits of {len(logits)} images and maps of {len(maps)}")
    return replace(answers, logits=logits, maps=maps)


def _read(source: Any, subject: str) -> Answers:
    if isinstance(source, Answers):
        return source
    if isinstance(source, (str, PathLike)):
        path = Path(source)
        present = [name for name in WORDS if name in names_in(path)]
        source = read_npz(path, [*ARRAYS, *present])
    if not isinstance(source, Mapping):
        raise InputError(
            f"{subject}: received {type(source).__name__}; Answers, a mapping with logits and "
            "maps, or an npz file of both expected"
        )
    lacking = [name for name in ARRAYS if name not in source]
    if lacking:
        keys = ", ".join(map(str, source)) or "none"
        raise InputError(f"{subject}: no array '{lacking[0]}'. There are: {keys}")
    words: dict[str, Any] = {name: _word(source[name]) for name in WORDS if name in source}
    for name, word in words.items():
        check_text(word, f"{subject}: {name}")
    arrays: list[Any] = [as_array(f"{subject}: {name}", source[name]) for name in ARRAYS]
    return Answers(*arrays, **words)


def _word(value: Any) -> str:
    """Return a word, as it is or as the one entry of an array; none is empty."""
    value = value.item() if isinstance(value, np.ndarray) and value.size == 1 else value
    return "" if value is None else text(value)


def _part(subject: str, name: str) -> str:
    """Return what messages that begin with ``WHO`` call an array of a model."""
    return f"{subject.removeprefix(f'{WHO}: ')}: {name}"


def logits_of(values: np.ndarray, subject: str, ends_in: Outputs | None = None) -> np.ndarray:
    """Return logits float32 [image, class], of what a model gave.

    One unit z that tells two classes apart, [image] or [image, 1], is the logits (0, z).

    Args:
        values: numbers [image, class], or [image] of one unit.

    Raises:
        InputError: they are none, or could be probabilities and nobody says so, or ``ends_in`` is
            another word.
    """
    check_answer(ends_in)
    if values.dtype.kind not in "biuf" or values.ndim not in (1, 2) or 0 in values.shape:
        raise InputError(f"{subject}: logits are numbers [image, class]; received {values.dtype} "
                         f"{values.shape}")  # fmt: skip
    values = _float32(_part(subject, "logits"), values)
    values = values.reshape(len(values), -1)
    if ends_in is None and values.min() >= 0 and values.max() <= 1:
        raise InputError(
            f"{subject}: logits are all within 0..1, as probabilities are: hand over what goes "
            'into the softmax or sigmoid, or say ends_in="probabilities" (maps should then be of '
            'their logarithms) or ends_in="logits"'
        )
    if ends_in == "probabilities":
        values = _unsqueezed(values, subject)
    return values if values.shape[1] > 1 else np.pad(values, ((0, 0), (1, 0)))


def _unsqueezed(shares: np.ndarray, subject: str) -> np.ndarray:
    if shares.min() < -_CLOSE or shares.max() > 1 + _CLOSE:
        raise InputError(f"{subject}: probabilities are within 0..1; received {shares.min():g} to "
                         f"{shares.max():g}")  # fmt: skip
    logarithms = np.log(np.maximum(shares, _LEAST))
    if shares.shape[1] > 1:
        return logarithms
    return logarithms - np.log(np.maximum(1 - shares, _LEAST))


def _maps(values: np.ndarray, subject: str) -> np.ndarray:
    if values.ndim == 4 and values.shape[-1] == 1:
        values = values[..., 0]
    if values.dtype.kind not in "biuf" or values.ndim != 3 or not len(values):
        raise InputError(f"{subject}: maps are numbers [image, row, column]; received "
                         f"{values.dtype} {values.shape}")  # fmt: skip
    rows, columns = values.shape[1:]
    if min(rows, columns) < LEAST_GRID:
        raise InputError(f"{subject}: maps have a grid of {rows}x{columns}; 2x2 cells at least")
    if rows * columns > MOST_CELLS:
        raise InputError(
            f"{subject}: maps have a grid of {rows}x{columns}; at most {MOST_CELLS:,} cells: hand "
            "over those of the layer's own grid, not enlarged to the image"
        )
    values = _float32(_part(subject, "maps"), values)
    if values.min() < 0:
        raise InputError(f"{subject}: maps have values below 0; cut them at 0, as Grad-CAM does")
    return values


def _float32(name: str, values: np.ndarray) -> np.ndarray:
    """Return numbers as they are reckoned with, all finite then, too."""
    with np.errstate(over="ignore"):
        numbers = values.astype(np.float32)
    check_finite(name, numbers)
    return numbers
