"""What strategies add to pipelines of two, by the trials of a screening: numbers into records."""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal, NamedTuple

import numpy as np

from cam_augment.plan import Strategy
from cam_augment.records.search import Fate, Interaction, PairFit, Screened
from cam_augment.search.pipelines import NOTHING
from cam_augment.search.trials import Model, Trials
from cam_augment.statistics import (
    Contrasts,
    Decision,
    bounds,
    contrast,
    corrected,
    decide,
)
from cam_augment.statistics.interactions import interactions, lack_of_fit
from cam_augment.statistics.map_additions import map_additions
from cam_augment.statistics.pair_effects import PairGroups, pair_groups
from cam_augment.statistics.significance import (
    change_finding,
    gain_finding,
    is_significant,
    shift_finding,
)

LEAST_DF = 3  # residual degrees of freedom of the pairs, without which nothing is decided


class Rules(NamedTuple):
    """At which level, and corrected how over the strategies, something is beyond noise."""

    alpha: float
    correction: str


class Shifts(NamedTuple):
    """How far each strategy moves attention, and on how many probe images; None by no maps."""

    images: int | None
    shift: np.ndarray
    p: np.ndarray
    p_adjusted: list[float | None]


class Additions:
    """What each strategy adds to a model that carries it and another.

    Args:
        strategies: in the order in which pipelines apply them; nothing, which pairs may hold
            too, is none of them. trials: baselines and pairs.
    """

    def __init__(self, strategies: Sequence[Strategy], trials: Trials, rules: Rules):
        self._strategies = strategies
        self._rules = rules
        self._look = trials.look
        self._models, self._scores = trials.of("baseline", "screening")
        self._groups = _groups(strategies, self._models)

    @property
    def models(self) -> int:
        """How many models have a score."""
        return len(self._models)

    @property
    def decided(self) -> bool:
        """Whether there are models enough to tell what each strategy adds, and the noise."""
        groups = self._groups
        enough = groups.df[0] >= 1 and groups.df[1] >= LEAST_DF
        return bool(enough and groups.estimable)

    def harmful(self) -> np.ndarray:
        """Return which strategies surely lose, bool [strategy]; none where nothing is decided."""
        if not self.decided:
            return np.zeros(len(self._strategies), bool)
        return self._decide()[1].side < 0

    def records(self, left: Collection[int], shifts: Shifts) -> tuple[Screened, ...]:
        """Return what each strategy adds, those in ``left`` having left after the first half."""
        contrasts, decision = self._decide()
        pays = bounds(contrasts, self._rules.alpha).low > 0
        return tuple(
            self._record(place, float(contrasts.estimate[place]), decision, fate, shifts)
            for place, fate in enumerate(self._fates(left, pays, decision))
        )

    def shifts(self) -> Shifts:
        """Return how far each strategy moves attention; NaN where models have no maps."""
        products = self._look(self._models)
        nothing = np.full(len(self._strategies), np.nan)
        if products is None:
            return Shifts(None, nothing, nothing, [None] * len(nothing))
        shift, p = map_additions(products.values, self._groups)
        return Shifts(products.images, shift, p, corrected(p, self._rules.correction))

    def _fates(
        self, left: Collection[int], pays: np.ndarray, decision: Decision
    ) -> Iterator[tuple[Fate, Literal[1, 2] | None]]:
        for place in range(len(self._strategies)):
            if place in left:
                yield "harmful", 1
            elif decision.side[place] < 0:
                yield "harmful", 2
            else:
                yield "pays" if pays[place] else "open", None

    def _decide(self) -> tuple[Contrasts, Decision]:
        groups, one_by_one = self._groups, np.eye(len(self._strategies))
        image, count = self._scores.image_part(groups, one_by_one)
        contrasts = contrast(self._scores.values, groups, one_by_one, image, count)
        return contrasts, decide(contrasts, self._rules.alpha, self._rules.correction)

    def _record(
        self,
        place: int,
        estimate: float,
        decision: Decision,
        fate: tuple[Fate, Literal[1, 2] | None],
        shifts: Shifts,
    ) -> Screened:
        low, high = float(decision.low[place]), float(decision.high[place])
        p = float(decision.p_adjusted[place])
        shift, shift_p = float(shifts.shift[place]), shifts.p_adjusted[place]
        return Screened(
            strategy=self._strategies[place].label,
            models=int(self._groups.carried[:, place].sum()),
            estimate=estimate,
            low=_number(low),
            high=_number(high),
            p=_number(decision.p[place]),
            p_adjusted=_number(p),
            finding=gain_finding(p, low, high, self._rules.alpha),
            fate=fate[0],
            left_after=fate[1],
            shift=_number(shift),
            shift_p=_number(shifts.p[place]),
            shift_p_adjusted=shift_p,
            shift_finding=shift_finding(shift_p, shift, self._rules.alpha),
        )

    def fit(self) -> PairFit:
        """Return whether what strategies add explains their pairs."""
        fit = lack_of_fit(self._scores.values, self._groups)
        is_tested = bool(np.isfinite(fit.p))
        return PairFit(
            ratio=_number(fit.ratio),
            df=_number(fit.df),
            pure_df=_number(fit.pure_df),
            p=_number(fit.p),
            repeats=int(fit.repeats),
            lacks=is_significant(fit.p, self._rules.alpha) if is_tested else None,
        )

    def interactions(self) -> tuple[float, tuple[Interaction, ...]]:
        """Return the spread of all interactions, and each of them."""
        alpha = self._rules.alpha
        result = interactions(self._scores.values, self._groups, alpha)
        adjusted = corrected(
            (None if np.isnan(p) else float(p) for p in result.p), self._rules.correction
        )
        names = [strategy.label for strategy in (*self._strategies, NOTHING)]
        return result.spread, tuple(
            Interaction(
                first=names[result.pairs[place, 0]],
                second=names[result.pairs[place, 1]],
                models=int(result.models[place]),
                estimate=_number(result.estimate[place]),
                shrunken=float(result.shrunken[place]),
                p_adjusted=p,
                visible=_number(result.visible[place]),
                finding=change_finding(p, float(result.estimate[place]), alpha),
            )
            for place, p in enumerate(adjusted)
        )


def _groups(strategies: Sequence[Strategy], models: Sequence[Model]) -> PairGroups:
    pairs = [model.pair for model in models if model.pair is not None]
    baselines = len(models) - len(pairs)
    return pair_groups(baselines, np.array(pairs, int).reshape(-1, 2), len(strategies) + 1)


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
