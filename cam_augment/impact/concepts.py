"""What models see in patches: the factors that baselines share, and how strategies use them.

A model is described by factors of models that it is not among, or the baselines, from whose
activations they are learned, would be explained better than any other model. A baseline is
described by the factors of the other baselines. So is a strategy's model, by those of each such
leave-one-out group in turn, and has the mean. Both are then strangers to factors of equally many
baselines, and differ by what they see alone.

With folds a strategy's model is described by the groups that leave out a baseline of its own fold.
Models of one fold learned from the same images and may see alike: so of that fold there is one
baseline less in every group, as in those that describe baselines.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.moderated import moderated_effects
from cam_augment.impact.scalars import finite_or_none
from cam_augment.impact.scored import ByArm, Scored
from cam_augment.questions import OWN, Answers, Loaders
from cam_augment.questions.concepts import check_factors, patches_of
from cam_augment.records import Concepts, Effect, Factor, Fit, Patch
from cam_augment.records.effects import COMMON_SHARE, OF_ONE_FACTOR
from cam_augment.records.pictures import png
from cam_augment.statistics.factors import Factors, learn, most_explained, unit_energy

LEAST_BASELINES = 2
Fold = tuple[int, int] | None  # as of a run
SHOWN = 6  # patches of a factor
SIDE = 48  # pixels of a patch's picture, at most
AROUND = 3  # cells that a patch's picture is wide and high, and half of the image at least


@dataclass(frozen=True, eq=False)
class FactorUse:
    """How all models use the factors of the baselines.

    Attributes:
        factors: of all baselines of the first stage together, which are shown.
        uses: arm to the share of each run's activations that falls to each factor, float [run,
            factor]; NaN of a run without an answer, or of whose fold no baseline has one.
        most: arm to the share that any so many factors could explain of each run's, float [run].
    """

    factors: Factors
    uses: ByArm
    most: ByArm

    @property
    def explained(self) -> dict[str, np.ndarray]:
        """Arm to the share of each run's activations that all factors explain, float [run]."""
        return {label: uses.sum(axis=1) for label, uses in self.uses.items()}

    @property
    def common(self) -> dict[str, np.ndarray]:
        """Arm to what is explained of each run's, over what could be at most, float [run].

        Activations of many kinds are explained less by any so many factors, whoever they come
        from; that is taken out.
        """
        return {label: values / self.most[label] for label, values in self.explained.items()}

    def of(self, factor: int) -> dict[str, np.ndarray]:
        """Return the use of one factor, from 0, arm to float [run]."""
        return {label: uses[:, factor] for label, uses in self.uses.items()}

    @property
    def points(self) -> dict[str, dict[str, np.ndarray]]:
        """Question to every run's number, by arm."""
        questions = {question_of(k): self.of(k) for k in range(self.factors.count)}
        return {COMMON_SHARE: self.common, **questions}


def question_of(factor: int) -> str:
    """Return the question of a factor's use, of its place from 0.

    >>> question_of(0)
    'factors.1'
    """
    return f"{OF_ONE_FACTOR}{factor + 1}"


def factor_use(arms: Arms, answers: Answers) -> FactorUse | None:
    """Return how all models use the factors; None where fewer than two baselines were asked.

    Factors are learned from baselines of the first stage alone, so that they are the same at all
    stages of a study. Only the activations of these are held, and those of one model more.

    Raises:
        InputError: there are fewer channels or patches than factors.
    """
    loaders = answers.get("concepts", {}).get(OWN, {})
    if arms.plan.concepts is None:
        return None
    sources = _sources(arms, loaders)
    if len(sources) < LEAST_BASELINES:
        return None
    count = arms.plan.concepts.factors
    _check(arms, loaders[next(iter(sources))]()["activations"], count)
    together = learn(list(sources.values()), count)
    without = _leave_one_out(sources, together)
    of_fold = _by_fold(arms, without)

    def describe(fit: Fit) -> tuple[np.ndarray, float]:
        """Return the use of each factor, and the most that could be explained."""
        key = fit.run.key
        values = sources[key] if key in sources else _activations(loaders, key)
        strangers = [without[key]] if key in without else of_fold.get(fit.run.fold, [])
        uses = [factors.uses(values) for factors in strangers] or [np.full(count, np.nan)]
        return np.mean(uses, axis=0), most_explained(values, count)

    described = {label: [describe(fit) for fit in arms.fits(label)] for label in arms.labels}
    return FactorUse(
        factors=together,
        uses={label: np.array([uses for uses, _ in rows]).reshape(-1, count)
              for label, rows in described.items()},
        most={label: np.array([most for _, most in rows], float)
              for label, rows in described.items()},
    )  # fmt: skip


def _sources(arms: Arms, loaders: Loaders) -> dict[str, np.ndarray]:
    """Return what factors are learned from, by the runs' keys: baselines of the first stage."""
    end = arms.plan.first_seed + arms.plan.baselines
    keys = [fit.run.key for fit in arms.baselines if fit.run.seed < end]
    every = {key: _activations(loaders, key) for key in keys}
    return {key: values for key, values in every.items() if values.size}


def _activations(loaders: Loaders, key: str) -> np.ndarray:
    """Return a run's activations as factors take them, float64 [patch, channel].

    Without channels where the run has no answer, or its layer says nothing.
    """
    return unit_energy(loaders[key]()["activations"]) if key in loaders else np.empty((0, 0))


def _leave_one_out(sources: Mapping[str, np.ndarray], together: Factors) -> dict[str, Factors]:
    """Return for each run the factors of the others, in the order of those of all together."""
    return {
        key: learn(
            [values for other, values in sources.items() if other != key], together.count, together
        )
        for key in sources
    }


def _by_fold(arms: Arms, without: Mapping[str, Factors]) -> dict[Fold, list[Factors]]:
    """Return the factors of all but one baseline by the fold of the one; None: without folds."""
    groups: dict[Fold, list[Factors]] = {}
    for fit in arms.baselines:
        if fit.run.key in without:
            groups.setdefault(fit.run.fold, []).append(without[fit.run.key])
    return groups


def _check(arms: Arms, activations: np.ndarray, factors: int) -> None:
    """Raise InputError as the question does: stored models are not asked again."""
    patches, channels = activations.shape
    check_factors(factors, arms.maps(arms.baselines[0]).layer, channels, patches)


def factor_effects(arms: Arms, use: FactorUse | None) -> list[Effect]:
    """Return how strategies change the common share, and the use of each factor.

    ``common_share`` is one question; ``factors.1`` and so on share the level of another.
    """
    if use is None:
        return []
    effects = moderated_effects(arms, COMMON_SHARE, Scored(use.common))
    count = use.factors.count
    for factor in range(count):
        score = Scored(use.of(factor))
        effects += moderated_effects(arms, question_of(factor), score, questions=count)
    return effects


def concepts_of(arms: Arms, use: FactorUse | None) -> Concepts | None:
    """Return what factors explain of every arm, and the patches that show them best."""
    if use is None:
        return None
    grid = arms.maps(arms.baselines[0]).values.shape[1:]
    patches = patches_of(len(arms.data.probe), grid)
    names = arms.plan.concepts.names if arms.plan.concepts else ()
    return Concepts(
        patches=len(patches),
        common=_means(use.common),
        explained=_means(use.explained),
        most=_means(use.most),
        factors=tuple(
            Factor(
                name=names[factor] if names else "",
                use=_means(use.of(factor)),
                patches=_shown(arms, patches, use.factors.patches[:, factor], grid),
            )
            for factor in range(use.factors.count)
        ),
    )


def _means(by_arm: ByArm) -> dict[str, float | None]:
    """Return the mean over those runs of each arm that have a number; None where none has."""
    return {
        label: finite_or_none(finite.mean()) if len(finite := v[np.isfinite(v)]) else None
        for label, v in by_arm.items()
    }


def _shown(
    arms: Arms, patches: np.ndarray, shown: np.ndarray, grid: Sequence[int]
) -> tuple[Patch, ...]:
    """Return the patches that show a factor most strongly, one an image at most.

    Args:
        patches: int [patch, 3], image, row and column. shown: how strongly each shows the
            factor, float [patch]. None where the plan keeps pictures out of the report.
    """
    if not arms.plan.gallery:
        return ()
    order = np.argsort(-shown, kind="stable")
    order = order[shown[order] > 0]
    _, firsts = np.unique(patches[order, 0], return_index=True)
    best = order[np.sort(firsts)[:SHOWN]]
    return tuple(_patch(arms, patches[number], grid) for number in best)


def _patch(arms: Arms, place: np.ndarray, grid: Sequence[int]) -> Patch:
    image, row, column = map(int, place)
    pixels = arms.data.probe.images[image : image + 1][0]
    down, across = (
        _window(place, cells, size)
        for place, cells, size in zip((row, column), grid, pixels.shape, strict=False)
    )
    return Patch(
        index=image,
        label=arms.data.classes[int(arms.data.probe.labels[image])],
        row=row,
        column=column,
        image=png(pixels[slice(*down.pixels), slice(*across.pixels)], SIDE),
        box=(*across.cell, *down.cell),
    )


@dataclass(frozen=True)
class _Window:
    """What a picture shows along one side: pixels from and to, and the cell's share of them."""

    pixels: tuple[int, int]
    cell: tuple[float, float]


def _window(place: int, cells: int, size: int) -> _Window:
    """Return what is shown around a cell along one side of an image of ``size`` pixels."""
    low, high = place * size / cells, (place + 1) * size / cells
    length = min(size, round(max(AROUND * size / cells, size / 2)))
    start = min(max(0, round((low + high - length) / 2)), size - length)
    shares = ((end - start) / length for end in (low, high))
    first, last = (min(max(share, 0.0), 1.0) for share in shares)
    return _Window((start, start + length), (first, last))
