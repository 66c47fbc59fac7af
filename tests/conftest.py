"""What all tests share: a quiet, single-threaded TensorFlow and tiny studies."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("TF_NUM_INTRAOP_THREADS", "1")
os.environ.setdefault("TF_NUM_INTEROP_THREADS", "1")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")
os.environ.setdefault("MPLBACKEND", "agg")

import pytest
from hypothesis import settings

from cam_augment.base import kernels
from cam_augment.plan import Plan
from cam_augment.records import DataSet
from cam_augment.study.run import load_data

kernels.choose()  # as our commands do: what is trained here is what workers train

# No test asserts a wall-clock time: not by a deadline either.
settings.register_profile("house", deadline=None)
settings.load_profile("house")

TINY = {
    "name": "tiny",
    "dataset": {"name": "mnist", "train": 200, "validation": 50, "probe": 30, "test": 100},
    "strategies": ["identity", "rotation", "horizontal_flip"],
    "baselines": 4,
    "seeds": 3,
    "recipe": {"epochs": 5, "batch_size": 25, "precision": "float32"},
    "bootstrap": 100,
    "permutations": 1000,
}


def pytest_collection_modifyitems(items) -> None:
    """Put modules whose tests take longest first: else one process waits for another at the end.

    Before them comes what needs the tiny study: one process makes it, and no other waits for it.
    """
    items.sort(key=lambda item: ("studied" not in item.fixturenames, not _starts_processes(item)))


def _starts_processes(item) -> bool:
    imports = vars(item.module).values() if hasattr(item, "module") else ()
    sources = {getattr(i, "__module__", None) or getattr(i, "__name__", None) for i in imports}
    return not sources.isdisjoint({"tests.processes", "tests.lab"})


@pytest.fixture(autouse=True)
def one_process_draws(monkeypatch):
    """Small reports are drawn sooner than a helper process starts; the command starts them."""
    monkeypatch.setattr("cam_augment.report.drawing.cores", lambda: 1)


@pytest.fixture
def tiny() -> Plan:
    """A plan of 13 models that are trained in seconds."""
    return Plan.make(TINY)


@pytest.fixture(scope="session")
def data() -> DataSet:
    """The images of ``tiny``, read once; nobody can change them."""
    return load_data(Plan.make(TINY))


@pytest.fixture(scope="session")
def once(tmp_path_factory) -> Callable[[str, Callable[[Path], None]], Path]:
    """Return ``once(name, make)``: a folder that ``make`` fills for all processes of a session."""
    import fcntl

    root = tmp_path_factory.getbasetemp()
    root = root.parent if "PYTEST_XDIST_WORKER" in os.environ else root

    def folder_of(name: str, make: Callable[[Path], None]) -> Path:
        with open(root / f"{name}.lock", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not (root / name).exists():
                aside = tmp_path_factory.mktemp(name)
                make(aside)
                aside.rename(root / name)
        return root / name

    return folder_of


@pytest.fixture
def messages() -> list[str]:
    """What the store of a test has told."""
    return []


@pytest.fixture
def store(tmp_path, messages):
    """An empty store."""
    from cam_augment.store import Store

    return Store(tmp_path / "store", tell=messages.append)


@pytest.fixture(scope="session")
def parts(once) -> Path:
    """A folder of pictures with blemishes, and of their masks."""
    from tests.cut_pictures import write_parts

    return once("parts", write_parts)


@pytest.fixture
def studied(once, tmp_path_factory) -> Path:
    """A folder in which the tiny study was run by the command, in real processes.

    The study is made once. Each test has a copy, which it may change.
    """
    from tests.processes import command

    def make(folder):
        write_plan(folder / "tiny.toml")
        done = command(folder, "tiny.toml", "--workers", "1", bare=False)
        assert done.returncode == 0, done.stdout + done.stderr
        (folder / "printed.txt").write_text(done.stdout, "utf-8")

    copy = tmp_path_factory.mktemp("copy") / "studied"
    return shutil.copytree(once("studied", make), copy)


@pytest.fixture(scope="session")
def undisturbed(once) -> Path:
    """The folder of the light small study, which nothing disturbed. It is not to be changed."""
    from tests.processes import ended, study

    def make(folder):
        code, printed = ended(study(folder))
        assert code == 0, printed

    return once("undisturbed", make)


@pytest.fixture(scope="session")
def calm(undisturbed) -> dict[str, bytes]:
    """The tables of the light small study, which nothing disturbed."""
    from tests.processes import tables

    written = tables(undisturbed)
    assert "profile.csv" in written
    return written


@pytest.fixture(scope="session")
def elsewhere(once) -> dict:
    """What a process that none of ours started says, see ``tests.elsewhere``."""
    import json

    from tests.elsewhere import answers

    def make(folder):
        (folder / "answers.json").write_text(json.dumps(answers(folder)), "utf-8")

    return json.loads((once("elsewhere", make) / "answers.json").read_text("utf-8"))


@pytest.fixture
def no_workers(monkeypatch) -> None:
    """Let studies train and ask in this process, where functions are traced once for all tests."""
    from tests.tasks import in_this_process

    monkeypatch.setattr("cam_augment.study.work.answers", in_this_process)


@pytest.fixture
def no_figures(monkeypatch) -> None:
    """Draw empty figures: to draw takes most of a report's time."""
    from tests import bare

    monkeypatch.setattr("cam_augment.report.drawing.Helpers.draw", bare.draw)


@pytest.fixture(scope="session")
def report(once) -> Path:
    """The folder of the example profile's report. It is not to be changed."""
    from cam_augment.report import write
    from tests.profiles import example_profile

    return once("report", lambda folder: write(example_profile(), folder / "example")) / "example"


@pytest.fixture(scope="session")
def troubled(once) -> Path:
    """The folder of the report of a profile with holes and hostile names, alike."""
    from cam_augment.report import write
    from tests.profiles import troubled_profile

    place = once("troubled", lambda folder: write(troubled_profile(), folder / "troubled"))
    return place / "troubled"


def write_plan(path, **changes) -> None:
    """Write the tiny plan as TOML."""
    from cam_augment.report.toml import dumps

    path.write_text(dumps(TINY | changes), "utf-8")


BROWSER = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--force-prefers-reduced-motion",
)  # fmt: skip


@pytest.fixture(scope="session")
def chromium(tmp_path_factory):
    """Chromium without a window, started once for all tests of a process."""
    webdriver = pytest.importorskip("selenium.webdriver", reason="selenium is not installed")
    program, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if not (program and driver):
        pytest.skip("no chromium with chromedriver (Debian: chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = program
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for option in (*BROWSER, f"--user-data-dir={tmp_path_factory.mktemp('browser')}"):
        options.add_argument(option)
    started = webdriver.Chrome(options, webdriver.ChromeService(driver))
    started.set_script_timeout(600)  # seconds: a machine may be ten times as slow
    yield started
    started.quit()


@pytest.fixture(scope="module")
def browser(chromium):
    """The browser as if it were new; what it logs and asks for can be read."""
    chromium.get("about:blank")
    for scheme in ("file://", "http://localhost"):
        data = {"origin": scheme, "storageTypes": "all"}
        chromium.execute_cdp_cmd("Storage.clearDataForOrigin", data)
    for kind in ("browser", "performance"):
        chromium.get_log(kind)
    return chromium


def resize(browser, width, height=900):
    """Give the page a screen of so many pixels."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
