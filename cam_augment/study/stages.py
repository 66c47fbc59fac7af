"""The models that a study asks for, stage after stage."""

from collections.abc import Callable, Sequence

from cam_augment import impact
from cam_augment.impact.arms import Arms
from cam_augment.impact.sequential.stages import Stages
from cam_augment.plan import Plan
from cam_augment.questions import OWN
from cam_augment.records import DataSet
from cam_augment.store import Store
from cam_augment.study.fits import fits_of
from cam_augment.study.requests import Request, answers_of, requests

Complete = Callable[[Sequence[Request]], None]


def completed(
    plan: Plan, data: DataSet, store: Store, complete: Complete | None = None
) -> tuple[list[Request], Stages]:
    """Return the runs that a study asks for, and its stages, when they are over.

    Stages follow from stored answers alone, so going through them again asks for the same runs.

    Args:
        complete: does what is missing of some runs; None: nothing does.

    Raises:
        InputError: fewer than two baselines have answers.
    """
    stages, before = Stages(plan), 0
    while True:
        requests = _requests(plan, data, store, stages)
        if complete is not None:
            complete(requests)
            requests = _requests(plan, data, store, stages)
        part = [request for request in requests if request.takes_part]
        if before == len(part) > 0:  # of this stage there is no model
            stages.withdraw()
            break
        before, answers = len(part), answers_of(part, store)
        fits, maps = fits_of(part, store, data), answers.get("maps", {})
        arms = Arms(plan, data, fits, maps.get(OWN, {}), stages.standing)
        stages.close(impact.analyse(arms, answers, store))
        if stages.over:
            break
    return requests, stages


def _requests(plan: Plan, data: DataSet, store: Store, stages: Stages) -> list[Request]:
    """Return the runs that are asked for by now, as they are."""
    return requests(plan, data, store, runs=list(filter(stages.asks, plan.runs())))
