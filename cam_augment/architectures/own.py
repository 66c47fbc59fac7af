"""Any network of one's own: a function that makes it, or a ``.keras`` file."""

import ast
import hashlib
import importlib.util
import os
import sys
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import CodeType, ModuleType
from typing import Any, Literal

import numpy as np

from cam_augment.architectures.layers.copies import agree, copied
from cam_augment.architectures.layers.saved import check_model_file, code_error, load_model
from cam_augment.base.errors import InputError, cause, nearest
from cam_augment.base.lazy import keras
from cam_augment.networks.network import Network
from cam_augment.networks.taps import layers_by_path
from cam_augment.registry import ARCHITECTURES

WHO = "architecture 'own'"
Shape = tuple[int, int, int]
# What may give a module any name: only executing it tells.
_ANY_NAME = frozenset(["*", "__getattr__", "globals", "vars", "__dict__", "setattr", "exec"])
_CHECKED = 2  # images that a copy must answer as its model does


def completed(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings with ``content``: which network it is, whatever it is called.

    A plan that has it already, as one that was written by a study, is taken as it is: its
    results can be read where the source is no more. ``own`` compares the two.

    Raises:
        InputError: there is no source, or what it says is not of its kind.
    """
    if not settings["source"]:
        raise InputError(f'{WHO} needs source = "module:function" or source = "file.keras"')
    of_file = settings["source"].endswith(".keras")
    if of_file and settings["options"]:
        raise InputError(f"{WHO}: options are a function's; {settings['source']} is a file")
    if settings["fresh"] and not of_file:
        raise InputError(f"{WHO}: fresh is for files; what a function makes is fresh for each run")
    return {**settings, "content": settings["content"] or content_of(settings["source"])}


def content_of(source: str) -> str:
    """Return 32 hexadecimal digits: the hash of a file, or of a function's name and its file."""
    place, function = _parts(source)
    return hashlib.sha256(function.encode() + b"\0" + place.read_bytes()).hexdigest()[:32]


def _parts(source: str) -> tuple[Path, str]:
    """Return the file that a source means, and the function's name ("" for a model's file)."""
    if source.endswith(".keras"):
        if not os.path.isfile(source):
            raise InputError(f"{WHO}: no file '{source}'")
        check_model_file(source, WHO)
        return Path(source), ""
    module, colon, function = source.rpartition(":")
    if not colon or not module or not function:
        raise InputError(
            f"{WHO}: received source = '{source}'; expected module:function, file.py:function or "
            "file.keras"
        )
    place = Path(module) if module.endswith(".py") else _file_of(module)
    if place is None or not os.path.isfile(place):
        raise InputError(f"{WHO}: no module '{module}'")
    if place.suffix == ".py":
        _check_defined(function, place, module)
    return place, function


def _check_defined(function: str, place: Path, module: str) -> None:
    """Raise InputError where a file cannot give a name; nothing of it is executed."""
    try:
        tree = ast.parse(place.read_bytes())
    except (SyntaxError, ValueError, RecursionError) as error:
        raise InputError(f"{WHO}: '{module}' is not valid Python: {cause(error)}") from None
    names = set(_names(tree))
    if function not in names and not _ANY_NAME & names:
        raise _no_function(module, function, names)


def _names(tree: ast.AST) -> Iterator[str]:
    """Yield what a module may define: all that is bound anywhere in it, and what binds any name."""
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node.name
            case ast.alias():
                yield node.asname or node.name.partition(".")[0]
            case ast.Name(ctx=ast.Store()):
                yield node.id
            case ast.Name(id=name) | ast.Attribute(attr=name) if name in _ANY_NAME:
                yield name


def _no_function(module: str, function: str, names: Iterable[str]) -> InputError:
    return InputError(f"{WHO}: '{module}' has no function '{function}'.{nearest(function, names)}")


def _file_of(module: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(module)
    except (ImportError, ValueError):
        return None
    return Path(spec.origin) if spec and spec.origin else None


def checked(network: Network, settings: Mapping[str, Any]) -> None:
    """Raise InputError for a network that augments inside, unless it is allowed to."""
    if network.augmenting and not settings["augments"]:
        raise InputError(
            f"{network.subject} changes images at random in training, in layers of its own: "
            f"{', '.join(network.augmenting)}; models without augmentation would be augmented. "
            "Take them out, or allow them: augments = true"
        )


@ARCHITECTURES.add(
    version=1,
    completes=completed,
    outside=("source", "augments"),
    later=("ends_in",),
    checks=checked,
)
def own(
    shape: tuple[int, int, int],
    classes: int,
    *,
    source: str = "",
    options: dict[str, bool | int | float | str] = {},
    fresh: bool = False,
    layer: str = "",
    base: str = "",
    ends_in: Literal["", "logits", "probabilities"] = "",
    augments: bool = False,
    content: str = "",
) -> Any:
    """A network of your own: of a function, or of a ``.keras`` file.

    Args:
        shape: rows, columns and channels of the images (values 0..1).
        classes: how many the data set has.
        source: ``module:function`` or ``file.py:function``, called with shape, classes and
            ``options``; or a ``.keras`` file, which is read without executing code.
        options: keyword arguments of the function.
        fresh: a file's weights are drawn anew for each run, not taken.
        layer: layer whose output maps are made of; "" for the last that all paths cross.
        base: last layer of what ``recipe.frozen_epochs`` freezes; "" for none.
        ends_in: what the outputs are, where neither the graph nor they themselves show it.
        augments: whether layers that change the picture at random in training are allowed.
        content: hash of the source, filled in where it is "".

    Returns:
        A built ``keras.Model`` of images float32 [image, row, column, channel]. How it ends is
        found out by ``networks.Network``.

    Raises:
        InputError: there is no such source, it has changed since the plan was read, or what
            it gives is no such network.
    """
    now = content_of(source)
    if content and now != content:
        raise InputError(
            f"{WHO}: {source} is not what the plan was read with (content {content[:8]}, now "
            f"{now[:8]}); leave content out of the plan to take it as it is"
        )
    of_file = source.endswith(".keras")
    model = load_model(source, WHO) if of_file else _make(source, now, shape, classes, options)
    _check_plain(model, source)
    if not getattr(model, "inputs", None):
        return _subclassed(model, source, shape, of_file)
    if len(model.inputs) == 1 and (of_file or None in model.inputs[0].shape[1:]):
        _check_taken(model, source, shape)
        return _copy(model, source, shape, fresh)
    return model


def _copy(model: Any, source: str, shape: Shape, fresh: bool) -> Any:
    """Return a copy: a file's dropout would begin with the file's state, alike for every seed."""
    copies = [copied(model, keras.Input(shape, name="image"), fresh=drawn)
              for drawn in ([True, False] if fresh else [False])]  # fmt: skip
    images = np.random.default_rng(0).random((_CHECKED, *shape), np.float32)
    outputs, answers = (_outputs(network, images) for network in (model, copies[-1]))
    if not agree(outputs, answers):
        raise InputError(
            f"{WHO}: {source} cannot be made anew for every run: its copy answers otherwise, since "
            "a layer keeps what it knows neither in its weights nor in its configuration"
        )
    return copies[0]


def _outputs(model: Any, images: np.ndarray) -> np.ndarray:
    network = Network(model, images.shape[1:], subject=WHO)
    return np.asarray(network.outputs(images))


def _subclassed(model: Any, source: str, shape: Shape, of_file: bool) -> Any:
    """Return a subclassed model, built; one of a file cannot be made anew for every run."""
    if of_file:
        raise InputError(
            f"{WHO}: {source} holds a subclassed model, which Keras cannot make anew for every "
            'run; name the function that makes it: source = "file.py:function"'
        )
    try:
        model(np.zeros((1, *shape), np.float32))
    except Exception as error:
        raise InputError(
            f"{WHO}: {source} cannot be run on images of {tuple(shape)}: {cause(error)}"
        ) from None
    return model


def _make(source: str, content: str, shape: Shape, classes: int, options: Mapping[str, Any]) -> Any:
    name, _, function = source.rpartition(":")
    module = _module(name, content)
    make = getattr(module, function, None)
    if not callable(make):
        names = [name for name in vars(module) if callable(getattr(module, name))]
        raise _no_function(name, function, names)
    try:
        return make(shape, classes, **options)
    except Exception as error:
        raise InputError(f"{WHO}: {source} raised {cause(error)}") from error


class _AsItIs(SourceFileLoader):
    """Compiles a source anew: bytecode beside it is known as stale by seconds and size only."""

    def get_code(self, fullname: str) -> CodeType:  # noqa: ARG002 - as the loader is called
        return self.source_to_code(self.get_data(self.path), self.path)


@cache
def _module(name: str, content: str) -> ModuleType:
    """Import a module; again, where it was imported before and has another content now."""
    by_path = name.endswith(".py")
    try:
        spec = (
            importlib.util.spec_from_file_location(f"own_{content}", name)
            if by_path
            else importlib.util.find_spec(name)
        )
        if spec is None or spec.loader is None:
            raise ImportError("nothing can load it")
        if isinstance(spec.loader, SourceFileLoader):
            spec.loader = _AsItIs(spec.loader.name, spec.loader.path)
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
    except Exception as error:
        raise InputError(f"{WHO}: importing '{name}' raised {cause(error)}") from error
    if not by_path:
        sys.modules[name] = module
    return module


def _check_plain(model: Any, source: str) -> None:
    if not isinstance(model, keras.Model):
        raise InputError(f"{WHO}: {source} returned {type(model).__name__}; a keras.Model expected")
    if any(isinstance(layer, keras.layers.Lambda) for layer in layers_by_path(model).values()):
        raise code_error(source, WHO)


def _check_taken(model: Any, source: str, shape: Shape) -> None:
    """Raise InputError where a model with its own size of images is to take others."""
    expected = tuple(model.inputs[0].shape[1:])
    if len(expected) != 3 or any(a not in (None, b) for a, b in zip(expected, shape, strict=True)):
        raise InputError(f"{WHO}: {source} takes images of {expected}; received {tuple(shape)}")
