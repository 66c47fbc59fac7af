"""Stores of the layout before: read, brought over, and nothing is trained anew."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from cam_augment.base.errors import InputError
from cam_augment.cli.store import main
from cam_augment.impact.attention import cache
from cam_augment.plan import Plan
from cam_augment.questions import questions_of
from cam_augment.questions.keys import former, former_fit_key, training_key
from cam_augment.report.forecast import text
from cam_augment.store import TRAININGS, Store, entry
from cam_augment.study.fits import fit_of
from cam_augment.study.forecast import forecast
from cam_augment.study.former import bring_over, moves
from cam_augment.study.requests import requests
from cam_augment.study.run import load_data
from cam_augment.study.work import Work
from tests import stored
from tests.conftest import TINY, write_plan

PLAN = TINY | {"strategies": ["identity", "rotation"], "baselines": 3, "checks": ["layercam"]}
MODELS = 9
METRICS = {"metrics": ["pearson", "wasserstein"]}  # the second's scores are kept


@pytest.fixture(scope="module")
def plan() -> Plan:
    return Plan.make(PLAN | METRICS)


@pytest.fixture(scope="module")
def data(plan):
    return load_data(plan)


@pytest.fixture(scope="module")
def before(plan, data, tmp_path_factory):
    """A folder of a store as the layout before wrote it; it is not to be changed."""
    folder = tmp_path_factory.mktemp("before") / "store"
    write_former(folder, plan, data)
    return folder


@pytest.fixture
def store(before, tmp_path) -> Store:
    return Store(shutil.copytree(before, tmp_path / "store"))


@pytest.fixture
def engine(monkeypatch) -> stored.Engine:
    return stored.Engine().take_over(monkeypatch)


def write_former(folder, plan, data) -> None:
    """Write all that a plan asks for as it was written before: by hand, and by the keys then."""
    for run in plan.runs():
        training, fit = stored.training_of(run, data), stored.fit_of(run, data)
        record = {
            "run": run.model_dump(mode="json"),
            "seconds": training.seconds,
            "environment": {"data": data.fingerprint, "tensorflow": "2.21.0"},
        }
        arrays = {"test_logits": fit.test_logits, "probe_logits": fit.probe_logits}
        arrays |= {f"history.{name}": values for name, values in training.history.items()}
        key = former_fit_key(run, data)
        write(folder / "fits" / key, record, arrays, {"model.keras": training.model})
        with former():
            questions = questions_of(run, plan, data)
        for question in questions:
            if question.kind == "maps":
                maps = stored.answer_of(question, run, data)
                record = {"run": maps.run, "cam": maps.cam, "layer": maps.layer}
                write(folder / "maps" / question.key, record, {"values": maps.values})
            elif question.kind != "predictions":
                arrays = stored.answer_of(question, run, data)
                write(folder / question.kind / question.key, {}, arrays)
    with former():
        for kind, key in cache.cache_keys(plan, data):
            write(folder / kind / key, {}, {"values": np.frombuffer(key.encode(), np.uint8)})


def write(folder, record, arrays, blobs={}) -> None:
    folder.mkdir(parents=True)
    entry.write(folder, record, arrays, blobs)


def ask(plan, data, store) -> list:
    Work(plan, data, store).complete(requests(plan, data, store))
    return requests(plan, data, store)


def test_a_store_of_the_layout_before_is_read_and_nothing_is_trained(plan, data, store, engine):
    bring_over(plan, data, store)
    models = ask(plan, data, store)
    assert all(model.done for model in models)
    assert (engine.trained, engine.asked) == ([], [])
    for model in models:
        fit, expected = fit_of(model, store, data), stored.fit_of(model.run, data)
        np.testing.assert_array_equal(fit.test_logits, expected.test_logits)
        np.testing.assert_array_equal(fit.probe_logits, expected.probe_logits)
        np.testing.assert_array_equal(fit.history["loss"], expected.history["loss"])
        assert fit.environment == expected.environment | {"tensorflow": "2.21.0"}
        assert store.model_bytes(model.training_key) == stored.training_of(model.run, data).model


def test_each_answer_is_the_one_of_before(plan, data, store):
    """Answers are made of their former keys, so a mix-up of two of them shows."""
    bring_over(plan, data, store)
    for run in plan.runs():
        with former():
            questions = questions_of(run, plan, data)
        for old, new in zip(questions, questions_of(run, plan, data), strict=True):
            if old.kind == "maps":
                expected = stored.answer_of(old, run, data).values
                np.testing.assert_array_equal(store.maps(new.key).values, expected)
            elif old.kind == "faithfulness":
                expected = stored.answer_of(old, run, data)["last"]
                np.testing.assert_array_equal(store.arrays(new.kind, new.key)["last"], expected)
    with former():
        scores = list(cache.cache_keys(plan, data))
    assert {kind for kind, _ in scores} == {"scores", "chance"}
    for (kind, old), (_, new) in zip(scores, cache.cache_keys(plan, data), strict=True):
        assert store.arrays(kind, new)["values"].tobytes() == old.encode()


def test_what_was_there_is_left_as_it_was(plan, data, store, before):
    bring_over(plan, data, store)
    for path in before.rglob("*"):
        if path.is_file():
            assert (store.folder / path.relative_to(before)).read_bytes() == path.read_bytes()
    assert not list(moves(plan, data, store))


@pytest.mark.usefixtures("plan")
def test_other_test_images_train_nothing(store, engine):
    """The old store knows 100 test images, the plan asks for 130."""
    more = Plan.make(PLAN | {"dataset": TINY["dataset"] | {"test": 130}})
    data = load_data(more)
    bring_over(more, data, store)
    models = ask(more, data, store)
    assert all(model.done for model in models)
    assert (len(engine.trained), len(engine.asked)) == (0, MODELS)
    assert fit_of(models[0], store, data).test_logits.shape == (130, 10)


@pytest.mark.parametrize("write", range(0, 54, 7))
def test_it_may_be_interrupted_at_any_point(write, plan, data, store, engine, monkeypatch):
    count, real = iter(range(10_000)), entry.write

    def interrupted(folder, *content):
        if next(count) == write:
            (folder / "arrays.npz").write_bytes(b"half")
            raise KeyboardInterrupt
        real(folder, *content)

    monkeypatch.setattr(entry, "write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        bring_over(plan, data, store)
    monkeypatch.setattr(entry, "write", real)
    again = Store(store.folder)
    assert not any(again.damage(place.kind, place.key) for place in again.places())
    bring_over(plan, data, again)
    assert all(model.done for model in ask(plan, data, again))
    assert (engine.trained, engine.asked) == ([], [])


def test_a_dry_run_counts_it_as_done_and_writes_nothing(plan, store):
    before = sorted(store.folder.rglob("*"))
    assert f"{MODELS} models, {MODELS} done\n" in text(forecast(plan, store.folder, 1))
    more = Plan.make(PLAN | METRICS | {"dataset": TINY["dataset"] | {"test": 130}})
    lines = text(forecast(more, store.folder, 1))
    assert f"{MODELS} models, 0 done, {MODELS} trained and to be asked more\n" in lines
    assert "time: about 0.0 min" in lines
    assert sorted(store.folder.rglob("*")) == before


def test_gc_keeps_what_was_not_brought_over_yet(plan, data, store, monkeypatch, capsys, engine):
    monkeypatch.chdir(store.folder.parent)
    write_plan(store.folder.parent / "plan.toml", **PLAN, **METRICS)
    words = ["gc", "--keep", "plan.toml", "--yes"]
    assert main(words) == 0
    assert "0 things" in capsys.readouterr().out
    bring_over(plan, data, store)
    assert main(words) == 0
    assert not store.keys("fits")
    assert all(model.done for model in ask(plan, data, store))
    assert not engine.trained


def test_another_check_finds_its_maps_later(plan, data, store, engine):
    bring_over(plan.model_copy(update={"checks": ()}), data, store)
    bring_over(plan, data, store)
    assert all(model.done for model in ask(plan, data, store))
    assert not engine.asked


def test_a_fit_of_another_version_of_an_entry_is_not_taken(plan, data, store):
    """Its key is not the one that follows from its run now."""
    key = former_fit_key(plan.runs()[0], data)
    (store.folder / "fits" / key).rename(store.folder / "fits" / ("0" * 32))
    bring_over(plan, data, store)
    assert not store.has_training(training_key(plan.runs()[0], data))
    assert store.has_training(training_key(plan.runs()[1], data))


def test_weights_that_were_forgotten_stay_forgotten(plan, data, store):
    for key in store.keys("fits"):
        entry.forget(store.folder / "fits" / key, "model.keras")
    bring_over(plan, data, store)
    assert all(model.done for model in requests(plan, data, store))
    assert not any(store.has_model(key) for key in store.keys(TRAININGS))


def test_answers_come_from_the_fit_that_the_weights_come_from(plan, data, store, engine):
    """Of runs trained twice, for 100 and for 130 test images, one fit gives all answers."""
    more = Plan.make(PLAN | METRICS | {"dataset": TINY["dataset"] | {"test": 130}})
    write_former(store.folder, more, load_data(more))
    bring_over(plan, data, store)
    bring_over(more, load_data(more), store)
    origins = {store.training(key).former for key in store.keys(TRAININGS)}
    assert origins == {former_fit_key(run, data) for run in plan.runs()}
    ask(more, load_data(more), store)
    assert len(engine.asked) == MODELS  # for their predictions of 130 images


@pytest.mark.usefixtures("engine")
def test_what_was_trained_anew_takes_no_former_answers(plan, data, store):
    for run in plan.runs():
        store.put_training(training_key(run, data), stored.training_of(run, data))
    assert not list(moves(plan, data, store))


def test_a_damaged_fit_is_trained_anew(plan, data, tmp_path, before, engine):
    folder, lines = shutil.copytree(before, tmp_path / "copy"), []
    store = Store(folder, tell=lines.append)
    path = folder / "fits" / former_fit_key(plan.runs()[0], data) / "arrays.npz"
    path.write_bytes(path.read_bytes()[:-1])
    bring_over(plan, data, store)
    assert all(model.done for model in ask(plan, data, store))
    assert engine.trained == [plan.runs()[0].key]
    assert len(lines) == 1


def test_data_that_cannot_be_had_any_more_are_no_mistake(plan, data, store, monkeypatch):
    """A fit of other data than the plan's is left alone where these cannot be read."""
    other = replace(data, test=replace(data.test, labels=data.test.labels[::-1].copy()))

    def refuse(**settings):  # noqa: ARG001
        raise InputError("no such file")

    monkeypatch.setattr("cam_augment.study.former.DATASETS", {"mnist": refuse})
    assert not list(moves(plan, other, store))


def test_the_record_says_where_a_training_came_from(plan, data, store):
    bring_over(plan, data, store)
    run = plan.runs()[0]
    record = json.loads(
        (store.folder / TRAININGS / training_key(run, data) / "record.json").read_text()
    )
    assert record["former"] == former_fit_key(run, data)
