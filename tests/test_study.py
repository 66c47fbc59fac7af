"""The whole path in real processes: plan -> runs -> profile -> report, resumed and repeated."""

import csv
import os
import re
import shutil
import subprocess
import sys
from typing import get_args

import numpy as np
import pytest

from cam_augment import Plan, load_profile, run_study
from cam_augment.cli.study import main
from cam_augment.records import Verdict
from cam_augment.store import Store
from tests.conftest import TINY, write_plan
from tests.processes import PATIENCE, command, environment, until

COLUMNS = [
    "strategy",
    "verdict",
    "runs",
    "gain",
    "gain_low",
    "gain_high",
    "gain_p",
    "excess_shift",
    "excess_shift_p",
    "centroid_shift",
    "entropy_change",
    "spread_change",
    "spread_p",
    "focus_change",
    "focus_p",
    "agreement_change",
    "degenerate_share",
]
VERDICTS = set(get_args(Verdict))


def profile_csv(folder):
    return (folder / "results" / "tiny" / "profile.csv").read_bytes()


def test_the_command_writes_a_profile_for_every_strategy(studied):
    rows = list(csv.DictReader(profile_csv(studied).decode().splitlines()))
    assert [row["strategy"] for row in rows] == TINY["strategies"]
    assert list(rows[0])[: len(COLUMNS)] == COLUMNS
    for row in rows:
        assert row["verdict"] in VERDICTS
        assert row["runs"] == "3"
        assert row["focus_change"] == ""
        assert -1 <= float(row["gain"]) <= 1
        assert 0 < float(row["gain_p"]) <= 1
        assert float(row["gain_low"]) <= float(row["gain"]) <= float(row["gain_high"])


def test_it_tells_of_every_run(studied):
    printed = (studied / "printed.txt").read_text("utf-8")
    lines = [line for line in printed.splitlines() if re.search(r"seed \d+ +accuracy", line)]
    assert len(lines) == 13
    assert "report: results/tiny/report.html" in printed


@pytest.mark.usefixtures("no_figures")
def test_asking_again_trains_nothing_and_writes_the_same(studied, monkeypatch, capsys):
    monkeypatch.chdir(studied)
    before = profile_csv(studied)
    assert main(["tiny.toml"]) == 0
    assert "nothing to train" in capsys.readouterr().out
    assert profile_csv(studied) == before


@pytest.mark.usefixtures("no_workers", "no_figures")
def test_a_fresh_store_in_another_process_gets_the_same_bytes(studied, tmp_path, monkeypatch):
    """Of two arms, model by model; the tables follow from them."""
    monkeypatch.chdir(tmp_path)
    write_plan(tmp_path / "tiny.toml", strategies=["identity"], baselines=3)
    assert main(["tiny.toml"]) == 0
    assert_same_models(tmp_path, studied, count=6)


@pytest.mark.slow
def test_a_fresh_store_and_four_workers_give_the_same_tables(studied, tmp_path):
    write_plan(tmp_path / "tiny.toml")
    done = command(tmp_path, "tiny.toml", "--workers", "4")
    assert done.returncode == 0, done.stderr
    assert_same_models(tmp_path, studied, count=13)
    assert profile_csv(tmp_path) == profile_csv(studied)


def assert_same_models(folder, other, count: int) -> None:
    """Hold all fits and maps of one folder's store against those of another."""
    store, known = (Store(folder_ / "store") for folder_ in (folder, other))
    keys = {kind: store.keys(kind) for kind in ("trainings", "maps", "predictions")}
    assert [len(result) for result in keys.values()] == [count, count, 2 * count]
    for key in keys["trainings"]:
        one, two = store.training(key), known.training(key)
        for name, values in two.history.items():
            np.testing.assert_array_equal(one.history[name], values, err_msg=name)
    for key in keys["predictions"]:
        one, two = (folder_.arrays("predictions", key)["logits"] for folder_ in (store, known))
        np.testing.assert_array_equal(one, two)
    for key in keys["maps"]:
        np.testing.assert_array_equal(store.maps(key).values, known.maps(key).values)


@pytest.mark.usefixtures("no_workers", "no_figures")
def test_more_test_images_train_nothing(studied, tiny, monkeypatch, capsys):
    """Every model is asked once more, and predicts as it did."""
    monkeypatch.chdir(studied)
    monkeypatch.setattr("cam_augment.training.trainer.Trainer.train", None)
    before = stored_logits(tiny)
    few = {"strategies": ["identity"], "baselines": 3}
    write_plan(studied / "more.toml", name="more", dataset=TINY["dataset"] | {"test": 150}, **few)
    assert main(["more.toml"]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if re.search(r"seed \d", line)]
    assert len(lines) == 6
    after = stored_logits(Plan.read("more.toml"))
    assert len(after) == 6
    for run, logits in after.items():
        assert logits.shape == (150, 10)
        np.testing.assert_allclose(logits[:100], before[run], rtol=1e-4, atol=1e-5)


def stored_logits(plan) -> dict[str, np.ndarray]:
    from cam_augment.study.fits import fits_of
    from cam_augment.study.requests import requests
    from cam_augment.study.run import load_data

    store, data = Store("store"), load_data(plan)
    fits = fits_of(requests(plan, data, store), store, data)
    return {fit.run.label: fit.test_logits for fit in fits}


@pytest.mark.usefixtures("no_workers", "no_figures")
def test_another_plan_shares_the_runs_it_can(studied, monkeypatch, capsys):
    monkeypatch.chdir(studied)
    words = ["--strategies", "identity", "--cam", "hirescam", "--name", "other"]
    assert main(["tiny.toml", *words]) == 0
    lines = [line for line in capsys.readouterr().out.splitlines() if re.search(r"seed \d", line)]
    assert len(lines) == 7
    assert all(line.rstrip().endswith("maps") for line in lines), lines


def test_the_report_alone_needs_no_tensorflow(studied):
    before = profile_csv(studied)
    code = (
        "import sys; sys.modules['tensorflow'] = None\n"
        "from cam_augment.cli.study import main; sys.exit(main(['tiny.toml', '--report-only']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=studied, env=environment(), capture_output=True,
        text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert profile_csv(studied) == before


@pytest.mark.usefixtures("no_figures")
def test_a_missing_run_is_named_and_the_exit_code_says_so(studied, monkeypatch, capsys):
    monkeypatch.chdir(studied)
    assert main(["tiny.toml", "--report-only", "--seeds", "4", "--out", "four"]) == 1
    assert "missing: rotation #3: not trained yet" in capsys.readouterr().out
    profile = load_profile("four")
    assert {m.run for m in profile.missing} == {
        f"{name} #3" for name in ("identity", "rotation", "horizontal_flip")
    }


def test_dry_run_says_what_is_done_and_what_the_design_can_show(studied, monkeypatch, capsys):
    monkeypatch.chdir(studied)
    assert main(["tiny.toml", "--dry-run", "--seeds", "4"]) == 0
    said = capsys.readouterr().out
    assert "16 models, 13 done" in said
    assert "smallest p" in said
    assert main(["--dry-run", "--baselines", "3", "--seeds", "3"]) == 0
    assert "WARNING" in capsys.readouterr().out


@pytest.mark.slow
def test_a_killed_study_keeps_its_runs_and_goes_on_to_the_same_bytes(studied, tmp_path):
    write_plan(tmp_path / "tiny.toml")
    words = [sys.executable, "-m", "cam_augment.study", "tiny.toml", "--workers", "2"]
    with subprocess.Popen(
        words, cwd=tmp_path, env=environment(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        store = tmp_path / "store" / "trainings"
        until(lambda: len(finished(store)) >= 4, process)
        process.kill()
    before = finished(store)
    assert len(before) >= 4
    stamps = {name: os.stat(store / name).st_mtime_ns for name in before}
    done = command(tmp_path, "tiny.toml")
    assert done.returncode == 0, done.stderr
    assert {name: os.stat(store / name).st_mtime_ns for name in before} == stamps
    assert profile_csv(tmp_path) == profile_csv(studied)


def finished(store):
    if not store.is_dir():
        return []
    return [p.name for p in store.iterdir() if not p.name.startswith(".")]


@pytest.mark.usefixtures("no_figures")
def test_the_api_gives_the_profile_that_the_command_writes(studied, monkeypatch):
    monkeypatch.chdir(studied)
    command_wrote = shutil.copytree("results/tiny", "written")
    profile = run_study("tiny.toml")
    assert profile.to_frame().strategy.tolist() == TINY["strategies"]
    written = load_profile(command_wrote)
    assert written.strategies == profile.strategies
    assert written.effects == profile.effects


def test_the_probe_set_is_the_same_for_all_and_never_trained_on(studied, tiny):
    from cam_augment.study.requests import requests
    from cam_augment.study.run import load_data

    data = load_data(tiny)
    store = Store(studied / "store")
    trainings = [store.training(item.training_key) for item in requests(tiny, data, store)]
    assert {t.environment["data"] for t in trainings} == {data.training_contents}
    train = {image.tobytes() for image in data.train.images}
    assert not any(image.tobytes() in train for image in data.probe.images)


def test_profiles_are_plain_values(studied):
    profile = load_profile(studied / "results" / "tiny")
    again = type(profile).model_validate_json(profile.model_dump_json())
    assert again == profile
    assert profile.plan == Plan.read(studied / "results" / "tiny" / "plan.toml")
    assert np.array(profile.distance).shape == (13, 13)


@pytest.mark.usefixtures("no_workers", "no_figures")
def test_masks_give_focus(tmp_path, monkeypatch):
    """Synthetic surfaces carry exact masks: the profile says whether attention meets them."""
    monkeypatch.chdir(tmp_path)
    changes = {
        "name": "masked",
        "dataset": {"name": "surfaces", "size": 24, "train": 80, "validation": 40, "probe": 24,
                    "test": 80},
        "strategies": ["identity", "contrast+zoom:0.2"],
        "baselines": 3,
    }  # fmt: skip
    write_plan(tmp_path / "masked.toml", **changes)
    assert main(["masked.toml"]) == 0
    rows = list(csv.DictReader((tmp_path / "results/masked/profile.csv").read_text().splitlines()))
    assert [row["strategy"] for row in rows] == ["identity", "contrast+zoom:0.2"]
    assert all(float(row["focus_p"]) > 0 and row["focus_change"] for row in rows)
    profile = load_profile(tmp_path / "results" / "masked")
    assert any(probe.mask for probe in profile.probes)
    assert profile.validity["grid"] == [6, 6]


@pytest.mark.usefixtures("no_workers")
def test_a_layer_that_is_not_there_is_a_mistake_and_not_48_failures(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    write_plan(tmp_path / "tiny.toml")
    assert main(["tiny.toml", "--cam-layer", "featurs"]) == 2
    assert "no layer 'featurs' with a grid. Did you mean 'features'?" in capsys.readouterr().err
    assert not (tmp_path / "results").exists()


def test_fits_of_other_data_are_not_taken_for_these(studied, tiny):
    from dataclasses import replace

    from cam_augment.study.requests import requests
    from cam_augment.study.run import load_data

    store, data = Store(studied / "store"), load_data(tiny)
    assert all(item.done for item in requests(tiny, data, store))
    images = data.train.images[:]
    images[0, 0, 0, 0] = 0.5
    changed = replace(data, train=replace(data.train, images=images))
    assert not any(
        item.has_training or len(item.lacks) < len(item.questions)
        for item in requests(tiny, changed, store)
    )
