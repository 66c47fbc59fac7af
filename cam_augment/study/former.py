"""Stores of the layout before: what a plan asks for is brought under today's keys.

There, a key named all images of a data set, predictions were part of a fit, and maps were named
by the plan's word for a layer. What is read is left as it was, and what is written is complete
or absent, so it may be interrupted at any point; ``store gc`` removes what nobody needs.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from cam_augment.base.errors import InputError
from cam_augment.base.stop import STOP
from cam_augment.impact.attention import cache
from cam_augment.plan import Plan, Run
from cam_augment.questions import questions_of
from cam_augment.questions.keys import former, former_fit_key, training_key
from cam_augment.questions.predictions import PredictionsQuestion
from cam_augment.records import DataSet, Training
from cam_augment.registry import DATASETS
from cam_augment.store import FITS, TRAININGS, Damaged, Store

Name = tuple[str, str]  # kind and key of an answer


@dataclass(frozen=True)
class Move:
    """One answer under a key of before, and what it is under today's.

    Attributes:
        about: what the question is about; of a fit's predictions, the split.
        data: that the answer is of.
    """

    source: Name
    target: Name
    about: str
    data: DataSet


@dataclass(frozen=True)
class _Source:
    """A fit of the layout before, its run and its data as they were then."""

    key: str
    run: Run
    data: DataSet


def bring_over(plan: Plan, data: DataSet, store: Store) -> None:
    """Keep all that a store of the layout before holds of a plan under today's keys.

    Raises:
        InputError: the store cannot be written to.
    """
    for move in moves(plan, data, store):
        STOP.check()
        try:
            _copy(move, store)
        except Damaged:  # it is set aside, and made anew
            continue


def moves(plan: Plan, data: DataSet, store: Store) -> Iterator[Move]:
    """Yield what a store holds of a plan under keys of before, and lacks under today's.

    A training comes before what its model answered. All of that is taken from one fit: equal
    runs that were trained twice, for other test images, need not have equal weights.
    """
    sources = _sources(plan, data, store)
    every = [move for now, source in sources.items() for move in _moves_of(now, source, plan)]
    if len({source.data.fingerprint for source in sources.values()}) == 1:
        every += _score_moves(next(iter(sources.values())), plan)
    for move in every:
        if not store.has(*move.target) and store.has(*move.source):
            yield move


def _sources(plan: Plan, data: DataSet, store: Store) -> dict[str, _Source]:
    """Return the fit that each training of a plan is taken from, by the training's key."""
    keys = {training_key(run, data) for run in plan.runs()}
    candidates: dict[str, list[_Source]] = defaultdict(list)
    for source in _fits(plan, data, store):
        now = training_key(source.run, source.data)
        if now in keys:
            candidates[now].append(source)
    chosen = {now: _choose(now, fits, data, store) for now, fits in candidates.items()}
    return {now: source for now, source in chosen.items() if source is not None}


def _fits(plan: Plan, data: DataSet, store: Store) -> Iterator[_Source]:
    """Yield the fits of before that were trained as a plan says, with the data that they saw."""
    trainings = {run.training for run in plan.runs()}
    known: dict[str, DataSet | None] = {data.fingerprint: data}
    for key in store.keys(FITS):
        STOP.check()
        try:
            fit = store.former_fit(key)
        except Damaged:
            continue
        if fit.run.training not in trainings:
            continue
        former = _data_of(fit.run, str(fit.environment.get("data")), plan, known)
        # A key that is not that of the run is of entries of another version: of another meaning.
        if former is not None and former_fit_key(fit.run, former) == key:
            yield _Source(key, fit.run, former)


def _data_of(
    run: Run, fingerprint: str, plan: Plan, known: dict[str, DataSet | None]
) -> DataSet | None:
    """Return the data that a run saw, from where the plan's lie; None: they cannot be had."""
    if fingerprint not in known:
        known[fingerprint] = None
        if run.dataset.name == plan.dataset.name:
            try:
                data = DATASETS[run.dataset.name](**plan.dataset.settings | run.dataset.settings)
            except InputError:
                return None
            known[fingerprint] = data if data.fingerprint == fingerprint else None
    return known[fingerprint]


def _choose(now: str, fits: list[_Source], data: DataSet, store: Store) -> _Source | None:
    """Return the one fit to take a training and its answers from.

    A training that is here already came from one of them, or from none.
    """
    if store.has_training(now):
        origin = store.training(now).former
        return next((fit for fit in fits if fit.key == origin), None)
    return next((fit for fit in fits if fit.data is data), fits[0])


def _moves_of(now: str, source: _Source, plan: Plan) -> Iterator[Move]:
    yield Move((FITS, source.key), (TRAININGS, now), "", source.data)
    with former():
        before = questions_of(source.run, plan, source.data)
    after = questions_of(source.run, plan, source.data)
    for old, new in zip(before, after, strict=True):
        predicted = new.kind == PredictionsQuestion.kind
        name = (FITS, source.key) if predicted else (old.kind, old.key)
        yield Move(name, (new.kind, new.key), new.about, source.data)


def _score_moves(source: _Source, plan: Plan) -> Iterator[Move]:
    """Yield the scores of whole arms, which all saw the data of one fit."""
    former_plan = plan.model_copy(update={"dataset": source.run.dataset})
    with former():
        before = list(cache.cache_keys(former_plan, source.data))
    for old, new in zip(before, cache.cache_keys(former_plan, source.data), strict=True):
        yield Move(old, new, "", source.data)


def _copy(move: Move, store: Store) -> None:
    (room, key), (kind, name) = move.source, move.target
    if room != FITS:
        store.put_answer(kind, name, store.answer(room, key))
        return
    fit = store.former_fit(key)
    if kind == PredictionsQuestion.kind:
        store.put_arrays(kind, name, {"logits": getattr(fit, f"{move.about}_logits")})
        return
    model = store.model_bytes(key, FITS) if store.has_model(key, FITS) else b""
    environment = {**fit.environment, "data": move.data.training_contents}
    training = Training(fit.run, fit.history, fit.seconds, environment, model, former=key)
    store.put_training(name, training)
