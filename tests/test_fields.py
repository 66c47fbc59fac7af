"""What fields say of themselves: in help, in listings, in the JSON schema."""

import json
import tomllib
from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, Field

from cam_augment.base.fields import facts
from cam_augment.cli.list import PLAN, REGISTRIES, as_json, listing
from cam_augment.cli.study import parser
from cam_augment.plan import Plan, Recipe
from cam_augment.plan.choices import Check
from cam_augment.plan.costs import Costs


class Example(BaseModel):
    count: int = Field(
        3, ge=1, le=20_000, description="How many. [More](#more) than `none` (or one)."
    )
    rate: Annotated[float, Field(gt=0, lt=0.5)] = 0.25
    least: int | None = Field(None, ge=2)
    kind: Literal["one", "two"] = Field("one", description="Which kind (of two). Really.")
    names: tuple[str, ...] = Field(("a",), examples=["a,b"], description="Names.")
    seen: bool = False
    table: dict[str, float] | None = None


@pytest.mark.parametrize(
    ("name", "kind", "default", "limits", "text"),
    [
        ("count", "whole number", "3", "1 to 20,000", "How many (1 to 20,000; default 3)"),
        ("rate", "number", "0.25", "above 0, below 0.5", " (above 0, below 0.5; default 0.25)"),
        ("least", "whole number", None, "at least 2", " (at least 2)"),
        ("kind", "name", '"one"', "`one`, `two`", 'Which kind (of two) (one, two; default "one")'),
        ("names", "list of names", '["a"]', "", 'Names: a,b (default ["a"])'),
        ("seen", "true or false", "false", "`true`, `false`", " (true, false; default false)"),
        ("table", "table", None, "", ""),
    ],
)
def test_a_field_is_described_in_words(name, kind, default, limits, text):
    field = facts(Example)[name]
    assert (field.kind, field.default, field.limits) == (kind, default, limits)
    assert field.help == text


@pytest.mark.parametrize("model", [Plan, Recipe, Costs])
def test_every_field_is_described(model):
    for name, field in model.model_fields.items():
        assert field.description, name
        assert field.description.endswith("."), name


@pytest.mark.parametrize(
    ("name", "field"), [(n, f) for n, f in facts(Plan).items() if n != "recipe"]
)
def test_the_default_as_written_is_the_default(name, field):
    if field.default is not None:
        value = tomllib.loads(f"value = {field.default}")["value"]
        assert Plan.make({}, {name: value}) == Plan.make({})


def test_help_names_every_field_with_its_meaning():
    options = {action.dest: action.help for action in parser("study")._actions}
    for name, field in (facts(Plan) | facts(Recipe)).items():
        assert name == "recipe" or options[f"field.{name}"] == field.help


def test_the_list_of_a_plan_has_every_field():
    text = listing(PLAN)
    for field in (facts(Plan) | facts(Recipe)).values():
        assert field.name == "recipe" or field.help in text


def test_the_schema_of_a_plan_takes_what_people_write():
    schema = json.loads(as_json(PLAN))
    assert set(schema["properties"]) == set(Plan.model_fields)
    assert schema["additionalProperties"] is False
    assert schema["properties"]["baselines"]["minimum"] == 3
    assert schema["properties"]["correction"]["enum"] == ["holm", "bh"]
    kinds = {"Choice": ["string", "object"], "Strategy": ["string", "object", "array"],
             "Check": ["string", "object"], "Costs": ["string", "object"]}  # fmt: skip
    for name, allowed in kinds.items():
        assert [form["type"] for form in schema["$defs"][name]["anyOf"]] == allowed
    assert set(schema["$defs"]["Recipe"]["properties"]) == set(Recipe.model_fields)
    check = schema["$defs"]["Check"]["anyOf"][1]["properties"]
    assert set(check) == set(Check.model_fields)


@pytest.mark.parametrize("kind", REGISTRIES)
def test_entries_are_listed_as_json_with_their_traits_and_settings(kind):
    listed = {entry["name"]: entry for entry in json.loads(as_json(kind))}
    assert list(listed) == list(REGISTRIES[kind])
    for name, entry in REGISTRIES[kind].items():
        assert set(entry.traits()) < set(listed[name])
        assert set(listed[name]["settings"]["properties"]) == set(entry.resolve({}))
        assert entry.note in listing(kind)
