"""How a network's outputs are made, so that its logits can be read before they are squeezed.

A map is made of the logit: a softmax or a sigmoid changes it. The graph says by which operation
the outputs were made, whatever wrote it; what the outputs do says whether that is the whole truth.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np

from cam_augment.base.errors import InputError, unknown
from cam_augment.base.lazy import tf
from cam_augment.networks import graphs
from cam_augment.networks.anatomy import Anatomy

Kind = Literal["logits", "softmax", "log_softmax", "sigmoid", "probabilities"]
Answer = Literal["logits", "probabilities"]
_SQUEEZING: dict[str, Kind] = {
    "Softmax": "softmax",
    "LogSoftmax": "log_softmax",
    "Sigmoid": "sigmoid",
}
_BEHIND = graphs.PASSING | {"Cast", "Reshape", "Squeeze", "ExpandDims"}
_PRODUCTS = ("MatMul", "Conv2D", "BatchMatMulV2", "Einsum")
SHARES = "values from 0 to 1 that add up to 1"
_CLOSE = 1e-2  # half precision, summed over many classes
_STRETCH = 100.0
_LEAST = 1e-30


@dataclass(frozen=True)
class Ending:
    """How a network ends.

    Attributes:
        kind: what its outputs are. units: how many an image; one unit tells two classes apart.
    """

    kind: Kind
    units: int

    @property
    def classes(self) -> int:
        """How many classes the outputs tell apart."""
        return max(2, self.units)

    @property
    def is_plain(self) -> bool:
        """Whether the outputs are the logits of the classes as they are."""
        return self.kind == "logits" and self.units > 1

    @property
    def code(self) -> str:
        """What the report knows it by: its kind, ``unit.sigmoid`` where there is one unit."""
        return f"unit.{self.kind}" if self.units == 1 else self.kind

    def logits(self, outputs: Any) -> Any:
        """Return the logits, float32 [image, class], of what the model gave in this trace.

        One unit z is the logits (0, z): its softmax is the sigmoid of z.
        """
        return _paired(self.units_before(outputs), zero=True)

    def evidence(self, outputs: Any) -> Any:
        """Return what maps are made of, float32 [image, class]: the logits; of one unit (-z, z)."""
        return _paired(self.units_before(outputs), zero=False)

    def units_before(self, outputs: Any) -> Any:
        """Return the outputs before they were squeezed, float32 [image, unit]."""
        if self.kind == "probabilities":
            return _unsqueezed(_flat(tf.cast(outputs, tf.float32), self.units))
        if self.kind != "logits":
            outputs = graphs.passed(outputs, _BEHIND).op.inputs[0]
        return _flat(tf.cast(outputs, tf.float32), self.units)


def _flat(values: Any, units: int) -> Any:
    return values if values.shape.rank == 2 else tf.reshape(values, (-1, units))


def _paired(values: Any, zero: bool) -> Any:
    if values.shape[1] != 1:
        return values
    return tf.concat([tf.zeros_like(values) if zero else -values, values], axis=1)


def _unsqueezed(shares: Any) -> Any:
    """Return logits whose softmax, or for one unit sigmoid, is the given probabilities."""
    least = tf.maximum(shares, _LEAST)
    if shares.shape[1] > 1:
        return tf.math.log(least)
    return tf.math.log(least) - tf.math.log(tf.maximum(1 - shares, _LEAST))


def check_answer(answer: Any) -> None:
    """Raise InputError where what a person says of outputs is no ``Answer``."""
    if answer is not None and answer not in get_args(Answer):
        raise unknown("ends_in", str(answer), get_args(Answer))


def ending_of(
    anatomy: Anatomy, probes: np.ndarray, subject: str, answer: Answer | None = None
) -> Ending:
    """Return how a model ends: by its graph, and by what its outputs are on some images.

    Args:
        probes: float32 [image, row, column, channel]. subject: the model's name in messages.
        answer: what a person says of the outputs, where that cannot be known.

    Raises:
        InputError: the outputs are no classes, are not what the person says, or nobody can know
            what they are but the model's owner.
    """
    units = _units(anatomy.outputs, subject)
    kind = _kind_by_graph(anatomy.outputs, units)
    if answer == "probabilities":
        _check_probabilities(anatomy, probes, subject)
    if answer:
        return Ending(_kind_by_both(answer, kind, subject), units)
    if units == 1 and kind in ("softmax", "log_softmax"):
        raise InputError(
            f"{subject} ends in a softmax of one unit, which is the same whatever the image shows; "
            "one unit ends in a sigmoid"
        )
    seen = kind is not None and not (kind == "logits" and _holds_softmax(anatomy.outputs))
    bounded = "" if seen else _bounds(anatomy, probes, units)
    if kind is not None and bounded != SHARES:  # a dense layer may add up shares of finer classes
        return Ending(kind, units)
    if bounded:
        raise InputError(
            f"{subject} gives {bounded}, and its graph does not show by which softmax or sigmoid. "
            'End it in one that TensorFlow or Keras has, or say ends_in="probabilities" (maps '
            'are then made of their logarithms) or ends_in="logits"'
        )
    return Ending("logits", units)


def _kind_by_both(answer: Answer, kind: Kind | None, subject: str) -> Kind:
    """Return what outputs are by a person and by the graph: what the graph shows is exact.

    Raises:
        InputError: the two contradict each other.
    """
    if kind is None or kind == "logits":
        return answer
    if answer == "logits" and kind != "log_softmax":
        raise InputError(
            f'{subject}: ends_in="logits", but its graph ends in a {kind}: leave ends_in out, and '
            "the logits are read before it"
        )
    return kind


def _check_probabilities(anatomy: Anatomy, probes: np.ndarray, subject: str) -> None:
    values = anatomy.values(probes)
    values = values[np.isfinite(values)]
    if len(values) and (values.min() < -_CLOSE or values.max() > 1 + _CLOSE):
        raise InputError(
            f'{subject}: ends_in="probabilities", which are within 0..1; received '
            f"{values.min():g} to {values.max():g}"
        )


def _units(outputs: Any, subject: str) -> int:
    sides = outputs.shape[1:]
    if None in sides or sum(side > 1 for side in sides) > 1 or math.prod(sides) < 1:
        raise InputError(
            f"{subject} gives {tuple(sides)} for an image; one number a class expected"
        )
    return math.prod(sides)


def _kind_by_graph(outputs: Any, units: int) -> Kind | None:
    """Return what the last operations say; None where they leave it open."""
    last = graphs.passed(outputs, _BEHIND)
    kind = _SQUEEZING.get(last.op.type)
    if kind is None:
        return "logits" if _is_affine(last) else None
    together = last.shape[1:] if kind == "sigmoid" else last.shape[-1:]
    return kind if None not in together and math.prod(together) == units else None


def _is_affine(tensor: Any) -> bool:
    """Return whether a dense layer or convolution was last: its values know no bounds."""
    added = tensor.op.inputs if tensor.op.type in ("BiasAdd", "AddV2", "Add") else [tensor]
    return any(graphs.passed(term, _BEHIND).op.type in _PRODUCTS for term in added)


def _holds_softmax(outputs: Any) -> bool:
    """Return whether there is a softmax anywhere, behind which a product may still be shares."""
    return any(op.type == "Softmax" for op in outputs.graph.get_operations())


def _bounds(anatomy: Anatomy, probes: np.ndarray, units: int) -> str:
    """Return in words what bounds the outputs keep, even on images far out of range; else ""."""
    stretched = np.concatenate([probes, _STRETCH * probes, -_STRETCH * probes])
    values = anatomy.values(stretched).reshape(len(stretched), units)
    values = values[np.isfinite(values).all(axis=1)]
    if not len(values) or values.min() < -_CLOSE or values.max() > 1 + _CLOSE:
        return ""
    adds_up = units > 1 and np.abs(values.sum(axis=1) - 1).max() <= _CLOSE
    return SHARES if adds_up else "values from 0 to 1 only"
