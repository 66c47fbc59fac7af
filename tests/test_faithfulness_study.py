"""Faithful maps in a study, of an older store and of models trained elsewhere."""

import shutil
from pathlib import Path

import keras
import numpy as np
import pytest

from cam_augment import compare
from cam_augment.cli.study import main
from cam_augment.records import load_profile
from cam_augment.report.contents import Report
from cam_augment.report.parts import discover
from cam_augment.store import Store
from cam_augment.study.requests import requests


@pytest.mark.usefixtures("no_workers", "no_figures")
def test_an_old_store_still_gives_its_report_and_is_asked_without_training(
    studied, monkeypatch, capsys
):
    monkeypatch.chdir(studied)
    result = Path("results", "tiny")
    first = load_profile(result)
    shutil.rmtree(studied / "store" / "faithfulness")
    assert main(["tiny.toml", "--report-only"]) == 0
    page = (result / "report.html").read_text("utf-8")
    assert "Not checked: fewer than two baselines were asked" in page
    old = load_profile(result)
    assert old.missing == old.faithful == ()
    assert {s.runs for s in old.strategies} == {3}
    stamps = {p: p.stat().st_mtime_ns for p in (studied / "store" / "trainings").glob("*/*")}
    assert main(["tiny.toml"]) == 0
    assert "accuracy 0." not in capsys.readouterr().out.split("identity  ")[0]
    assert {p: p.stat().st_mtime_ns for p in stamps} == stamps
    new = load_profile(result)
    assert new.faithful == first.faithful
    assert (new.strategies, new.effects) == (old.strategies, old.effects)
    page = (result / "report.html").read_text("utf-8")
    assert "Do the maps point at what the networks use?" in page
    assert "Do the maps depend on what the networks have learnt?" in page
    assert {"faithfulness.csv", "randomisation.tex"} <= {path.name for path in result.iterdir()}


def test_what_fails_on_a_baseline_that_takes_part_is_named(studied, tiny, data):
    from cam_augment.study.run import profile_of
    from cam_augment.study.stages import completed

    store = Store(studied / "store")
    failures = {tiny.runs()[0].key: "it broke"}
    requests, stages = completed(tiny, data, store)
    profile = profile_of(tiny, data, store, requests, failures, 0.0, stages)
    assert [(m.run, m.reason.values["text"]) for m in profile.missing] == [
        ("baseline #0", "it broke")
    ]
    assert len(profile.points["accuracy"]["baseline"]) == 4


def test_a_run_without_maps_takes_no_part(studied, tiny, data):
    store = Store(studied / "store")
    first = requests(tiny, data, store)[0]
    shutil.rmtree(studied / "store" / "maps" / first.questions[0].key)
    again = requests(tiny, data, store)[0]
    assert first.takes_part
    assert not again.takes_part
    assert [question.kind for question in again.lacks] == ["maps"]


# ---- models trained elsewhere


class Stubborn(keras.layers.Layer):
    """A layer that cannot be made again from its configuration."""

    def __init__(self, secret):
        super().__init__()
        self.secret = secret

    def call(self, x):
        return x


def given_model(seed, stubborn=False):
    keras.utils.set_random_seed(seed)
    image = keras.Input((12, 12, 1))
    x = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu", name="seen")(image)
    x = Stubborn("a")(x) if stubborn else x
    x = keras.layers.GlobalAveragePooling2D()(x)
    return keras.Model(image, keras.layers.Dense(3, activation="softmax")(x))


@pytest.mark.parametrize("stubborn", [False, True])
def test_given_models_are_asked_and_stay_as_they_are(stubborn):
    images = np.random.default_rng(0).uniform(size=(40, 12, 12, 1)).astype(np.float32)
    labels = np.sort(np.arange(40) % 3)
    arms = {
        name: [given_model(i + 9 * k, stubborn) for i in range(3)] for k, name in enumerate("ab")
    }
    before = [w.copy() for model in arms["a"] for w in model.get_weights()]
    fields = {"bootstrap": 100, "metrics": ("pearson",), "cam_layer": "seen"}
    profile = compare(arms, images, labels, baseline="a", **fields)
    after = [w for model in arms["a"] for w in model.get_weights()]
    for old, new in zip(before, after, strict=True):
        np.testing.assert_array_equal(old, new)
    if stubborn:
        assert profile.faithful == ()
        return
    (result,) = profile.faithful
    assert (result.models, result.grid) == (3, (6, 6))
    assert 0 < result.deletion.score["map"] < 1
    assert result.alike["all"].estimate < 0.999
    discover()
    assert any(part.name == "deletion_curves" for part in Report(profile).parts)
