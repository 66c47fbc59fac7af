"""The plan of skin lesions: four recipes of one plan, on constructed data of the same form."""

import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from cam_augment import Plan
from cam_augment.cli.study import main
from cam_augment.plan import BASELINE
from cam_augment.questions.keys import training_key
from cam_augment.registry import ARCHITECTURES
from cam_augment.study.run import load_data
from tests import lab
from tests.processes import PATIENCE

PLAN = lab.ROOT / "plans" / "derma.toml"
PAGE = "docs/howto/networks.md"
SHARES = (33, 52, 110, 12, 111, 671, 14)  # of the classes, as in DermaMNIST


def lesions(path: Path, counts=(420, 90, 180)) -> Path:
    """Write images of seven kinds, each of a colour of its own, two thirds of them of one."""
    rng = np.random.default_rng(0)
    arrays = {}
    for part, count in zip(("train", "val", "test"), counts, strict=True):
        labels = np.repeat(np.arange(7), np.maximum(5, np.array(SHARES) * count // sum(SHARES)))
        colours = np.linspace(40, 220, 7)[labels, None, None, None] * [1, 0.7, 0.4]
        images = colours + rng.normal(0, 12, (len(labels), 28, 28, 3))
        arrays |= {f"{part}_images": images.clip(0, 255).astype(np.uint8),
                   f"{part}_labels": labels[:, None].astype(np.uint8)}  # fmt: skip
    np.savez(path, **arrays)
    return path


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with the plan, small and with few models, and data of the real form and name."""
    (tmp_path / "data").mkdir()
    (tmp_path / "plans").mkdir()
    lesions(tmp_path / "data" / "dermamnist.npz")
    text = PLAN.read_text("utf-8")
    for field, value in {"baselines": 3, "seeds": 3, "train": 280, "probe": 49}.items():
        text = re.sub(rf"^{field} = \d+", f"{field} = {value}", text, flags=re.MULTILINE)
    text = re.sub(r"^validation = 500\n", "", text, flags=re.MULTILINE)
    (tmp_path / "plans" / "derma.toml").write_text(text, "utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def recipes() -> dict:
    """Return the changes that the page makes of the plan, recipe by recipe."""
    (program,) = lab.blocks(PAGE, "python")
    names: dict = {}
    exec(program.partition("models = {}")[0], names)
    return names["RECIPES"]


def commands() -> list[list[str]]:
    """Return the options of the studies that the plan's own comments and the page name."""
    text = re.sub(r"(?m)^#", "", PLAN.read_text("utf-8")).replace("\\\n", " ")
    lines = re.findall(r"cam-augment study (plans/derma\.toml.*)", text)
    shell = next(code for code in lab.blocks(PAGE, "sh") if "derma" in code).replace("\\\n", " ")
    there = re.findall(r"cam-augment study (plans/derma\.toml.*)", shell)
    assert [line.split() for line in lines] == [line.split() for line in there]
    return [line.split() for line in lines]


@pytest.mark.usefixtures("folder")
def test_the_four_recipes_train_other_models_on_the_same_images():
    plans = [Plan.read("plans/derma.toml", **changes) for changes in recipes().values()]
    data = load_data(plans[0])
    assert {load_data(plan).training_contents for plan in plans} == {data.training_contents}
    assert data.classes[5] == "melanocytic nevi"
    baselines = [run for plan in plans for run in plan.runs() if run.strategy.label == BASELINE]
    assert len({training_key(run, data) for run in baselines}) == len(baselines) == 12
    labels = np.bincount(data.test.labels)
    assert labels.max() > 10 * labels.min()


@pytest.mark.usefixtures("folder")
def test_the_commands_make_these_recipes(capsys):
    plans = [Plan.read("plans/derma.toml", **changes) for changes in recipes().values()]
    wanted = {plan.recipe: plan.architecture for plan in plans}
    made = {}
    for line in commands():
        assert main([*line, "--dry-run"]) == 0
        sets = [pair.partition("=")[::2] for pair in line if "=" in pair]
        plan = Plan.read(line[0], **dict(sets))
        made[plan.recipe] = plan.architecture
    assert made == wanted
    assert len(made) == 4
    assert "7 classes" in capsys.readouterr().out


@pytest.mark.slow
def test_a_network_of_the_package_is_read_back_by_another_process(tmp_path):
    path = tmp_path / "model.keras"
    ARCHITECTURES["mobilenet_v2"]((28, 28, 3), 7, input_size=32).save(path)
    code = (
        "from cam_augment.architectures.layers.saved import load_model;"
        f"assert load_model({str(path)!r}, 'test').output_shape == (None, 7)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=PATIENCE)


@pytest.mark.slow
@pytest.mark.usefixtures("no_figures")
def test_the_program_of_the_page_compares_the_recipes(folder):
    import keras

    for number, changes in enumerate(recipes().values()):
        plan = Plan.read("plans/derma.toml", **changes)
        data = load_data(plan)
        for run in plan.runs():
            if run.strategy.label != BASELINE:
                continue
            keras.utils.set_random_seed(run.seed + 100 * number)
            image = keras.Input((28, 28, 3))
            x = keras.layers.Conv2D(4, 5, strides=4, name="block_13_expand_relu")(image)
            x = keras.layers.GlobalAveragePooling2D()(x)
            place = folder / "store" / "trainings" / training_key(run, data)
            place.mkdir(parents=True)
            keras.Model(image, keras.layers.Dense(7)(x)).save(place / "model.keras")
    (program,) = lab.blocks(PAGE, "python")
    exec(program, {})
    assert (folder / "results" / "derma-recipes" / "report.html").exists()
