"""The contact sheet: what is on it, and where it is written."""

import io

import numpy as np
import pytest
from PIL import Image

from cam_augment.cli.study import main
from cam_augment.datasets.folds import parts_of
from cam_augment.impact.arms import Arms
from cam_augment.plan import Plan
from cam_augment.questions import OWN
from cam_augment.questions.samples import SamplesQuestion
from cam_augment.records import DataSet, Fit, Split
from cam_augment.report.figures.panels import SKY
from cam_augment.report.sheet import contact_sheet
from cam_augment.study.sheet import samples
from tests.own_pictures import class_folders, save, square


def colours(content: bytes) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def test_a_row_for_each_name_and_masks_outlined_in_the_first():
    images = np.full((2, 24, 24, 1), 0.5)
    masks = np.zeros((2, 24, 24), bool)
    masks[0, 6:18, 6:18] = True
    plain = colours(contact_sheet([("as read", images)], ["a", "b"], None))
    outlined = colours(contact_sheet([("as read", images)], ["a", "b"], masks))
    two = colours(contact_sheet([("as read", images), ("red", images * 0)], ["a", "b"], masks))
    assert outlined.shape == plain.shape
    assert (outlined == SKY).all(2).sum() == (two == SKY).all(2).sum() > 150
    assert not (plain == SKY).all(2).any()
    assert two.shape[0] == plain.shape[0] + 100
    assert (two == 0).all(2).sum() > 2 * 90**2


def test_samples_go_through_the_classes_in_turn_marked_ones_first():
    labels = np.array([0, 0, 0, 1, 1, 2])
    masks = np.zeros((6, 4, 4), bool)
    masks[[2, 4], 1, 1] = True
    split = Split(np.zeros((6, 4, 4, 1), np.float32), labels, masks)
    assert samples(split, 4).tolist() == [2, 4, 5, 0]
    assert samples(Split(split.images, labels), 9).tolist() == [0, 3, 5, 1, 4, 2]


def test_a_dry_run_writes_the_sheet_and_keeps_the_decoded_pictures(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    class_folders(tmp_path / "p", classes=("bad", "good"))
    for number in range(10):
        save(tmp_path / "p" / "bad" / f"bad-{number}_mask.png", square())
    words = ["--data", "p", "--strategies", "zoom,dropout", "--dry-run", "--sheet"]
    assert main([*words, "s.png"]) == 0
    assert "contact sheet: s.png" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.iterdir()) == ["p", "s.png", "store"]
    assert (tmp_path / "store" / "pictures").is_dir()
    assert (colours((tmp_path / "s.png").read_bytes()) == SKY).all(2).any()


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--sheet", "s.png"], "option --sheet: goes with --dry-run"),
        (["--dry-run", "--sheet", "."], "option --sheet: '.' is a folder; name a file"),
        (["--dry-run", "--sheet", "no/s.png"], "there is no folder 'no'"),
    ],
)
def test_a_sheet_that_cannot_be_written_is_refused(words, complaint, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    class_folders(tmp_path / "p", classes=("bad", "good"))
    assert main(["--data", "p", *words]) == 2
    assert complaint in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["p"]


def test_a_full_disk_is_said_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    class_folders(tmp_path / "p", classes=("bad", "good"))
    assert main(["--data", "p", "--dry-run", "--sheet", "/dev/full"]) == 2
    assert "'/dev' cannot be written to: no space left on device" in capsys.readouterr().err


def test_samples_of_a_strategy_are_training_images_before_and_after():
    """Asked of the first run of each strategy that changes images, controls left out."""
    plan = Plan.make({"strategies": ["identity", "brightness"], "baselines": 3, "seeds": 3})
    images = np.linspace(0, 1, 6 * 16, dtype=np.float32).reshape(6, 4, 4, 1)
    split = Split(images, np.array([0, 0, 0, 1, 1, 2]))
    data = DataSet("made", ("a", "b", "c"), split, split, split, split)

    class Trainer:
        def augmented(self, strategy, images, labels, seed):  # noqa: ARG002
            assert strategy.label == "brightness"
            return 1 - images, labels

    questions = [(run, q) for run in plan.runs() for q in SamplesQuestion.asked(run, plan, data)]
    ((run, item),) = questions
    assert run.label == "brightness #0"
    answer = item.answer(Trainer(), run, data)
    chosen = [0, 3, 5, 1]
    np.testing.assert_array_equal(answer["read"], (images[chosen] * 255).round().astype(np.uint8))
    np.testing.assert_allclose(answer["read"].astype(int) + answer["changed"], 255, atol=1)
    fit = Fit(run, np.zeros((6, 3)), np.zeros((6, 3)), {}, 1.0, {})
    arms, loaders = Arms(plan, data, [fit], {}), {OWN: {run.key: lambda: answer}}
    summary = SamplesQuestion.summarise(arms, loaders)
    assert set(summary) == {"read", "changed"}
    assert list(summary["changed"]) == ["brightness"]
    assert len(summary["read"]) == len(summary["changed"]["brightness"]) == 4
    closed = Arms(plan.model_copy(update={"gallery": 0}), data, [fit], {})
    assert SamplesQuestion.summarise(closed, loaders) is None


def test_with_folds_samples_are_images_that_their_run_learned_from():
    fields = {"strategies": ["brightness"], "folds": 4, "baselines": 4, "seeds": 4}
    plan, step = Plan.make(fields), 1 / 255
    filled = (step * np.arange(40)).reshape(2, 20, 1, 1, 1) * np.ones((4, 4, 1))
    train, rest = (Split(x.astype(np.float32), np.arange(20) % 2) for x in filled)
    data = DataSet("made", ("a", "b"), train, rest, rest, rest)
    ((run, item),) = ((r, q) for r in plan.runs() for q in SamplesQuestion.asked(r, plan, data))
    parts, learned = parts_of(data, run), []

    class Trainer:
        def augmented(self, _strategy, images, labels, _seed):
            learned.extend(images[:, 0, 0, 0].tolist())
            return images, labels

    item.answer(Trainer(), run, data)
    assert set(learned) <= set(parts.train.images[:][:, 0, 0, 0].tolist())
