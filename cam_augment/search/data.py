"""The data of a search: a plan's, with more validation images, which all scores are from."""

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.plan import Choice, Plan, Search
from cam_augment.records import DataSet
from cam_augment.statistics.scoring import score_of
from cam_augment.store import Store
from cam_augment.study.run import studied_data


def with_validation(plan: Plan, settings: Search) -> Plan:
    """Return a plan with validation images enough; what states no number of them stays."""
    sizes = plan.dataset.settings
    if not isinstance(sizes.get("validation"), int):
        return plan
    more = sizes | {"validation": max(sizes["validation"], settings.validation)}
    return plan.model_copy(update={"dataset": Choice(name=plan.dataset.name, settings=more)})


def searched_data(plan: Plan, searched: Plan, store: Store) -> DataSet:
    """Return the data of a search.

    Args:
        plan: as it was written. searched: the same with validation images enough.

    Raises:
        InputError: as of ``studied_data``; there are not so many images as ``search.validation``
            asks for, or it leaves fewer test images than it takes.
    """
    if searched.dataset == plan.dataset:
        data = studied_data(searched, store)
        _check_classes(data, searched)
        return data
    try:
        data = studied_data(searched, store)
    except InputError as error:
        studied_data(plan, store)  # where the plan itself is at fault, it says so here
        raise InputError(
            f"search.validation: {_count(searched)} are more than there are: {error}; lower it, or "
            "another split of the data set"
        ) from None
    if len(data.test) < len(data.validation):
        _check_test(studied_data(plan, store), data, searched)
    _check_classes(data, searched)
    return data


def _check_classes(data: DataSet, searched: Plan) -> None:
    """Raise InputError where one validation image, or group, is all there is of a class, and the
    score weighs classes: what other images would do to it is not known, so nothing is decided."""
    score, validation = score_of(searched.gain), data.validation
    if not (score.by_class or score.draws):
        return
    labels, clusters = validation.judged_labels, validation.judged_clusters
    for index, name in enumerate(data.classes):
        members = labels == index
        units = members.sum() if clusters is None else len(np.unique(clusters[members]))
        if units < 2:
            kind = "image" if clusters is None else "group of images"
            raise InputError(
                f"search.validation: {units} {kind} of class '{name}'; a search by "
                f"{searched.gain} needs 2 at least of each class"
            )


def _check_test(before: DataSet, data: DataSet, searched: Plan) -> None:
    """Raise InputError where test images were taken, so that fewer are left than were taken."""
    if len(data.test) < len(before.test):
        most = (len(before.test) + len(before.validation)) // 2
        raise InputError(
            f"search.validation: {_count(searched)} leave {len(data.test):,} of "
            f"{len(before.test):,} test images, on which the proposal is confirmed; at most {most} "
            "leave as many"
        )


def _count(searched: Plan) -> str:
    return f"{searched.dataset.settings['validation']} images"
