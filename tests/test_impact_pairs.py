"""Maps that are compared pair by pair: in blocks, ahead, by threads, with few maps in memory."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
import pytest

from cam_augment.impact import arms
from cam_augment.impact.attention import pairs as scoring
from cam_augment.impact.attention import shift as attention
from cam_augment.plan import Plan
from cam_augment.records import Maps
from cam_augment.store import Store
from tests.simulation import GRID, IMAGES, profile_of, simulated


def test_the_parts_make_the_excess():
    profile = profile_of(*simulated(moved=1.0))
    for s in profile.strategies:
        excess = profile.effect(s.strategy, "excess_shift.pearson")
        assert excess.estimate == pytest.approx(2 * s.between - s.floor - s.within)
        assert excess.noise == pytest.approx(s.floor)
        within = profile.effect(s.strategy, "agreement")
        assert within.estimate == pytest.approx(s.within - s.floor)


def test_all_pairs_agree_with_the_blocks():
    profile = profile_of(*simulated())
    matrix = np.array(profile.distance)
    base = [i for i, arm in enumerate(profile.models) if arm == "baseline"]
    floor = matrix[np.ix_(base, base)][np.triu_indices(len(base), 1)].mean()
    assert floor == pytest.approx(profile.strategies[0].floor)
    np.testing.assert_allclose(matrix, matrix.T)


def test_a_profile_does_not_depend_on_how_much_is_held_at_a_time(monkeypatch):
    whole = profile_of(*simulated(moved=0.5))
    monkeypatch.setattr(attention, "TOGETHER", 5)
    monkeypatch.setattr(arms.MapCache.__init__, "__defaults__", (3 * 4 * IMAGES * GRID**2,))
    assert profile_of(*simulated(moved=0.5)).model_dump_json() == whole.model_dump_json()


def expensive_study():
    """A study with an expensive metric, which is not the last of its metrics."""
    plan, *rest = simulated(moved=0.3)
    fields = {"metrics": ["pearson", "wasserstein", "mad"], "strategies": ["rotation", "zoom"]}
    plan = Plan.make(plan.model_dump() | fields)
    keys = {run.key for run in plan.runs()}
    data, fits, loaders = rest
    return plan, data, [fit for fit in fits if fit.run.key in keys], loaders


def by_thread(monkeypatch, before=lambda _metric: None) -> set:
    """Note whose blocks are made, and whether on the main thread; ``before`` is called first."""
    among, calls = scoring.among, set()

    def noted(metric, *others):
        calls.add((metric, threading.current_thread() is threading.main_thread()))
        before(metric)
        return among(metric, *others)

    monkeypatch.setattr(scoring, "among", noted)
    return calls


def test_expensive_scores_made_ahead_are_those_made_in_turn(tmp_path, monkeypatch):
    in_turn, store = profile_of(*expensive_study()), Store(tmp_path)
    calls = by_thread(monkeypatch)
    ahead = profile_of(*expensive_study(), store=store)
    cheap = {("pearson", True), ("mad", True), ("prediction_kl", True)}
    assert calls == cheap | {("wasserstein", False)}
    assert ahead.model_dump() == in_turn.model_dump()
    assert len(list(store.places())) == 3  # of two strategies, and the level by chance
    assert profile_of(*expensive_study(), store=store).model_dump() == in_turn.model_dump()


def test_what_fails_ahead_is_raised_here(tmp_path, monkeypatch):
    def fail(metric):
        if threading.current_thread() is not threading.main_thread():
            raise ArithmeticError(metric)

    by_thread(monkeypatch, fail)
    with pytest.raises(ArithmeticError, match="wasserstein"):
        profile_of(*expensive_study(), store=Store(tmp_path))


def test_what_is_made_ahead_ends_when_the_rest_is_stopped(tmp_path, monkeypatch):
    """A pair under way is finished; none is begun."""
    begun, pairs = threading.Event(), []
    pair = scoring.between

    def slow(metric, *models):
        if metric == "wasserstein":
            pairs.append(metric)
            begun.set()
            time.sleep(0.2)
        return pair(metric, *models)

    def interrupt(*_):
        begun.wait(10)
        raise KeyboardInterrupt

    monkeypatch.setattr(scoring, "between", slow)
    monkeypatch.setattr(scoring, "PAIRS", 1)
    monkeypatch.setattr(scoring, "cores", lambda: 1)
    monkeypatch.setattr(attention, "_shift", interrupt)
    with pytest.raises(KeyboardInterrupt):
        profile_of(*expensive_study(), store=Store(tmp_path))
    assert len(pairs) <= 2
    assert not list(Store(tmp_path).places())


@pytest.mark.parametrize("metric", ["pearson", "wasserstein", "prediction_kl"])
def test_pairs_that_are_known_are_taken_over_and_the_others_compared(metric, monkeypatch):
    draw = np.random.default_rng(0)
    shape = (7, 5, 9) if metric == "prediction_kl" else (7, 5, 3, 3)
    stacks = draw.random(shape).astype(np.float32)
    stacks[2, 1] = 0  # a map without mass: NaN is a value that is known
    models = scoring.prepare_all(metric, stacks)
    whole = scoring.among(metric, models)
    known = [scoring.Known(part, whole[np.ix_(part, part)]) for part in ([0, 1, 4, 5], [4, 5, 6])]
    compared, distances = [], scoring._distances
    monkeypatch.setattr(
        scoring, "_distances", lambda m, pairs, stop: compared.extend(pairs) or
        distances(m, pairs, stop)
    )  # fmt: skip
    np.testing.assert_array_equal(scoring.among(metric, models, known), whole)
    assert len(compared) == 7 * 6 / 2 - 6 - 2  # 4 and 5 are known twice
    later = known[0].since(4)
    assert later.models == [0, 1]
    np.testing.assert_array_equal(later.values, whole[4:6, 4:6])


def test_several_threads_may_ask_for_maps():
    reads = []

    def read(key):
        time.sleep(0.01)
        reads.append(key)
        return Maps(key, "gradcam", "features", np.zeros((1, 2, 2), np.float32))

    cache = arms.MapCache({key: partial(read, key) for key in "abcdefgh"})
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(cache.__getitem__, 4 * "abcdefgh"))
    assert sorted(reads) == list("abcdefgh")


@pytest.mark.parametrize(("together", "most"), [(1, 2**22), (3, 2**22), (100, 2**22), (100, 1)])
def test_models_compared_in_one_call_are_as_each_alone(together, most, monkeypatch):
    rng = np.random.default_rng(5)
    models = scoring.prepare_all("wasserstein", list(rng.random((7, 9, 5, 5))))
    alone = [scoring.between("wasserstein", models[0], other) for other in models[1:]]
    monkeypatch.setattr(scoring, "cores", lambda: 1)
    monkeypatch.setattr(scoring, "PAIRS", together)
    monkeypatch.setattr(scoring, "BYTES", most)
    np.testing.assert_array_equal(scoring.against("wasserstein", models[0], models[1:]), alone)


def test_maps_used_longest_ago_are_let_go_first():
    reads = []

    def reader(key):
        def read():
            reads.append(key)
            return Maps(key, "gradcam", "features", np.zeros((2, 3, 4), np.float32))

        return read

    cache = arms.MapCache({key: reader(key) for key in "abc"}, limit=2 * 96)
    for key in "ababcba":
        assert cache[key].run == key
    assert reads == ["a", "b", "c", "a"], "c took a's place, and b was still there"
    one = arms.MapCache({key: reader(key) for key in "ab"}, limit=1)
    assert [one[key].run for key in "aab"] == list("aab"), "the last one stays in any case"
    assert reads[4:] == ["a", "b"]
