"""Non-negative factors that the activations of several models have in common.

Models of one study have channels of their own: channel 5 of one has nothing to do with channel 5
of another. What they share are the patches that they look at. So the activations of several
models, each [patch, channel], are put side by side and factored together, V ~ W H with W and H
not negative (Lee and Seung 1999): W [patch, factor] says how strongly each patch shows each
factor and is one for all models, H [factor, channel] says in which channels each model has it.
What another model makes of the factors is H alone: its activations are regressed on W, which is
fixed, with coefficients that are not negative (Lawson and Hanson 1974).

The *use* of a factor is the share of a model's activations that falls to it, <V, w h> / |V|^2.
Where the regression is at its optimum a coefficient is 0 or the error has no slope in it, so a
factor's part is orthogonal to what is left over: uses are not negative and add up to
1 - |V - W H|^2 / |V|^2, the share that all factors together explain.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

MOST_CHANNELS = 256  # of one model that factors are learned from, those with the most energy
_ROUNDS = 300
_TOLERANCE = 1e-4


@dataclass(frozen=True, eq=False)
class Factors:
    """Factors by how strongly patches show them.

    Attributes:
        patches: W, float64 [patch, factor], not negative; of each column |w| = 1, or 0.
    """

    patches: np.ndarray

    @property
    def count(self) -> int:
        return self.patches.shape[1]

    def uses(self, activations: np.ndarray) -> np.ndarray:
        """Return the share of a model's activations that falls to each factor, float64 [factor].

        Args:
            activations: as ``unit_energy`` gives them; NaN of a model without any.
        """
        if not activations.size:
            return np.full(self.count, np.nan)
        products = self.patches.T @ activations
        return (products * self.channels(activations)).sum(axis=1) / (activations**2).sum()

    def channels(self, activations: np.ndarray) -> np.ndarray:
        """Return H, float64 [factor, channel], not negative, with the least |V - W H|^2."""
        from scipy.optimize import nnls

        basis, triangle = self._decomposition
        targets = basis.T @ activations  # the rest of V changes no coefficient
        return np.array([nnls(triangle, target)[0] for target in targets.T]).T

    @cached_property
    def _decomposition(self) -> tuple[np.ndarray, np.ndarray]:
        basis, triangle = np.linalg.qr(self.patches)
        return basis, triangle


def unit_energy(activations: np.ndarray) -> np.ndarray:
    """Return a model's activations [patch, channel] as factors take them: not negative, |V| = 1.

    What is below 0 becomes channels of its own, as of cells that answer to darkness (Hoyer 2003),
    behind those that the layer has; behind a ReLU there is none.

    Returns:
        float64 [patch, channel]; without channels where all activations are 0 or one is not
        finite.

    >>> unit_energy(np.array([[3.0, 0.0], [0.0, -4.0]])).tolist()
    [[0.6, 0.0, 0.0], [0.0, 0.0, 0.8]]
    """
    values = np.asarray(activations, np.float64)
    if not (values.any() and np.isfinite(values).all()):
        return values[:, :0]
    below = -values[:, (values < 0).any(axis=0)]
    parts = np.maximum(np.concatenate([values, below], axis=1), 0)
    return parts / np.linalg.norm(parts)


def learn(models: Sequence[np.ndarray], count: int, start: Factors | None = None) -> Factors:
    """Return factors of the activations of several models together.

    The squared error is minimised by coordinate descent (Cichocki and Phan 2009) from a start
    that follows from the activations (Boutsidis and Gallopoulos 2008). The factor that the models
    use most comes first.

    Args:
        models: each as ``unit_energy`` gives it, of the same patches. count: of factors.
        start: factors to begin from, whose order stays.
    """
    from sklearn.decomposition import NMF
    from sklearn.exceptions import ConvergenceWarning

    together = np.concatenate([_strongest(values) for values in models], axis=1)
    begin = "nndsvda" if start is None else "custom"
    method = NMF(count, init=begin, max_iter=_ROUNDS, tol=_TOLERANCE, random_state=0)
    options = {} if start is None else {"W": start.patches.copy(), "H": start.channels(together)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        patches = method.fit_transform(together, **options)
    norms = np.linalg.norm(patches, axis=0)
    factors = Factors(patches / np.where(norms > 0, norms, 1))
    if start is not None:
        return factors
    return Factors(factors.patches[:, np.argsort(-factors.uses(together), kind="stable")])


def most_explained(activations: np.ndarray, count: int) -> float:
    """Return the share of a model's activations that any so many factors could explain at most.

    That of the first squared singular values: a product of this rank, of factors learned from
    anything, explains no more (Eckart and Young 1936).

    >>> round(most_explained(np.diag([0.8, 0.6]), 1), 12)
    0.64
    """
    if not activations.size:
        return np.nan
    narrow = activations if activations.shape[0] > activations.shape[1] else activations.T
    energies = np.linalg.eigvalsh(narrow.T @ narrow)[::-1]
    return float(energies[:count].sum() / energies.sum())


def _strongest(activations: np.ndarray) -> np.ndarray:
    """Return at most ``MOST_CHANNELS`` channels, those with the most energy, in their order."""
    energy = (activations**2).sum(axis=0)
    return activations[:, np.sort(np.argsort(-energy, kind="stable")[:MOST_CHANNELS])]
