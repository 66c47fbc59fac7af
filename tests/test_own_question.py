"""A question, its table and its figure from outside the package, from end to end.

They are those of docs/extending.md, found by entry points, beside the page's data set, network
and strategy.
"""

import csv
import json
import shutil

import pytest

from tests import lab

PLAN = """
name = "outside"
dataset = { name = "stripes", train = 40, validation = 20, probe = 20, test = 20 }
architecture = { name = "two_layers", width = 4 }
strategies = ["gamma"]
baselines = 3
seeds = 3
metrics = ["pearson"]
bootstrap = 100
permutations = 1000

[recipe]
epochs = 1
batch_size = 20
"""
MODELS = 6


def study(folder, *options: str, module: str = "tests.bare"):
    done = lab.run(folder, "-m", module, "outside.toml", "--workers", "1", *options)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def store(folder, *words: str) -> str:
    done = lab.run(folder, "-m", "cam_augment.store", *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The folder of a study whose models were asked."""
    folder = tmp_path_factory.mktemp("outside")
    lab.install(folder)
    (folder / "outside.toml").write_text(PLAN)
    study(folder, module="cam_augment.study")
    return folder


@pytest.fixture
def folder(made, tmp_path):
    """A copy of it."""
    shutil.copytree(made, tmp_path / "copy")
    return tmp_path / "copy"


def rows(folder) -> list[dict[str, str]]:
    text = (folder / "results" / "outside" / "steadiness.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def profile(folder) -> dict:
    return json.loads((folder / "results" / "outside" / "profile.json").read_text("utf-8"))


def ages(folder, kind: str) -> dict[str, int]:
    arrays = (folder / "store" / kind).glob("*/arrays.npz")
    return {path.parent.name: path.stat().st_mtime_ns for path in arrays}


def test_every_model_is_asked_and_the_report_has_table_and_figure(made):
    assert len(ages(made, "steadiness")) == MODELS
    shares = profile(made)["answers"]["steadiness"]["shares"]
    assert {arm: len(values) for arm, values in shares.items()} == {"baseline": 3, "gamma": 3}
    (row,) = rows(made)
    means = [sum(values) / 3 for values in (shares["gamma"], shares["baseline"])]
    assert float(row["estimate"]) == pytest.approx(means[0] - means[1], abs=1e-5)
    page = (made / "results" / "outside" / "report.html").read_text("utf-8")
    assert "Do models keep their class when an image moves by a pixel?" in page
    assert "How steady are the models?" in page
    assert (made / "results" / "outside" / "steady_models.svg").exists()


def test_the_store_knows_the_folder_of_the_answers(folder):
    assert f"steadiness{MODELS:>13}" in store(folder, "ls")
    assert f"{5 * MODELS + 4} answers read, 0 damaged" in store(folder, "verify")
    assert "0 things, 0 bytes" in store(folder, "gc", "--keep", "outside.toml")


def test_stored_answers_are_read_and_what_lacks_is_asked_without_training(folder):
    fits, answers = ages(folder, "trainings"), ages(folder, "steadiness")
    lost = sorted(answers)[0]
    before = profile(folder)["answers"]
    shutil.rmtree(folder / "store" / "steadiness" / lost)
    study(folder)
    assert ages(folder, "trainings") == fits
    again = ages(folder, "steadiness")
    assert {key for key in answers if again[key] != answers[key]} == {lost}
    assert profile(folder)["answers"] == before


def test_an_older_store_still_gives_its_report(folder):
    before = (folder / "results" / "outside" / "profile.csv").read_bytes()
    shutil.rmtree(folder / "store" / "steadiness")
    study(folder, "--report-only")
    assert set(profile(folder)["answers"]) == {"samples"}
    assert (folder / "results" / "outside" / "profile.csv").read_bytes() == before
    assert not (folder / "results" / "outside" / "steadiness.csv").exists()


def test_given_models_are_asked_too(made):
    code = (
        "import numpy as np\n"
        "from cam_augment import compare\n"
        "from cam_augment.registry import ARCHITECTURES\n"
        "build = lambda: ARCHITECTURES['two_layers']((8, 8, 1), 2, width=2)\n"
        "models = {name: [build() for _ in range(2)] for name in ('plain', 'other')}\n"
        "images = np.random.default_rng(0).random((12, 8, 8, 1), np.float32)\n"
        "few = {'metrics': ['pearson'], 'bootstrap': 100, 'permutations': 1000}\n"
        "profile = compare(models, images, np.arange(12) % 2, baseline='plain', **few)\n"
        "print({k: len(v) for k, v in profile.answers['steadiness']['shares'].items()})\n"
    )
    done = lab.run(made, "-c", code)
    assert done.stdout.strip().endswith("{'baseline': 2, 'other': 2}"), done.stderr
