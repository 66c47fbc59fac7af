"""Cut images into splits by shares: every class with its share, no group in two splits."""

from collections.abc import Mapping, Sequence

import numpy as np

from cam_augment.base.errors import InputError

_TRIES = 20  # orders of the groups that are tried; the best is taken
_ROUNDS = 5  # of moving groups
_STEPS = 50_000  # groups placed at most, over all tries


def check_shares(name: str, shares: Mapping[str, float]) -> None:
    """Raise InputError where the splits' shares are more than everything."""
    if sum(shares.values()) > 1 + 1e-9:
        terms = " + ".join(f"{split} {share:g}" for split, share in shares.items())
        raise InputError(f"{name}: shares of {sum(shares.values()):g} ({terms}); at most 1")


def cut(
    labels: np.ndarray, groups: np.ndarray | None, shares: Sequence[float], seed: int
) -> list[np.ndarray]:
    """Return the indices of disjoint splits, each with about its share of every class.

    Args:
        labels: int [image] from 0.
        groups: int [image] from 0, or None: each image by itself. A group goes whole into
            one split, so shares are met as well as the groups' sizes let them.
        shares: of the images, per split; what they leave is in none.
        seed: of the random order.

    Returns:
        Per split its indices, rising.
    """
    rng = np.random.default_rng(seed)
    if groups is None:
        split = _by_image(labels, shares, rng)
    else:
        split = _by_group(labels, groups, shares, rng)
    return [np.flatnonzero(split == number) for number in range(len(shares))]


def allot(count: int, shares: Sequence[float]) -> np.ndarray:
    """Return how many of ``count`` images each split gets: largest remainders, none empty.

    >>> allot(8, [0.6, 0.1, 0.1, 0.2]).tolist()
    [5, 1, 1, 1]
    """
    exact = count * np.asarray(shares, float)
    sizes = np.floor(exact + 1e-9).astype(int)
    room_left = round(exact.sum()) - sizes.sum()
    sizes[np.argsort(sizes - exact, kind="stable")[:room_left]] += 1
    while not sizes.all():
        if sizes.max() > 1:
            sizes[sizes.argmax()] -= 1
        elif sizes.sum() >= count:
            break
        sizes[sizes.argmin()] += 1
    return sizes


def _by_image(labels: np.ndarray, shares: Sequence[float], rng: np.random.Generator) -> np.ndarray:
    """Return the split of each image, int [image]; the number of splits: none."""
    split = np.full(len(labels), len(shares))
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        ends = np.cumsum(allot(len(members), shares))
        split[members] = np.searchsorted(ends, np.arange(len(members)), side="right")
    return split


def _by_group(
    labels: np.ndarray, groups: np.ndarray, shares: Sequence[float], rng: np.random.Generator
) -> np.ndarray:
    """Return the split of each image, that of its group; the number of splits: none.

    Groups are placed one by one, the largest first or in a random order, each where it lowers
    most the squared distance to what every split should have of every class (in shares of
    the class); then moved while that lowers it further. The best of some tries is taken.
    """
    counts = np.zeros((groups.max() + 1, labels.max() + 1))
    np.add.at(counts, (groups, labels), 1)
    relative = counts / np.maximum(counts.sum(0), 1)
    parts = [*shares, max(0.0, 1 - sum(shares))]
    parts = parts if parts[-1] > 1e-9 else parts[:-1]
    want = np.repeat(np.asarray(parts)[:, None], relative.shape[1], axis=1)
    attempts = []
    for number in range(max(2, min(_TRIES, _STEPS // len(counts)))):
        order = rng.permutation(len(relative))
        if number % 2 == 0:
            order = order[np.argsort(-relative[order].sum(1), kind="stable")]
        attempts.append(_place(relative, want, order))
    best = min(attempts, key=lambda attempt: _distance(relative, want, attempt, len(shares)))
    return best[groups]


def _place(relative: np.ndarray, want: np.ndarray, order: np.ndarray) -> np.ndarray:
    """Return the split of each group, int [group].

    Args:
        relative: shares of the classes, [group, class]. want: those of splits [split, class].
        order: in which groups are placed.
    """
    room_left = want.copy()
    split = np.empty(len(relative), int)
    for group in order:
        split[group] = (room_left @ relative[group]).argmax()
        room_left[split[group]] -= relative[group]
    for _ in range(_ROUNDS):
        has_moved = False
        for group in order:
            home, share = split[group], relative[group]
            room = room_left @ share
            best_split = room.argmax()
            if room[best_split] - room[home] > share @ share + 1e-12:
                room_left[home] += share
                room_left[best_split] -= share
                split[group], has_moved = best_split, True
        if not has_moved:
            break
    return split


def _distance(relative: np.ndarray, want: np.ndarray, split: np.ndarray, splits: int) -> float:
    """Return how far the splits are from what they should have; one without a class: further."""
    have = np.zeros_like(want)
    np.add.at(have, split, relative)
    return float(((have - want) ** 2).sum() + (have[:splits] == 0).sum())
