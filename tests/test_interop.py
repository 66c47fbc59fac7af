"""Maps of models of other frameworks, held against maps made by hand."""

from types import SimpleNamespace

import numpy as np
import pytest

from cam_augment import InputError, compare_answers, interop
from cam_augment.cams.driver import Look
from cam_augment.networks.network import Network
from tests import looks

COUNT, CLASSES, CHANNELS = 30, 4, 6
RNG = np.random.default_rng(0)
IMAGES = RNG.random((COUNT, 3, 8, 9), np.float32)
LABELS = np.arange(COUNT) % CLASSES


class NumPyModel:
    """One convolution of 2x2 pixels, a ReLU, average pooling and a dense layer: all by hand."""

    def __init__(self, seed):
        rng = np.random.default_rng(seed)
        self.kernel = rng.normal(size=(CHANNELS, 3)).astype(np.float32)
        self.dense = rng.normal(size=(CLASSES, CHANNELS)).astype(np.float32)

    def features(self, images):
        """float32 [image, channel, row, column]."""
        coarse = images[:, :, :, :8].reshape(len(images), 3, 4, 2, 4, 2).mean(axis=(3, 5))
        return np.maximum(np.einsum("kc,ncij->nkij", self.kernel, coarse), 0)

    def logits(self, images):
        return self.features(images).mean(axis=(2, 3)) @ self.dense.T

    def gradients(self, images, labels):
        """Of the labels' logits with respect to the features, float32 [image, ch, row, column]."""
        weights = self.dense[labels][:, :, None, None] / 16
        return np.broadcast_to(weights, (len(images), CHANNELS, 4, 4))


class Session:
    """Stands for ``onnxruntime.InferenceSession``, of a ``NumPyModel``."""

    def __init__(self, model):
        self.model, self.sizes = model, []

    def get_inputs(self):
        return [SimpleNamespace(name="image")]

    def get_outputs(self):
        return [SimpleNamespace(name=name) for name in ("logits", "features")]

    def run(self, names, feed):
        (images,) = feed.values()
        self.sizes.append(len(images))
        return [getattr(self.model, name)(images) for name in names]


def last(array):
    return np.moveaxis(array, 1, -1)


METHODS = {
    "gradcam": lambda a, g: np.einsum("nrck,nk->nrc", a, g.mean(axis=(1, 2))),
    "hirescam": lambda a, g: (a * g).sum(axis=-1),
    "layercam": lambda a, g: (a * np.maximum(g, 0)).sum(axis=-1),
}


@pytest.mark.parametrize("cam", METHODS)
def test_maps_of_arrays_are_those_made_by_hand(cam):
    activations, gradients = RNG.random((5, 3, 4, 6)), RNG.normal(size=(5, 3, 4, 6))
    maps = interop.maps(activations, gradients, cam)
    assert maps.dtype == np.float32
    expected = np.maximum(METHODS[cam](activations, gradients), 0)
    np.testing.assert_allclose(maps, expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("cam", ["gradcam", "gradcam++", "hirescam", "layercam", "xgradcam"])
def test_maps_of_arrays_are_those_of_the_driver(cam):
    """On a network whose gradients differ from cell to cell."""
    import tensorflow as tf

    images, targets = looks.probe("deep")
    cells = tf.constant(looks.activations("deep", images))
    model = looks.deep()
    with tf.GradientTape() as tape:
        tape.watch(cells)
        x = cells
        for layer in model.layers[2:]:
            x = layer(x)
        score = tf.reduce_sum(tf.gather(x, targets, batch_dims=1))
    maps = interop.maps(cells, tape.gradient(score, cells), cam)
    expected = Look(Network(model), looks.LAYER).maps(cam, images, targets)
    np.testing.assert_allclose(maps, expected, rtol=1e-3, atol=1e-5)


def test_maps_take_numbers_of_16_bits():
    tf = pytest.importorskip("tensorflow")
    cells, slopes = np.random.default_rng(1).integers(0, 9, (2, 2, 3, 3, 4)).astype(np.float32)
    expected = interop.maps(cells, slopes)
    for kind in (tf.bfloat16, tf.float16):
        maps = interop.maps(tf.cast(cells, kind), tf.cast(slopes, kind))
        np.testing.assert_array_equal(maps, expected)


def test_maps_name_what_they_cannot_do():
    square = np.zeros((2, 3, 3, 4))
    with pytest.raises(InputError, match=r"'eigencam' does not weigh .* Those that do: gradcam"):
        interop.maps(square, square, "eigencam")
    with pytest.raises(InputError, match="no cam 'gradcm'"):
        interop.maps(square, square, "gradcm")
    with pytest.raises(InputError, match=r"received \(2, 3, 3, 4\) and \(2, 3, 3\)"):
        interop.maps(square, square[..., 0])
    with pytest.raises(InputError, match="cam 'gradcam' has no setting 'steps'"):
        interop.maps(square, square, steps=3)
    for wrong, name in ((("a", square), "activations"), ((square, [[1], [1, 2]]), "gradients")):
        with pytest.raises(InputError, match=f"{name} are "):
            interop.maps(*wrong)
    with pytest.raises(InputError, match=r"^maps: activations are not an array"):
        interop.maps([[1], [1, 2]], square)
    with pytest.raises(InputError, match=r"^maps: gradients: 2 of 2 images have NaN"):
        interop.maps(square, np.full_like(square, np.nan))


def test_a_model_of_numpy_is_compared_by_its_answers():
    def ask(model):
        cells, slopes = model.features(IMAGES), model.gradients(IMAGES, LABELS)
        maps = interop.maps(last(cells), last(slopes))
        return {"logits": model.logits(IMAGES), "maps": maps}

    arms = {"plain": [ask(NumPyModel(seed)) for seed in range(3)],
            "other": [ask(NumPyModel(10 + seed)) for seed in range(3)]}  # fmt: skip
    profile = compare_answers(arms, LABELS, last(IMAGES), baseline="plain", bootstrap=100)
    model = NumPyModel(11)
    right = (model.logits(IMAGES).argmax(axis=1) == LABELS).mean()
    assert profile.points["accuracy"]["other"][1] == pytest.approx(right)


def test_the_features_and_kernel_of_a_graph_give_its_cam():
    model = NumPyModel(0)
    session = Session(model)
    answers = interop.onnx_answers(
        session, IMAGES, LABELS, features="features", logits="logits", kernel=model.dense
    )
    by_hand = np.einsum("nkij,nk->nij", model.features(IMAGES), model.dense[LABELS])
    np.testing.assert_allclose(answers.maps, np.maximum(by_hand, 0), rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(answers.logits, model.logits(IMAGES))
    gradcam = interop.maps(last(model.features(IMAGES)), last(model.gradients(IMAGES, LABELS)))
    np.testing.assert_allclose(answers.maps / 16, gradcam, rtol=1e-4, atol=1e-6)
    assert (answers.cam, answers.layer) == ("cam", "features")


def test_many_images_go_through_a_graph_in_blocks(monkeypatch):
    monkeypatch.setattr(interop, "BLOCK", 7)
    whole, session = Session(NumPyModel(0)), Session(NumPyModel(0))
    names = {"features": "features", "logits": "logits"}
    answers = interop.onnx_answers(session, IMAGES, **names)
    assert session.sizes == [7, 7, 7, 7, 2]
    monkeypatch.undo()
    expected = interop.onnx_answers(whole, IMAGES, **names)
    np.testing.assert_allclose(answers.maps, expected.maps, rtol=1e-4, atol=1e-5)


def test_without_a_kernel_a_graph_gives_eigencam():
    model = NumPyModel(0)
    answers = interop.onnx_answers(Session(model), IMAGES, features="features", logits="logits")
    for cells, heat in zip(last(model.features(IMAGES)), answers.maps, strict=True):
        u, s, _ = np.linalg.svd(cells.reshape(16, CHANNELS), full_matrices=False)
        component = (u[:, 0] * s[0] * np.sign(u[:, 0].sum())).reshape(4, 4)
        np.testing.assert_allclose(heat, np.maximum(component, 0), rtol=1e-3, atol=1e-4)
    assert answers.cam == "eigencam"


KERNEL = {"kernel": np.zeros((CLASSES, CHANNELS))}


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"features": "feature"}, "no output 'feature'. Did you mean 'features'?"),
        ({"features": "logits"}, r"output 'logits' gives \(30, 4\); a grid expected"),
        ({"kernel": np.zeros((4, 5))}, r"kernel is \[class, channel\], \(4, 6\); received"),
        ({"kernel": np.zeros((3, 6))}, r"kernel is \[class, channel\], \(4, 6\); received"),
        ({"kernel": np.full((4, 6), np.nan)}, "kernel: 4 of 4 .* NaN"),
        ({"target": "predict"}, "no target 'predict'. Did you mean 'predicted'?"),
        ({"channels": "First"}, "no channels 'First'. Did you mean 'first'?"),
        (KERNEL | {"labels": LABELS[:9]}, "onnx_answers: 9 labels for 30 images"),
        (KERNEL | {"labels": LABELS + 1}, "onnx_answers: a label is 4; .* 4 classes .*: 0 to 3"),
        (KERNEL | {"labels": LABELS - 1}, "^onnx_answers: labels are whole numbers from 0"),
        (KERNEL | {"labels": LABELS + 0.9}, "labels are whole numbers from 0"),
        ({"images": [[1], [1, 2]]}, "^onnx_answers: images are not an array"),
        ({"labels": None, "kernel": np.zeros((4, 6))}, "target 'true' needs labels"),
        ({"images": IMAGES[:0]}, "no images"),
    ],
)
def test_a_graph_that_does_not_fit_is_named(change, words):
    arguments = {"images": IMAGES, "labels": LABELS, "features": "features", "logits": "logits"}
    with pytest.raises(InputError, match=words):
        interop.onnx_answers(Session(NumPyModel(0)), **(arguments | change))


@pytest.mark.parametrize("labels", [np.eye(CLASSES)[LABELS], LABELS[:, None], LABELS.tolist()])
def test_labels_of_a_graph_are_in_any_form(labels):
    session, names = Session(NumPyModel(0)), {"features": "features", "logits": "logits"}
    answers = [interop.onnx_answers(session, IMAGES, form, kernel=session.model.dense, **names)
               for form in (LABELS, labels)]  # fmt: skip
    np.testing.assert_array_equal(answers[0].maps, answers[1].maps)


def test_a_graph_of_two_inputs_or_with_nan_is_named():
    session, names = Session(NumPyModel(0)), {"features": "features", "logits": "logits"}
    session.get_inputs = lambda: [SimpleNamespace(name="image"), SimpleNamespace(name="size")]
    with pytest.raises(InputError, match="2 inputs; one input of images expected"):
        interop.onnx_answers(session, IMAGES, **names)
    session = Session(NumPyModel(0))
    session.model.kernel[0] = np.nan
    session.model.logits = lambda images: np.zeros((len(images), CLASSES))
    with pytest.raises(InputError, match="features: 30 of 30 images have NaN"):
        interop.onnx_answers(session, IMAGES, **names)


def test_nothing_of_other_frameworks_is_imported_before_it_is_asked_for():
    import subprocess
    import sys

    code = (
        "import sys, cam_augment.interop;"
        "assert not {'torch', 'onnxruntime', 'jax', 'tensorflow', 'keras'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
