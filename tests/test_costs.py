"""What mistakes cost: plans, and the mix of production."""

import numpy as np
import pytest

from cam_augment.base.errors import InputError
from cam_augment.cli.study import main
from cam_augment.plan import Plan
from cam_augment.plan.costs import Costs, parts_of, production
from cam_augment.study.run import load_data
from tests.priced import CLASSES, FULL, SHORT
from tests.refusals import refusal

# ---- plans


def test_the_short_form_is_the_matrix_that_it_says():
    costs = Costs.parse(SHORT | {"confusion": 2})
    assert costs.matrix(CLASSES).tolist() == [[0, 1, 1], [50, 0, 2], [50, 2, 0]]
    text = "miss=50, false_alarm=1,good=clean,confusion=2"
    assert Costs.parse(text) == costs


def test_the_full_form_is_taken_as_it_stands():
    costs = Costs.parse(FULL)
    assert costs.matrix(CLASSES).tolist() == [[0, 1, 0], [50, 0, 1], [0, 0, 0]]
    assert costs.good is None
    assert Costs.parse(FULL | {"good": "clean"}).good == "clean"


def test_a_class_may_be_called_good():
    assert Costs.parse({"good": {"bad": 1}, "bad": {"good": 9}}).matrix(["bad", "good"]).tolist() \
        == [[0, 9], [1, 0]]  # fmt: skip
    short = Costs.parse({"miss": 9, "false_alarm": 1, "good": "good"})
    assert short.matrix(["bad", "good"]).tolist() == [[0, 9], [1, 0]]


BAD = [
    ({"costs": {"miss": -1, "false_alarm": 1, "good": "clean"}}, ["plan: costs: miss", "-1"]),
    ({"costs": {"miss": float("inf"), "false_alarm": 1, "good": "a"}}, ["miss", "inf", "finite"]),
    ({"costs": {"miss": float("nan"), "false_alarm": 1, "good": "a"}}, ["miss", "nan", "finite"]),
    ({"costs": {"miss": True, "false_alarm": 1, "good": "a"}}, ["miss", "True", "number"]),
    ({"costs": {"miss": 0, "false_alarm": 0, "good": "a"}}, ["no mistake costs anything"]),
    ({"costs": {"a": {"b": 0}}}, ["no mistake costs anything"]),
    ({"costs": {"mis": 1, "false_alarm": 0, "good": "a"}}, ["'mis'", "Did you mean 'miss'?"]),
    ({"costs": {"miss": 1, "false_alarm": 0}}, ["lacks 'good'"]),
    ({"costs": {"miss": 1, "good": "a"}}, ["lacks 'false_alarm'"]),
    ({"costs": {"miss": 1, "false_alarm": 1, "good": 3}}, ["good: received 3"]),
    ({"costs": {"a": {"b": 1}, "c": 3}}, ["c: received 3", "tables"]),
    ({"costs": {"a": {"b": "much"}}}, ["a.b: received 'much'"]),
    ({"costs": {"a": {"a": 2, "b": 1}}}, ["a.a: received 2", "right decision costs 0"]),
    ({"costs": {}}, ["costs: received {}"]),
    ({"costs": 7}, ["costs: received 7"]),
    ({"costs": "miss"}, ["'miss'", "name=number"]),
    ({"parts": {"clean": 0.9}}, ["parts", "no costs"]),
    ({"costs": SHORT, "parts": {"clean": 1.5}}, ["parts: clean: received 1.5", "0 to 1"]),
    ({"costs": SHORT, "parts": {"clean": -0.5}}, ["parts: clean", "-0.5"]),
    ({"costs": SHORT, "parts": {"clean": 0.9, "pit": 0.2}}, ["parts: the shares sum to 1.1"]),
    ({"costs": SHORT, "parts": 3}, ["parts: received 3"]),
]


@pytest.mark.parametrize(("fields", "words"), BAD)
def test_what_cannot_be_is_refused_in_one_line(fields, words):
    message = refusal(Plan.make, fields)
    for word in words:
        assert word in message, message


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"costs": SHORT | {"good": "claen"}}, ["costs: no class 'claen'", "mean 'clean'"]),
        ({"costs": {"scratch": {"clen": 1}}}, ["costs: no class 'clen'", "mean 'clean'"]),
        ({"costs": {"scrach": {"clean": 1}}}, ["costs: no class 'scrach'", "mean 'scratch'"]),
        ({"costs": SHORT, "parts": {"stian": 0.1}}, ["parts: no class 'stian'", "mean 'stain'"]),
    ],
)
def test_an_unknown_class_is_refused_when_the_data_are_there(fields, words, tmp_path, monkeypatch):
    data = {"name": "surfaces", "size": 16, "train": 8, "validation": 4, "probe": 4, "test": 8}
    plan = Plan.make({"dataset": data} | fields)
    with pytest.raises(InputError) as caught:
        load_data(plan)
    message = str(caught.value)
    assert "\n" not in message
    for word in [*words, "clean, scratch, pit, stain"]:
        assert word in message, message
    monkeypatch.chdir(tmp_path)
    assert not any(tmp_path.iterdir())


@pytest.mark.parametrize("costs", [SHORT, FULL, FULL | {"good": "clean"}])
def test_a_plan_with_costs_can_be_written_and_read_again(costs, tmp_path):
    from cam_augment.report.toml import dumps

    plan = Plan.make({"costs": costs, "parts": {"clean": 0.98, "a b.c": 0.01}})
    (tmp_path / "again.toml").write_text(dumps(plan.model_dump()), "utf-8")
    assert Plan.read(tmp_path / "again.toml") == plan
    assert Plan.model_validate_json(plan.model_dump_json()) == plan


def test_costs_do_not_make_models_anew():
    fields = {"recipe": {"precision": "float32"}, "dataset": {"name": "mnist", "test": 2500}}
    plain = Plan.make(fields)
    priced = Plan.make(fields | {"costs": SHORT, "parts": {"clean": 0.99}})
    assert [run.key for run in priced.runs()] == [run.key for run in plain.runs()]
    assert plain.runs()[0].key == "0f09f33c5fa1f8a6e8f5c3d2516e5036"


def test_the_command_takes_costs_and_parts(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["--dry-run", "--costs", "miss=50,false_alarm=1,good=7", "--parts", "7=0.98"]
    assert main(words) == 0
    assert main([*words[:2], "miss=50,false_alarm=1,good=ten"]) == 2
    assert "costs: no class 'ten' in the data" in capsys.readouterr().err
    assert main(["--dry-run", "--costs", "miss=x,false_alarm=1,good=7"]) == 2
    assert "option --costs: miss: received 'x'" in capsys.readouterr().err
    assert main(["--dry-run", "--set", "costs.7.1=5", "--set", "costs.1.7=1"]) == 0
    assert not any(tmp_path.iterdir())


# ---- the mix of production


LABELS = np.array([0, 0, 1, 1, 1, 2])


def test_without_parts_production_is_as_the_test_images_are():
    assert production(None, CLASSES, LABELS).tolist() == [2 / 6, 3 / 6, 1 / 6]


def test_what_named_classes_leave_goes_to_the_others():
    np.testing.assert_allclose(production({"clean": 0.96}, CLASSES, LABELS), [0.96, 0.03, 0.01])
    ppm = production({"clean": 0.9996}, CLASSES, LABELS)  # a small rest is a rest too
    np.testing.assert_allclose(ppm, [0.9996, 0.0003, 0.0001])
    rounded = production({"clean": 0.333, "scratch": 0.333, "pit": 0.333}, CLASSES, LABELS)
    np.testing.assert_allclose(rounded, [1 / 3] * 3)


def test_a_mix_that_the_test_images_cannot_show_is_refused():
    with pytest.raises(InputError, match=r"parts: 'pit' has a share of 0\.1, but no test image"):
        production({"pit": 0.1}, CLASSES, LABELS[:5])
    with pytest.raises(InputError, match=r"parts: the shares sum to 0\.7"):
        production(parts_of("clean=0.5,scratch=0.1,pit=0.1"), CLASSES, LABELS)
