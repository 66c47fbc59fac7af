"""Entries: checked traits, settings, discovery."""

import subprocess
import sys
from typing import Annotated, Literal

import pytest
from pydantic import Field

from cam_augment.base.errors import InputError
from cam_augment.registry import (
    DATASETS,
    ArchitectureEntry,
    CamEntry,
    DatasetEntry,
    MetricEntry,
    Registry,
    StrategyEntry,
)


def gamma(*, magnitude: Annotated[float, Field(ge=0)] = 1.0, fill: Literal["a", "b"] = "a"):
    """Raise grey values to a power."""


def enter(kind=StrategyEntry, **traits):
    """Return the entry of ``gamma`` as a kind, in a registry of its own."""
    registry = Registry(kind, "cam_augment.plans")
    registry.add(**traits)(gamma)
    return registry["gamma"]


def test_traits_have_defaults_and_are_attributes():
    entry = enter(family="intensity", identity=0, moves=abs)
    assert (entry.name, entry.version, entry.kind) == ("gamma", 1, "strategy")
    assert (entry.family, entry.identity, entry.labels, entry.moves) == (
        "intensity",
        0,
        "kept",
        abs,
    )
    assert entry.summary == "Raise grey values to a power."


@pytest.mark.parametrize(
    ("kind", "traits", "message"),
    [
        (StrategyEntry, {"famly": "colour"}, "has no trait 'famly'. Did you mean 'family'?"),
        (StrategyEntry, {"labels": "mixd"}, "trait 'labels': received 'mixd'; input should be"),
        (StrategyEntry, {"labels": "mixd"}, "Did you mean 'mixed'?"),
        (StrategyEntry, {"identity": "0"}, "trait 'identity': received '0'"),
        (StrategyEntry, {"moves": 1.5}, "trait 'moves': received 1.5"),
        (StrategyEntry, {"version": 0}, "trait 'version': received 0"),
        (CamEntry, {}, "cam 'gamma' lacks the trait 'form'"),
        (CamEntry, {"form": "kernl"}, "Did you mean 'kernel'?"),
        (MetricEntry, {"compares": "map"}, "metric 'gamma' lacks the trait 'better'"),
        (MetricEntry, {"compares": "map", "better": "lower", "cost": "daer"}, "no trait 'cost'"),
        (MetricEntry, {"compares": "maps", "better": "lower"}, "needs the trait 'optimum'"),
        (DatasetEntry, {"places": "path"}, "trait 'places': received 'path'"),
        (ArchitectureEntry, {"layers": "features"}, "Did you mean 'layer'?"),
    ],
)
def test_a_wrong_trait_is_refused_when_it_is_entered(kind, traits, message):
    with pytest.raises(InputError) as refused:
        enter(kind, **traits)
    assert message in str(refused.value)


def test_the_old_spelling_of_an_expensive_metric_is_read_with_a_warning():
    with pytest.warns(FutureWarning, match="cost='dear' is written expensive=True") as warned:
        entry = enter(MetricEntry, compares="map", better="lower", cost="dear")
    assert entry.expensive
    assert warned[0].filename == __file__


def test_a_wrong_setting_is_refused():
    entry = enter()
    assert entry.resolve({"magnitude": "2"}) == {"magnitude": 2.0, "fill": "a"}
    for settings, message in [
        ({"fil": "a"}, "has no setting 'fil'. Did you mean 'fill'? Allowed: magnitude, fill"),
        ({"fill": "c"}, "setting 'fill': received 'c'"),
        ({"magnitude": -1}, "setting 'magnitude': received -1"),
    ]:
        with pytest.raises(InputError) as refused:
            entry.resolve(settings)
        assert message in str(refused.value)


def test_a_setting_without_a_type_is_refused():
    def untyped(*, magnitude=1.0):
        """Say nothing of what it takes."""

    registry = Registry(StrategyEntry, "cam_augment.plans")
    registry.add()(untyped)
    with pytest.raises(TypeError, match="needs both a type and a default"):
        registry["untyped"].resolve({})


def test_a_name_stands_for_one_function():
    registry = Registry(StrategyEntry, "cam_augment.plans")
    registry.add("gamma")(gamma)
    registry.add("gamma")(gamma)  # a module that is run again
    with pytest.raises(ValueError, match="two entries for strategy 'gamma'"):
        registry.add("gamma")(abs)


def test_what_decides_a_data_set_and_where_a_network_has_its_layers():
    data = enter(DatasetEntry, places=("path",))
    assert data.deciding({"path": "here", "train": 3}) == {"train": 3}
    network = enter(ArchitectureEntry, layer="features", completes=lambda s: {**s, "content": 1})
    assert network.place("layer", {}) == "features"
    assert network.place("layer", {"layer": "deeper"}) == "deeper"
    assert network.place("base", {}) is None
    assert not network.has_base
    assert network.complete({"a": 2}) == {"a": 2, "content": 1}
    assert enter().complete({"a": 2}) == {"a": 2}


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"bits": 7}, "setting 'bits': received 7; input should be 'auto', or greater .* to 8$"),
        ({"bits": "x"}, "setting 'bits': received 'x'; input should be 'auto', or a valid integer"),
        ({"path": ""}, "setting 'path': received ''; a path expected"),
        ({"masks": ""}, "setting 'masks': received ''; a path expected"),
    ],
)
def test_a_setting_of_two_types_says_both_and_a_path_is_not_empty(settings, words):
    with pytest.raises(InputError, match=words):
        DATASETS["folder"].resolve(settings)


def test_threads_that_ask_first_all_see_all_entries():
    """In a process of its own: in this one, the entries were asked for long ago."""
    code = """
import threading
from concurrent.futures import ThreadPoolExecutor
from cam_augment.base.lazy import keras
from cam_augment.plan import Plan
from cam_augment.registry import STRATEGIES

start = threading.Barrier(8)

def first(_):
    start.wait()
    return len(STRATEGIES), Plan.read("quickstart").baselines, keras.ops.convert_to_numpy([1.0])[0]

with ThreadPoolExecutor(8) as pool:
    answers = set(pool.map(first, range(8)))
assert answers == {(len(STRATEGIES), 8, 1.0)}, answers
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def test_entries_that_cannot_be_imported_are_asked_for_again(tmp_path, monkeypatch):
    folder = tmp_path / "broken_entries"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "first.py").write_text("raise ImportError('not yet')\n")
    monkeypatch.syspath_prepend(tmp_path)
    registry = Registry(StrategyEntry, "broken_entries")
    for _ in range(2):  # not an empty registry at the second look
        with pytest.raises(ImportError, match="not yet"):
            len(registry)
    (folder / "first.py").write_text("")
    assert len(registry) == 0
