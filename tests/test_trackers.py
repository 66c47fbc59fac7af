"""Reports sent to trackers: a real MLflow with its file store, real event files, read back."""

import subprocess
import sys

import pytest

from cam_augment.base.errors import InputError
from cam_augment.cli.frame import main
from cam_augment.plan import BASELINE
from cam_augment.report import trackers
from tests.bare import write
from tests.profiles import example_profile

pytestmark = [
    pytest.mark.filterwarnings("ignore"),  # of libraries that are not ours
    pytest.mark.usefixtures("no_figures"),
]


@pytest.fixture(scope="module")
def profile():
    few = {"models": (), "distance": (), "probes": ()}  # drawings take time
    return example_profile().model_copy(update=few)


@pytest.fixture(scope="module")
def report(profile, tmp_path_factory):
    folder = tmp_path_factory.mktemp("trackers") / "report"
    write(profile, folder)
    return folder


def test_mlflow_has_a_run_for_the_study_and_one_in_it_for_each_strategy(
    report, profile, tmp_path, monkeypatch, capsys
):
    mlflow = pytest.importorskip("mlflow")
    place = (tmp_path / "runs").as_uri()
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", place)
    mlflow.set_tracking_uri(place)
    assert main(["report", "--from", str(report), "--to", "mlflow"]) == 0
    assert "mlflow: run " in capsys.readouterr().out
    client = mlflow.MlflowClient(place)
    experiment = client.get_experiment_by_name("cam-augment")
    runs = client.search_runs([experiment.experiment_id])
    parents = [run for run in runs if "mlflow.parentRunId" not in run.data.tags]
    assert [run.info.run_name for run in parents] == [profile.plan.name]
    files = {file.path for file in client.list_artifacts(parents[0].info.run_id)}
    assert {"report.html", "profile.json", "profile.csv"} <= files
    assert parents[0].data.params["baselines"] == str(profile.plan.baselines)
    inner = {run.info.run_name: run for run in runs if run.info.run_id != parents[0].info.run_id}
    assert set(inner) == set(profile.arms) - {BASELINE}
    for strategy in profile.strategies:
        run, gain = inner[strategy.strategy], profile.effect(strategy.strategy, "gain")
        assert run.data.tags["mlflow.parentRunId"] == parents[0].info.run_id
        assert run.data.tags["verdict"] == strategy.conclusion
        assert run.data.metrics["gain"] == gain.estimate
        assert run.data.metrics["gain.low"] == gain.low


def test_tensorboard_has_curves_effects_and_verdicts(report, profile, capsys):
    loader = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    for _ in range(2):  # the second takes the first one's place
        assert main(["report", "--from", str(report), "--to", "tensorboard"]) == 0
    assert f"tensorboard: {report / 'tensorboard'}" in capsys.readouterr().out
    arm, curve = profile.arms[1], profile.curves[1]
    assert curve.strategy == arm
    place, everything = str(report / "tensorboard" / arm), {"tensors": 0}
    events = loader.EventAccumulator(place, size_guidance=everything)
    events.Reload()
    losses = [(e.step, e.tensor_proto.float_val[0]) for e in events.Tensors("curves/loss")]
    assert losses == [(n, pytest.approx(v)) for n, v in enumerate(curve.loss, start=1)]
    gain = events.Tensors("effects/gain.low")[0].tensor_proto.float_val[0]
    assert gain == pytest.approx(profile.effect(arm, "gain").low)
    strategy = next(candidate for candidate in profile.strategies if candidate.strategy == arm)
    words = events.Tensors("verdict")[0].tensor_proto.string_val[0].decode()
    assert words.startswith(f"**{strategy.conclusion}**: ")
    assert {path.name for path in (report / "tensorboard").iterdir()} == set(profile.arms)


def test_a_tracker_that_is_unknown_or_not_installed_is_refused(report, monkeypatch, capsys):
    assert main(["report", "--from", str(report), "--to", "mlfow"]) == 2
    assert "--to: received 'mlfow'. Did you mean 'mlflow'?" in capsys.readouterr().err
    monkeypatch.setattr(trackers, "find_spec", lambda _name: None)
    with pytest.raises(InputError, match=r"not installed; pip install '\.\[mlflow\]'"):
        trackers.check("mlflow")


def test_no_tracker_is_loaded_before_it_is_asked_for():
    code = (
        "import sys, cam_augment.cli.study, cam_augment.report.trackers;"
        "sys.exit(any(name in sys.modules for name in ('mlflow', 'tensorboard')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
