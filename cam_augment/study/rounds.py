"""The runs that a study asks for: all of its plan, or round after round."""

from collections.abc import Callable, Sequence

from cam_augment.impact.arms import Arms
from cam_augment.impact.sequential.profile import analyse_stage
from cam_augment.impact.sequential.rounds import Rounds
from cam_augment.plan import Plan
from cam_augment.questions import OWN
from cam_augment.records import DataSet
from cam_augment.store import Store
from cam_augment.study.requests import Request, answers_of, fit_of, requests

Complete = Callable[[Sequence[Request]], None]


def runs_of(
    plan: Plan, data: DataSet, store: Store, complete: Complete | None = None
) -> tuple[list[Request], Rounds | None]:
    """Return the runs that a study asks for, and its rounds: None where all come at once.

    Rounds follow from stored answers alone, so going through them again asks for the same runs.

    Args:
        complete: does what is missing of some runs; None: nothing does.
    """
    rounds = Rounds(plan) if plan.adaptive else None
    current = _completed(plan, data, store, rounds, complete)
    while rounds is not None:
        part = [request for request in current if request.takes_part]
        fits = [fit_of(request, store) for request in part]
        maps = answers_of(part, store).get("maps", {}).get(OWN, {})
        analyse_stage(rounds, Arms(plan, data, fits, maps), store)
        if rounds.over:
            break
        current = _completed(plan, data, store, rounds, complete)
    return current, rounds


def _completed(
    plan: Plan, data: DataSet, store: Store, rounds: Rounds | None, complete: Complete | None
) -> list[Request]:
    """Return the runs that are asked for by now, as they are when ``complete`` is done."""

    def state() -> list[Request]:
        every = requests(plan, data, store)
        return every if rounds is None else [r for r in every if rounds.asks(r.run)]

    if complete is not None:
        complete(state())
    return state()
