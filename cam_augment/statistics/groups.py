"""Models of all arms of a study at once: their means, what is left of them, and contrasts.

Without folds a model's value is arm + noise. With folds it is arm + fold + noise, by least
squares over all arms together, so that every arm helps to know what the folds do.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike

ROUNDING = 1e-9


@dataclass(frozen=True, eq=False)
class Groups:
    """Which arm, and which fold, every model belongs to.

    Attributes:
        arm: int [model], its arm, from 0, none left out. fold: int [model], or None.
    """

    arm: np.ndarray
    fold: np.ndarray | None = None

    @cached_property
    def member(self) -> np.ndarray:
        """Which arm a model belongs to, 0 or 1, float [model, arm]."""
        return np.eye(int(self.arm.max()) + 1)[self.arm]

    @cached_property
    def sizes(self) -> np.ndarray:
        """The number of models of every arm, float [arm]."""
        return self.member.sum(axis=0)

    @cached_property
    def effects(self) -> np.ndarray:
        """What makes models' values into effects of arms, float [arm, model].

        With folds they are known but for a constant, which contrasts do not need.
        """
        if self.fold is None:
            return (self.member / self.sizes).T
        return np.linalg.pinv(self._columns)[: len(self.sizes)]

    @cached_property
    def _projection(self) -> np.ndarray:
        """With folds: what makes models' values into their residuals, float [model, model]."""
        return np.eye(len(self.arm)) - self._columns @ np.linalg.pinv(self._columns)

    def residuals(self, values: np.ndarray) -> np.ndarray:
        """Return ``values`` [..., model] less what arm and fold explain, of the same shape."""
        if self.fold is not None:
            return values @ self._projection
        return values - (values @ self.effects.T)[..., self.arm]

    @cached_property
    def df(self) -> np.ndarray:
        """The degrees of freedom of every arm's residuals, float [arm].

        n_h - 1 without folds; else the residual matrix's trace over the arm,
        (n_h - 1) - (F - 1) n_h / N where all arms have each of F folds equally often.
        """
        if self.fold is None:
            return self.sizes - 1
        return np.diagonal(self._projection) @ self.member

    @property
    def _columns(self) -> np.ndarray:
        fold = np.unique(np.asarray(self.fold), return_inverse=True)[1]
        return np.hstack([self.member, np.eye(int(fold.max()) + 1)[fold]])

    def variances(self, values: np.ndarray) -> np.ndarray:
        """Return the variance within every arm [..., arm] of ``values`` [..., model].

        NaN for an arm that leaves no degree of freedom, such as of one model. What rounding
        leaves of equal values is no variance.
        """
        residuals = self.residuals(values)
        least = ROUNDING * np.abs(values).max(axis=-1, keepdims=True, initial=0)
        squares = np.where(np.abs(residuals) > least, residuals, 0) ** 2 @ self.member
        known = self.df > ROUNDING
        return np.where(known, squares / np.where(known, self.df, 1), np.nan)

    def weights(self, contrasts: np.ndarray) -> np.ndarray:
        """Return the weight of every model in each contrast of arms [contrast, model].

        Args:
            contrasts: float [contrast, arm].
        """
        return contrasts @ self.effects

    def shares(self, contrasts: np.ndarray) -> np.ndarray:
        """Return what each arm's variance counts in that of each contrast [contrast, arm].

        Squared weights, summed over the arm: 1 / n_h for a difference of means.

        Args:
            contrasts: float [contrast, arm].
        """
        return self.weights(contrasts) ** 2 @ self.member


def groups(sizes: ArrayLike, folds: ArrayLike | None = None) -> Groups:
    """Return the groups of arms of these sizes, arm after arm, the folds in that order.

    >>> groups([2, 3]).df
    array([1., 2.])
    >>> groups([4, 8], folds=[0, 1] * 6).df.round(4)
    array([2.6667, 6.3333])
    """
    sizes = np.asarray(sizes)
    arm = np.repeat(np.arange(len(sizes)), sizes)
    return Groups(arm, None if folds is None else np.asarray(folds))


def against(arms: int, other: int = 0) -> np.ndarray:
    """Return the contrasts of every arm with one other, in the arms' order [contrast, arm].

    >>> against(3).astype(int)
    array([[-1,  1,  0],
           [-1,  0,  1]])
    """
    contrasts = np.eye(arms)
    contrasts[:, other] -= 1
    return np.delete(contrasts, other, axis=0)


def pairs(arms: int) -> np.ndarray:
    """Return the contrasts of all pairs of arms, the first less the second [contrast, arm].

    >>> pairs(3).astype(int)
    array([[ 1, -1,  0],
           [ 1,  0, -1],
           [ 0,  1, -1]])
    """
    first, second = np.triu_indices(arms, 1)
    return np.eye(arms)[first] - np.eye(arms)[second]
