"""The store's command: what it lists, finds and removes, and what it never removes."""

import os
import shutil
import subprocess
import sys
import time

import numpy as np
import pytest

from cam_augment.base.errors import InputError
from cam_augment.cli.store import main
from cam_augment.impact.arms import Arms
from cam_augment.impact.attention import cache as score_cache
from cam_augment.impact.attention import shift as attention
from cam_augment.plan import Plan
from cam_augment.questions import OWN
from cam_augment.store import Store
from cam_augment.study.fits import fit_of
from cam_augment.study.requests import answers_of, requests
from cam_augment.study.work import Work
from tests.conftest import TINY, write_plan
from tests.processes import PATIENCE
from tests.stored import Engine

KEY = "0123456789abcdef" * 2

ALL = {"faithfulness": 4, "trainings": 13, "maps": 13, "predictions": 26, "samples": 2}


@pytest.fixture
def hands(monkeypatch, data) -> Engine:
    engine = Engine().take_over(monkeypatch)
    monkeypatch.setattr("cam_augment.cli.store.load_data", lambda plan: data)  # noqa: ARG005
    return engine


@pytest.fixture(scope="module")
def filled(tmp_path_factory, data):
    """A store that has all that the tiny plan asks for."""
    store = tmp_path_factory.mktemp("filled") / "store"
    with pytest.MonkeyPatch.context() as patch:
        Engine().take_over(patch)
        ask(Plan.make(TINY), data, store)
    return store


@pytest.fixture
def folder(tmp_path, monkeypatch, filled, hands):  # noqa: ARG001
    """A working folder with two plans and a copy of the store."""
    monkeypatch.chdir(tmp_path)
    write_plan(tmp_path / "tiny.toml")
    write_plan(tmp_path / "fewer.toml", strategies=["identity"])
    shutil.copytree(filled, tmp_path / "store")
    return tmp_path


def ask(plan, data, folder="store") -> list:
    store = Store(folder)
    before = requests(plan, data, store)
    Work(plan, data, store).complete(before)
    return requests(plan, data, store)


def said(capsys, *words) -> tuple[int, list[str]]:
    capsys.readouterr()
    code = main([*words])
    captured = capsys.readouterr()
    return code, (captured.out + captured.err).splitlines()


def kinds() -> dict[str, int]:
    result: dict[str, int] = {}
    for place in Store("store").places():
        result[place.kind] = result.get(place.kind, 0) + 1
    return result


def spoil(kind: str):
    place = next(place for place in Store("store").places() if place.kind == kind)
    content = bytearray((place.path / "arrays.npz").read_bytes())
    content[-1] ^= 1
    (place.path / "arrays.npz").write_bytes(content)
    return place


def test_ls_counts_every_kind(folder, capsys):
    os.truncate(spoil("maps").path / "arrays.npz", 10)
    size = sum(p.stat().st_size for p in (folder / "store/trainings").rglob("*") if p.is_file())
    leftover(folder, age=0)
    code, lines = said(capsys, "ls")
    assert code == 0
    assert [line.split()[:2] for line in lines[1:]] == [
        ["faithfulness", "4"], ["maps", "13"], ["predictions", "26"],
        ["samples", "2"], ["trainings", "13"],
        [".aside-*", "1"],
    ]  # fmt: skip
    assert [line.split()[-1] for line in lines[1:4]] == ["0", "1", "0"]
    assert f"{size:,}" in lines[5].split()


@pytest.mark.usefixtures("folder")
def test_verify_reads_everything_and_moves_only_when_told(capsys):
    assert said(capsys, "verify") == (0, ["58 answers read, 0 damaged"])
    place = spoil("trainings")
    code, lines = said(capsys, "verify")
    assert code == 1
    assert lines == [
        f"damaged: {place.path}: arrays.npz does not agree with its checksum",
        "58 answers read, 1 damaged",
    ]
    assert place.path.exists()
    code, lines = said(capsys, "verify", "--set-aside")
    assert code == 1
    assert lines[0].endswith(f"moved to store/damaged/trainings-{place.key}") or lines[1].endswith(
        f"moved to store/damaged/trainings-{place.key}"
    )
    assert said(capsys, "verify") == (0, ["57 answers read, 0 damaged"])
    assert "damaged/" in "\n".join(said(capsys, "ls")[1])


@pytest.mark.usefixtures("folder")
def test_verify_reads_the_models_too(capsys):
    place = next(place for place in Store("store").places() if place.kind == "trainings")
    with open(place.path / "model.keras", "r+b") as file:
        file.write(b"x")
    code, lines = said(capsys, "verify")
    assert code == 1
    assert "model.keras does not agree" in lines[0]


def test_gc_removes_what_no_plan_asks_for_and_only_when_told(folder, capsys):
    before = kinds()
    code, lines = said(capsys, "gc", "--keep", "tiny.toml")
    assert (code, lines) == (0, ["0 things, 0 bytes; nothing was removed"])
    code, lines = said(capsys, "gc", "--keep", "fewer.toml")
    assert code == 0
    assert len(lines) == 1 + 2 * 3 * 4 + 2  # a training, maps, predictions of two splits; samples
    assert all("no plan asks for it" in line for line in lines[:-1])
    assert lines[-1].endswith("nothing was removed: --yes removes them")
    assert kinds() == before
    code, lines = said(capsys, "gc", "--keep", "fewer.toml", "--yes")
    assert lines[-1].startswith("removed 26 things, ")
    assert kinds() == {"faithfulness": 4, "trainings": 7, "maps": 7, "predictions": 14}
    hidden = [p.name for p in (folder / "store").rglob("*") if p.name.startswith(".")]
    assert hidden == [".lock"]


@pytest.mark.usefixtures("folder")
def test_several_plans_keep_what_any_of_them_asks_for(capsys):
    _, lines = said(capsys, "gc", "--keep", "fewer.toml", "tiny.toml", "--yes")
    assert lines == ["0 things, 0 bytes; nothing was removed"]


def test_gc_leaves_foreign_files_and_what_was_set_aside(folder, capsys):
    os.truncate(spoil("maps").path / "arrays.npz", 10)
    said(capsys, "verify", "--set-aside")
    for name in ("notes.txt", "trainings/notes.txt", "own/thing/record.json"):
        path = folder / "store" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    outside = folder / "outside"
    outside.mkdir()
    (outside / "precious").write_text("mine")
    (folder / "store" / "maps" / KEY).symlink_to(outside)
    code, lines = said(capsys, "gc", "--keep", "fewer.toml", "--yes")
    assert code == 0, lines
    assert (outside / "precious").read_text() == "mine"
    assert not os.path.lexists(folder / "store" / "maps" / KEY)
    for name in ("notes.txt", "trainings/notes.txt", "own/thing/record.json"):
        assert (folder / "store" / name).read_text() == "mine"
    assert len(list((folder / "store" / "damaged").iterdir())) == 1


def leftover(folder, age: float):
    path = folder / "store" / "trainings" / ".aside-x"
    path.mkdir()
    (path / "arrays.npz").write_bytes(b"half")
    when = time.time() - age
    os.utime(path, (when, when))
    return path


def test_what_killed_writers_left_goes_after_a_day(folder, capsys):
    young = leftover(folder, age=3600)
    assert said(capsys, "gc", "--yes")[1] == ["0 things, 0 bytes; nothing was removed"]
    os.utime(young, (0, 0))
    assert "killed writer" in said(capsys, "gc")[1][0]
    assert young.exists()
    assert said(capsys, "gc", "--yes")[1][-1] == "removed 1 things, 4 bytes"
    assert not list((folder / "store" / "trainings").glob(".*"))
    assert kinds() == ALL


def test_forgotten_weights_leave_fits_readable_and_a_question_says_what_to_do(
    folder, capsys, tiny, data, hands
):
    code, lines = said(capsys, "gc", "--keep", "tiny.toml", "--forget-weights")
    assert (code, len(lines)) == (0, 14)
    assert len(list((folder / "store").rglob("model.keras"))) == 13
    said(capsys, "gc", "--keep", "tiny.toml", "--forget-weights", "--yes")
    assert not list((folder / "store").rglob("model.keras"))
    assert said(capsys, "verify") == (0, ["58 answers read, 0 damaged"])
    hands.trained.clear()
    wanted = ask(tiny, data)
    assert all(item.done for item in wanted)
    assert Store("store").training(wanted[0].training_key).run == wanted[0].run
    other = tiny.model_copy(update={"cam_target": "predicted"})
    with pytest.raises(InputError) as refusal:
        ask(other, data)
    line = str(refusal.value)
    assert len(line.splitlines()) == 1
    assert "13 stored runs have no weights any more" in line
    remedy = "gc --without-weights --yes --store store"
    assert remedy in line
    assert main(remedy.split()) == 0
    assert kinds() == {"faithfulness": 4, "maps": 13, "predictions": 26, "samples": 2}
    assert all(item.done for item in ask(other, data))
    assert len(hands.trained) == 13


@pytest.mark.usefixtures("data")
def test_weights_stay_where_a_plan_lacks_something(folder, capsys):
    write_plan(folder / "other.toml", strategies=["identity"], cam_target="predicted")
    _, lines = said(capsys, "gc", "--keep", "tiny.toml", "other.toml", "--forget-weights")
    assert len(lines) == 1 + 6  # of two strategies; baselines and identity are asked more


def test_forgetting_in_a_store_from_before_checksums(folder, capsys, tiny, data):
    from tests.damage import unsealed

    for place in Store("store").places():
        unsealed(place.path)
    said(capsys, "gc", "--keep", "tiny.toml", "--forget-weights", "--yes")
    assert not list((folder / "store").rglob("model.keras"))
    assert all(item.done for item in ask(tiny, data))


@pytest.mark.usefixtures("folder")
def test_the_scores_that_a_profile_keeps_are_those_that_its_plan_asks_for(monkeypatch, data):
    monkeypatch.setattr(score_cache, "is_expensive", lambda metric: metric in ("pearson", "mad"))
    plan = Plan.make(
        TINY | {"metrics": ["pearson", "mad"], "primary": "pearson", "checks": ["target=predicted"]}
    )
    store = Store("store")
    wanted = ask(plan, data)
    fits = [fit_of(item, store, data) for item in wanted]
    maps = answers_of(wanted, store)["maps"]
    arms = Arms(plan, data, fits, maps[OWN])
    attention.attention_effects(arms, store)
    attention.primary_shifts(
        arms.under(plan.under(plan.checks[0]), maps["target=predicted"]), store
    )
    present = {(p.kind, p.key) for p in store.places() if p.kind in ("scores", "chance")}
    assert len(present) == 2 * 3 + 2 + 3
    assert present == set(score_cache.cache_keys(plan, data))


BAD = {
    "no store": (["ls", "--store", "nowhere"], "no store at 'nowhere'"),
    "no such option": (["gc", "--keeep", "tiny.toml"], "--keep"),
    "no such plan": (["gc", "--keep", "tinny.toml", "--yes"], "tinny.toml"),
    "weights without plans": (["gc", "--forget-weights"], "--keep PLAN"),
    "no word": ([], "ls, verify, gc"),
    "another word": (["clean"], "clean"),
}


@pytest.mark.parametrize("case", BAD)
@pytest.mark.usefixtures("folder")
def test_bad_input_is_one_line_and_removes_nothing(case, capsys):
    words, expected = BAD[case]
    code, lines = said(capsys, *words)
    assert code == 2
    assert len(lines) == 1
    assert expected in lines[0]
    assert kinds() == ALL


def test_it_runs_as_a_program_without_a_warning(tmp_path):
    Store(tmp_path / "store").put_arrays("scores", KEY, {"values": np.zeros(3)})
    done = subprocess.run(
        [sys.executable, "-W", "error::RuntimeWarning", "-m", "cam_augment.store", "verify"],
        cwd=tmp_path, capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert (done.returncode, done.stdout, done.stderr) == (0, "1 answers read, 0 damaged\n", "")
