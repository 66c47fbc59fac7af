"""A study in rounds: which of its plan's runs are asked for, by what the earlier ones say."""

from collections.abc import Callable, Sequence

from cam_augment.impact.arms import Arms
from cam_augment.impact.sequential.profile import look_at
from cam_augment.impact.sequential.rounds import Rounds
from cam_augment.plan import Plan
from cam_augment.questions import OWN
from cam_augment.records import DataSet
from cam_augment.store import Store
from cam_augment.study.requests import Wanted, answers_of, wants


def follow(
    plan: Plan,
    data: DataSet,
    store: Store,
    complete: Callable[[Sequence[Wanted]], None] | None = None,
) -> Rounds:
    """Go through a study in rounds by what the store holds, and return where it ends.

    Args:
        complete: does what is missing of the runs that a round asks for; None: nothing does.
            Rounds follow from stored answers alone, so going through them again asks for the
            same runs.
    """
    rounds = Rounds(plan)
    while not rounds.over:
        wanted = asked_for(plan, data, store, rounds)
        if complete:
            complete(wanted)
            wanted = asked_for(plan, data, store, rounds)
        part = [item for item in wanted if item.takes_part]
        fits = [store.fit(item.fit_key) for item in part]
        look_at(rounds, Arms(plan, data, fits, answers_of(part, store)["maps"][OWN]), store)
    return rounds


def asked_for(
    plan: Plan, data: DataSet, store: Store, rounds: Rounds | None = None
) -> list[Wanted]:
    """Return the runs that a study has asked for; without rounds, all of the plan's."""
    wanted = wants(plan, data, store)
    return [item for item in wanted if rounds is None or rounds.asks(item.run)]
