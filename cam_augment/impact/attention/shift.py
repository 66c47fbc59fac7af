"""What a strategy does to attention: shift against seed noise, dispersion, focus."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, partial
from itertools import islice
from threading import Event

import numpy as np

from cam_augment.base.stop import STOP
from cam_augment.impact.arms import Arms
from cam_augment.impact.attention import pairs as scoring
from cam_augment.impact.attention.cache import (
    CHANCE,
    SCORES,
    chance_pair,
    ensure,
    is_expensive,
    load_or_make,
    of_earlier_stage,
)
from cam_augment.impact.attention.displacement import displacements
from cam_augment.impact.moderated import moderated_effects
from cam_augment.impact.scalars import LEAST_RUNS, effect
from cam_augment.impact.scored import Scored
from cam_augment.plan import BASELINE
from cam_augment.records import Effect, Fit, Scores
from cam_augment.registry import METRICS
from cam_augment.statistics import (
    agreement_interval,
    agreement_test,
    design,
    energy_interval,
    energy_test,
)
from cam_augment.store import Store

LOGITS = "prediction_kl"
TOGETHER = 128  # models prepared at a time for the distances between all
# Metric to arm to the values [image] of each run, of metrics of a map and a place.
RegionScores = Mapping[str, Mapping[str, Sequence[np.ndarray]]]


@dataclass(frozen=True)
class Attention:
    """What was found about attention.

    Attributes:
        effects: excess shifts, dispersion, focus, agreement; not yet corrected.
        parts: strategy to (floor, between, within) on the primary metric.
        points: dispersion and focus of every run, by question and arm.
        shift_by_image: strategy to the primary excess shift of each probe image [image].
        distances: strategy to its primary distances [model, model, image], as ``Scores``.
        pairs: metric to strategy to the mean distances [model, model], in the same order.
        models, distance: arm of each model, and the primary distance between all models.
        chance: metric to its mean between maps of different images, where it is defined.
        by_region: focus of every run and image, and attention off the product.
        displacements: strategy to how far centres moved, in diagonals.
    """

    effects: list[Effect]
    parts: dict[str, tuple[float, float, float]]
    points: dict[str, dict[str, np.ndarray]]
    shift_by_image: dict[str, np.ndarray]
    distances: dict[str, np.ndarray]
    pairs: dict[str, dict[str, np.ndarray]]
    models: tuple[str, ...]
    distance: np.ndarray
    chance: dict[str, float]
    by_region: RegionScores
    displacements: dict[str, float]


def attention_effects(arms: Arms, store: Store | None) -> Attention:
    """Return all that is known of attention, for every strategy with enough runs."""
    metrics = (*arms.plan.metrics, LOGITS)
    by_metric: dict[str, list[Effect]] = {metric: [] for metric in metrics}
    parts, by_image, distances = {}, {}, {}
    pairs: dict[str, dict[str, np.ndarray]] = {metric: {} for metric in metrics}
    eligible = [label for label in arms.strategies if len(arms.fits(label)) >= LEAST_RUNS]
    with _ahead(arms, filter(is_expensive, metrics), eligible, store) as ahead:
        for metric in sorted(metrics, key=is_expensive):  # the expensive ones last
            for label, scores in _scores(arms, metric, eligible, store, ahead):
                by_metric[metric].append(_shift(arms, label, metric, scores))
                pairs[metric][label] = scores.distance
                if metric == arms.plan.primary:
                    kinds = _pairs_that_count(arms, label)
                    parts[label] = _parts(scores.distance, *kinds)
                    distances[label] = scores.values
                    by_image[label] = _excess_by_image(scores.values, *kinds)
                    by_metric[metric].append(_agreement(arms, label, scores))
    effects = [effect for metric in metrics for effect in by_metric[metric]]
    by_region = region_scores(arms)
    points = map_points(arms, by_region)
    for question, values in points.items():
        effects += moderated_effects(arms, question, Scored(values))
    models, matrix = _all_pairs(arms)
    chances = {name: _chance(arms, name, store) for name in arms.plan.metrics}
    chance_levels = {name: value for name, value in chances.items() if np.isfinite(value)}
    return Attention(
        effects, parts, points, by_image, distances, pairs, models, matrix, chance_levels,
        by_region, displacements(arms),
    )  # fmt: skip


def primary_shifts(arms: Arms, store: Store | None) -> dict[str, tuple[Effect, np.ndarray]]:
    """Return each strategy's primary excess shift, not corrected, and that of each image.

    Returns:
        Strategy to its effect and its excess shift by image, float64 [image].
    """
    eligible = [label for label in arms.strategies if len(arms.fits(label)) >= LEAST_RUNS]
    primary = arms.plan.primary
    return {
        label: (
            _shift(arms, label, primary, scores),
            _excess_by_image(scores.values, *_pairs_that_count(arms, label)),
        )
        for label, scores in _scores(arms, primary, eligible, store)
    }


@contextmanager
def _ahead(
    arms: Arms, metrics: Iterable[str], labels: Sequence[str], store: Store | None
) -> Iterator[dict[tuple[str, str], Future]]:
    """Make expensive scores on other threads while this one does the rest: they are for the store.

    Yields what is under way: metric and strategy to its future; it is in the store after that.
    """
    pool, stop = ThreadPoolExecutor(1), Event()

    def put(store: Store, make: Callable[[str], np.ndarray], metric: str, label: str) -> None:
        ensure(arms, store, SCORES, metric, _fits_with_baselines(arms, label), partial(make, label))

    try:
        yield {
            (metric, label): pool.submit(put, store, make, metric, label)
            for metric in (metrics if store else ())
            for make in [_blocks(arms, metric, store, stop)]
            for label in labels
            if store
        }
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _scores(
    arms: Arms,
    metric: str,
    labels: Sequence[str],
    store: Store | None,
    ahead: Mapping[tuple[str, str], Future] = {},
) -> Iterator[tuple[str, Scores]]:
    """Yield each strategy's scores; the store keeps expensive ones, and some are under way."""
    make = _blocks(arms, metric, store)
    for label in labels:
        STOP.check()
        if (metric, label) in ahead:
            ahead[metric, label].result()
        fits = _fits_with_baselines(arms, label)
        values = load_or_make(arms, store, SCORES, metric, fits, partial(make, label))
        yield label, Scores(metric, values, scoring.mean_distance(values))


def _fits_with_baselines(arms: Arms, label: str) -> list[Fit]:
    return [*arms.fits(label), *arms.baselines]


def _blocks(
    arms: Arms, metric: str, store: Store | None, stop: Event = scoring.NEVER
) -> Callable[[str], np.ndarray]:
    """Return a function from a strategy to its values [model, model, image].

    Baselines are compared once for all strategies. ``stop`` ends it, see ``scoring.among``.
    """
    stacks = _logits if metric == LOGITS else Arms.stacks
    earlier = partial(of_earlier_stage, arms, store, metric)

    @cache
    def baselines() -> tuple[list[np.ndarray], np.ndarray]:
        models = scoring.prepare_all(metric, stacks(arms, BASELINE))
        known = (
            block.since(len(arms.fits(label)))
            for label in arms.strategies
            if (block := earlier(label))
        )
        return models, scoring.among(metric, models, [*islice(known, 1)], stop)

    def make(label: str) -> np.ndarray:
        models, floor = baselines()
        arm = scoring.prepare_all(metric, stacks(arms, label))
        places = range(len(arm), len(arm) + len(models))
        known = filter(None, [scoring.Known(places, floor), earlier(label)])
        return scoring.among(metric, [*arm, *models], [*known], stop)

    return make


def _logits(arms: Arms, label: str) -> list[np.ndarray]:
    return [fit.probe_logits for fit in arms.fits(label)]


def _shift(arms: Arms, label: str, metric: str, scores: Scores) -> Effect:
    """The excess shift 2C - F - W with its exact test and interval."""
    size, blocks = len(arms.fits(label)), arms.blocks(label)
    test = energy_test(scores.distance, size, limit=arms.plan.permutations, blocks=blocks)
    low, high = energy_interval(
        scores.values, size, arms.standing.alpha, arms.plan.bootstrap, seed=0, blocks=blocks,
        clusters=arms.probe_clusters,
    )  # fmt: skip
    return effect(
        label,
        f"excess_shift.{metric}",
        estimate=test.excess,
        low=low,
        high=high,
        noise=test.floor,
        p=test.p,
        smallest_p=test.smallest_p,
    )


def _agreement(arms: Arms, label: str, scores: Scores) -> Effect:
    """W - F: below zero, seeds agree more under the strategy than without it."""
    size, blocks = len(arms.fits(label)), arms.blocks(label)
    test = agreement_test(scores.distance, size, limit=arms.plan.permutations, blocks=blocks)
    low, high = agreement_interval(
        scores.values, size, arms.standing.alpha, arms.plan.bootstrap, seed=0, blocks=blocks,
        clusters=arms.probe_clusters,
    )  # fmt: skip
    return effect(
        label,
        "agreement",
        estimate=test.estimate,
        low=low,
        high=high,
        p=test.p,
        smallest_p=test.smallest_p,
    )


def _pairs_that_count(arms: Arms, label: str) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return which pairs [model, model] are means of F, of C and of W, the strategy's first.

    Each pair once; with folds only pairs of different folds, since two models of one fold
    saw the same images and look more alike.
    """
    layout = design(len(arms.fits(label)), len(arms.baselines), arms.blocks(label))
    once, in_strategy = np.triu(layout.pairs), layout.group
    return (
        once & ~in_strategy & ~in_strategy[:, None],
        once & in_strategy[:, None] & ~in_strategy,
        once & in_strategy & in_strategy[:, None],
    )


def _parts(
    distance: np.ndarray, floor: np.ndarray, between: np.ndarray, within: np.ndarray
) -> tuple[float, float, float]:
    """Return floor F, between C and within W of a block, strategy's models first."""

    def mean(kind: np.ndarray) -> float:
        return float(distance[kind].mean()) if kind.any() else np.nan

    return mean(floor), mean(between), mean(within)


def _excess_by_image(values: np.ndarray, *kinds: np.ndarray) -> np.ndarray:
    """Return 2C - F - W of every image [image]; NaN where too many maps are degenerate."""
    floor, between, within = (_finite_mean(values[kind]) for kind in kinds)
    return 2 * between - floor - within


def _finite_mean(values: np.ndarray) -> np.ndarray:
    finite = np.isfinite(values)
    total = np.where(finite, values, 0).sum(axis=0, dtype=np.float64)
    return np.divide(
        total, finite.sum(axis=0), out=np.full(total.shape, np.nan), where=finite.any(0)
    )


def map_points(arms: Arms, by_region: RegionScores) -> dict[str, dict[str, np.ndarray]]:
    """Return dispersion, and focus where regions are marked: question to arm to [run]."""
    points = {
        name: {label: _means(entry(maps) for maps in arms.stacks(label)) for label in arms.labels}
        for name, entry in METRICS.items()
        if entry.compares == "map"
    }
    return points | {
        name: {label: _means(values) for label, values in of_arm.items()}
        for name, of_arm in by_region.items()
    }


def region_scores(arms: Arms) -> RegionScores:
    """Return each image's focus, and attention off the product, where either is known."""
    masks = arms.data.probe.masks
    places = {"mask": None if masks is None else masks[:], "product": arms.data.product}
    scores = {}
    for name, entry in METRICS.items():
        where = places.get(entry.compares)
        if where is not None and where.any():
            scores[name] = {
                label: [entry(maps, where) for maps in arms.stacks(label)] for label in arms.labels
            }
    return scores


def _means(per_run: Iterable[np.ndarray]) -> np.ndarray:
    """Return each run's mean over images; NaN where none of its maps counts."""
    return np.array([_finite_mean(values[:, None])[0] for values in per_run])


def degenerate_shares(arms: Arms) -> dict[str, float]:
    """Return the share of all-zero maps of every arm with runs."""
    return {
        label: float(np.mean([(maps.max(axis=(1, 2)) <= 0).mean() for maps in arms.stacks(label)]))
        for label in arms.labels
        if arms.fits(label)
    }


def _all_pairs(arms: Arms) -> tuple[tuple[str, ...], np.ndarray]:
    """Return the arm of each model and the primary distance between all models.

    Models are prepared some at a time, so that memory does not grow with their number.
    """
    primary = arms.plan.primary
    models = [(label, fit) for label in arms.labels for fit in arms.fits(label)]
    matrix = np.zeros((len(models), len(models)))

    def ready(start: int) -> list:
        part = models[start : start + TOGETHER]
        return scoring.prepare_all(primary, [arms.maps(fit).values for _, fit in part])

    for top in range(0, len(models), TOGETHER):
        rows = ready(top)
        for column in range(top, len(models), TOGETHER):
            columns = rows if column == top else ready(column)
            for row, model in enumerate(rows, top):
                first, end = max(row + 1, column), column + len(columns)
                if first < end:
                    values = scoring.against(primary, model, columns[first - column :])
                    matrix[row, first:end] = matrix[first:end, row] = scoring.mean_distance(values)
    return tuple(label for label, _ in models), matrix


def _chance(arms: Arms, metric: str, store: Store | None) -> float:
    """The metric between maps of different images, of two baselines."""
    fits = chance_pair(arms.baselines)
    maps = [arms.maps(fit).values for fit in fits]

    def make() -> np.ndarray:
        return np.array(scoring.chance(metric, maps, clusters=arms.probe_clusters))

    return float(load_or_make(arms, store, CHANCE, metric, fits, make))
