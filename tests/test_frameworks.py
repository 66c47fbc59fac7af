"""The how-to for models of other frameworks runs, block by block, where its framework is there."""

import re

import pytest

from tests import lab

PAGE = "docs/howto/frameworks.md"
FOREIGN = ("torch", "jax", "onnxruntime")
FIRST, *OTHERS = lab.blocks(PAGE, "python")


@pytest.mark.usefixtures("no_figures")
def test_answers_of_arrays_are_compared(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    exec(compile(FIRST, PAGE, "exec"), {})
    assert capsys.readouterr().out.strip()
    assert (tmp_path / "results/answers/report.html").exists()


@pytest.mark.parametrize("code", OTHERS, ids=FOREIGN)
def test_a_framework_is_asked(code):
    for name in FOREIGN:
        if re.search(rf"^import {name}$", code, re.MULTILINE):
            pytest.importorskip(name)
    imports = "from cam_augment import Answers, compare_answers\n"
    exec(compile(imports + code, PAGE, "exec"), {})
