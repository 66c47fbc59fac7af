"""Which models are compared, and within which blocks they may be relabelled.

Without blocks all models of two groups are exchangeable if the strategy does nothing. Where
models were trained on different folds, only those of one fold are: they are relabelled
within their fold, and a difference is taken within folds.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import chain, combinations
from math import comb, prod

import numpy as np

LIMIT = 200_000
Blocks = Sequence[int] | np.ndarray | None


@dataclass(frozen=True, eq=False)
class Design:
    """Two groups of models in blocks.

    Attributes:
        group: bool [model], whether a model is of group A.
        block: int [model], number of its block, from 0.
        blocked: whether blocks were given (one block is not the same as none: pairs of
            models within a block do not count then).
    """

    group: np.ndarray
    block: np.ndarray
    blocked: bool

    @cached_property
    def sizes(self) -> list[tuple[int, int]]:
        """The numbers of models of A and of B in each block."""
        a, both = np.bincount(self.block, weights=self.group), np.bincount(self.block)
        return [(int(n), int(m - n)) for n, m in zip(a, both, strict=True)]

    @property
    def count(self) -> int:
        """The number of relabellings within blocks, the observed one included."""
        return prod(comb(a + b, a) for a, b in self.sizes)

    @property
    def symmetric(self) -> bool:
        """Whether swapping the groups' names is one of the relabellings."""
        return all(a == b for a, b in self.sizes)

    @cached_property
    def weight(self) -> float:
        """What a sum over A, of values less their block's mean, is divided by: n_A n_B / n
        of each block, summed. 0: no block has models of both groups."""
        return sum(a * b / (a + b) for a, b in self.sizes)

    @cached_property
    def pairs(self) -> np.ndarray:
        """The pairs of models that count, bool [model, model]: with blocks, only those of
        different blocks. Models of one fold saw the same images and look alike for that."""
        if not self.blocked:
            return ~np.eye(len(self.block), dtype=bool)
        return self.block[:, None] != self.block

    def smallest_p(self, limit: int | None = None) -> float:
        """Return the least p that an exact test can reach, 0..1."""
        least = (2 if self.symmetric else 1) / self.count
        return max(least, 1 / limit) if limit else least

    def within_blocks(self, values: np.ndarray) -> np.ndarray:
        """Return ``values`` [model, ...] less the mean of their block, over both groups."""
        member = np.eye(len(self.sizes))[self.block]
        means = (member.T @ values.reshape(len(values), -1)) / member.sum(axis=0)[:, None]
        return values - (member @ means).reshape(values.shape)

    def differences(self, values: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Return A less B [relabelling, ...] of ``values`` [model, ...].

        Without blocks the difference of means; with blocks that of the additive model value
        ~ group + block, by least squares. The two are equal where both groups have each
        block equally often.

        Args:
            labels: bool [relabelling, model], which models are called A.
        """
        if self.blocked:
            weight = self.weight or np.nan
            return (labels / weight) @ self.within_blocks(values)
        n_a = int(self.group.sum())
        return np.where(labels, 1 / n_a, -1 / (len(self.group) - n_a)) @ values


def design(n_a: int, n_b: int, blocks: Blocks = None) -> Design:
    """Return the design of ``n_a`` models of A and, after them, ``n_b`` of B.

    Args:
        blocks: int [model], the block of each model; None: all models are alike.

    Raises:
        ValueError: there is not one block for each model.
    """
    group = np.arange(n_a + n_b) < n_a
    if blocks is None:
        return Design(group, np.zeros(n_a + n_b, dtype=int), blocked=False)
    block = np.unique(np.asarray(blocks), return_inverse=True)[1]
    if block.shape != group.shape:
        raise ValueError(f"blocks are [model]; received {block.shape} for {n_a} + {n_b} models")
    return Design(group, block, blocked=True)


def relabellings(
    n_a: int,
    n_b: int,
    limit: int = LIMIT,
    seed: int = 0,
    blocks: Blocks = None,
) -> np.ndarray:
    """Return ways to call ``n_a`` of ``n_a + n_b`` models A: bool [relabelling, model].

    The observed labelling (the first ``n_a`` models) is row 0. All C(n_a + n_b, n_a) are
    listed, each once, when they are no more than ``limit``; otherwise ``limit`` rows, all
    but the first drawn at random with replacement. With ``blocks``, int [model], each block
    keeps its number of A's, and what is listed are all products of the blocks' ways.

    >>> relabellings(1, 2).astype(int)
    array([[1, 0, 0],
           [0, 1, 0],
           [0, 0, 1]])
    >>> relabellings(2, 2, blocks=[0, 1, 0, 1]).astype(int)
    array([[1, 1, 0, 0],
           [1, 0, 0, 1],
           [0, 1, 1, 0],
           [0, 0, 1, 1]])
    """
    layout = design(n_a, n_b, blocks)
    members = [np.flatnonzero(layout.block == block) for block in range(len(layout.sizes))]
    if layout.count > limit:
        labels = np.tile(layout.group, (limit, 1))
        rng = np.random.default_rng(seed)
        for places in members:
            labels[1:, places] = rng.permuted(labels[1:, places], axis=1)
        return labels
    ways = [_ways(*size) for size in layout.sizes]
    labels = np.zeros((layout.count, n_a + n_b), dtype=bool)
    rows = np.unravel_index(np.arange(layout.count), [len(way) for way in ways])
    for places, way, row in zip(members, ways, rows, strict=True):
        labels[:, places] = way[row]
    return labels


@lru_cache(maxsize=4)  # every strategy and score asks for the same
def _ways(n_a: int, n_b: int) -> np.ndarray:
    """Return all ways to call ``n_a`` of the models A, the first ``n_a`` first; read only."""
    n, count = n_a + n_b, comb(n_a + n_b, n_a)
    chosen = np.fromiter(chain.from_iterable(combinations(range(n), n_a)), int, count * n_a)
    labels = np.zeros((count, n), dtype=bool)
    np.put_along_axis(labels, chosen.reshape(count, n_a), True, axis=1)
    labels.flags.writeable = False
    return labels


def smallest_p(
    n_a: int,
    n_b: int,
    limit: int | None = None,
    blocks: Blocks = None,
) -> float:
    """Return the least p of an exact test of ``n_a`` against ``n_b`` models, 0..1.

    One relabelling in C(n_a + n_b, n_a); two where the groups are of one size, because
    swapping them changes neither the excess shift nor a two-sided difference. With
    ``blocks`` (see ``relabellings``), one in the product over blocks. With a ``limit`` on the
    relabellings, no less than 1 / limit.

    >>> round(smallest_p(4, 8), 5), round(smallest_p(4, 4), 5)
    (0.00202, 0.02857)
    >>> round(1 / smallest_p(5, 10, blocks=[0, 1, 2, 3, 4] * 3))
    243
    """
    return design(n_a, n_b, blocks).smallest_p(limit)
