"""``cam-augment compare``: saved models and images from files give the profile of ``compare``."""

from functools import partial
from types import SimpleNamespace

import keras
import numpy as np
import pytest
from PIL import Image

from cam_augment import InputError, compare, load_profile
from cam_augment.cli.frame import main
from cam_augment.networks.network import Network
from cam_augment.study.from_files import arrays, pictures, saved_models
from cam_augment.study.given import Given
from tests import own_networks

SHAPE = (12, 16, 3)
CLASSES = ("dent", "good", "scratch")
RNG = np.random.default_rng(0)
PIXELS = RNG.integers(0, 256, (30, *SHAPE), np.uint8)
LABELS = np.arange(30) % 3
FEW = ["--bootstrap", "100", "--metrics", "pearson"]


def model_of(shape=SHAPE, units=3, activation=None, named=False):
    """A model that reads no more of its images than their mean."""
    image = keras.Input(shape, name="image")
    mean = keras.layers.GlobalAveragePooling2D()(image) if len(shape) == 3 else image
    outputs = keras.layers.Dense(units, activation)(mean)
    return keras.Model({"image": image} if named else image, outputs)


def two_inputs():
    image, more = keras.Input(SHAPE), keras.Input((2,))
    mean = keras.layers.GlobalAveragePooling2D()(image)
    both = keras.layers.Concatenate()([mean, more])
    return keras.Model([image, more], keras.layers.Dense(3)(both))


def two_outputs():
    image = keras.Input(SHAPE)
    mean = keras.layers.GlobalAveragePooling2D()(image)
    return keras.Model(image, [keras.layers.Dense(3)(mean), keras.layers.Dense(2)(mean)])


def network(seed: int, *more):
    keras.utils.set_random_seed(seed)
    convolution = keras.layers.Conv2D(4, 3, strides=2, padding="same", activation="relu")
    pooling = keras.layers.GlobalAveragePooling2D()
    return keras.Sequential(
        [keras.Input(SHAPE), convolution, *more, pooling, keras.layers.Dense(3, "softmax")]
    )


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory):
    """A folder with the models of two arms, and the images as arrays and as pictures."""
    folder = tmp_path_factory.mktemp("given")
    for place, arm in enumerate(("flipped", "plain")):
        (folder / "models" / arm).mkdir(parents=True)
        for seed in range(3):
            network(10 * place + seed).save(folder / "models" / arm / f"{seed}.keras")
    np.savez(folder / "data.npz", images=np.float32(PIXELS) / 255, labels=LABELS, classes=CLASSES)
    write_pictures(folder / "pictures")
    return folder


def write_pictures(folder, labels=LABELS):
    for number, label in enumerate(labels):
        (folder / CLASSES[label]).mkdir(parents=True, exist_ok=True)
        Image.fromarray(PIXELS[number]).save(folder / CLASSES[label] / f"{number:02}.png")


@pytest.fixture
def folder(model_folder, monkeypatch):
    monkeypatch.chdir(model_folder)
    return model_folder


@pytest.mark.usefixtures("no_figures")
@pytest.mark.parametrize("data", ["data.npz", "pictures"])
def test_files_give_the_profile_that_compare_gives(data, folder, tmp_path, capsys):
    words = [
        "--models",
        "models",
        "--data",
        data,
        "--baseline",
        "plain",
        "--out",
        f"{tmp_path}/out",
    ]
    assert main(["compare", *words, *FEW]) == 0
    assert "report:" in capsys.readouterr().out
    profile = load_profile(tmp_path / "out")
    models = {arm: list(result) for arm, result in saved_models(folder / "models").items()}
    images = arrays(folder / "data.npz") if data == "data.npz" else by_class()
    fields = {"baseline": "plain", "bootstrap": 100, "metrics": ("pearson",)}
    expected = compare(models, images.images, images.labels, classes=CLASSES, **fields)
    assert profile.classes == CLASSES
    assert profile.effects == expected.effects
    assert profile.strategies == expected.strategies


def test_a_file_answers_as_the_model_that_was_saved(tmp_path):
    images = np.float32(PIXELS)
    model = own_networks.prepared(SHAPE, 3, images, "deep")
    (tmp_path / "plain").mkdir()
    model.save(tmp_path / "plain" / "0.keras")
    (read,) = saved_models(tmp_path)["plain"]
    np.testing.assert_allclose(Given(Network(read)).predict(images), model(images), atol=1e-5)


def by_class() -> SimpleNamespace:
    """Return the images in the order of a folder of pictures."""
    order = np.argsort(LABELS, kind="stable")
    return SimpleNamespace(images=np.float32(PIXELS[order]) / 255, labels=LABELS[order])


def test_pictures_are_read_in_the_range_that_models_expect(folder):
    read = pictures(folder / "pictures", {}, model_of(), (-1, 1))
    expected = by_class()
    np.testing.assert_allclose(read.images, 2 * expected.images - 1, atol=1e-6)
    np.testing.assert_array_equal(read.labels, expected.labels)
    assert tuple(read.classes) == CLASSES


def numbered_folders(folder, parts=("",)):
    """Lay pictures out by class folders that are called 1, 2, 10 and 11."""
    for part in parts:
        for number, name in enumerate(("1", "2", "10", "11") * 2):
            (folder / part / name).mkdir(parents=True, exist_ok=True)
            Image.fromarray(PIXELS[number]).save(folder / part / name / f"{number}.png")


@pytest.mark.parametrize("parts", [("",), ("train", "test")])
def test_folders_called_by_numbers_have_the_order_that_keras_gives_them(parts, tmp_path):
    numbered_folders(tmp_path, parts)
    read = pictures(tmp_path, {}, model_of(units=4), (0, 1))
    keras_order = keras.utils.image_dataset_from_directory(
        tmp_path / parts[-1], image_size=SHAPE[:2], verbose=False
    ).class_names
    assert list(read.classes) == keras_order == ["1", "10", "11", "2"]
    (note,) = (note for note in read.notes if note.code == "classes.as_text")
    assert note.values["names"] == keras_order
    for image, label in zip(read.images[:], read.labels, strict=True):
        number = np.abs(np.float32(PIXELS) / 255 - image).mean(axis=(1, 2, 3)).argmin()
        assert read.classes[label] == ("1", "2", "10", "11")[number % 4]


def test_labels_of_a_table_that_are_numbers_come_by_value(tmp_path):
    numbered_folders(tmp_path)
    paths = sorted(tmp_path.rglob("*.png"))
    lines = [f"{path.relative_to(tmp_path)},{path.parent.name}" for path in paths]
    (tmp_path / "table.csv").write_text("\n".join(["path,label", *lines]))
    read = pictures(tmp_path / "table.csv", {}, model_of(units=4), (0, 1))
    assert read.classes == ("1", "2", "10", "11")
    assert "classes.as_text" not in {note.code for note in read.notes}


def test_of_split_folders_only_the_test_is_read(tmp_path):
    write_pictures(tmp_path / "train", LABELS[:18])
    write_pictures(tmp_path / "test", LABELS[:6])
    assert len(pictures(tmp_path, {}, model_of(), (0, 1)).images) == 6
    for path in (tmp_path / "test" / "good").iterdir():
        path.unlink()
    (tmp_path / "test" / "good").rmdir()
    with pytest.raises(InputError, match="class 'good' has no picture in the split test"):
        pictures(tmp_path, {}, model_of(), (0, 1))


@pytest.mark.parametrize(
    ("settings", "model", "words"),
    [
        ({}, partial(model_of, units=4), "3 classes; the models tell 4 apart"),
        ({}, partial(model_of, units=1, activation="sigmoid"), "the models tell 2 apart"),
        ({}, partial(model_of, (12, 16, 5)), "pictures have 1 or 3 channels"),
        ({}, partial(model_of, (7,)), "pictures have 1 or 3 channels"),
        ({}, partial(model_of, (None, None, 3)), "any size: name one by dataset.size"),
        ({}, two_inputs, "the models have 2 inputs; one input of images expected"),
        ({}, two_outputs, "the first model has 2 outputs; one output of classes expected"),
        ({"fit": "strech"}, model_of, "setting 'fit'"),
        ({"sise": "12x16"}, model_of, "Did you mean 'size'"),
    ],
)
def test_pictures_that_the_models_cannot_take_are_refused(folder, settings, model, words):
    with pytest.raises(InputError, match=words):
        pictures(folder / "pictures", settings, model(), (0, 1))


@pytest.mark.parametrize("units", [1, 2])
@pytest.mark.parametrize("named", [False, True])
def test_pictures_of_two_classes_are_for_one_unit_too(units, named, tmp_path):
    write_pictures(tmp_path, LABELS % 2)
    model = model_of(units=units, activation="sigmoid", named=named)
    assert pictures(tmp_path, {}, model, (0, 1)).images.shape[1:] == SHAPE


def test_a_model_that_does_not_show_its_end_is_told_of(tmp_path):
    write_pictures(tmp_path, LABELS % 2)
    model = model_of(units=1, activation="hard_sigmoid")
    with pytest.raises(InputError, match=r"first model gives values from 0 to 1 only.*ends_in"):
        pictures(tmp_path, {}, model, (0, 1))
    assert len(pictures(tmp_path, {}, model, (0, 1), "probabilities").images) == 30


def test_models_of_any_size_take_the_size_that_is_named(folder):
    model = model_of((None, None, 1))
    read = pictures(folder / "pictures", {"size": "10x8"}, model, (0, 1))
    assert read.images.shape == (30, 10, 8, 1)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (["--baseline", "plian"], "no arm 'plian' to be the baseline. Did you mean 'plain'?"),
        (["--models", "nowhere"], "no folder 'nowhere'"),
        (["--models", "pictures"], "'pictures/dent' holds no .keras file"),
        (["--models", "pictures/dent"], "has no folder of an arm in it"),
        (["--data", "nowhere"], "'nowhere' does not exist"),
        (["--data", "nowhere.npz"], "nowhere.npz: cannot be read"),
        (["--range", "0", "255"], "option --range: is for pictures"),
        (["--masks", "masks"], "option --masks: is for pictures"),
        (["--set", "dataset.size=3x3"], "option --set dataset.size: is for pictures"),
        (["--cam", "gradcm"], "no cam 'gradcm'. Did you mean 'gradcam'?"),
        (["--set", "cam.steps=x"], "cam"),
        (["--seeds", "4"], "no option '--seeds'"),
        (["--out", "data.npz"], "option --out"),
    ],
)  # fmt: skip
@pytest.mark.usefixtures("folder")
def test_mistakes_get_one_line(tmp_path, change, expected, capsys):
    words = ["--models", "models", "--data", "data.npz", "--baseline", "plain"]
    words += ["--out", str(tmp_path / "out"), *change]
    assert main(["compare", *words]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert expected in line
    assert list(tmp_path.iterdir()) == []


def test_every_file_is_looked_at_before_a_model_is_loaded(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("keras.models.load_model", None)
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.keras").write_bytes((folder / "models/plain/0.keras").read_bytes())
    assert [len(models) for models in saved_models(tmp_path).values()] == [1, 1]
    (tmp_path / "b" / "2.keras").write_text("none")
    with pytest.raises(InputError, match=r"b/2\.keras cannot be read"):
        saved_models(tmp_path)
    network(0, keras.layers.Lambda(lambda x: x)).save(tmp_path / "b" / "2.keras")
    with pytest.raises(InputError, match=r"b/2\.keras has a Lambda layer"):
        saved_models(tmp_path)


def test_images_that_are_no_numbers_are_refused(tmp_path):
    path = tmp_path / "data.npz"
    holed = np.zeros((3, 4, 4, 1))
    holed[1, 2] = np.nan
    for images, words in (
        (holed, r"data.npz: array 'images': 1 of 3 images have NaN .*\(counted from 0: 1\)"),
        (np.full((3, 4, 4, 1), "x"), r"array 'images' is .*; expected finite numbers"),
    ):
        np.savez(path, images=images, labels=LABELS[:3])
        with pytest.raises(InputError, match=words):
            arrays(path)
    np.savez(path, images=PIXELS)
    with pytest.raises(InputError, match="no array 'labels'"):
        arrays(path)
