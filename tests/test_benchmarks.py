"""The benchmarks run, and both sides of each do the same work. No time is judged here."""

import json
import subprocess
import sys
from math import comb

import numpy as np
import pytest

from benchmarks import __main__ as runner
from benchmarks import (
    augmentations,
    figure,
    growth,
    kernels,
    maps,
    memory,
    metrics,
    report,
    scale,
    study,
)
from benchmarks.estimate import Large, estimated
from benchmarks.part import PARTS, ROOT, apart, environment
from benchmarks.rows import Row, faster, ratio
from benchmarks.timing import alternate
from cam_augment.metrics.compare import compare
from cam_augment.plan import Plan
from cam_augment.registry import ARCHITECTURES, METRICS
from cam_augment.statistics import energy_test
from tests.processes import PATIENCE

# Keras and tf-keras-vis warn of what they do themselves.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")


@pytest.fixture(scope="module")
def small():
    """The network of the default study with random weights, and images to look at."""
    import keras

    keras.utils.set_random_seed(0)
    images, targets = maps.inputs(12)
    return ARCHITECTURES["small_cnn"](maps.SHAPE, maps.CLASSES), images, targets


def test_works_are_timed_in_turns():
    called = []
    result = alternate({"a": lambda: called.append("a"), "b": lambda: called.append("b")}, 3, 0)
    assert "".join(called) == "aabb" + "ab" * 3
    assert {name: len(times) for name, times in result.items()} == {"a": 3, "b": 3}


def test_a_ratio_has_its_median_and_range():
    row = faster("maps", "gradcam", "a peer", ours=[1.0, 2.0, 4.0], theirs=[4.0, 4.0, 4.0])
    assert (row.low, row.value, row.high) == (1.0, 2.0, 4.0)
    assert (row.ours, row.theirs, row.repeats, row.met) == (2.0, 4.0, 3, None)


@pytest.mark.parametrize(
    ("aim", "is_met"),
    [(">= 2", True), (">= 3", False), ("<= 2", True), ("= 4", True), ("= 5", False)],
)
def test_an_aim_is_judged_by_the_median_or_the_range(aim, is_met):
    assert ratio("p", "w", "a", "x", [1.0, 2.0, 4.0], [1.0, 1.0, 1.0], aim=aim).met is is_met


def test_the_naive_network_is_ours_in_keras_own_layers(small):
    from benchmarks.naive import network

    ours, images, _ = small
    naive = network(maps.SHAPE, maps.CLASSES)
    naive.set_weights(ours.get_weights())
    np.testing.assert_allclose(naive(images), ours(images), atol=1e-5)


def test_the_naive_maps_are_ours(small):
    from benchmarks.naive import look
    from cam_augment.cams.driver import Look
    from cam_augment.networks.network import Network

    model, images, targets = small
    maps = Look(Network(model), "features").maps("gradcam", images, targets)
    low, high = maps.min((1, 2), keepdims=True), maps.max((1, 2), keepdims=True)
    # tf-keras-vis stretches each map and adds 1e-7 to its range, which weak maps feel.
    strong = (high - low).ravel() > 1e-3
    stretched = (maps - low) / np.where(high > low, high - low, 1)
    np.testing.assert_allclose(look(model, images, targets)[strong], stretched[strong], atol=1e-3)
    assert strong.any()


def test_the_naive_scores_are_ours():
    from benchmarks.naive import scores

    first, second = metrics.attention(2, 6, 7)
    for name, value in scores(first, second).items():
        assert value == pytest.approx(np.nanmean(compare(name, first, second)), abs=1e-6)


def test_the_naive_script_trains_every_strategy_of_the_default_plan():
    from benchmarks.naive import augmentation

    for strategy in Plan.read("quickstart").strategies:
        (step,) = strategy.steps
        layers = augmentation(step.name, step.settings.get("magnitude", 0.0))
        assert layers or step.name in ("identity", "mixup")  # mixup is mapped over batches


def test_a_naive_model_is_trained(tiny):
    from benchmarks.naive import train
    from cam_augment.registry import DATASETS

    data = DATASETS["mnist"](train=200, validation=20, probe=20, test=100)
    recipe = tiny.recipe.model_copy(update={"epochs": 1})
    model = train(data, recipe, "rotation", 15.0, seed=0)
    logits = model.predict(data.train.images, verbose=0)
    assert np.isfinite(logits).all()
    assert logits.shape == (200, 10)


def test_pairs_are_counted_as_a_study_compares_them():
    plan = Plan.make({"strategies": ["identity", "rotation"], "baselines": 3, "seeds": 4})
    assert study.pairs_of(plan) == 3 + 2 * (6 + 12)


def test_changes_of_the_plan_reach_the_command():
    words = study._words({"strategies": ["identity", "zoom"], "recipe.epochs": 2})
    assert words == ["--strategies", "identity,zoom", "--set", "recipe.epochs=2"]


@pytest.mark.parametrize("metric", metrics.LOOPS)
def test_every_loop_gives_our_values(metric):
    first, second = metrics.attention(2, 8, 7)
    ours = compare(metric, first, second)
    np.testing.assert_allclose(metrics.loop(metric, first, second), ours, atol=1e-6)


def test_every_metric_of_the_default_plan_has_a_loop():
    assert set(Plan().metrics) <= set(metrics.LOOPS) <= set(METRICS)


def test_the_loop_over_relabellings_has_our_excess():
    distance = np.abs(np.subtract.outer(range(6), range(6))).astype(float) ** 1.5
    ours = energy_test(distance, 2).excess
    assert metrics.excess(distance, np.arange(2), np.arange(2, 6)) == pytest.approx(ours)


@pytest.mark.parametrize("name", ["rotation", "mixup"])
def test_both_sides_of_an_augmentation_run(name):
    images, labels = augmentations.batch((28, 28, 1))
    works = {"ours": augmentations.our_work(name, images, labels)}
    works |= augmentations.keras_work(name, images, labels)
    assert len(works) == 2
    pixels = augmentations.LOOP * images.size
    for work in works.values():
        assert 0.1 * pixels < work() < 0.9 * pixels


def test_kernels_are_measured_in_turns_each_in_its_environment(monkeypatch):
    calls = []

    def apart(module, *_words, **variables):
        calls.append((module, variables))
        return {"seconds": 2.0 if variables else 1.0, "digest": str(variables), "kernels": "k"}

    monkeypatch.setattr(kernels, "apart", apart)
    rows = kernels.measure(quick=False)
    assert [(row.against, row.value) for row in rows] == [(name, 2) for name in kernels.OTHERS]
    assert all("other models" in row.note for row in rows)
    turn = [("benchmarks.kernels", dict(setting)) for setting in ({}, *kernels.OTHERS.values())]
    assert calls == turn * kernels.REPEATS


def test_a_process_apart_takes_variables_and_loses_them(monkeypatch):
    monkeypatch.setenv("TF_ENABLE_ONEDNN_OPTS", "0")  # of the user who measures
    assert environment(one_thread=True)["TF_ENABLE_ONEDNN_OPTS"] == "1"
    assert "TF_ENABLE_ONEDNN_OPTS" not in environment(one_thread=False)
    result = []
    done = subprocess.CompletedProcess([], 0, stdout="{}", stderr="")
    monkeypatch.setattr(subprocess, "run", lambda _, env, **__: result.append(env) or done)
    apart("module", TF_ENABLE_ONEDNN_OPTS=None, ONEDNN_MAX_CPU_ISA="AVX2")
    assert "TF_ENABLE_ONEDNN_OPTS" not in result[0]
    assert result[0]["ONEDNN_MAX_CPU_ISA"] == "AVX2"


def test_a_power_law_has_its_exponent():
    assert growth.slope([2, 4, 8], [3 * n**1.5 for n in (2, 4, 8)]) == pytest.approx(1.5)


def test_a_made_study_has_a_profile():
    from cam_augment import impact

    profile = impact.profile(*growth.made_study(2, 20, 5), [], {})
    assert len(profile.strategies) == 2


def command(*words):
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *words],
        cwd=ROOT, env=environment(one_thread=False), capture_output=True, text=True,
        timeout=PATIENCE,
    )  # fmt: skip


def test_the_command_measures_prints_and_writes(tmp_path):
    done = command("--quick", "--only", "metrics", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "benchmarks.json").read_text("utf-8"))
    assert {row["part"] for row in result["rows"]} == {"metrics"}
    assert all(row["low"] <= row["value"] <= row["high"] for row in result["rows"])
    assert result["machines"]["metrics"]["versions"]["numpy"] == np.__version__
    assert done.stdout.strip() == (tmp_path / "benchmarks.md").read_text("utf-8").strip()
    assert (tmp_path / "benchmarks.svg").read_bytes().startswith(b"<?xml")
    assert (tmp_path / "benchmarks.pdf").read_bytes().startswith(b"%PDF")


def test_parts_measured_before_are_kept_and_measured_again_replaced(tmp_path):
    about = {"versions": {"numpy": "2", "torch": None}, "multiplies_bfloat16": False}
    about |= dict.fromkeys(("processor", "processors", "memory_gib", "python", "commit"), "x")
    about |= {"load_before": None}
    first = [ratio("maps", "a", "b", "x", [2.0], [1.0]), ratio("study", "c", "d", "x", [3.0], [1])]
    report.write(first, {"maps": about, "study": about}, tmp_path)
    again = [ratio("maps", "a", "b", "x", [5.0], [1.0])]
    report.write(again, {"maps": about | {"commit": "y"}}, tmp_path)
    result = json.loads((tmp_path / "benchmarks.json").read_text("utf-8"))
    assert [(row["part"], row["value"]) for row in result["rows"]] == [("study", 3), ("maps", 5)]
    assert {part: m["commit"] for part, m in result["machines"].items()} == {
        "study": "x",
        "maps": "y",
    }
    text = (tmp_path / "benchmarks.md").read_text("utf-8")
    assert text.count("commit x") == text.count("commit y") == 1


def test_a_part_that_fails_loses_none_of_those_before_it(tmp_path, monkeypatch):
    def measured(name, _quick):
        if name == "metrics":
            raise SystemExit("metrics ended with 1")
        return [ratio(name, "a", "b", "x", [2.0], [1.0])]

    monkeypatch.setattr(runner, "measured", measured)
    with pytest.raises(SystemExit, match="metrics"):
        runner.main(["--only", "maps,metrics", "--out", str(tmp_path)])
    result = json.loads((tmp_path / "benchmarks.json").read_text("utf-8"))
    assert [row["part"] for row in result["rows"]] == list(result["machines"]) == ["maps"]


def test_an_unknown_part_is_refused():
    done = command("--only", "map")
    assert done.returncode == 2
    assert f"no part 'map'; there are {', '.join(PARTS)}" in done.stderr


@pytest.mark.slow
def test_every_part_runs(tmp_path):
    done = command("--quick", "--out", str(tmp_path))
    assert done.returncode == 0, done.stderr
    result = json.loads((tmp_path / "benchmarks.json").read_text("utf-8"))
    assert {row["part"] for row in result["rows"]} == set(PARTS)


def test_the_figure_shows_every_ratio_and_no_plain_seconds():
    rows = [
        Row("maps", "gradcam", "forward pass", "forward passes", 1.2, 1.1, 1.3, aim="<= 1.1"),
        Row("metrics", "pearson", "scipy", "times faster", 90.0, 80.0, 95.0),
        Row("metrics", "pearson, 60 models", "", "s", 2.0, 1.0, 3.0),
    ]
    assert [[row.what for row in panel] for panel in figure.panels(rows)] == [
        ["gradcam"],
        ["pearson"],
    ]
    assert set(figure.drawn(rows)) == {"svg", "pdf"}


def test_the_table_says_which_aims_are_missed():
    row = Row("maps", "gradcam", "forward pass", "forward passes", 1.2, 1.1, 1.3, aim="<= 1.1")
    assert "<= 1.1: NOT met" in "\n".join(report.table([row]))


@pytest.fixture
def one_size_each(monkeypatch):
    """Measure the first size of each kind in a process of its own; others are twice as much."""
    measured = {}

    def measure(module, *words):
        if module not in measured:
            measured[module] = apart(module, *words)
        else:
            measured[module] = {name: 2 * value for name, value in measured[module].items()}
        return measured[module]

    for module in (scale, memory):
        monkeypatch.setattr(module, "apart", measure)


@pytest.mark.usefixtures("one_size_each")
def test_the_engine_with_many_tasks(tmp_path, capsys):
    assert scale.main(["--quick", "--workers", "1", "--out", str(tmp_path)]) == 0
    result = json.loads((tmp_path / "scale.json").read_text("utf-8"))
    units = [row["unit"] for row in result["rows"] if "estimate" not in row["what"]]
    assert units == ["s a task", "s", "MiB", "exponent", "MiB", "MiB", "MiB a model"]
    assert all(row["aim"] is None for row in result["rows"])
    assert capsys.readouterr().out.strip() == (tmp_path / "scale.md").read_text("utf-8").strip()


def test_the_estimate_counts_whole_models_and_every_byte():
    small = Large(
        strategies=3, seeds=2, baselines=4, epochs=10, train=2_470 * 60, test=90, probe=10,
        classes=5, grid=2, weights=100,
    )  # fmt: skip
    assert (small.models, small.seconds) == (10, 600)
    assert small.days(1) * 86400 == 6000
    assert small.days(4) * 86400 == 1800, "three models after one another on some of four GPUs"
    assert (small.predictions, small.maps) == (2_000, 160)
    assert small.smallest_p == pytest.approx(3 / 15)
    assert Large().smallest_p == pytest.approx(1000 * 2 / comb(20, 10)), "groups of one size"
    assert Large(seeds=4, baselines=8).smallest_p == 1, "1000 / 495"
    rows = {row.what: row for row in estimated("scale", engine=0.5, study=small)}
    assert rows["estimate: the engine's share of that"].value == pytest.approx(0.5 / 0.6)
