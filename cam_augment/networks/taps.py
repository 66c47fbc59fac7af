"""Listening to layers while a model runs.

A layer's ``call`` is wrapped for one pass and is afterwards what it was. So a layer is reached
wherever it lies: in a model within a model, in a subclassed model, in one that was loaded.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from cam_augment.base.compat import replaced_call, sublayers


def layers_by_path(model: Any) -> dict[str, Any]:
    """Return every layer inside a model by its path, ``base/block_1/conv``, in tracked order.

    A layer that is tracked in two places has the path of the first. Where siblings share a name,
    the later ones get a number: ``conv``, ``conv#2``.
    """
    paths: dict[str, Any] = {}
    ids = {id(model)}

    def enter(parent: Any, prefix: str) -> None:
        for layer in sublayers(parent):
            if id(layer) in ids:
                continue
            ids.add(id(layer))
            path = _free(f"{prefix}{layer.name}", paths)
            paths[path] = layer
            enter(layer, f"{path}/")

    enter(model, "")
    return paths


def _free(path: str, paths: Mapping[str, Any]) -> str:
    number, free = 1, path
    while free in paths:
        number += 1
        free = f"{path}#{number}"
    return free


@contextmanager
def tapped(layers: Mapping[str, Any], hear: Callable[[str, Any], None]) -> Iterator[None]:
    """Let ``hear(path, outputs)`` follow every call of the layers inside; in order of completion.

    Args:
        layers: path to layer. They are as before afterwards, whatever happens inside.
    """
    with ExitStack() as stack:
        for path, layer in layers.items():
            stack.enter_context(replaced_call(layer, _listening(layer.call, path, hear)))
        yield


@contextmanager
def inlined(layers: Mapping[str, Any]) -> Iterator[None]:
    """Run ``call`` methods that were decorated with ``tf.function`` as plain Python inside.

    A function of its own has a graph of its own, and what is computed there cannot be reached.
    """
    with ExitStack() as stack:
        for layer in layers.values():
            plain = getattr(layer.call, "python_function", None)
            if plain is not None:
                stack.enter_context(replaced_call(layer, plain))
        yield


def _listening(call: Callable, path: str, hear: Callable) -> Callable:
    def listening_call(*args: Any, **kwargs: Any) -> Any:
        outputs = call(*args, **kwargs)
        hear(path, outputs)
        return outputs

    return listening_call
