"""``cam-augment init``: a plan for a folder, accepted by a dry run."""

import json

import pytest

from cam_augment.cli.frame import main
from cam_augment.plan import Plan
from tests.layouts import Maker, classes, kaggles_seg, kaggles_table, mvtec, roboflow
from tests.own_pictures import drawn, save, square


def kolektor(make):
    """Numbered parts, each with a picture that has something marked."""
    for part in range(1, 13):
        for number in range(2):
            save(make.root / f"kos{part:02}" / f"Part{number}.jpg", drawn(2 * part + number))
            mask = square() * (number + part) % 2
            save(make.root / f"kos{part:02}" / f"Part{number}_label.bmp", mask * 255)
    return {"layout": "masks", "group": "^[^/]+"}


def labelmes(make):
    classes(make)
    for number in range(10):
        shape = {"label": "x", "points": [[6, 4], [20, 11]], "shape_type": "rectangle"}
        content = {"shapes": [shape], "imageHeight": 20, "imageWidth": 30}
        (make.root / "bad" / f"{number:03}.json").write_text(json.dumps(content))
    return {"regions": "data"}


def plain(make):
    classes(make)
    make.pictures("good/more", count=12)
    return {}


FOLDERS = {
    "class folders": (plain, {"size": "24x32", "channels": "grey"}),
    "splits": (kaggles_seg, {}),
    "MVTec AD": (mvtec, {"defects": "one"}),
    "KolektorSDD": (kolektor, {"layout": "masks", "group": "^[^/]+"}),
    "COCO": (roboflow, {}),
    "a table": (kaggles_table, {}),
    "labelme": (labelmes, {"regions": "data"}),
}


@pytest.mark.parametrize("case", FOLDERS)
def test_the_plan_of_a_folder_is_accepted_by_a_dry_run(case, tmp_path, monkeypatch, capsys):
    build, settings = FOLDERS[case]
    build(Maker(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    assert main(["init", "data"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines() == [
        "wrote data.toml",
        "next: cam-augment study data.toml --dry-run --sheet data.png",
    ]
    dataset = Plan.read("data.toml").dataset.settings
    assert {name: dataset[name] for name in settings} == settings
    shares = ("train=0.4", "validation=0.2", "probe=0.2")  # so small a folder needs greater ones
    changes = [word for share in shares for word in ("--set", f"dataset.{share}")]
    assert main(["study", "data.toml", "--dry-run", *changes]) == 0
    assert "data folder: " in capsys.readouterr().out


def test_uneven_classes_weigh_alike_and_groups_are_proposed(tmp_path, monkeypatch):
    make = Maker(tmp_path / "data")
    make.pictures(*(f"good/part{number}" for number in range(12)), count=3)
    make.pictures("bad/part1", "bad/part2", count=3)
    monkeypatch.chdir(tmp_path)
    assert main(["init", "data", "--out", "plan.toml"]) == 0
    plan, text = Plan.read("plan.toml"), (tmp_path / "plan.toml").read_text()
    assert plan.recipe.class_weights == "balanced"
    assert '# costs = { good = "good", miss = 50, false_alarm = 1 }' in text
    assert "12 groups: part1" in text
    assert "# 42 pictures: bad 6, good 36." in text
    assert "rotating" not in text  # six cannot be in every fold of five


def test_a_rotating_test_part_is_proposed_where_a_class_is_small(tmp_path, monkeypatch):
    make = Maker(tmp_path / "data")
    make.pictures("good", "bad", count=12)
    monkeypatch.chdir(tmp_path)
    assert main(["init", "data", "--out", "plan.toml"]) == 0
    text = (tmp_path / "plan.toml").read_text()
    assert "A test part has about 2 of 'bad'" in text
    lines = text.splitlines()
    proposed = [line.removeprefix("# ") for line in lines if line.startswith(("# baselines = 10",
                "# seeds = 5", "# folds = 5", "# test = "))]  # fmt: skip
    rest = [line for line in lines if not line.startswith(("baselines", "seeds"))]
    (tmp_path / "other.toml").write_text("\n".join([*proposed, *rest]))
    assert Plan.read("other.toml").rotates


def test_colours_bring_a_strategy_of_colours(tmp_path, monkeypatch):
    make = Maker(tmp_path / "data")
    make.pictures("bad", "good")
    save(tmp_path / "data" / "bad" / "c.png", drawn(99, (200, 300, 3)))
    monkeypatch.chdir(tmp_path)
    assert main(["init", "data"]) == 0
    plan = Plan.read("data.toml")
    assert plan.dataset.settings["channels"] == "colour"
    assert "saturation" in [strategy.label for strategy in plan.strategies]


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        ([], "the following arguments are required: DIR"),
        (["nowhere"], "'nowhere' does not exist"),
        (["data", "--out", "there.toml"], "'there.toml' is there already; name another file"),
        (["data", "--out", "no/a.toml"], "there is no folder 'no'"),
        (["bare"], "'bare' holds no picture; the files in it are: 1 .txt"),
        (["one"], "'one' is read as class folders and holds one class only: 'bad'; a"),
        (
            ["data", "--out", "d\udce9x.toml"],
            "command line: received 'd?x.toml', which is not UTF-8",
        ),
    ],
)
def test_a_plan_that_cannot_be_written_is_refused(words, complaint, tmp_path, monkeypatch, capsys):
    classes(Maker(tmp_path / "data"))
    (tmp_path / "there.toml").write_text("x")
    (tmp_path / "bare").mkdir()
    Maker(tmp_path / "one").pictures("bad")
    (tmp_path / "bare" / "a.txt").write_text("x")
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    assert main(["init", *words]) == 2
    assert complaint in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before


def test_a_plan_is_written_whole_or_not_at_all(tmp_path, monkeypatch, capsys):
    classes(Maker(tmp_path / "data"))
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    assert main(["init", "data"]) == 2
    assert "cannot be written to: no space left on device" in capsys.readouterr().err
    assert sorted(tmp_path.rglob("*")) == before
