"""Questions to a traced TensorFlow graph: what a tensor is made of, and by which operations.

Only operations are read here, so it does not matter by which Keras layer, function or Lambda they
came into the graph.
"""

from collections.abc import Callable, Iterator
from typing import Any

# They pass values on as they are.
PASSING = frozenset(
    ("Identity", "IdentityN", "StopGradient", "PreventGradient", "CheckNumerics", "Snapshot")
)
CASTING = PASSING | {"Cast"}  # the same values in another precision
# They put the same values elsewhere, beside nothing new: padding, cropping, another order of axes.
MOVING = CASTING | {
    *("Pad", "PadV2", "MirrorPad", "Slice", "StridedSlice", "Transpose", "Reshape"),
    *("Squeeze", "ExpandDims"),
}
# They know a tensor's shape and nothing of its values.
SHAPES = frozenset(("Shape", "ShapeN", "Size", "Rank"))
_RANDOM = ("Random", "Multinomial", "TruncatedNormal", "SampleDistortedBoundingBox")


def ancestors(tensor: Any, without: Any = None) -> Iterator[Any]:
    """Yield a tensor and all tensors that its values are made of.

    Args:
        without: a tensor that is not gone through, nor yielded. Shapes are not gone into.
    """
    waiting, refs = [tensor], {without.ref()} if without is not None else set()
    while waiting:
        ancestor = waiting.pop()
        if ancestor.ref() in refs:
            continue
        refs.add(ancestor.ref())
        yield ancestor
        if ancestor.op.type not in SHAPES:
            waiting.extend(ancestor.op.inputs)


def depends(tensor: Any, on: Any, without: Any = None) -> bool:
    """Return whether a tensor's values are made of another's, by a way not through a third."""
    return any(ancestor is on for ancestor in ancestors(tensor, without))


def passed(tensor: Any, through: frozenset[str] = PASSING) -> Any:
    """Return the tensor that was passed on unchanged to become this one."""
    while tensor.op.type in through:
        place = tensor.value_index if tensor.op.type == "IdentityN" else 0
        tensor = tensor.op.inputs[place]
    return tensor


def pooled(cells: Any, output: Any) -> Any:
    """Return the mean of each channel over rows and columns, if ``output`` sees no more of them.

    Args:
        cells: [image, row, column, channel].

    Returns:
        The tensor [image, channel], or None.
    """
    for operation in _users(cells):
        if operation.type == "Mean" and not operation.get_attr("keep_dims"):
            axes, mean = constant(operation.inputs[1]), operation.outputs[0]
            if sorted(axes) == [1, 2] and not depends(output, cells, without=mean):
                return mean
    return None


def _users(tensor: Any) -> Iterator[Any]:
    """Yield the operations that use a tensor's values, also where they were passed on."""
    for operation in tensor.consumers():
        if operation.type in ("Identity", "Cast"):
            yield from _users(operation.outputs[0])
        else:
            yield operation


def kernel(values: Any, inputs: Any) -> Any:
    """Return the kernel [channel, unit] where ``values`` is one dense layer of ``inputs``.

    Args:
        values: [image, unit]. inputs: [image, channel].

    Returns:
        The tensor of the kernel as the layer multiplies by it, or None.
    """
    product = passed(values, CASTING)
    if product.op.type in ("BiasAdd", "AddV2", "Add"):
        product = passed(product.op.inputs[0], CASTING)
    if product.op.type != "MatMul" or passed(product.op.inputs[0], CASTING) is not inputs:
        return None
    transposed = product.op.get_attr("transpose_a") or product.op.get_attr("transpose_b")
    return None if transposed else product.op.inputs[1]


def constant(tensor: Any) -> list[int]:
    """Return the whole numbers of a constant; none where the tensor is no constant."""
    import tensorflow as tf

    values = tf.get_static_value(tensor)
    return [] if values is None else values.ravel().tolist()


def is_random(operation: Any) -> bool:
    """Return whether an operation, or one in a function that it runs, draws at random."""
    return _any_operation(operation, lambda kind: any(word in kind for word in _RANDOM))


def _any_operation(operation: Any, holds: Callable[[str], bool]) -> bool:
    if holds(operation.type):
        return True
    names = {
        value.func.name
        for value in operation.node_def.attr.values()
        if value.HasField("func")
    }  # fmt: skip
    return bool(names) and _any_in_functions(operation.graph, names, holds)


def _any_in_functions(graph: Any, names: set[str], holds: Callable[[str], bool]) -> bool:
    library = {f.signature.name: f for f in graph.as_graph_def().library.function}
    waiting, visits = list(names), set()
    while waiting:
        name = waiting.pop()
        if name in visits or name not in library:
            continue
        visits.add(name)
        for node in library[name].node_def:
            if holds(node.op):
                return True
            waiting += [v.func.name for v in node.attr.values() if v.HasField("func")]
    return False
