"""Answers of models of other frameworks, made by the weighing functions of this package.

``maps`` takes activations and gradients from anywhere; ``torch_answers`` and ``onnx_answers`` get
them from PyTorch and from ONNX Runtime. Neither is imported before it is asked for.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np

from cam_augment.base.arrays import as_array
from cam_augment.base.errors import InputError, nearest, unknown
from cam_augment.records import Answers
from cam_augment.registry import CAMS
from cam_augment.study.samples import check_finite, numbers_of

_PASSING = ("View", "Reshape", "Squeeze", "Unsqueeze", "Clone", "ToCopy", "Alias")
_SQUEEZING = ("Softmax", "LogSoftmax", "Sigmoid", "LogSigmoid")
TARGETS = ("true", "predicted")
CHANNELS = ("first", "last")
BLOCK = 64  # images that go through an ONNX graph at once


def maps(activations: Any, gradients: Any, cam: str = "gradcam", **settings: Any) -> np.ndarray:
    """Return maps of a layer's activations, float32 [image, row, column], not negative.

    Args:
        activations: float [image, row, column, channel], channels last.
        gradients: of each image's target logit with respect to them, of the same shape.
        cam: a method that weighs activations by gradients: ``gradcam``, ``gradcam++``,
            ``hirescam``, ``layercam``, ``xgradcam``. settings: of the method.

    Raises:
        InputError: there is no such method or setting, or the arrays have not these shapes or
            hold NaN.
    """
    from cam_augment.base.lazy import tf
    from cam_augment.cams.driver import maps_of

    entry = CAMS[cam]
    if entry.form != "weigh":
        names = [method.name for method in CAMS.values() if method.form == "weigh"]
        raise InputError(f"cam '{cam}' does not weigh activations by gradients. Those that do: "
                         f"{', '.join(names)}")  # fmt: skip
    settings = entry.resolve(settings)
    cells = _numbers("activations", activations, "maps")
    slopes = _numbers("gradients", gradients, "maps")
    if cells.ndim != 4 or cells.shape != slopes.shape:
        raise InputError(
            "maps: activations and gradients are [image, row, column, channel], both alike; "
            f"received {cells.shape} and {slopes.shape}"
        )
    check_finite("activations", cells, "maps")
    check_finite("gradients", slopes, "maps")
    cells, slopes = tf.constant(cells), tf.constant(slopes)
    return maps_of(cells, {cam: entry(cells, slopes, **settings)})[cam].numpy()


def _numbers(name: str, values: Any, who: str) -> np.ndarray:
    """Return float32 of numbers of any type; bfloat16 is of NumPy's kind V."""
    array = as_array(f"{who}: {name}", values)
    try:
        if array.dtype.kind in "biuf" or (array.dtype.kind == "V" and array.dtype.names is None):
            return array.astype(np.float32)
    except (TypeError, ValueError):
        pass
    raise InputError(f"{who}: {name} are numbers; received {array.dtype}")


def _check_word(subject: str, word: Any, allowed: tuple[str, ...]) -> None:
    if word not in allowed:
        raise unknown(subject, str(word), allowed)


# -- PyTorch ------------------------------------------------------------------------------


def torch_answers(
    model: Any,
    layer: Any,
    loader: Iterable,
    *,
    cam: str = "gradcam",
    target: str = "true",
    **settings: Any,
) -> Answers:
    """Return the answers of a PyTorch model of images, as ``compare_answers`` takes them.

    The model is put into use (``eval``), and afterwards back into the mode that it was in.

    Args:
        model: a ``torch.nn.Module``: images [image, channel, row, column] to logits [image,
            class], or to one unit that tells two classes apart.
        layer: a module in it, or its name, which gives [image, channel, row, column]; what it
            gives at its last call counts.
        loader: batches ``(images, labels)``, or images alone where the target is ``predicted``, in
            one order at every pass: no shuffling. Labels are in any form that ``compare`` takes
            but words.
        cam: see ``maps``. target: the class whose logit is explained, ``true`` or ``predicted``.
        settings: of the method.

    Raises:
        InputError: there is no such layer, it gives no grid, outputs are no logits, or labels are
            none of these logits' classes.
    """
    import torch

    _check_word("target", target, TARGETS)
    name, module = _module(model, layer)
    device = next((parameter.device for parameter in model.parameters()), torch.device("cpu"))
    batches = []
    with _in_use(model), torch.enable_grad():
        for batch in loader:
            images, labels = _pair(batch)
            if labels is None and target == "true":
                raise InputError("torch_answers: target 'true' needs labels beside the images")
            cells, logits = _forward(model, name, module, images.to(device))
            _check_end(logits)
            flat = logits.detach().float().cpu().numpy()
            classes = _targets(flat, labels, target, "torch_answers")
            (slopes,) = torch.autograd.grad(_evidence(logits, classes).sum(), cells)
            cells, slopes = (
                tensor.detach().float().permute(0, 2, 3, 1).cpu().numpy()
                for tensor in (cells, slopes)
            )
            batches.append((flat, maps(cells, slopes, cam, **settings)))
    if not batches:
        raise InputError("torch_answers: the loader gives no images")
    logits, values = map(np.concatenate, zip(*batches, strict=True))
    check_finite("logits", logits, "torch_answers")
    return Answers(logits, values, cam, name)


def _module(model: Any, layer: Any) -> tuple[str, Any]:
    modules = dict(model.named_modules())
    if isinstance(layer, str):
        if layer not in modules:
            raise InputError(f"torch_answers: no layer '{layer}'.{nearest(layer, modules)}")
        return layer, modules[layer]
    for name, module in modules.items():
        if module is layer:
            return name, module
    raise InputError(f"torch_answers: {type(layer).__name__} is not a layer of the model")


@contextmanager
def _in_use(model: Any) -> Iterator[None]:
    modes = {module: module.training for module in model.modules()}
    model.eval()
    try:
        yield
    finally:
        for module, training in modes.items():
            module.training = training


def _pair(batch: Any) -> tuple[Any, Any]:
    if not isinstance(batch, (tuple, list)):
        return batch, None
    labels: Any = batch[1] if len(batch) > 1 else None
    return batch[0], labels.cpu().numpy() if hasattr(labels, "cpu") else labels


def _forward(model: Any, name: str, module: Any, images: Any) -> tuple[Any, Any]:
    """Return what the layer gives and the logits, joined by gradients."""
    cells = []

    def hear(_module: Any, _inputs: Any, output: Any) -> Any:
        if getattr(output, "ndim", 0) != 4:
            shape = tuple(getattr(output, "shape", ())) or type(output).__name__
            raise InputError(f"torch_answers: layer '{name}' gives {shape}; [image, channel, row, "
                             "column] expected")  # fmt: skip
        cells.append(output if output.requires_grad else output.detach().requires_grad_())
        return cells[-1].clone()  # what follows may write into it

    handle = module.register_forward_hook(hear)
    try:
        logits = model(images)
    finally:
        handle.remove()
    if not cells:
        raise InputError(f"torch_answers: layer '{name}' takes no part in the model's output")
    if getattr(logits, "ndim", 0) not in (1, 2):
        shape = tuple(getattr(logits, "shape", ())) or type(logits).__name__
        raise InputError(f"torch_answers: the model gives {shape}; logits [image, class] expected")
    return cells[-1], logits


def _check_end(logits: Any) -> None:
    """Raise InputError where the last operation is a softmax or sigmoid: it changes every map."""
    operation = logits.grad_fn
    while operation is not None and operation.name().startswith(_PASSING):
        operation = operation.next_functions[0][0]
    if operation is not None and operation.name().startswith(_SQUEEZING):
        raise InputError(
            f"torch_answers: the model ends in {operation.name().partition('Backward')[0]}: maps "
            "are made of what goes into it; hand over the model without"
        )


def _targets(logits: np.ndarray, labels: Any, target: str, who: str) -> np.ndarray:
    """Return the class whose logit is explained, int64 [image].

    Raises:
        InputError: labels are not one class of the logits' an image.
    """
    single = logits.ndim == 1 or logits.shape[1] == 1
    if target == "predicted":
        return (logits.reshape(-1) > 0).astype(np.int64) if single else logits.argmax(axis=1)
    classes = 2 if single else logits.shape[1]
    numbers, _ = numbers_of(labels, None, who)
    if len(numbers) != len(logits):
        raise InputError(f"{who}: {len(numbers)} labels for {len(logits)} images")
    if numbers.max() >= classes:
        raise InputError(
            f"{who}: a label is {numbers.max()}; the model tells {classes} classes apart: 0 to "
            f"{classes - 1}"
        )
    return numbers


def _evidence(logits: Any, targets: np.ndarray) -> Any:
    """Return what speaks for the targets, a tensor [image]: their logits; of one unit, -z or z."""
    if logits.ndim == 1 or logits.shape[1] == 1:
        return logits.reshape(-1) * logits.new_tensor(2.0 * targets - 1)
    return logits[range(len(targets)), targets.tolist()]


# -- ONNX ---------------------------------------------------------------------------------


def onnx_answers(
    session: Any,
    images: Any,
    labels: Any = None,
    *,
    features: str,
    logits: str,
    kernel: Any = None,
    target: str = "true",
    channels: str = "first",
) -> Answers:
    """Return the answers of an ONNX graph that gives a layer's features beside its logits.

    ONNX Runtime has no gradients: maps are CAM's (Zhou et al. 2016) where the dense layer's
    kernel behind average pooling is handed over, and Eigen-CAM's otherwise.

    Args:
        session: an ``onnxruntime.InferenceSession`` with one input.
        images: as the graph takes them, float [image, ...]. labels: in any form that ``compare``
            takes but words.
        features, logits: names of the two outputs.
        kernel: float [class, channel] of the dense layer, as PyTorch and ONNX keep it.
        target: the class whose map is made, ``true`` or ``predicted``; only with a kernel.
        channels: where the features have their channels, ``first`` or ``last``.

    Raises:
        InputError: there is no such output, the graph has several inputs, features are NaN, or
            shapes, labels or words do not fit.
    """
    _check_word("target", target, TARGETS)
    _check_word("channels", channels, CHANNELS)
    names = [output.name for output in session.get_outputs()]
    for name in (features, logits):
        if name not in names:
            raise InputError(f"onnx_answers: no output '{name}'.{nearest(name, names)} Allowed: "
                             f"{', '.join(names)}")  # fmt: skip
    cells, values = _outputs(session, images, (features, logits))
    if cells.ndim != 4:
        raise InputError(f"onnx_answers: output '{features}' gives {cells.shape}; a grid expected")
    if values.ndim not in (1, 2):
        raise InputError(
            f"onnx_answers: output '{logits}' gives {values.shape}; [image, class] expected"
        )
    cells = np.moveaxis(cells, 1, -1) if channels == "first" else cells
    check_finite("features", cells, "onnx_answers")
    check_finite("logits", values, "onnx_answers")
    if kernel is None:
        return Answers(values, _eigen(cells), "eigencam", features)
    if labels is None and target == "true":
        raise InputError("onnx_answers: target 'true' needs labels")
    classes = _targets(values, labels, target, "onnx_answers")
    weights = _weights(kernel, cells, 1 if values.ndim == 1 else values.shape[1])
    return Answers(values, _closed(cells, weights, classes), "cam", features)


def _outputs(session: Any, images: Any, names: Sequence[str]) -> Iterator[np.ndarray]:
    """Return outputs of a graph, run block by block."""
    entries = session.get_inputs()
    if len(entries) != 1:
        raise InputError(f"onnx_answers: {len(entries)} inputs; one input of images expected")
    array = as_array("onnx_answers: images", images)
    if not array.ndim or not len(array):
        raise InputError("onnx_answers: no images")
    blocks = [
        session.run(list(names), {entries[0].name: array[start : start + BLOCK]})
        for start in range(0, len(array), BLOCK)
    ]
    return map(np.concatenate, zip(*blocks, strict=True))


def _eigen(cells: np.ndarray) -> np.ndarray:
    from cam_augment.base.lazy import tf
    from cam_augment.cams.eigencam import projection

    return np.maximum(projection(tf.constant(cells, tf.float32)).numpy(), 0)


def _weights(kernel: Any, cells: np.ndarray, outputs: int) -> np.ndarray:
    """Return the dense layer's weights, float32 [class, channel]; of one unit, -w and w."""
    weights = _numbers("kernel", kernel, "onnx_answers")
    expected = (outputs, cells.shape[-1])
    if weights.shape != expected:
        raise InputError(
            f"onnx_answers: kernel is [class, channel], {expected}; received {weights.shape}"
        )
    check_finite("kernel", weights, "onnx_answers")
    return weights if len(weights) > 1 else np.concatenate([-weights, weights])


def _closed(cells: np.ndarray, weights: np.ndarray, classes: np.ndarray) -> np.ndarray:
    return np.maximum(np.einsum("nrck,nk->nrc", cells, weights[classes]), 0)
