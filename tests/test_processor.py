"""The processor decides what "auto" means, once, where a plan is made."""

import pytest

from cam_augment.base import kernels, processor
from cam_augment.plan import GIVEN, Plan, Recipe
from cam_augment.registry import ARCHITECTURES

MEASURED = "small_cnn"  # by benchmarks/precision.py
CASCADE_LAKE = "model name\t: Maker's Processor 2\nflags\t\t: fpu avx512f avx512_vnni\n"
SAPPHIRE_RAPIDS = "model name\t: Maker's Processor 4\nflags\t\t: fpu avx512_bf16 amx_bf16\n"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    def use(text: str):
        (tmp_path / "cpuinfo").write_text(text * 2, "utf-8")
        monkeypatch.setattr(processor, "LIST", tmp_path / "cpuinfo")
        processor._field.cache_clear()

    for name in (kernels.ONEDNN, kernels.LIMIT):
        monkeypatch.delenv(name, raising=False)
    yield use
    processor._field.cache_clear()


@pytest.mark.parametrize(
    ("text", "precision"),
    [(CASCADE_LAKE, "float32"), (SAPPHIRE_RAPIDS, "bfloat16"), ("", "float32")],
    ids=["without", "with", "unknown"],
)
def test_auto_takes_bfloat16_where_the_processor_multiplies_it(machine, text, precision):
    machine(text)
    for fields in ({}, {"recipe": {"epochs": 2}}, {"recipe": {"precision": "auto"}}):
        plan = Plan.make(fields)
        assert plan.recipe.precision == precision
        assert plan.model_dump()["recipe"]["precision"] == precision
        assert {run.recipe.precision for run in plan.runs()} == {precision}


def test_auto_takes_bfloat16_for_networks_alone_that_were_measured_in_it(machine):
    machine(SAPPHIRE_RAPIDS)
    expected = {name: "bfloat16" if name == MEASURED else "float32" for name in ARCHITECTURES}
    assert {name: Recipe().on(name).precision for name in ARCHITECTURES} == expected
    assert Recipe().on(GIVEN).precision == "float32"
    plan = Plan.make({"architecture": "mobilenet_v2"})
    assert {run.recipe.precision for run in plan.runs()} == {"float32"}
    asked = Plan.make({"architecture": "mobilenet_v2", "recipe": {"precision": "bfloat16"}})
    assert asked.recipe.precision == "bfloat16"


@pytest.mark.parametrize(
    ("name", "value", "precision"),
    [
        (kernels.ONEDNN, "0", "float32"),
        (kernels.ONEDNN, "False", "float32"),
        (kernels.ONEDNN, "1", "bfloat16"),
        (kernels.LIMIT, "avx2", "float32"),
        (kernels.LIMIT, "AVX512_CORE_BF16", "bfloat16"),
        (kernels.LIMIT, "ALL", "bfloat16"),
    ],
)
def test_auto_takes_no_bfloat16_that_the_kernels_would_emulate(
    machine, monkeypatch, name, value, precision
):
    machine(SAPPHIRE_RAPIDS)
    monkeypatch.setenv(name, value)
    assert Plan.make({}).recipe.precision == precision


def test_a_named_precision_holds_on_any_processor(machine):
    keys = []
    for text in (CASCADE_LAKE, SAPPHIRE_RAPIDS):
        machine(text)
        plans = [Plan.make({"recipe": {"precision": p}}) for p in ("float32", "bfloat16")]
        assert [p.recipe.precision for p in plans] == ["float32", "bfloat16"]
        keys.append([p.runs()[0].key for p in plans])
    assert keys[0] == keys[1]
    assert keys[0][0] != keys[0][1]


def test_name_and_cores(machine):
    machine(SAPPHIRE_RAPIDS)
    assert processor.name() == "Maker's Processor 4"
    assert processor.cores() >= 1
