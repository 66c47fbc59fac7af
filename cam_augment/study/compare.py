"""Models that somebody already trained: the same profile, without training.

profile = compare({"plain": [a, b, c], "flipped": [d, e, f]}, images, labels, baseline="plain")
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from cam_augment import impact
from cam_augment.base.compat import check_backend
from cam_augment.base.errors import InputError
from cam_augment.base.lazy import keras
from cam_augment.datasets import probe_regions as regions
from cam_augment.networks.endings import Answer as Outputs
from cam_augment.networks.network import Network
from cam_augment.plan import Plan, Run
from cam_augment.plan.costs import check_costs
from cam_augment.questions import Answer, Question, answer_of, questions_of
from cam_augment.records import DataSet, Fit, ImpactProfile, Maps, Notice
from cam_augment.records.provenance import environment, provenance
from cam_augment.report.files import check_place
from cam_augment.report.language import several
from cam_augment.statistics.scoring import check_classes
from cam_augment.study.arms import arms_of, in_plan_order, plan_of, who_is
from cam_augment.study.given import Given
from cam_augment.study.repeated import Distinct
from cam_augment.study.samples import Samples


def compare(
    models: Mapping[Any, Any],
    images: Any,
    labels: Any = None,
    *,
    baseline: Any,
    classes: Sequence[str] | None = None,
    masks: Any = None,
    product: Any = None,
    groups: Any = None,
    sequences: Any = None,
    notes: Sequence[Notice | str] = (),
    ends_in: Outputs | None = None,
    out: str | Path | None = None,
    language: str = "en",
    **fields: Any,
) -> ImpactProfile:
    """Return the impact profile of models that are trained already.

    Args:
        models: name of an arm to its models: any ``keras.Model`` that predicts classes of images,
            functional, nested, sequential or subclassed, ending in logits, in a softmax, in a
            sigmoid a class or in one unit. They are not changed. All see the same images; each
            arm's models should differ in seed. One or two an arm are described, not judged: the
            noise of seeds is not known from one model.
        images: numbers [image, row, column, channel] (grey ones may lack the last axis), in the
            range that the models expect; an array, of bytes or in a mapped file too, which is then
            read by blocks; a ``Stack``, such as those of a data set; or a ``tf.data.Dataset`` of
            images and labels in batches. Accuracy and maps are both taken on them: use images that
            no model was trained on.
        labels: one class an image: whole numbers from 0, [image] or [image, 1]; booleans; one-hot
            [image, class]; or words of ``classes``.
        baseline: name of the arm that the others are held against.
        classes: names of the classes in the order of the models' outputs (default: numbers), in
            anything but a set; or a mapping between names and numbers, such as ``class_to_idx``.
        masks: [image, row, column] of what matters in the images, not 0 there, if known.
        product: [image, row, column] of where the product lies, not 0 there, if known.
        groups: a name or number an image, the same for images that belong together, such as
            exposures of one part; None or "": by itself. A group counts once in all intervals.
        sequences: of frames that follow one another, such as those of a video: the sequence's name
            and the frame's number or time, ``("part 7", 0)``, an image; None: of none; or the
            ``Sequences`` of a data set. A sequence is a group. Says how steady maps and predictions
            are from frame to frame.
        notes: what the report is to warn of, such as pictures that were left out: a sentence each.
        ends_in: ``logits`` or ``probabilities``, where the models' outputs do not show it.
        out: folder for the report, if one is wanted. language: of the report, see
            ``report.write``.
        fields: fields of the plan: ``cam``, ``cam_layer``, ``metrics``, ``alpha``, ...; a dotted
            name (``"cam.steps"``) reaches inside.

    Whether maps are faithful is asked of copies of the baselines: at most 4,301 more images
    through each. Where Keras cannot copy a model, the report says that it was not checked.
    There are no validation images to fit decisions on, so ``costs`` are those of the class
    that each model holds for the likeliest.

    Raises:
        InputError: an arm has no models or one twice, shapes do not fit, a model gives no numbers,
            or a field or language is refused.
    """
    several(language)
    check_place(out)
    check_backend()
    started = time.time()
    arms, baseline = arms_of(models, baseline)
    plan = plan_of(arms, baseline, fields)
    samples = Samples.of(images, labels, classes, masks, product).in_groups(groups, sequences)
    remarks = (Notice.text(note) if isinstance(note, str) else note for note in notes)
    samples = replace(samples, notes=tuple(remarks))
    data: DataSet | None = None
    fits: list[Fit] = []
    answers: dict[str, dict[str, dict]] = defaultdict(lambda: defaultdict(dict))
    distinct = Distinct(baseline)
    for run, model in in_plan_order(arms, baseline, plan):
        network = _network(model, samples, who_is(run, baseline), ends_in)
        data = data or _data(samples, plan, network)
        _check_classes(network, data)
        fit, model_answers = _ask(network, run, plan, data)
        maps = [answer for _, answer in model_answers if isinstance(answer, Maps)]
        distinct.check(run, fit.test_logits, maps)
        fits.append(fit)
        for question, answer in model_answers:
            _check_grid(network.subject, question, answer, answers)
            answers[question.kind][question.about][run.key] = _loader(answer)
    assert data is not None  # no arm is empty
    profile = impact.profile(plan, data, fits, answers, [], provenance(fits, data, started))
    profile = distinct.noted(profile)
    write(profile, out, language)
    return profile


def write(profile: ImpactProfile, out: str | Path | None, language: str) -> None:
    """Write a comparison's report, where one is wanted."""
    if out is not None:
        from cam_augment import report

        report.write(profile, out, language)


def _network(model: Any, samples: Samples, subject: str, ends_in: Outputs | None) -> Network:
    if not isinstance(model, keras.Model):
        raise InputError(
            f"{subject} is a {type(model).__name__}; a keras.Model expected. What models of other "
            "frameworks answered is compared by compare_answers"
        )
    for variable in model.variables:
        values = np.asarray(variable)
        if values.dtype.kind not in "biu" and not np.isfinite(values.astype(np.float64)).all():
            raise InputError(f"{subject}: weights '{variable.path}' have NaN or infinite values: "
                             "did its training diverge? Leave it out")  # fmt: skip
    images = samples.images
    _, rows, columns, channels = images.shape
    return Network(
        model, (rows, columns, channels), probes=images, subject=subject, ends_in=ends_in
    )


def _data(samples: Samples, plan: Plan, network: Network) -> DataSet:
    """Return the data set that all models answer; the first model says of how many classes."""
    data = regions.mark(samples.data(network.ending.classes, network.subject), plan.probe_regions)
    check_costs(plan.costs, plan.parts, data.classes, data.test.labels)
    check_classes(plan.gain, data.test.labels, data.classes)
    return data


def _check_classes(network: Network, data: DataSet) -> None:
    if network.ending.classes != len(data.classes):
        raise InputError(
            f"{network.subject} tells {network.ending.classes} classes apart; the models before it "
            f"{len(data.classes)}"
        )


def _ask(
    network: Network, run: Run, plan: Plan, data: DataSet
) -> tuple[Fit, list[tuple[Question, Answer]]]:
    """Return a model's predictions, and its answers to what the plan asks.

    What a profile can do without may change weights for a while, so it is asked of a copy; a
    model that Keras cannot copy is not asked.
    """
    original = Given(network, plan.cam_layer)
    logits = original.predict(data.probe.images)
    if not np.isfinite(logits).all():
        wrong = int((~np.isfinite(logits)).any(axis=1).sum())
        raise InputError(
            f"{network.subject} gives NaN or infinite numbers for {wrong} of {len(logits)} images; "
            "leave it out"
        )
    answers = []
    for question in questions_of(run, plan, data):
        model = original if question.needed else original.copy
        if model is not None:
            question.check(model)
            answers.append((question, answer_of(question, model, run, data)))
    return Fit(run, logits, logits, {}, 0.0, environment(data)), answers


def _check_grid(subject: str, question: Question, answer: Answer, answers: Mapping) -> None:
    """Raise InputError where a model's maps have another grid than those of the first."""
    if not isinstance(answer, Maps):
        return
    for load in list(answers[question.kind][question.about].values())[:1]:
        first = load()
        check_same_grid(subject, answer, first)


def check_same_grid(subject: str, maps: Maps, first: Maps) -> None:
    """Raise InputError where maps cannot be held against the first model's."""
    grid, expected = maps.values.shape[1:], first.values.shape[1:]
    if grid != expected:
        at = [f" at '{answer.layer}'" if answer.layer else "" for answer in (maps, first)]
        raise InputError(
            f"{subject}: its maps have a grid of {_size(grid)}{at[0]}, those of the first model "
            f"{_size(expected)}{at[1]}; only maps of one grid can be compared: name a layer by "
            "cam_layer"
        )


def _size(grid: tuple[int, ...]) -> str:
    return "x".join(map(str, grid))


def _loader(answer: Answer) -> Callable[[], Answer]:
    return lambda: answer
