"""Models that somebody already trained: the same profile, without training.

profile = compare({"plain": [a, b, c], "flipped": [d, e, f]}, images, labels, baseline="plain")
"""

import time
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from cam_augment import impact
from cam_augment.base.errors import InputError, nearest
from cam_augment.datasets import probe_regions as regions
from cam_augment.networks.network import Network
from cam_augment.plan import BASELINE, GIVEN, Choice, Plan, Run, Strategy
from cam_augment.plan.costs import check_costs
from cam_augment.plan.reading import apply_changes
from cam_augment.questions import Answer, Question, answer_of, questions_of
from cam_augment.records import DataSet, Fit, ImpactProfile, Split
from cam_augment.records.provenance import environment, provenance
from cam_augment.report.language import check
from cam_augment.study.given import Given

GIVEN_CHOICE = Choice(name=GIVEN)


def compare(
    models: Mapping[str, Sequence[Any]],
    images: np.ndarray,
    labels: np.ndarray,
    *,
    baseline: str,
    classes: Sequence[str] | None = None,
    masks: np.ndarray | None = None,
    product: np.ndarray | None = None,
    out: str | Path | None = None,
    language: str = "en",
    **fields: Any,
) -> ImpactProfile:
    """Return the impact profile of models that are trained already.

    Args:
        models: name of an arm to its models, three or more each: functional or sequential
            ``keras.Model`` with one image input, ending in logits or in a softmax. They are
            not changed. All see the same images; each arm's models should differ in seed.
        images: float [image, row, column, channel], in the range that the models expect.
            Accuracy and maps are both taken on them: use images that no model was trained on.
        labels: int [image], 0..classes-1.
        baseline: name of the arm that the others are held against.
        classes: names of the classes (default: their numbers).
        masks: bool [image, row, column] of what matters in the images, if known.
        product: bool [image, row, column] of where the product lies, if known.
        out: folder for the report, if one is wanted. language: of the report, ``en`` or ``ja``.
        fields: fields of the plan: ``cam``, ``cam_layer``, ``metrics``, ``alpha``, ...; a dotted
            name (``"cam.steps"``) reaches inside.

    Whether maps are faithful is asked of copies of the baselines: at most 4,301 more images
    through each. Where Keras cannot copy a model, the report says that it was not checked.
    There are no validation images to fit decisions on, so ``costs`` are those of the class
    that each model holds for the likeliest.

    Raises:
        InputError: an arm has too few models, shapes do not fit, or a field or language is refused.
    """
    check(language)
    started = time.time()
    plan = given_plan(models, baseline, fields)
    data = regions.mark(_data(images, labels, classes, masks, product), plan.probe_regions)
    check_costs(plan.costs, plan.parts, data.classes, data.test.labels)
    fits: list[Fit] = []
    answers: dict[str, dict[str, dict]] = defaultdict(lambda: defaultdict(dict))
    for arm, model, seed in _in_plan_order(models, baseline):
        run = _run(plan, arm, seed)
        fit, said = _ask(model, run, plan, data)
        fits.append(fit)
        for question, answer in said:
            answers[question.kind][question.about][run.key] = _loader(answer)
    profile = impact.profile(plan, data, fits, answers, [], provenance(fits, data, started))
    if out is not None:
        from cam_augment import report

        report.write(profile, out, language)
    return profile


def _data(images, labels, classes, masks, product) -> DataSet:
    images, labels = np.asarray(images, np.float32), np.asarray(labels)
    if images.ndim != 4 or labels.shape != images.shape[:1]:
        raise InputError(
            "compare: images are [image, row, column, channel] and labels [image]; received "
            f"{images.shape} and {labels.shape}"
        )
    if labels.dtype.kind not in "iu" or labels.min() < 0:
        raise InputError(
            f"compare: labels are integers from 0; received {labels.dtype} {labels[:3]}"
        )
    count = int(labels.max()) + 1
    names = tuple(str(name) for name in (range(count) if classes is None else classes))
    if len(names) < count:
        raise InputError(f"compare: {len(names)} class names for labels up to {count - 1}")
    marks, outline = (_marks(name, given, images) for name, given in
                      (("masks", masks), ("product", product)))  # fmt: skip
    split = Split(images, labels.astype(np.int64), marks)
    return DataSet(GIVEN, names, split, split, split, split, product=outline)


def _marks(name: str, given: np.ndarray | None, images: np.ndarray) -> np.ndarray | None:
    marks = None if given is None else np.asarray(given, bool)
    if marks is not None and marks.shape != images.shape[:3]:
        raise InputError(f"compare: {name}: expected {images.shape[:3]}; received {marks.shape}")
    return marks


def given_plan(models: Mapping[str, Sequence], baseline: str, fields: Mapping[str, Any]) -> Plan:
    """Return the plan that a comparison stands for; see ``compare`` for the arguments.

    Raises:
        InputError: there is no such arm, an arm has too few models, or a field is refused.
    """
    if baseline not in models:
        raise InputError(
            f"compare: no arm '{baseline}' to be the baseline.{nearest(baseline, models)} "
            f"Allowed: {', '.join(models)}"
        )
    few = next((arm for arm in models if len(models[arm]) < 3), None)
    if few is not None:
        raise InputError(
            f"compare: '{few}' has {len(models[few])} models; three at least, since the replicate "
            "is the trained model"
        )
    arms = [arm for arm in models if arm != baseline]
    given = {
        "name": "compare",
        "dataset": GIVEN,
        "architecture": GIVEN,
        "strategies": [{"given": arm} for arm in arms],
        "baselines": len(models[baseline]),
        "seeds": min(len(models[arm]) for arm in arms) if arms else 3,
    }
    return Plan.make(apply_changes(given, fields, Plan.model_fields), source="compare")


def _in_plan_order(models, baseline: str):
    for arm in [baseline, *(arm for arm in models if arm != baseline)]:
        for seed, model in enumerate(models[arm]):
            yield (BASELINE if arm == baseline else arm), model, seed


def _run(plan: Plan, arm: str, seed: int) -> Run:
    strategy = Strategy() if arm == BASELINE else Strategy(given=arm)
    return Run(
        dataset=GIVEN_CHOICE,
        architecture=GIVEN_CHOICE,
        strategy=strategy,
        seed=seed,
        recipe=plan.recipe,
    )


def _ask(model, run: Run, plan: Plan, data: DataSet) -> tuple[Fit, list[tuple[Question, Answer]]]:
    """Return a model's predictions, and its answers to what the plan asks.

    What a profile can do without may change weights for a while, so it is asked of a copy; a
    model that Keras cannot copy is not asked.
    """
    images, who = data.probe.images, f"compare: {run.label}"
    network = Network(model, images.shape[1:], probes=images, who=who)
    if network.ending.classes < len(data.classes):
        raise InputError(
            f"{who} gives {network.ending.units} numbers; {len(data.classes)} classes expected"
        )
    given = Given(network, plan.cam_layer)
    logits = given.predict(images)
    answers = []
    for question in questions_of(run, plan, data):
        asked = given if question.needed else given.copy
        if asked is not None:
            question.check(asked)
            answers.append((question, answer_of(question, asked, run, data)))
    return Fit(run, logits, logits, {}, 0.0, environment(data)), answers


def _loader(answer: Answer) -> Callable[[], Answer]:
    return lambda: answer
