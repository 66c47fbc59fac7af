"""Screening: models that carry two strategies each, by a balanced design, beside baselines.

"Nothing" counts as two of the partners: so each strategy is alone in twice as many models as it
shares with any other one, which balances the halves of what it adds (``statistics.pair_effects``).
Of two strategies it counts as one: each is alone in as many models as both share.
Half of the models come first; strategies that surely lose leave then, and the other half carries
those that stay.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from cam_augment.base.errors import InputError
from cam_augment.plan import Strategy
from cam_augment.plan.pipelines import compatible, compose
from cam_augment.records.search import Fate, Interaction, PairFit, Screened
from cam_augment.search.additions import LEAST_DF, Additions, Rules
from cam_augment.search.pipelines import NOTHING
from cam_augment.search.trials import Model, Trials
from cam_augment.statistics.pair_design import pair_design

NOTHINGS = 2  # partners that nothing counts as, at most


class Screening(NamedTuple):
    """What came of it: of every strategy, of their pairs, and of the fit of both.

    Attributes:
        probes: images by whose maps strategies were screened, too; None: there are no maps.
    """

    strategies: tuple[Screened, ...]
    fit: PairFit
    spread: float
    interactions: tuple[Interaction, ...]
    probes: int | None

    def labels(self, *fates: Fate) -> list[str]:
        """Return the strategies of some fates, in the plan's order."""
        return [record.strategy for record in self.strategies if record.fate in fates]


def check_models(strategies: Sequence[Strategy], models: int) -> None:
    """Raise InputError where so many models could not tell what each strategy adds."""
    least = len(strategies) + 1 + LEAST_DF
    if models < least:
        raise InputError(
            f"search.models: received {models} with {len(strategies)} strategies; at least "
            f"{least}: one for each and for none, and {LEAST_DF} to tell the noise by"
        )


def _pairs(
    strategies: Sequence[Strategy],
    models: int,
    before: np.ndarray | None = None,
    harmful: np.ndarray | None = None,
) -> np.ndarray:
    """Return the pair of each further model, int [model, 2]; nothing has the last places."""
    nothing = len(strategies)
    nothings = max(1, min(NOTHINGS, nothing - 1))
    allowed = compatible((*strategies, *[NOTHING] * nothings))
    allowed[nothing:, nothing:] = False
    staying = None if harmful is None else np.append(~harmful, [True] * nothings)
    return pair_design(allowed, models, before=before, staying=staying)


def design(
    strategies: Sequence[Strategy], baselines: int, models: int, first_seed: int
) -> list[Model]:
    """Return all models of a screening in which no strategy leaves after the first half."""
    half = models // 2
    first = _pairs(strategies, half)
    return [
        *_baselines(baselines, first_seed),
        *_models(strategies, first, first_seed),
        *_models(strategies, _pairs(strategies, models - half, first), first_seed + half),
    ]


def screen(
    strategies: Sequence[Strategy],
    baselines: int,
    models: int,
    first_seed: int,
    rules: Rules,
    trials: Trials,
) -> Screening:
    """Return what strategies add, by so many baselines and models that carry pairs.

    Raises:
        InputError: too few models have a score, or every strategy surely loses.
    """
    half = models // 2
    first = _pairs(strategies, half)
    trials.ask([*_baselines(baselines, first_seed), *_models(strategies, first, first_seed)])
    harmful = Additions(strategies, trials, rules).harmful()
    if not harmful.all():
        rest = _pairs(strategies, models - half, first, harmful)
        trials.ask(_models(strategies, rest, first_seed + half))
    return _screening(Additions(strategies, trials, rules), set(np.flatnonzero(harmful).tolist()))


def _baselines(count: int, first_seed: int) -> list[Model]:
    return [Model("baseline", Strategy(), first_seed + number) for number in range(count)]


def _models(strategies: Sequence[Strategy], pairs: np.ndarray, first_seed: int) -> list[Model]:
    levels = (*strategies, NOTHING)
    places = np.minimum(pairs, len(strategies)).tolist()
    return [
        Model("screening", compose((levels[a], levels[b])), first_seed + number, (a, b))
        for number, (a, b) in enumerate(places)
    ]


def _screening(additions: Additions, left: set[int]) -> Screening:
    if not additions.decided:
        raise InputError(
            f"search: {additions.models} models of the screening have a score, too few to tell "
            "what strategies add; what the others failed of is said above"
        )
    shifts = additions.shifts()
    records = additions.records(left, shifts)
    if all(record.fate == "harmful" for record in records):
        raise InputError(
            f"search: no strategy is left after screening: all {len(records)} surely lose"
        )
    return Screening(records, additions.fit(), *additions.interactions(), shifts.images)
