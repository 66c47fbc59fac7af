"""Answers of any framework: the profile that ``compare`` gives, or one line."""

import re

import keras
import numpy as np
import pytest

from cam_augment import Answers, InputError, compare, compare_answers, load_profile
from cam_augment.cams.driver import Look
from cam_augment.networks.network import Network
from cam_augment.records import Maps, Scores, Sequences, Split

COUNT, GRID = 24, (4, 5)
LABELS = np.arange(COUNT) % 3
FEW = {"baseline": "plain", "bootstrap": 100, "metrics": ("pearson",)}


def answers(seed, count=COUNT, grid=GRID, classes=3, **words):
    rng = np.random.default_rng(seed)
    return Answers(rng.normal(size=(count, classes)), rng.random((count, *grid)), **words)


def arms(models=3, **words):
    return {"plain": [answers(seed, **words) for seed in range(models)],
            "other": [answers(10 + seed, **words) for seed in range(models)]}  # fmt: skip


def network(seed):
    keras.utils.set_random_seed(seed)
    image = keras.Input((8, 10, 1))
    x = keras.layers.Conv2D(4, 3, 2, "same", activation="relu", name="seen")(image)
    return keras.Model(image, keras.layers.Dense(3)(keras.layers.Flatten()(x)))


def test_answers_of_keras_models_give_the_profile_that_the_models_give():
    images = np.random.default_rng(1).random((COUNT, 8, 10, 1), np.float32)
    masks = np.zeros((COUNT, 8, 10), bool)
    masks[:, 2:5, 3:7] = True
    models = {"plain": [network(seed) for seed in range(3)],
              "other": [network(10 + seed) for seed in range(3)]}  # fmt: skip

    def ask(model):
        look = Look.at(Network(model))
        return Answers(model(images).numpy(), look.maps("hirescam", images, LABELS))

    replies = {arm: [ask(model) for model in arm_models] for arm, arm_models in models.items()}
    one = compare(models, images, LABELS, masks=masks, cam="hirescam", **FEW)
    other = compare_answers(replies, LABELS, images, masks, **FEW)
    assert [s.verdict for s in other.strategies] == [s.verdict for s in one.strategies]
    for effect, expected in zip(other.effects, one.effects, strict=True):
        assert (effect.strategy, effect.question) == (expected.strategy, expected.question)
        assert effect.estimate == pytest.approx(expected.estimate, abs=1e-5, nan_ok=True)
        assert effect.p == expected.p
    assert len(other.probes) == len(one.probes)
    assert not other.faithful


@pytest.mark.usefixtures("no_figures")
def test_arrays_mappings_and_files_are_the_same(tmp_path):
    outputs = arms(cam="my method", layer="layer4")
    mappings = {arm: [{"logits": model.logits.tolist(), "maps": model.maps[..., None]}
                      for model in models] for arm, models in outputs.items()}  # fmt: skip
    files = {arm: [] for arm in outputs}
    for arm, models in outputs.items():
        for seed, model in enumerate(models):
            model.save(tmp_path / f"{arm}-{seed}.npz")
            files[arm].append(tmp_path / f"{arm}-{seed}.npz")
    profiles = [compare_answers(form, LABELS, **FEW) for form in (outputs, mappings)]
    profiles.append(compare_answers(files, LABELS, out=tmp_path / "out", **FEW))
    assert profiles[0].effects == profiles[1].effects == profiles[2].effects
    for profile, cam in zip(profiles, ("my method", "given", "my method"), strict=True):
        assert (profile.validity["cam"], profile.probes) == (cam, ())
    assert load_profile(tmp_path / "out").effects == profiles[2].effects


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"cam": "eigencam"}, "other #1: cam 'eigencam'; the maps of plain #0 are of 'gradcam'"),
        ({"layer": "conv1"}, "other #1: layer 'conv1'; the maps of plain #0 are of 'conv2d_4'"),
        ({"cam": "", "layer": "conv2d_9"}, None),
    ],
)
def test_maps_of_two_methods_or_layers_are_not_compared(other, words):
    models = arms(2, cam="gradcam", layer="conv2d_4")
    models["other"][1] = answers(11, **{"cam": "gradcam", "layer": ""} | other)
    if words is None:
        assert compare_answers(models, LABELS, **FEW).validity["cam"] == "gradcam"
        return
    with pytest.raises(InputError, match=words):
        compare_answers(models, LABELS, **FEW)


@pytest.mark.parametrize(
    ("said", "layer"), [(None, ""), (np.bytes_(b"conv"), "conv"), (np.array(["conv"]), "conv")]
)
def test_words_are_read_as_they_are_meant(said, layer):
    models = {
        arm: [{"logits": model.logits, "maps": model.maps, "layer": said, "cam": None}
              for model in models] for arm, models in arms(1).items()
    }  # fmt: skip
    validity = compare_answers(models, LABELS, **FEW).validity
    assert (validity["cam"], validity["layer"]) == ("given", layer)


@pytest.mark.parametrize("name", ["masks", "product"])
@pytest.mark.parametrize(
    "marks",
    [
        [np.zeros((4, 4)), np.zeros((5, 5))] * 12, np.zeros(COUNT), [None] * COUNT, "masks",
        np.zeros((COUNT, 0, 5)),
    ],
)  # fmt: skip
def test_masks_without_images_are_refused_in_one_line(name, marks):
    with pytest.raises(InputError, match=f"^compare: {name}"):
        compare_answers(arms(1), LABELS, **{name: marks}, **FEW)


def test_a_tensor_that_gives_no_array_is_named():
    class Tensor:
        def __array__(self, dtype=None, copy=None):
            raise RuntimeError("Can't call numpy() on Tensor that requires grad.")

    models = arms(1)
    models["other"] = {"logits": Tensor(), "maps": answers(5).maps}
    with pytest.raises(InputError, match="other #0: logits are not an array: Can't call numpy"):
        compare_answers(models, LABELS, **FEW)


def test_answers_are_saved_into_new_folders(tmp_path):
    answers(0).save(tmp_path / "new" / "plain" / "0.npz")
    assert (tmp_path / "new" / "plain" / "0.npz").exists()
    with pytest.raises(InputError, match="cannot be written to"):
        answers(0).save(tmp_path / "new" / "plain" / "0.npz" / "1.npz")


def test_masks_need_no_images_and_a_model_no_list():
    masks = np.zeros((COUNT, 40, 50))
    masks[:, :10] = 1
    profile = compare_answers(
        {"plain": answers(0), "other": answers(1)}, LABELS, masks=masks, **FEW
    )
    (strategy,) = profile.strategies
    assert [reason.code for reason in strategy.reasons] == ["gain.not_measured"]
    assert profile.validity["marked_images"] == COUNT


@pytest.mark.parametrize("shape", [(COUNT,), (COUNT, 1)])
def test_one_unit_is_the_logits_of_two_classes(shape):
    two = np.arange(COUNT) % 2
    z = {arm: [np.random.default_rng([place, n]).normal(size=COUNT) for n in range(2)]
         for place, arm in enumerate(("plain", "other"))}  # fmt: skip
    single = {arm: [Answers(value.reshape(shape), answers(0).maps) for value in values]
              for arm, values in z.items()}  # fmt: skip
    profile = compare_answers(single, two, **FEW)
    assert profile.points["accuracy"]["other"][1] == np.mean((z["other"][1] > 0) == two)


def test_probabilities_are_asked_about_and_their_logarithms_taken():
    outputs = arms(2)

    def shares(model):
        exponents = np.exp(model.logits)
        return Answers(exponents / exponents.sum(axis=1, keepdims=True), model.maps)

    soft = {arm: [shares(model) for model in models] for arm, models in outputs.items()}
    with pytest.raises(InputError, match=r'plain #0: logits are all within 0..1.*ends_in="prob'):
        compare_answers(soft, LABELS, **FEW)
    one, other = (compare_answers(outputs, LABELS, **FEW),
                  compare_answers(soft, LABELS, ends_in="probabilities", **FEW))  # fmt: skip
    for effect, expected in zip(one.effects, other.effects, strict=True):
        assert effect.estimate == pytest.approx(expected.estimate, abs=1e-5, nan_ok=True)


@pytest.mark.parametrize("word", ["logit", "probability"])
def test_another_word_of_outputs_is_refused(word):
    with pytest.raises(InputError, match=f"no ends_in '{word}'. Did you mean '{word[:5]}"):
        compare_answers(arms(1), LABELS, ends_in=word, **FEW)


def answers_in(changes):
    return {"logits": answers(5).logits, "maps": answers(5).maps} | changes


def spoilt(name, value):
    values = {"logits": answers(5).logits.copy(), "maps": answers(5).maps.copy()}
    values[name][3] = value
    return values


@pytest.mark.parametrize(
    ("model", "words"),
    [
        ({"maps": answers(5).maps}, "other #0: no array 'logits'. There are: maps"),
        ({"logits": answers(5).logits}, "other #0: no array 'maps'. There are: logits"),
        (answers(5, count=20), "other #0 answers 20 images; there are 24 labels"),
        (answers(5, classes=4), "other #0 tells 4 classes apart; the first model 3"),
        (answers(5, grid=(5, 4)), "other #0: its maps have a grid of 5x4, .* 4x5"),
        (answers(5, grid=(1, 9)), "other #0: maps have a grid of 1x9; 2x2 cells at least"),
        (answers(5, grid=(80, 80)), "other #0: maps have a grid of 80x80; at most 4,096 cells"),
        (spoilt("logits", np.nan), "other #0: logits: 1 of 24 images have NaN .*: 3"),
        (spoilt("maps", np.inf), "other #0: maps: 1 of 24 images have NaN .*: 3"),
        (spoilt("logits", 1e300), "other #0: logits: 1 of 24 images have NaN or infinite .*: 3"),
        (spoilt("maps", 1e300), "other #0: maps: 1 of 24 images have NaN or infinite .*: 3"),
        (answers_in({"logits": [[1], [1, 2]]}), "other #0: logits are not an array"),
        (answers_in({"layer": "d\udce9"}), "other #0: layer: received 'd\\?', which is not UTF-8"),
        (spoilt("maps", -1), "other #0: maps have values below 0"),
        (Answers(answers(5).logits, answers(5).maps[:9]), "logits of 24 images and maps of 9"),
        (Answers(answers(5).logits.astype(str), answers(5).maps), "logits are numbers"),
        (Answers(answers(5).logits, answers(5).logits), "maps are numbers"),
        (network, "other #0: received function; Answers, a mapping"),
        ("nowhere.npz", "nowhere.npz: cannot be read"),
    ],
)
def test_what_cannot_be_answers_is_named_in_one_line(model, words, tmp_path):
    with pytest.raises(InputError, match=words) as caught:
        compare_answers(
            {"plain": answers(0), "other": [model]}, LABELS, out=tmp_path / "out", **FEW
        )
    assert "\n" not in str(caught.value)
    assert not (tmp_path / "out").exists()


def test_answers_alone_have_no_factors():
    with pytest.raises(InputError, match="concepts: it asks the models themselves"):
        compare_answers(arms(1), LABELS, concepts=2, **FEW)


def test_a_folder_with_files_of_ones_own_is_told_before_the_work(tmp_path, monkeypatch):
    (tmp_path / "plan.toml").write_text("mine")
    monkeypatch.setattr("cam_augment.study.outside.answers_of", None)  # the first that is done
    with pytest.raises(InputError, match=r"holds 'plan\.toml', and no report"):
        compare_answers(arms(1), LABELS, out=tmp_path, **FEW)
    assert (tmp_path / "plan.toml").read_text() == "mine"


def test_a_gallery_needs_images():
    with pytest.raises(InputError, match="gallery: it shows images, and none"):
        compare_answers(arms(1), LABELS, gallery=3, **FEW)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Answers in files, one folder an arm, and the labels beside them."""
    for arm, models in arms().items():
        (tmp_path / "answers" / arm).mkdir(parents=True)
        for seed, model in enumerate(models):
            model.save(tmp_path / "answers" / arm / f"{seed}.npz")
    np.savez(tmp_path / "data.npz", labels=LABELS, classes=np.array(["a", "b", "c"]))
    monkeypatch.chdir(tmp_path)
    return tmp_path


def command(*words):
    from cam_augment.cli.frame import main

    few = ["--baseline", "plain", "--bootstrap", "100", "--metrics", "pearson"]
    return main(["compare", "--answers", "answers", "--data", "data.npz", *few, *words])


@pytest.mark.usefixtures("no_figures")
def test_the_command_compares_folders_of_answers(folder, capsys):
    assert command() == 0
    assert "report:" in capsys.readouterr().out
    profile = load_profile(folder / "results/compare")
    assert profile.effects == compare_answers(arms(), LABELS, **FEW).effects
    assert profile.classes == ("a", "b", "c")


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda f: np.savez(f / "answers/plain/1.npz", maps=np.zeros((24, 4, 5))), "no array 'lo"),
        (lambda f: answers(1, 9).save(f / "answers/other/1.npz"), "other #1 answers 9 images"),
        (lambda f: (f / "answers/empty").mkdir(), "'answers/empty' holds no .npz file"),
        (lambda f: np.savez(f / "data.npz", images=np.zeros((24, 9, 9))), "no array 'labels'"),
        (lambda f: np.savez(f / "data.npz", labels=LABELS[:7]), "received 24 images and 7 labels"),
    ],
)
def test_files_that_do_not_fit_get_one_line(folder, change, expected, capsys):
    change(folder)
    assert command() == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert expected in line
    assert not (folder / "results").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--models", "answers"], "--answers and --models: one of the two"),
        (["--range", "0", "1"], "option --range: is for pictures"),
        (["--out", ""], "option --out: received ''; a path expected"),
        (["--data", ""], "option --data: received ''; a path expected"),
        (["--answers", "nowhere"], "answers: no folder 'nowhere'"),
        (["--data", "answers"], "option --data: of answers, an .npz file"),
        (["--cam-layer", "last"], "option --cam-layer: is for models"),
    ],
)
@pytest.mark.usefixtures("folder")
def test_options_that_do_not_fit_get_one_line(words, expected, capsys):
    assert command(*words) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert expected in line


RAGGED = [[1, 2], [3]]
IMAGES = np.zeros((2, 8, 8, 1), np.float32)


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Answers(RAGGED, IMAGES[..., 0]), "Answers: logits are not an array"),
        (lambda: Answers([[1, 2], [3, 4]], RAGGED), "Answers: maps are not an array"),
        (lambda: Split(RAGGED, [0, 1]), "images are not an array"),
        (lambda: Split(IMAGES, RAGGED), "Split: labels are not an array"),
        (lambda: Split(IMAGES, [0, 1], RAGGED), "masks are not an array"),
        (lambda: Split(IMAGES, [0, 1], groups=RAGGED), "Split: groups are not an array"),
        (lambda: Maps("run", "cam", "layer", RAGGED), "Maps: values are not an array"),
        (lambda: Scores("pearson", RAGGED, [[0]]), "Scores: values are not an array"),
        (lambda: Sequences(RAGGED, [0, 1], [0, 1], ("s",)), "Sequences: sequence are not an arr"),
    ],
)
def test_records_of_ragged_lists_are_refused_in_one_line(make, words):
    with pytest.raises(InputError, match=words):
        make()


def test_records_of_lists_hold_arrays_that_nobody_writes_into():
    split = Split(IMAGES.tolist(), [0, 1], groups=[5, 5])
    assert split.images.shape == IMAGES.shape
    assert split.clusters.tolist() == [5, 5]
    answered = Answers([[1, 2], [3, 4]], IMAGES[..., 0].tolist())
    assert answered.maps.shape == (2, 8, 8)
    for array in (split.labels, answered.logits):
        assert not array.flags.writeable


@pytest.mark.parametrize("form", [lambda a: a, lambda a: {"logits": a.logits, "maps": a.maps}])
def test_one_model_handed_over_twice_is_no_second_seed(form):
    copied = {"plain": [form(answers(seed)) for seed in range(3)],
              "other": [form(answers(seed)) for seed in (10, 11, 10)]}  # fmt: skip
    with pytest.raises(InputError, match=r"^compare: other #2 and #0 answer all images exactly al"):
        compare_answers(copied, LABELS, **FEW)


def test_decisions_that_agree_may_be_of_several_models():
    """Two models that are always right decide alike; where logits or maps differ, they differ."""
    right, maps = np.eye(3)[LABELS] * 9, np.zeros((COUNT, *GRID))
    decided = {"plain": [Answers(right, maps)] * 3, "other": [answers(0), answers(1)]}
    compare_answers(decided, LABELS, **FEW)
    same_maps = [Answers(answers(seed).logits, answers(0).maps) for seed in range(2)]
    same_logits = [Answers(answers(0).logits, answers(seed).maps) for seed in range(2)]
    compare_answers({"plain": same_maps, "other": same_logits}, LABELS, **FEW)


@pytest.mark.parametrize(
    ("other", "text"),
    [
        ((0, 1), "2 models answer .* one of another arm does: other #0 and plain #0; other #1 and"),
        ((0, 7), "Two models of different arms answer .* alike: other #0 and plain #0. Intervals"),
        ((7, 8), None),
    ],
)
def test_an_answer_in_two_arms_is_no_mistake_and_is_told(other, text):
    """A control may be the baselines once more; but they are no models that were trained apart."""
    arms = {"plain": (0, 1), "other": other}
    arms = {name: [answers(seed) for seed in seeds] for name, seeds in arms.items()}
    warnings = compare_answers(arms, LABELS, **FEW).warnings
    told = [str(warning) for warning in warnings if warning.code == "models.shared"]
    assert len(told) == (text is not None)
    assert all(re.match(text, words) for words in told)


def test_models_of_several_arms_that_are_one_are_named_once_each():
    """Each but the first is told with the first; what is told names no more than three."""
    arms = {name: [answers(0), answers(seed)] for seed, name in enumerate("abcdef", start=1)}
    (warning,) = (
        warning
        for warning in compare_answers(arms, LABELS, **FEW | {"baseline": "a"}).warnings
        if warning.code == "models.shared"
    )
    assert warning.values == {"count": 5, "pairs": [[f"{arm} #0", "a #0"] for arm in "bcd"]}
