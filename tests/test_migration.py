"""Profiles of older schemas are read, and those of unknown ones refused in one line."""

import json
from pathlib import Path

import pytest

from cam_augment.base.errors import InputError
from cam_augment.records import SCHEMA, ImpactProfile, Notice, load_profile
from cam_augment.records.migration import migrate
from cam_augment.report.sentences import reasons
from tests.profiles import example_profile

OLD = Path(__file__).parent / "data" / "profile_of_schema_1.json"  # as a study wrote it

OLD_VERDICTS = {
    "quiet": "no effect seen",
    "adopt": "adopt",
    "trade-off": "care",
    "undecided": "no effect seen",
    "no gain worth having": "care",
    "avoid": "avoid",
}


# What schema 3 made of verdicts.
NEW = {"verdict", "old_verdict", "rule", "reasons", "notes", "next_step", "bound_low",
       "bound_high", "attention"}  # fmt: skip


# What schema 3 called reasons to stop.
REASONS = {"decided": "certain", "otherwise": "unlikely", "last": "all", "budget": "budget"}


def example() -> ImpactProfile:
    """The example; of its stages, what a profile of rounds could say."""
    profile = example_profile(masked=True)
    stops = tuple(stop.model_copy(update={"baselines": 8}) for stop in profile.stages)
    plan = profile.plan.model_copy(update={"more_models": ()})
    return profile.model_copy(update={"plan": plan, "stages": stops, "errors": None})


def as_of_4() -> dict:
    """The example as schema 4 held it: arms judged by fitted decisions, whatever they cost."""
    values = json.loads(example().model_dump_json())
    values["schema_version"] = 4
    del values["errors"]
    for arm in values["costs"]["arms"]:
        del arm["rule"]
    for name in ("currency", "parts_per_year"):
        del values["plan"][name]
    return values


def as_of_3() -> dict:
    """The example as schema 3 held it: rounds, in a plan that was adaptive."""
    values = as_of_4()
    values["schema_version"] = 3
    del values["plan"]["more_models"]
    values["plan"] |= {"adaptive": True, "budget": 30}
    values["rounds"] = [
        {"strategy": stop["strategy"], "models": stop["models"], "most": 8,
         "round": stop["stage"], "reason": REASONS[stop["reason"]]}
        for stop in values.pop("stages")
    ]  # fmt: skip
    return values


def as_of_2() -> dict:
    """The example as schema 2 held it: verdicts by the rules before margins."""
    values = as_of_3()
    values["schema_version"] = 2
    del values["plan"]["margins"]
    for record in values["strategies"]:
        for name in NEW - {"verdict", "reasons"}:
            del record[name]
        record["verdict"] = OLD_VERDICTS[record["verdict"]]
        record["beyond_noise"], record["worst_class_finding"] = False, "within noise"
        record["reasons"] = [{"code": "attention.moves", "values": {}}]
    return values


def as_of_1() -> dict:
    """The example as schema 1 held it: numbers without findings, sentences without codes."""
    values = as_of_2()
    values["schema_version"] = 1
    for name in ("effects", "within", "focus", "correlations", "cost_correlations"):
        for record in values[name]:
            for code in ("finding", "finding_classes", "prediction", "error_excess_finding"):
                record.pop(code, None)
            for new, old in (("error_excess", "against"), ("error_excess_p", "against_p")):
                if new in record:
                    record[old] = record.pop(new)
    values["foretelling"] = values.pop("gain_prediction")
    for record in values["foretelling"]["partials"]:
        del record["finding"]
    values["plan"]["foretell"] = values["plan"].pop("predictors")
    for record in values["strategies"]:
        del record["worst_class_finding"], record["reasons"]
        record["sentence"] = f"{record['verdict']}: as it was said"
    for record in values["faithful"]:
        for test in ("deletion", "insertion"):
            del record[test]["worse"]
    return values


def apart_from_verdicts(profile) -> dict:
    """All of a profile but its verdicts, and the warning that they are old."""
    rest = profile.model_dump(exclude={"warnings"})
    rest["strategies"] = [
        {name: value for name, value in strategy.items() if name not in NEW}
        for strategy in rest["strategies"]
    ]
    return rest


@pytest.mark.parametrize("before", [as_of_1, as_of_2])
def test_an_older_profile_is_read_as_if_written_today_but_for_its_verdicts(tmp_path, before):
    path = tmp_path / "profile.json"
    path.write_text(json.dumps(before()))
    profile = load_profile(path)
    assert profile.schema_version == SCHEMA
    assert apart_from_verdicts(profile) == apart_from_verdicts(example())
    profile.save(path)
    assert load_profile(path) == profile


@pytest.mark.parametrize("before", [as_of_3, as_of_4])
def test_a_profile_of_schemas_3_and_4_is_read_with_its_verdicts(before):
    assert ImpactProfile.model_validate(migrate(before())) == example()


def test_arms_of_before_were_judged_by_fitted_decisions_where_there_were_any():
    values = as_of_4()
    values["costs"]["fitted"] = False
    assert {arm["rule"] for arm in migrate(values)["costs"]["arms"]} == {"argmax"}
    assert {arm["rule"] for arm in migrate(as_of_4())["costs"]["arms"]} == {"fitted"}
    assert migrate(as_of_4() | {"costs": None})["costs"] is None


@pytest.mark.parametrize("before", [as_of_1, as_of_2])
def test_an_old_verdict_stays_one_and_no_new_one_is_given(before):
    values = before()
    profile = ImpactProfile.model_validate(migrate(values))
    for old, strategy in zip(values["strategies"], profile.strategies, strict=True):
        assert (strategy.verdict, strategy.old_verdict) == (None, old["verdict"])
        assert (strategy.rule, strategy.next_step, strategy.bound_high) == (None, None, None)
    assert profile.warnings[0] == Notice.of("verdicts.old")
    assert example_profile().warnings == ()


@pytest.mark.parametrize("before", [as_of_1, as_of_2])
def test_the_migration_changes_no_number(before):
    values = before()
    text = json.dumps(values)
    numbers = [(e["strategy"], e["question"], e["estimate"], e["p"]) for e in values["effects"]]
    after = migrate(values)
    assert json.dumps(values) == text  # the values given are left as they are
    assert [
        (e["strategy"], e["question"], e["estimate"], e["p"]) for e in after["effects"]
    ] == numbers


def test_an_old_profile_says_what_it_said():
    before = {
        strategy["strategy"]: strategy
        for strategy in json.loads(OLD.read_text("utf-8"))["strategies"]
    }
    profile = load_profile(OLD)
    assert profile.effect("rotation:30", "gain").finding == "not settled"
    assert profile.effect("rotation:30", profile.plan.primary_question).finding == "moves"
    for strategy in profile.strategies:
        old = before[strategy.strategy]
        assert strategy.old_verdict == old["verdict"]
        assert f"{strategy.old_verdict}: {reasons(strategy)}" == old["sentence"]


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
        ('{"schema_version": 6}', "version 6; this version of cam-augment reads 1, 2, 3, 4 and 5"),
        ("[" * 100_000, "not valid JSON"),
        ('{"schema_version": 5, "plan": ' + "[" * 900 + "]" * 900 + "}", "not an impact profile"),
        ('{"schema_version": 0}', "schema_version 0; this version"),
        ('{"schema_version": "1"}', "no schema_version"),
        ("{}", "no schema_version"),
        ("[]", "no schema_version"),
        ('{"schema_version": 1}', "schema_version 1"),
        ('{"schema_version": 2}', "schema_version 2"),
        ('{"schema_version": 3}', "schema_version 3"),
        ('{"schema_version": 4}', "plan: Field required"),
        ("{", "not valid JSON"),
        ("\udcff", "not valid JSON"),
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


def test_a_profile_may_begin_with_the_mark_of_utf_8(tmp_path):
    path = tmp_path / "profile.json"
    example_profile().save(path)
    path.write_text(path.read_text("utf-8"), "utf-8-sig")
    assert load_profile(path) == example_profile()


def test_a_profile_without_end_is_not_waited_for():
    with pytest.raises(InputError, match="'/dev/zero': cannot be read: it is not a file"):
        load_profile("/dev/zero")
