"""TensorFlow's kernels are chosen by programs and workers of ours, and never by an import."""

import os
from unittest import mock

import pytest

from cam_augment.base import compat, kernels, processor
from cam_augment.base.errors import InputError
from cam_augment.cli import program
from cam_augment.engine import signals
from cam_augment.engine.tasks import answers
from cam_augment.plan import Plan
from cam_augment.records import Notice
from cam_augment.records.provenance import environment, mixture_notices
from cam_augment.study.run import load_data, run_study
from tests.conftest import TINY
from tests.stored import fit_of
from tests.tasks import variable
from tests.test_compat import python

NAME = "TF_ENABLE_ONEDNN_OPTS"


@pytest.fixture(autouse=True)
def nobody_has_chosen():
    """The environment of a user who has set nothing, put back afterwards."""
    with mock.patch.dict(os.environ):
        for name in (NAME, kernels.LIMIT):
            os.environ.pop(name, None)
        yield


def test_a_program_chooses_before_anything_is_loaded(monkeypatch):
    at_start = []
    monkeypatch.setattr(signals, "run", lambda *_: at_start.append(os.environ.get(NAME)))
    program.run("study")
    assert at_start == ["1"]


def test_what_the_user_has_chosen_stays():
    os.environ[NAME] = "0"
    kernels.choose()
    assert os.environ[NAME] == "0"


@pytest.mark.parametrize("choice", [None, "0"])
def test_workers_take_the_users_choice_or_ours(choice):
    if choice is not None:
        os.environ[NAME] = choice
    result = dict(answers(variable, [(NAME,)], None, workers=1))
    assert result == {0: choice or "1"}
    assert os.environ.get(NAME) == choice


def test_an_import_chooses_nothing():
    code = "import os, cam_augment.study.run, cam_augment.study.compare, cam_augment.cli.study;"
    assert python(f"{code} print(os.environ.get('{NAME}'))") == "None\n"


@pytest.mark.parametrize(
    ("limit", "onednn", "refused"),
    [("AVX2", "1", True), ("AVX512_CORE", "1", True), ("AVX512_CORE_AMX", "1", False),
     ("AVX2", "0", False)],
)  # fmt: skip
def test_a_precision_that_the_kernels_lack_is_refused(limit, onednn, refused):
    os.environ |= {kernels.LIMIT: limit, NAME: onednn}
    kernels.check("float32")
    if refused:
        with pytest.raises(InputError, match=f"recipe.precision.*{kernels.LIMIT}={limit}"):
            kernels.check("bfloat16")
    else:
        kernels.check("bfloat16")


def test_nothing_is_trained_in_a_precision_that_the_kernels_lack(tmp_path):
    plan = Plan.make(TINY | {"recipe": {"epochs": 1, "precision": "bfloat16"}})
    os.environ[kernels.LIMIT] = "AVX2"
    with pytest.raises(InputError, match="use 'float32' or 'auto'"):
        run_study(plan, tmp_path / "out", store=tmp_path / "store")
    assert not (tmp_path / "out").exists()


HELD = "oneDNN, AVX-512, ONEDNN_MAX_CPU_ISA=AVX2"

# -- the record -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("onednn", "flags", "limit", "expected"),
    [
        (True, "avx avx2 avx512f", None, "oneDNN, AVX-512"),
        (True, "avx2 avx512f avx512_bf16 amx_bf16", None, "oneDNN, AVX-512 and AMX"),
        (False, "avx avx2", None, "Eigen, AVX2"),
        (True, "avx2 avx512f", "AVX2", "oneDNN, AVX-512, ONEDNN_MAX_CPU_ISA=AVX2"),
        (None, "avx", None, "unknown, AVX"),
    ],
)
def test_kernels_have_a_name(onednn, flags, limit, expected, monkeypatch):
    monkeypatch.setattr(compat, "uses_onednn", lambda: onednn)
    monkeypatch.setattr(processor, "_field", {"flags": flags}.get)
    if limit:
        os.environ[kernels.LIMIT] = limit
    assert kernels.name() == expected


def test_a_fit_records_its_kernels(monkeypatch):
    monkeypatch.setattr(kernels, "name", lambda: "some")
    assert environment(load_data(Plan.make(TINY)))["kernels"] == "some"


@pytest.mark.parametrize(
    ("names", "values"),
    [
        ([None, "oneDNN, AVX2"], None),  # one of an earlier version, which recorded none
        (["oneDNN, AVX2", "oneDNN, AVX2"], None),
        (["oneDNN, AVX2", None, "Eigen, AVX2"], ["Eigen, AVX2", "oneDNN, AVX2"]),
        (["oneDNN, AVX2", HELD], None),  # the same digits
        (["oneDNN, AVX-512", HELD], ["oneDNN, AVX-512", HELD]),
        (
            ["Eigen, AVX2", "Eigen, AVX-512, ONEDNN_MAX_CPU_ISA=AVX2"],
            ["Eigen, AVX-512, ONEDNN_MAX_CPU_ISA=AVX2", "Eigen, AVX2"],
        ),
    ],
)
def test_a_mixture_of_kernels_is_warned_of(names, values):
    plan = Plan.make(TINY)
    data = load_data(plan)
    fits = [fit_of(run, data) for run in plan.runs()[: len(names)]]
    for fit, name in zip(fits, names, strict=True):
        fit.environment.update({} if name is None else {"kernels": name})
    expected = [Notice.of("models.mixed", name="kernels", values=values)] if values else []
    assert mixture_notices(fits) == expected


# -- the canary -----------------------------------------------------------------------------


@pytest.mark.skipif(processor.vectors() not in processor.VECTORS.values(), reason="x86 only")
def test_tensorflow_says_what_it_computes_with(elsewhere):
    """Loaded with the other kernels than here, it says the other thing."""
    assert elsewhere["oneDNN"] == (not compat.uses_onednn())
