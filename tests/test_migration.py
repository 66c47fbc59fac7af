"""Profiles of older schemas are read, and those of unknown ones refused in one line."""

import json
import re
from pathlib import Path

import pytest

from cam_augment.base.errors import InputError
from cam_augment.records import SCHEMA, load_profile
from cam_augment.records.migration import migrate
from cam_augment.report import sentence
from tests.profiles import example_profile

OLD = Path(__file__).parent / "data" / "profile_of_schema_1.json"  # as a study wrote it


def as_of_1() -> dict:
    """The example as schema 1 held it: numbers without findings."""
    values = json.loads(example_profile(masked=True).model_dump_json())
    values["schema_version"] = 1
    for name in ("effects", "within", "focus", "correlations", "cost_correlations"):
        for each in values[name]:
            for code in ("finding", "finding_classes", "prediction", "error_excess_finding"):
                each.pop(code, None)
            for new, old in (("error_excess", "against"), ("error_excess_p", "against_p")):
                if new in each:
                    each[old] = each.pop(new)
    values["foretelling"] = values.pop("gain_prediction")
    for each in values["foretelling"]["partials"]:
        del each["finding"]
    values["plan"]["foretell"] = values["plan"].pop("predictors")
    for each in values["strategies"]:
        del each["worst_class_finding"]
        each["beyond_noise"] = None
    for each in values["faithful"]:
        for test in ("deletion", "insertion"):
            del each[test]["worse"]
    return values


def test_a_profile_of_schema_1_is_read_as_if_written_today(tmp_path):
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(as_of_1()))
    profile = load_profile(path)
    assert profile.schema_version == SCHEMA
    assert profile == example_profile(masked=True)
    profile.save(path)
    assert load_profile(path) == profile


def test_the_migration_changes_no_number():
    before = as_of_1()
    kept = json.dumps(before)
    numbers = [(e["strategy"], e["question"], e["estimate"], e["p"]) for e in before["effects"]]
    after = migrate(before)
    assert json.dumps(before) == kept  # the values given are left as they are
    assert [
        (e["strategy"], e["question"], e["estimate"], e["p"]) for e in after["effects"]
    ] == numbers


def test_an_old_profile_says_what_it_said():
    """Verdicts and sentences stay, but for true minus signs and a unit that is named twice."""
    before = {each["strategy"]: each for each in json.loads(OLD.read_text("utf-8"))["strategies"]}
    profile = load_profile(OLD)
    assert profile.effect("rotation:30", "gain").finding == "not settled"
    assert profile.effect("rotation:30", profile.plan.primary_question).finding == "moves"
    for each in profile.strategies:
        old = before[each.strategy]
        assert (each.verdict, each.beyond_noise) == (old["verdict"], old["beyond_noise"])
        assert numbers(sentence(each)) == numbers(old["sentence"])


def numbers(text: str) -> list[str]:
    return re.findall(r"[-+]?\d+(?:\.\d+)?", text.replace("\N{MINUS SIGN}", "-"))


def test_what_schema_1_lacked_at_first_may_be_lacking(tmp_path):
    values = as_of_1()
    for name in ("rounds", "focus", "within", "faithful", "cost_correlations", "foretelling"):
        del values[name]
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(values))
    assert load_profile(tmp_path).focus == ()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"schema_version": 3}', "schema_version 3; this version of cam-augment reads 1 and 2"),
        ('{"schema_version": 0}', "schema_version 0; this version"),
        ('{"schema_version": "1"}', "no schema_version"),
        ("{}", "no schema_version"),
        ("[]", "no schema_version"),
        ('{"schema_version": 1}', "schema_version 1"),
        ('{"schema_version": 2}', "plan: Field required"),
        ("{", "not an impact profile"),
        ("\udcff", "not an impact profile"),
    ],
)
def test_what_cannot_be_read_is_refused_in_one_line(tmp_path, text, words):
    path = tmp_path / "profile.json"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(InputError) as error:
        load_profile(tmp_path)
    assert words in str(error.value)
    assert str(path) in str(error.value)
    assert "\n" not in str(error.value)


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(InputError, match=r"nothing\.json.*cannot be read"):
        load_profile(tmp_path / "nothing.json")
