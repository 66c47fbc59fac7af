"""Where a study may run: under a running event loop, in a daemonic process, with any keras.json."""

import asyncio
import multiprocessing
import sys
from importlib.metadata import PackageNotFoundError
from operator import add
from types import SimpleNamespace

import pytest

from cam_augment import InputError, Plan, run_study
from cam_augment.cli import frame
from cam_augment.engine import workers
from cam_augment.engine.tasks import answers
from cam_augment.records import provenance
from cam_augment.report.drawing import Helpers
from tests.conftest import TINY
from tests.processes import PATIENCE

TASKS, SHARED = [(number,) for number in range(3)], 10
EXPECTED = [(0, 10), (1, 11), (2, 12)]


def test_under_a_running_event_loop_as_in_a_notebook():
    async def cell():
        return sorted(answers(add, TASKS, SHARED, workers=1))

    assert asyncio.run(cell()) == EXPECTED


def test_a_scheduler_elsewhere_is_asked_under_a_running_event_loop(monkeypatch):
    monkeypatch.setattr(workers, "CONNECT", 1)

    async def cell():
        return list(answers(add, TASKS, SHARED, scheduler="tcp://127.0.0.1:9"))

    with pytest.raises(InputError, match=r"no answer from 'tcp://127.0.0.1:9'"):
        asyncio.run(cell())


def test_a_driver_of_gpus_that_answers_nothing_is_not_asked(monkeypatch):
    """As where CUDA_VISIBLE_DEVICES hides all of them."""
    import dask
    from distributed.diagnostics import nvml
    from distributed.system_monitor import SystemMonitor

    def invalid(*_):
        raise RuntimeError("Invalid Argument")

    absences = ("LibraryNotFound", "DriverNotLoaded", "Unknown")
    errors = {f"NVMLError_{absence}": LookupError for absence in absences}
    driver = SimpleNamespace(nvmlInit=invalid, **errors)
    monkeypatch.setattr(nvml, "pynvml", driver)
    monkeypatch.setattr(nvml, "NVML_STATE", nvml.NVMLState.UNINITIALIZED)
    with pytest.raises(RuntimeError, match="Invalid Argument"):
        SystemMonitor()
    with dask.config.set(workers.QUIET):
        SystemMonitor()


def test_workers_that_cannot_be_started_are_one_line(monkeypatch):
    def full(**_):
        raise RuntimeError("Cluster failed to start: [Errno 24] Too many open files\nmore")

    monkeypatch.setattr("dask.distributed.LocalCluster", full)
    with pytest.raises(InputError) as refused:
        list(answers(add, TASKS, SHARED, workers=3))
    assert str(refused.value) == (
        "option --workers: 3 workers cannot be started: RuntimeError: Cluster failed to start: "
        "[Errno 24] Too many open files"
    )


def in_a_daemon(results):
    lines = []
    values = sorted(answers(add, TASKS, SHARED, workers=2, tell=lines.append))
    with Helpers() as helpers:
        helpers.start()
        results.put((values, lines, helpers.pool))


def test_a_daemonic_process_does_all_itself_and_says_so():
    context = multiprocessing.get_context("spawn")
    results = context.Queue()
    process = context.Process(target=in_a_daemon, args=(results,), daemon=True)
    process.start()
    values, lines, pool = results.get(timeout=PATIENCE)
    process.join(PATIENCE)
    assert (values, pool) == (EXPECTED, None)
    assert ["daemonic" in line for line in lines] == [True]


def test_types_and_axes_of_keras_json_do_not_reach_networks_made_here(elsewhere):
    assert elsewhere["floatx, axes"] == ["float16", "channels_first"]
    assert elsewhere["network"] == ["float32", ["float32"], [None, 3]]


def test_another_backend_is_refused_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.delitem(sys.modules, "keras", raising=False)
    monkeypatch.setenv("KERAS_BACKEND", "jax")
    with pytest.raises(InputError, match=r"set to the backend 'jax'.*KERAS_BACKEND=tensorflow"):
        run_study(Plan.make(TINY), tmp_path / "out", store=tmp_path / "store")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("absent", [("tensorflow",), ("cam-augment", "tensorflow", "POT")])
def test_packages_that_are_installed_under_other_names_are_recorded_all_the_same(
    absent, monkeypatch, capsys
):
    def installed(name):
        if name in absent:
            raise PackageNotFoundError(name)
        return "1.2.3"

    monkeypatch.setattr("cam_augment.base.versions.version", installed)
    monkeypatch.setitem(sys.modules, "tensorflow", SimpleNamespace(__version__="9.8"))
    data = SimpleNamespace(training_contents="a", name="b", fingerprint="c", regions=None)
    assert provenance.environment(data)["tensorflow"] == "9.8"
    versions = provenance.provenance([], data, 0.0)["versions"]
    assert versions["numpy"] == "1.2.3"
    own = "unknown" if "cam-augment" in absent else "1.2.3"
    assert versions["cam-augment"] == own
    with pytest.raises(SystemExit):
        frame.main(["--version"])
    assert capsys.readouterr().out == f"cam-augment {own}\n"
