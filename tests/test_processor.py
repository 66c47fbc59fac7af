"""The processor decides what "auto" means, once, where a plan is made."""

import pytest

from cam_augment.base import processor
from cam_augment.plan import Plan, Recipe

CASCADE_LAKE = "model name\t: Maker's Processor 2\nflags\t\t: fpu avx512f avx512_vnni\n"
SAPPHIRE_RAPIDS = "model name\t: Maker's Processor 4\nflags\t\t: fpu avx512_bf16 amx_bf16\n"


@pytest.fixture
def machine(tmp_path, monkeypatch):
    def told(text: str):
        (tmp_path / "cpuinfo").write_text(text * 2, "utf-8")
        monkeypatch.setattr(processor, "LIST", tmp_path / "cpuinfo")
        processor._told.cache_clear()

    yield told
    processor._told.cache_clear()


@pytest.mark.parametrize(
    ("text", "precision"),
    [(CASCADE_LAKE, "float32"), (SAPPHIRE_RAPIDS, "bfloat16"), ("", "float32")],
    ids=["without", "with", "unknown"],
)
def test_auto_takes_bfloat16_where_the_processor_multiplies_it(machine, text, precision):
    machine(text)
    plan = Plan.make({"recipe": {"epochs": 2}})
    assert plan.recipe.precision == Recipe().precision == precision
    assert plan.model_dump()["recipe"]["precision"] == precision


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
