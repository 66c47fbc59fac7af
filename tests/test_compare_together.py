"""Images that belong together, in comparisons: groups count once, and frames follow one another."""

import keras
import numpy as np
import pandas
import pytest

from cam_augment import Answers, InputError, compare, compare_answers
from cam_augment.cams.driver import Look
from cam_augment.metrics.compare import compare as likeness
from cam_augment.networks.network import Network
from cam_augment.records import Notice, Sequences
from cam_augment.study import from_files
from cam_augment.study.together import Together
from tests.own_pictures import save, write_table

PARTS, FRAMES, GRID = 12, 4, 5
COUNT = PARTS * FRAMES
PART = np.arange(COUNT) // FRAMES
LABELS = PART % 3
FRAME_OF = [(f"part {part}", image % FRAMES) for image, part in enumerate(PART)]
FEW = {"baseline": "plain", "bootstrap": 100, "metrics": ("pearson",)}


def answers(seed, noise=0.4, misread=()):
    """Maps that flicker by ``noise``; some parts are misread, and an image of the seed's."""
    rng = np.random.default_rng(seed)
    base = np.repeat(rng.random((PARTS, GRID, GRID)), FRAMES, axis=0)
    wrong = np.isin(PART, misread) | (np.arange(COUNT) == rng.integers(COUNT))
    logits = 4.0 * np.eye(3)[np.where(wrong, (LABELS + 1) % 3, LABELS)]
    return Answers(logits, 1 + base + noise * rng.random(base.shape))


def arms(models=4):
    return {
        "plain": [answers(seed) for seed in range(models)],
        "steady": [answers(20 + seed, noise=0.02) for seed in range(models)],
        "wild": [answers(40 + seed, noise=3, misread=(2, 5, 7)) for seed in range(models)],
    }


@pytest.fixture(scope="module")
def profile():
    return compare_answers(arms(), LABELS, sequences=FRAME_OF, **FEW)


def flicker(values):
    """Return the mean distance of the maps of successive frames, by hand."""
    pairs = [(i, i + 1) for i in range(COUNT - 1) if PART[i] == PART[i + 1]]
    return np.mean([1 - likeness("pearson", values[[i]], values[[j]])[0] for i, j in pairs])


def test_models_from_elsewhere_flicker_as_those_of_a_study(profile):
    assert (profile.steadiness.sequences, profile.steadiness.pairs) == (PARTS, COUNT - PARTS)
    for name, models in arms().items():
        points = profile.points["flicker"]["baseline" if name == "plain" else name]
        assert points == pytest.approx([flicker(model.maps) for model in models], abs=1e-6)
    assert profile.effect("steady", "flicker").finding == "falls"
    assert profile.effect("wild", "flicker").finding == "rises"


def test_keras_models_are_asked_of_frames_too():
    images = np.random.default_rng(1).random((COUNT, 8, 8, 1), np.float32)

    def network(seed):
        keras.utils.set_random_seed(seed)
        image = keras.Input((8, 8, 1))
        x = keras.layers.Conv2D(4, 3, 2, "same", activation="relu")(image)
        return keras.Model(image, keras.layers.Dense(3)(keras.layers.Flatten()(x)))

    models = {"plain": [network(0), network(1)], "other": [network(2)]}
    changes = {"sequences": FRAME_OF, "notes": ["One camera was blind."], "cam": "hirescam"}
    profile = compare(models, images, LABELS, **changes, **FEW)
    assert Notice.text("One camera was blind.") in profile.warnings
    expected = [
        flicker(Look.at(Network(model)).maps("hirescam", images, LABELS))
        for model in models["plain"]
    ]
    assert profile.points["flicker"]["baseline"] == pytest.approx(expected, abs=1e-5)


def width(profile, question="gain"):
    effect = profile.effect("wild", question)
    return effect.high - effect.low


def test_images_of_a_group_count_once_in_intervals(profile):
    alone = compare_answers(arms(), LABELS, **FEW)
    together = compare_answers(arms(), LABELS, groups=PART, **FEW)
    assert together.effect("wild", "gain") == profile.effect("wild", "gain")  # a sequence is one
    assert width(together) > 1.2 * width(alone)
    assert together.steadiness is None


def test_groups_are_names_and_what_has_none_is_by_itself():
    names = ["b", "", None, "a", "b", ""]
    assert Together.of(names, None, 6).groups.tolist() == [0, 3, 4, 1, 0, 7]
    assert Together.of(np.array([5, 5, 7]), None, 3).groups.tolist() == [0, 0, 1]
    assert Together.of([None, ""], None, 2).groups is None
    empty_cells = pandas.Series(["x", None, np.nan, "x", pandas.NA])
    assert Together.of(empty_cells, None, 5).groups.tolist() == [0, 2, 3, 0, 5]
    as_text = np.array(["x", "None", "nan", "x", "<NA>", "null", " NA ", "N/A", "NaT"])
    assert Together.of(as_text, None, 9).groups.tolist() == [0, 2, 3, 0, 5, 6, 7, 8, 9]
    numbers = pandas.Series([5, None, None, 5])
    assert Together.of(numbers, None, 4).groups.tolist() == [0, 2, 3, 0]


def test_a_group_holds_several_sequences_and_stills_are_by_themselves():
    frames = [("s", 0), ("s", 1), None, ("t", 0), ("t", 1), None]
    assert Together.of(None, frames, 6).groups.tolist() == [0, 0, 4, 1, 1, 7]
    as_text = [("nan", np.nan) if frame is None else frame for frame in frames]
    assert Together.of(None, as_text, 6).groups.tolist() == [0, 0, 4, 1, 1, 7]
    assert Together.of(None, [*frames[:5], "None"], 6).groups.tolist() == [0, 0, 4, 1, 1, 7]
    whole = Together.of(["part", "part", "", "part", "part", "x"], frames, 6)
    assert whole.groups.tolist() == [0, 0, 4, 0, 0, 1]
    assert whole.sequences.successive().tolist() == [[0, 1], [3, 4]]


def test_the_sequences_of_a_data_set_keep_what_is_lacking_between_frames():
    frames = Sequences.of([("s", 0.0), ("s", 1.0), ("s", 2.0)]).pick(np.array([0, 2]))
    assert Together.of(None, frames, 2).sequences.interrupted == 1


@pytest.mark.parametrize(
    ("groups", "sequences", "words"),
    [
        ([1, 2], None, "groups: one for each of 3 images; received 2"),
        ("abc", None, "groups: one for each image expected; received 'abc'"),
        ([[1], [2], [3]], None, "groups: one name or number an image"),
        (None, [("s", 0), ("s", 1)], "sequences: one for each of 3 images; received 2"),
        (None, [("s", 0), ("s", 1), "s"], "sequences: image 2 (from 0): a name and a number"),
        (None, [("s", 0), ("s", np.nan), None], "image 1 (from 0): a name and a number"),
        (None, [("s", 0), ("s", 0), None], "frame 0 of 's' is image 0 and image 1"),
        (None, [("s", 0), ("s", 1), ("t", 0)], "'t' has one frame alone"),
        ([1, 2, 3], [("s", 0), ("s", 1), None], "sequence 's' is in '1' and '2'"),
        (["a", "", ""], [("s", 0), ("s", 1), None], "sequence 's' is in 'a' and none"),
        (None, Sequences.of([("s", 0.0), ("s", 1.0)]), "one for each of 3 images; received 2"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_in_one_line(groups, sequences, words):
    with pytest.raises(InputError) as caught:
        Together.of(groups, sequences, 3)
    assert words in str(caught.value)
    assert str(caught.value).startswith("compare: ")
    assert str(caught.value).isprintable()


def test_files_of_arrays_say_it_by_names_and_numbers(tmp_path):
    path = tmp_path / "data.npz"
    images = np.zeros((3, 2, 2, 1))
    names, frames = np.array(["s", "", "s"]), np.array([1.5, np.nan, 0])
    content = {"images": images, "labels": [0, 1, 0], "groups": ["g", "", "g"]}
    np.savez(path, **content, sequences=names, frames=frames)
    read = from_files.arrays(path)
    assert read.sequences == [("s", 1.5), None, ("s", 0.0)]
    assert Together.of(read.groups, read.sequences, 3).groups.tolist() == [0, 2, 0]
    assert from_files.labelled(path)["sequences"] == read.sequences
    np.savez(path, **content, sequences=np.array(["s", "nan", "s"]), frames=frames)
    assert from_files.labelled(path)["sequences"] == read.sequences
    for other in ({"sequences": names}, {"frames": frames}):
        np.savez(path, **content, **other)
        with pytest.raises(InputError, match="one of them is lacking"):
            from_files.labelled(path)
    np.savez(path, **content, sequences=names, frames=frames[:2])
    with pytest.raises(InputError, match="are one an image"):
        from_files.arrays(path)


def test_pictures_keep_the_groups_of_their_table_and_what_is_wrong_with_them(tmp_path):
    rng = np.random.default_rng(0)
    rows = []
    for number in range(8):
        save(tmp_path / f"{number}.png", rng.integers(0, 256, (8, 8), np.uint8))
        rows.append({"path": f"{number}.png", "label": "ab"[number % 2], "group": f"{number % 3}"})
    image = keras.Input((8, 8, 1))
    model = keras.Model(image, keras.layers.Dense(2)(keras.layers.Flatten()(image)))
    read = from_files.pictures(write_table(tmp_path, rows), {}, model, (0, 1))
    assert list(read.groups) == [row["group"] for row in rows]
    assert read.notes == ()
    groups = tmp_path / "groups.csv"
    groups.write_text("path,group\n0.png,a\n1.png,a\nelsewhere.png,b\n2.png,NaN\n3.png,NA\n")
    read = from_files.pictures(tmp_path / "table.csv", {"groups": str(groups)}, model, (0, 1))
    assert list(read.groups) == ["a", "a", *6 * [None]]
    write_table(tmp_path, [row | {"group": "None"} for row in rows[:4]] + rows[4:])
    read = from_files.pictures(tmp_path / "table.csv", {}, model, (0, 1))
    assert read.groups == (*4 * [None], "1", "2", "0", "1")
    read = from_files.pictures(tmp_path / "table.csv", {"groups": str(groups)}, model, (0, 1))
    assert Notice.of("groups.unused", count=1, name="elsewhere.png") in read.notes
