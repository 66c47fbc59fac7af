"""What all tests share: a quiet, single-threaded TensorFlow and tiny studies."""

import os
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("MPLBACKEND", "agg")

import pytest
from hypothesis import settings

from cam_augment.plan import Plan

# No test asserts a wall-clock time: not by a deadline either.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

TINY = {
    "name": "tiny",
    "dataset": {"name": "mnist", "train": 200, "validation": 50, "probe": 30, "test": 100},
    "strategies": ["identity", "rotation", "horizontal_flip"],
    "baselines": 4,
    "seeds": 3,
    "recipe": {"epochs": 5, "batch_size": 25},
    "bootstrap": 100,
    "permutations": 1000,
}


@pytest.fixture(autouse=True)
def one_process_draws(monkeypatch):
    """Small reports are drawn sooner than a helper process starts; the command starts them."""
    monkeypatch.setattr("cam_augment.report.drawing.cores", lambda: 1)


@pytest.fixture
def tiny() -> Plan:
    """A plan of 13 models that are trained in seconds."""
    return Plan.make(TINY)


@pytest.fixture(scope="session")
def studied(tmp_path_factory):
    """The folder in which the tiny study was run once by the command, in real processes."""
    import subprocess
    import sys

    folder = tmp_path_factory.mktemp("studied")
    write_plan(folder / "tiny.toml")
    command = [sys.executable, "-m", "cam_augment.study", "tiny.toml", "--workers", "2"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stdout + done.stderr
    (folder / "printed.txt").write_text(done.stdout, "utf-8")
    return folder


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory):
    """The folder of the light small study, which nothing disturbed."""
    from tests.processes import ended, study

    folder = tmp_path_factory.mktemp("undisturbed")
    code, printed = ended(study(folder))
    assert code == 0, printed
    return folder


@pytest.fixture(scope="session")
def calm(undisturbed):
    """The tables of the light small study, which nothing disturbed."""
    from tests.processes import tables

    found = tables(undisturbed)
    assert "profile.csv" in found
    return found


def write_plan(path, **changes) -> None:
    """Write the tiny plan as TOML."""
    from cam_augment.report.toml import dumps

    path.write_text(dumps(TINY | changes), "utf-8")


BROWSER = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--force-prefers-reduced-motion",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    """Chromium without a window; what it logs and asks for can be read."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (chromium and driver):
        pytest.skip("no chromium with chromedriver (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for option in (*BROWSER, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(option)
    started = webdriver.Chrome(options, webdriver.ChromeService(driver))
    yield started
    started.quit()


def resize(browser, width, height=900):
    """Give the page a screen of so many pixels."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
