"""What strategies add to models that carry two of them, or one alone, by least squares.

"Nothing" counts as a partner. A model of the pair (a, b) has the value y = n_a + n_b + noise, and

    t_a = (alone + beside) / 2,   alone = y(a, 0) - y(0, 0),   beside = n_a - n_0,     0: nothing,

with y(0, 0) of the baselines: half of what a strategy gains alone, and half of what it adds to a
model that has a partner already, on average over partners. That is how a gain is divided among
those who make it together (Shapley 1953, "A value for n-person games"), for pipelines of two.

A strategy that no model carries beside another has its gain alone: what partners would take from it
is not known, and what others take from each other says nothing of it.

t is less than what the strategy gains alone where effects saturate, and 0 for one that does
nothing, whatever the others do. The plain additive model, with baselines as models of two nothings,
would hand such a strategy half of what saturation takes from strong partners. Both halves together
are known better than either.

Baselines and pairs are two arms of ``moderated``, since pairs also vary by what does not add up.
"""

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from cam_augment.statistics.groups import Groups
from cam_augment.statistics.pair_design import carried


@dataclass(frozen=True, eq=False)
class PairGroups(Groups):
    """Baselines (arm 0) and, after them, models that carry two strategies (arm 1).

    Attributes:
        pairs: int [model of arm 1, 2], of strategies from 0; the last one is nothing.
        strategies: how many there are, nothing included.
    """

    pairs: np.ndarray = field(kw_only=True)
    strategies: int = field(kw_only=True)

    @cached_property
    def carried(self) -> np.ndarray:
        """Which strategies each model of a pair carries, 0 or 1, float [model, strategy]."""
        return carried(self.pairs, self.strategies)

    @cached_property
    def additive(self) -> np.ndarray:
        """What makes the values of pairs into n, float [strategy, model of a pair]."""
        return np.linalg.pinv(self.carried)

    @property
    def estimable(self) -> bool:
        """Whether what each strategy adds can be told from what the others do."""
        told = self._beside @ self.carried
        is_told = np.isclose(told, self._less_nothing).all(axis=1)
        return bool(np.where(self.accompanied, is_told, self.alone.any(axis=1)).all())

    @cached_property
    def accompanied(self) -> np.ndarray:
        """Which strategies some model carries beside another, bool [strategy but nothing]."""
        return (self.carried[:, :-1] * (1 - self.carried[:, [-1]])).any(axis=0)

    @cached_property
    def alone(self) -> np.ndarray:
        """Which models carry one strategy alone, 0 or 1, float [strategy but nothing, model]."""
        return (self.carried[:, :-1] * self.carried[:, [-1]]).T

    @cached_property
    def effects(self) -> np.ndarray:
        """What makes models' values into t, float [strategy but nothing, model].

        A strategy that no model carries alone has ``beside`` in place of t, and one that no model
        carries beside another has ``alone``.
        """
        count = self.alone.sum(axis=1, keepdims=True)
        share = np.where(count > 0, np.where(self.accompanied[:, None], 0.5, 1), 0)
        pairs = (1 - share) * self._beside + share * self.alone / np.maximum(count, 1)
        baselines = np.repeat(-share / max(1, self.sizes[0]), int(self.sizes[0]), axis=1)
        return np.hstack([baselines, pairs])

    @cached_property
    def _beside(self) -> np.ndarray:
        """What makes the values of pairs into n_a - n_0, float [strategy but nothing, model]."""
        return self._less_nothing @ self.additive

    @property
    def _less_nothing(self) -> np.ndarray:
        """Each strategy less nothing, float [strategy but nothing, strategy]."""
        return np.eye(self.strategies)[:-1] - np.eye(self.strategies)[-1]

    @cached_property
    def remainder(self) -> np.ndarray:
        """What makes the values of pairs into residuals, float [model, model]."""
        return np.eye(len(self.pairs)) - self.carried @ self.additive

    def residuals(self, values: np.ndarray) -> np.ndarray:
        """Return ``values`` [..., model] less their arm's mean, or what their pair adds up to."""
        baselines, pairs = np.split(values, [int(self.sizes[0])], axis=-1)
        centred = baselines - baselines.mean(axis=-1, keepdims=True)
        return np.concatenate([centred, pairs @ self.remainder], axis=-1)

    @cached_property
    def sizes(self) -> np.ndarray:
        """The number of baselines and of models that carry pairs, float [arm]."""
        return np.bincount(self.arm, minlength=2).astype(float)

    @cached_property
    def df(self) -> np.ndarray:
        """The degrees of freedom of baselines and of pairs, float [arm]."""
        return np.array([self.sizes[0] - 1, round(np.trace(self.remainder))], float)


def pair_groups(baselines: int, pairs: np.ndarray, strategies: int) -> PairGroups:
    """Return the groups of so many baselines and, after them, the models of ``pairs``.

    >>> groups = pair_groups(8, np.argwhere(np.triu(np.ones((9, 9)), 1)), 9)
    >>> groups.df.tolist()
    [7.0, 27.0]
    """
    arm = np.repeat([0, 1], [baselines, len(pairs)])
    return PairGroups(arm, pairs=np.asarray(pairs), strategies=strategies)
