"""What a strategy does to attention: shift against seed noise, dispersion, focus."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event

import numpy as np

from cam_augment.base.stop import STOP
from cam_augment.impact.arms import Arms
from cam_augment.impact.attention import pairs as scoring
from cam_augment.impact.attention.cache import CHANCE, SCORES, chance_pair, dear, keep, kept
from cam_augment.impact.scalars import LEAST_RUNS, effect, scalar_effect
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
Marked = Mapping[str, Mapping[str, Sequence[np.ndarray]]]


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
        marked: focus of every run and image, and attention off the product.
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
    marked: Marked


def attention_effects(arms: Arms, store: Store | None) -> Attention:
    """Return all that is known of attention, for every strategy with enough runs."""
    metrics = (*arms.plan.metrics, LOGITS)
    found: dict[str, list[Effect]] = {metric: [] for metric in metrics}
    parts, by_image, distances = {}, {}, {}
    pairs: dict[str, dict[str, np.ndarray]] = {metric: {} for metric in metrics}
    judged = [label for label in arms.strategies if len(arms.fits(label)) >= LEAST_RUNS]
    with _ahead(arms, filter(dear, metrics), judged, store) as ahead:
        for metric in sorted(metrics, key=dear):  # the dear ones last
            for label, scores in _scores(arms, metric, judged, store, ahead):
                found[metric].append(_shift(arms, label, metric, scores))
                pairs[metric][label] = scores.distance
                if metric == arms.plan.primary:
                    kinds = _pairs_that_count(arms, label)
                    parts[label] = _parts(scores.distance, *kinds)
                    distances[label] = scores.values
                    by_image[label] = _excess_by_image(scores.values, *kinds)
                    found[metric].append(_agreement(arms, label, scores))
    effects = [effect for metric in metrics for effect in found[metric]]
    marked = marked_values(arms)
    points = map_points(arms, marked)
    for question, values in points.items():
        effects += [
            scalar_effect(
                arms.plan, label, question, values[label], values[BASELINE], arms.blocks(label)
            )
            for label in arms.strategies
        ]
    models, matrix = _all_pairs(arms)
    chances = {name: _chance(arms, name, store) for name in arms.plan.metrics}
    defined = {name: value for name, value in chances.items() if np.isfinite(value)}
    return Attention(
        effects, parts, points, by_image, distances, pairs, models, matrix, defined, marked
    )


def primary_shifts(arms: Arms, store: Store | None) -> dict[str, tuple[Effect, np.ndarray]]:
    """Return each strategy's primary excess shift, not corrected, and that of each image."""
    judged = [label for label in arms.strategies if len(arms.fits(label)) >= LEAST_RUNS]
    primary = arms.plan.primary
    return {
        label: (
            _shift(arms, label, primary, scores),
            _excess_by_image(scores.values, *_pairs_that_count(arms, label)),
        )
        for label, scores in _scores(arms, primary, judged, store)
    }


def primary_distances(
    arms: Arms, labels: Sequence[str], store: Store | None
) -> dict[str, np.ndarray]:
    """Return the mean primary distances [model, model] of strategies, their models first."""
    return {label: s.distance for label, s in _scores(arms, arms.plan.primary, labels, store)}


@contextmanager
def _ahead(
    arms: Arms, metrics: Iterable[str], judged: Sequence[str], store: Store | None
) -> Iterator[dict[tuple[str, str], Future]]:
    """Make dear scores on other threads while this one does the rest: they are for the store.

    Yields what is under way: metric and strategy to its future; it is in the store after that.
    """
    pool, stop = ThreadPoolExecutor(1), Event()

    def put(make: Callable[[str], np.ndarray], metric: str, label: str) -> None:
        keep(arms, store, SCORES, metric, _compared(arms, label), lambda: make(label))

    try:
        yield {
            (metric, label): pool.submit(put, make, metric, label)
            for metric in (metrics if store else ())
            for make in [_blocks(arms, metric, stop)]
            for label in judged
        }
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _scores(
    arms: Arms,
    metric: str,
    judged: Sequence[str],
    store: Store | None,
    ahead: Mapping[tuple[str, str], Future] = {},
) -> Iterator[tuple[str, Scores]]:
    """Yield each strategy's scores; dear ones are kept in the store, some are under way."""
    make = _blocks(arms, metric)
    for label in judged:
        STOP.check()
        if (metric, label) in ahead:
            ahead[metric, label].result()
        fits = _compared(arms, label)
        values = kept(arms, store, SCORES, metric, fits, lambda label=label: make(label))
        yield label, Scores(metric, values, scoring.mean_distance(values))


def _compared(arms: Arms, label: str) -> list[Fit]:
    return [*arms.fits(label), *arms.baselines]


def _blocks(arms: Arms, metric: str, stop: Event | None = None) -> Callable[[str], np.ndarray]:
    """Return a function from a strategy to its values [model, model, image].

    Baselines are compared once for all strategies. ``stop`` ends it, see ``scoring.among``.
    """
    stopping = {"stop": stop} if stop else {}
    stacks = _logits if metric == LOGITS else Arms.stacks
    shared: list = []

    def make(label: str) -> np.ndarray:
        if not shared:
            baselines = scoring.prepared(metric, stacks(arms, BASELINE))
            shared.extend([baselines, scoring.among(metric, baselines, **stopping)])
        own = scoring.prepared(metric, stacks(arms, label))
        return scoring.block(metric, own, *shared, **stopping)

    return make


def _logits(arms: Arms, label: str) -> list[np.ndarray]:
    return [fit.probe_logits for fit in arms.fits(label)]


def _shift(arms: Arms, label: str, metric: str, scores: Scores) -> Effect:
    """The excess shift 2C - F - W with its exact test and interval."""
    own, blocks = len(arms.fits(label)), arms.blocks(label)
    test = energy_test(scores.distance, own, limit=arms.plan.permutations, blocks=blocks)
    low, high = energy_interval(
        scores.values, own, arms.plan.alpha, arms.plan.bootstrap, seed=0, blocks=blocks
    )
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
    own, blocks = len(arms.fits(label)), arms.blocks(label)
    test = agreement_test(scores.distance, own, limit=arms.plan.permutations, blocks=blocks)
    low, high = agreement_interval(
        scores.values, own, arms.plan.alpha, arms.plan.bootstrap, seed=0, blocks=blocks
    )
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
    made = design(len(arms.fits(label)), len(arms.baselines), arms.blocks(label))
    once, own = np.triu(made.pairs), made.group
    return once & ~own & ~own[:, None], once & own[:, None] & ~own, once & own & own[:, None]


def _parts(distance: np.ndarray, *kinds: np.ndarray) -> tuple[float, ...]:
    """Return floor F, between C and within W of a block, strategy's models first."""
    return tuple(float(distance[kind].mean()) if kind.any() else np.nan for kind in kinds)


def _excess_by_image(values: np.ndarray, *kinds: np.ndarray) -> np.ndarray:
    """Return 2C - F - W of every image [image]; NaN where too many maps are degenerate."""
    floor, between, within = (_mean_known(values[kind]) for kind in kinds)
    return 2 * between - floor - within


def _mean_known(values: np.ndarray) -> np.ndarray:
    known = np.isfinite(values)
    total = np.where(known, values, 0).sum(axis=0, dtype=np.float64)
    return np.divide(total, known.sum(axis=0), out=np.full(total.shape, np.nan), where=known.any(0))


def map_points(arms: Arms, marked: Marked) -> dict[str, dict[str, np.ndarray]]:
    """Return dispersion, and focus where something is marked: question to arm to [run]."""
    points = {
        name: {label: _means(entry(maps) for maps in arms.stacks(label)) for label in arms.labels}
        for name, entry in METRICS.items()
        if entry.compares == "map"
    }
    return points | {
        name: {label: _means(values) for label, values in of_arm.items()}
        for name, of_arm in marked.items()
    }


def marked_values(arms: Arms) -> Marked:
    """Return each image's focus, and attention off the product, where either is known."""
    places = {"mask": arms.data.probe.masks, "product": arms.data.product}
    found = {}
    for name, entry in METRICS.items():
        where = places.get(entry.compares)
        if where is not None and where.any():
            found[name] = {
                label: [entry(maps, where) for maps in arms.stacks(label)] for label in arms.labels
            }
    return found


def _means(per_run) -> np.ndarray:
    """Return each run's mean over images; NaN where none of its maps counts."""
    return np.array([_mean_known(values[:, None])[0] for values in per_run])


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
        some = models[start : start + TOGETHER]
        return scoring.prepared(primary, [arms.maps(fit).values for _, fit in some])

    for top in range(0, len(models), TOGETHER):
        own = ready(top)
        for left in range(top, len(models), TOGETHER):
            others = own if left == top else ready(left)
            for row, model in enumerate(own, top):
                first, end = max(row + 1, left), left + len(others)
                if first < end:
                    values = scoring.against(primary, model, others[first - left :])
                    matrix[row, first:end] = matrix[first:end, row] = scoring.mean_distance(values)
    return tuple(label for label, _ in models), matrix


def _chance(arms: Arms, metric: str, store: Store | None) -> float:
    """The metric between maps of different images, of two baselines."""
    fits = chance_pair(arms.baselines)
    maps = [arms.maps(fit).values for fit in fits]
    found = kept(arms, store, CHANCE, metric, fits, lambda: np.array(scoring.chance(metric, maps)))
    return float(found)
