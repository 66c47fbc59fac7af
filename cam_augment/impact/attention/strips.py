"""One sequence to look at: successive frames with the maps of a baseline and of a strategy."""

from collections.abc import Sequence

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.attention.sequences import FLICKER, Succession
from cam_augment.impact.mean_maps import cells
from cam_augment.plan import BASELINE
from cam_augment.records import Effect, Fit
from cam_augment.records.frame_pairs import frame_pairs
from cam_augment.records.pictures import png
from cam_augment.records.sequences import Sequences
from cam_augment.records.steadiness import FrameView, Steadiness, Strip
from cam_augment.statistics.successive import mean_of_sequences

MOST_FRAMES = 8
SIDE = 96  # pixels of a frame's longer side at most


def steadiness(
    arms: Arms, succession: Succession | None, effects: Sequence[Effect]
) -> Steadiness | None:
    """Return what was compared of sequences, and one to look at; None without sequences.

    Args:
        effects: of the study, by which the strategy to look at is chosen.
    """
    sequences, frames = arms.data.sequences, frame_pairs(arms.data)
    if sequences is None or frames is None:
        return None
    marked = np.zeros((0, 2)) if succession is None else succession.pairs.marked
    return Steadiness(
        sequences=len(np.unique(sequences.sequence[frames.first])),
        frames=len(np.union1d(frames.first, frames.second)),
        pairs=len(frames),
        repeated=frames.repeated,
        changing=frames.changing,
        interrupted=frames.interrupted,
        marked=int(np.isfinite(marked).all(axis=1).sum()),
        metric=arms.plan.primary,
        strip=None if succession is None else _strip(arms, succession, sequences, effects),
    )


def _strip(
    arms: Arms, succession: Succession, sequences: Sequences, effects: Sequence[Effect]
) -> Strip | None:
    """Return the frames of a sequence, chosen by rule, under the strategy of the least p.

    The sequence is the one whose flicker the strategy changes by the median, of those with marks
    where there are some; the model of each arm that of median flicker in it.
    """
    strategy = _surest(effects) if arms.plan.gallery else None
    if strategy is None:
        return None
    by_sequence = {
        label: mean_of_sequences(succession.distances_of(label), succession.pairs.sequence)
        for label in (BASELINE, strategy)
    }
    place = _typical(succession, by_sequence[strategy].mean(axis=0)
                     - by_sequence[BASELINE].mean(axis=0))  # fmt: skip
    if place is None:
        return None
    first = succession.pairs.first[succession.pairs.sequence == place][0]
    number = int(sequences.sequence[first])
    models = {label: arms.fits(label)[_median(values[:, place])]
              for label, values in by_sequence.items()}  # fmt: skip
    members = _middle(sequences.members(number))
    return Strip(
        sequence=sequences.names[number],
        strategy=strategy,
        frames=tuple(
            _frame(arms, int(image), float(sequences.frame[image]), models) for image in members
        ),
    )


def _surest(effects: Sequence[Effect]) -> str | None:
    """Return the strategy whose change of flicker has the least p; None where none was tested."""
    tested = [(e.p, e.strategy) for e in effects if e.question == FLICKER and e.p is not None]
    return min(tested, key=lambda pair: pair[0])[1] if tested else None


def _typical(succession: Succession, change: np.ndarray) -> int | None:
    """Return the sequence of the median change, float [sequence]; None where none has one."""
    pairs = succession.pairs
    marked = np.unique(pairs.sequence[np.isfinite(pairs.marked).all(axis=1)])
    known = np.flatnonzero(np.isfinite(change))
    chosen = np.intersect1d(known, marked) if len(np.intersect1d(known, marked)) else known
    return int(chosen[_median(change[chosen])]) if len(chosen) else None


def _median(values: np.ndarray) -> int:
    """Return the place of the value in the middle, of an even number the lower one."""
    order = np.argsort(values, kind="stable")
    return int(order[(len(order) - 1) // 2])


def _middle(members: np.ndarray) -> np.ndarray:
    """Return as many successive frames as are shown, from the middle of a sequence."""
    start = max(0, (len(members) - MOST_FRAMES) // 2)
    return members[start : start + MOST_FRAMES]


def _frame(arms: Arms, image: int, frame: float, models: dict[str, Fit]) -> FrameView:
    maps = {label: arms.maps(fit).values[image] for label, fit in models.items()}
    predicted = {label: int(fit.probe_logits[image].argmax()) for label, fit in models.items()}
    return FrameView(
        frame=frame,
        label=arms.data.classes[arms.data.probe.labels[image]],
        image=png(arms.data.probe.images[image], SIDE),
        maps={label: cells(values / (values.sum() or 1)) for label, values in maps.items()},
        predicted={label: arms.data.classes[place] for label, place in predicted.items()},
    )
