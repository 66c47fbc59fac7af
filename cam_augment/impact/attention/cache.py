"""Cache of the scores of expensive metrics, and which of them a plan asks for."""

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from cam_augment.impact.arms import Arms
from cam_augment.impact.attention.pairs import Known
from cam_augment.plan import BASELINE, Plan, Run, digest
from cam_augment.questions.keys import are_former, training_key
from cam_augment.records import DataSet, Fit
from cam_augment.registry import METRICS
from cam_augment.store import Store

SCORES, CHANCE = "scores", "chance"  # the store's folders


def load_or_make(
    arms: Arms,
    store: Store | None,
    kind: str,
    metric: str,
    fits: Sequence[Fit],
    make: Callable[[], np.ndarray],
) -> np.ndarray:
    """Return what ``make`` gives of these fits, of an expensive metric from the store."""
    if store is None or not is_expensive(metric):
        return make()
    return store.arrays(kind, ensure(arms, store, kind, metric, fits, make))["values"]


def ensure(
    arms: Arms,
    store: Store,
    kind: str,
    metric: str,
    fits: Sequence[Fit],
    make: Callable[[], np.ndarray],
) -> str:
    """Have in the store what ``make`` gives of these fits, and return its key."""
    key = _key(kind, metric, [fit.run for fit in fits], arms.plan, arms.data)
    if not store.has(kind, key):
        store.put_arrays(kind, key, {"values": make()})
    return key


def of_earlier_stage(arms: Arms, store: Store | None, metric: str, label: str) -> Known | None:
    """Return an expensive metric's scores of the models that a strategy and the baselines had.

    Returns:
        What the latest of the earlier stages kept of them, at their places among the models of
        now, the strategy's first; None where there is nothing.
    """
    if store is None or not is_expensive(metric):
        return None
    fits, baselines = arms.fits(label), arms.baselines
    for stage in reversed(arms.plan.stages[: arms.standing.stage.number - 1]):
        part = [*fits[: stage.models], *baselines[: stage.baselines]]
        key = _key(SCORES, metric, [fit.run for fit in part], arms.plan, arms.data)
        if store.has(SCORES, key):
            models = min(len(fits), stage.models)
            places = [*range(models), *range(len(fits), len(fits) + len(part) - models)]
            return Known(places, store.arrays(SCORES, key)["values"])
    return None


def cache_keys(plan: Plan, data: DataSet) -> Iterator[tuple[str, str]]:
    """Yield kind and key of all scores that a plan keeps once each of its runs has answers.

    In stages, those of every stage, of strategies that stopped at an earlier one too.
    """
    arms: dict[str, list[Run]] = {BASELINE: []}
    for run in plan.runs():
        arms.setdefault(run.strategy.label, []).append(run)
    baselines = arms.pop(BASELINE)
    for metric in filter(is_expensive, plan.metrics):
        yield CHANCE, _key(CHANCE, metric, chance_pair(baselines), plan, data)
    for look in (plan, *(plan.under(check) for check in plan.checks)):
        metrics = plan.metrics if look is plan else [plan.primary]
        for metric in filter(is_expensive, metrics):
            for runs in arms.values():
                for models, others in _sizes(plan):
                    part = [*runs[:models], *baselines[:others]]
                    yield SCORES, _key(SCORES, metric, part, look, data)


def _sizes(plan: Plan) -> Iterator[tuple[int, int]]:
    """Yield how many models of a strategy are compared with how many baselines."""
    for stage in plan.stages:
        for stopped in plan.stages[: stage.number]:
            yield stopped.models, stage.baselines


def chance_pair(baselines: Sequence) -> Sequence:
    """Return the two baselines whose maps of different images give a metric's chance level."""
    return baselines[:2]


def is_expensive(metric: str) -> bool:
    """Return whether the store keeps a metric's scores, which threads of their own make."""
    return METRICS[metric].expensive


def _key(kind: str, metric: str, runs: Sequence[Run], look: Plan, data: DataSet) -> str:
    version, clusters = METRICS[metric].version, data.probe.clusters
    # Images of one cluster are no pair of different ones; where there are none, keys are of before.
    pairing = [clusters.tolist()] if kind == CHANCE and clusters is not None else []
    if are_former():
        keys = [run.key for run in runs]
        return digest([metric, version, keys, look.former_look, data.fingerprint, *pairing])
    keys = [training_key(run, data) for run in runs]
    return digest([metric, version, keys, look.look, data.contents("probe"), *pairing])
