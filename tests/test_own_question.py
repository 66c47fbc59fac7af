"""A question, its table and its figure from outside the package, from end to end.

They are those of docs/howto/extending.md, found by entry points, beside the page's data set,
network and strategy.
"""

import csv
import json
import shutil
from pathlib import Path

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


@pytest.fixture(scope="session")
def study(once):
    """The folder of a study whose models were asked by workers. It is not to be changed."""

    def make(folder):
        lab.install(folder)
        (folder / "outside.toml").write_text(PLAN)
        done = lab.run(folder, "-m", "tests.bare", "outside.toml", "--workers", "1")
        assert done.returncode == 0, done.stdout + done.stderr

    return once("outside", make)


@pytest.fixture(scope="session")
def commands(once, study):
    """A folder of copies of it in which all later commands were run: by one process."""

    def make(folder):
        for name in ("study", "lacking", "older"):
            shutil.copytree(study, folder / name)
        lost = sorted((folder / "lacking" / "store" / "steadiness").iterdir())[0]
        shutil.rmtree(lost)
        shutil.rmtree(folder / "older" / "store" / "steadiness")
        done = lab.run(study, "-m", "tests.lab_later", str(folder))
        assert done.returncode == 0, done.stdout + done.stderr

    return once("commands", make)


def rows(folder) -> list[dict[str, str]]:
    text = (folder / "results" / "outside" / "steadiness.csv").read_text("utf-8")
    return list(csv.DictReader(text.splitlines()))


def profile(folder) -> dict:
    return json.loads((folder / "results" / "outside" / "profile.json").read_text("utf-8"))


def ages(folder, kind: str) -> dict[str, int]:
    arrays = (folder / "store" / kind).glob("*/arrays.npz")
    return {path.parent.name: path.stat().st_mtime_ns for path in arrays}


def test_every_model_is_asked_and_the_report_has_table_and_figure(study):
    assert len(ages(study, "steadiness")) == MODELS
    shares = profile(study)["answers"]["steadiness"]["shares"]
    assert {arm: len(values) for arm, values in shares.items()} == {"baseline": 3, "gamma": 3}
    (row,) = rows(study)
    means = [sum(values) / 3 for values in (shares["gamma"], shares["baseline"])]
    assert float(row["estimate"]) == pytest.approx(means[0] - means[1], abs=1e-5)
    page = (study / "results" / "outside" / "report.html").read_text("utf-8")
    assert "Do models keep their class when an image moves by a pixel?" in page
    assert "How steady are the models?" in page
    assert (study / "results" / "outside" / "steady_models.svg").exists()


def test_the_store_knows_the_folder_of_the_answers(commands):
    listed, verified, collected = json.loads((commands / "store.json").read_text("utf-8"))
    assert f"steadiness{MODELS:>13}" in listed
    assert f"{5 * MODELS + 4} answers read, 0 damaged" in verified
    assert "0 things, 0 bytes" in collected


def test_stored_answers_are_read_and_what_lacks_is_asked_without_training(study, commands):
    again = commands / "lacking"
    assert ages(again, "trainings") == ages(study, "trainings")
    before, after = (ages(folder, "steadiness") for folder in (study, again))
    assert {key for key in before if after[key] != before[key]} == {sorted(before)[0]}
    assert profile(again)["answers"] == profile(study)["answers"]


def test_an_older_store_still_gives_its_report(study, commands):
    again, table = commands / "older", Path("results/outside/profile.csv")
    assert set(profile(again)["answers"]) == {"samples"}
    assert (again / table).read_bytes() == (study / table).read_bytes()
    assert not (again / "results" / "outside" / "steadiness.csv").exists()


def test_given_models_are_asked_too(commands):
    shares = json.loads((commands / "compared.json").read_text("utf-8"))
    assert {arm: len(values) for arm, values in shares.items()} == {"baseline": 2, "other": 2}
