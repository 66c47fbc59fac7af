"""Plans: what is read, what is refused and in which words, and what a run's key depends on."""

import contextlib
import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cam_augment.base.errors import InputError
from cam_augment.plan import Choice, Plan, Recipe, Run, Strategy, packaged_plans
from cam_augment.registry import ARCHITECTURES, DATASETS, STRATEGIES
from cam_augment.report.toml import dumps
from tests.refusals import refusal


def test_quickstart_is_the_design_of_the_readme():
    plan = Plan.read("quickstart")
    assert plan.name == "quickstart"
    assert (plan.baselines, plan.seeds, len(plan.strategies)) == (8, 4, 10)
    assert [stage[1:3] for stage in plan.stages] == [(4, 8), (6, 12)]
    assert len(plan.runs()) == plan.size == 12 + 9 * 6 + 4  # the control has those of the first
    once = Plan.read("quickstart", more_models="none")
    assert len(once.runs()) == once.size == 48


@pytest.mark.parametrize("name", packaged_plans())
def test_a_plan_survives_being_written_and_read(name):
    plan = Plan.read(name)
    again = Plan.make(tomllib.loads(dumps(plan.model_dump(mode="json"))))
    assert again == plan
    assert [run.key for run in again.runs()] == [run.key for run in plan.runs()]


@pytest.mark.parametrize(
    "text",
    ["rotation", "rotation:30", "rotation+zoom:0.2", "identity", "zoom:0.2+rotation:5+mixup"],
)
def test_a_label_is_read_back_as_the_strategy(text):
    strategy = Strategy.parse(text)
    assert Strategy.parse(strategy.label) == strategy


@given(st.sampled_from(sorted(STRATEGIES)), st.floats(0, 1))
def test_labels_are_injective_over_magnitudes(name, share):
    entry = STRATEGIES[name]
    if "magnitude" not in entry.resolve({}):
        return
    default = entry.resolve({})["magnitude"]
    strategy = Strategy.parse({"name": name, "magnitude": default * (0.5 + share / 2)})
    assert Strategy.parse(strategy.label) == strategy


def test_a_stated_default_is_the_default():
    assert Strategy.parse("rotation:15").label == "rotation"
    assert Strategy.parse({"name": "rotation", "magnitude": 15}) == Strategy.parse("rotation")


def test_no_two_runs_share_randomness():
    runs = Plan.read("quickstart").runs()
    assert len({run.entropy for run in runs}) == len(runs)
    assert len({run.key for run in runs}) == len(runs)
    assert all(0 <= run.entropy < 2**31 for run in runs)


def test_the_key_depends_on_all_that_decides_the_weights_and_nothing_else(tiny):
    key = tiny.runs()[0].key
    same = Plan.make(tiny.model_dump() | {"cam": "hirescam", "alpha": 0.01, "name": "other"})
    assert same.runs()[0].key == key
    for change in (
        {"recipe": {"epochs": 4}},
        {"first_seed": 1},
        {"dataset": {"name": "mnist", "train": 110}},
        {"architecture": {"name": "small_cnn", "width": 8}},
    ):
        assert Plan.make(tiny.model_dump() | change).runs()[0].key != key


def test_a_copy_with_another_field_has_a_key_and_draws_of_its_own(tiny):
    """Also where the original was asked before: both are kept once they are computed."""
    run = tiny.runs()[0]
    known = (run.key, run.entropy)
    other, twin = run.model_copy(update={"seed": 7}), Run(**run.model_dump() | {"seed": 7})
    assert (other.key, other.entropy) == (twin.key, twin.entropy)
    assert known == (run.key, run.entropy) != (other.key, other.entropy)


def test_keys_of_earlier_plans_stay_what_they_were():
    """Stored runs are found by them: a new field is left out of a key while it is neutral."""
    digits = {"name": "mnist", "test": 2500}
    plan = Plan.make({"dataset": digits, "recipe": {"precision": "float32"}})
    assert plan.runs()[0].key == "0f09f33c5fa1f8a6e8f5c3d2516e5036"


def test_raising_an_entrys_version_makes_its_runs_new(tiny, monkeypatch):
    from dataclasses import replace

    before = [run.key for run in tiny.runs()]
    raised = replace(STRATEGIES["rotation"], version=99)
    monkeypatch.setitem(STRATEGIES._entries, "rotation", raised)
    after = [run.key for run in tiny.runs()]
    changed = [
        run.strategy.label for run, a, b in zip(tiny.runs(), before, after, strict=True) if a != b
    ]
    assert set(changed) == {"rotation"}


def test_a_field_is_read_by_its_older_name_with_a_warning():
    with pytest.warns(
        FutureWarning, match="mine.toml: the field 'foretell' is called 'predictors'"
    ):
        plan = Plan.make({"foretell": True}, source="mine.toml")
    assert plan == Plan.make({"predictors": True})
    with pytest.warns(FutureWarning, match="option: the field 'foretell'"):
        assert Plan.make({}, {"foretell": "true"}).predictors
    with pytest.raises(InputError, match=r"mine\.toml: received 'foretell' and"):
        Plan.make({"foretell": True, "predictors": True}, source="mine.toml")


BAD = {
    "unknown field": ({"sedes": 4}, ["plan", "'sedes'", "Did you mean 'seeds'"]),
    "unknown recipe field": ({"recipe": {"epoch": 3}}, ["recipe.epoch", "'recipe.epochs'"]),
    "unknown strategy": ({"strategies": ["rotatoin"]}, ["strategies", "'rotatoin'", "'rotation'"]),
    "unknown metric": ({"metrics": ["peason"]}, ["metrics", "'peason'", "'pearson'"]),
    "unknown cam": ({"cam": "gradcm"}, ["cam", "'gradcm'", "'gradcam'"]),
    "unknown data": ({"dataset": "mnst"}, ["dataset", "'mnst'", "'mnist'"]),
    "unknown network": ({"architecture": "smal_cnn"}, ["architecture", "'small_cnn'"]),
    "magnitude too large": ({"strategies": ["rotation:400"]}, ["rotation", "magnitude", "180"]),
    "magnitude no number": ({"strategies": ["rotation:much"]}, ["magnitude", "'much'", "number"]),
    "unknown setting": ({"strategies": ["rotation:5,fil=1"]}, ["'fil'", "'fill'"]),
    "twice": ({"strategies": ["zoom", "zoom"]}, ["strategies", "'zoom' twice"]),
    "the baseline as strategy": ({"strategies": ["baseline"]}, ["strategies", "baseline"]),
    "no strategy": ({"strategies": []}, ["strategies", "one strategy or more"]),
    "too few seeds": ({"seeds": 1}, ["seeds", "received 1", "3"]),
    "a word for a number": ({"baselines": "eight"}, ["baselines", "'eight'", "integer"]),
    "too few baselines": ({"baselines": 2}, ["baselines", "received 2", "equal to 3"]),
    "primary not measured": ({"primary": "gini"}, ["primary", "'gini'"]),
    "a metric twice": ({"metrics": ["pearson", "pearson"]}, ["metrics", "'pearson' twice"]),
    "given data": ({"dataset": "given"}, ["'given'", "compare()"]),
    "a given strategy": ({"strategies": [{"given": "mine"}]}, ["'given'", "compare()"]),
    "given by name": ({"strategies": ["given"]}, ["strategies", "'given'"]),
    "a metric of one stack": ({"metrics": ["gini"]}, ["metrics", "'gini'"]),
    "a name with a path": ({"name": "../x"}, ["name", "'../x'"]),
    "alpha": ({"alpha": 1.5}, ["alpha", "1.5"]),
    "not a number": ({"alpha": float("nan")}, ["alpha", "nan"]),
    "a million runs": ({"seeds": 1000, "strategies": [f"rotation:{i / 10}" for i in range(200)]},
                       ["200", "at most"]),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_plans_get_one_line_that_names_the_field(case):
    fields, words = BAD[case]
    message = refusal(Plan.make, fields)
    for word in words:
        assert word in message, message


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Plan.read(None), "plan: received None; the path of a TOML file or the name"),
        (lambda: Plan.read(5), "plan: received 5; the path of a TOML file or the name"),
        (lambda: Plan.make(None), "plan: received None; fields by name expected"),
        (lambda: Plan.make([1]), r"plan: received \[1\]; fields by name expected"),
        (lambda: Plan.make({1: 2}), "plan: received a field called 1; a name in text expected"),
        (lambda: Plan.make({}, [1]), r"option: received \[1\]; fields by name expected"),
        (lambda: Plan.make({}, {None: 1}), "option: received a field called None; a name in text"),
    ],
)
def test_what_is_no_plan_at_all_gets_one_line(make, words):
    with pytest.raises(InputError, match=f"^{words}"):
        make()


def test_options_are_named_as_options():
    with pytest.raises(InputError, match="option --seeds: received '1'"):
        Plan.read("quickstart", seeds="1")


def test_a_file_that_is_no_toml_is_named(tmp_path):
    path = tmp_path / "plan.toml"
    path.write_text("dataset = \n")
    with pytest.raises(InputError, match=r"plan\.toml: not valid TOML"):
        Plan.read(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="not valid TOML"):
        Plan.read(path)


def test_a_file_may_begin_with_the_mark_of_utf_8(tmp_path):
    (tmp_path / "plan.toml").write_text("seeds = 7\nname = 'x'", "utf-8-sig")
    assert Plan.read(tmp_path / "plan.toml").seeds == 7


@pytest.mark.parametrize("fields", [
    {"name": "a\udce9"},
    {"dataset": {"name": "folder", "path": "a\udce9"}},
    {"dataset": {"name": "folder", "\ud800": 1}},
    {"strategies": ["identity", ["zoom", "a\udce9"]]},
    {"costs": {"a\udce9": {"b": 1}}},
])  # fmt: skip
def test_a_word_that_no_file_can_hold_is_refused(fields):
    with pytest.raises(InputError, match=r"plan: .*received '.*\?.*', which is not UTF-8"):
        Plan.make(fields)


def test_an_absent_file_gets_the_nearest_packaged_plan():
    with pytest.raises(InputError, match="Did you mean 'quickstart'"):
        Plan.read("quickstrat")


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
                    lambda inner: st.lists(inner, max_size=3)
                    | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=6),
       st.sampled_from([*Plan.model_fields, "nothing"]))  # fmt: skip
def test_any_value_in_any_field_is_read_or_refused_in_one_line(value, field):
    with contextlib.suppress(InputError):  # and nothing else
        Plan.make({field: value})


def test_choices_state_all_their_settings():
    choice = Choice.parse("mnist", DATASETS)
    assert choice.settings["train"] == 500


def test_recipe_default_is_the_papers_budget_for_every_arm():
    plan = Plan.read("quickstart")
    assert {run.recipe for run in plan.runs()} == {Recipe().on("small_cnn")}


def test_a_setting_inside_a_default_field_can_be_changed():
    plan = Plan.make({"strategies": ["identity"]}, {"dataset.train": "300"})
    assert plan.dataset.settings["train"] == 300
    with pytest.raises(InputError, match=r"--set seeds\.x: 'seeds' has no fields inside"):
        Plan.make({"seeds": 4}, {"seeds.x": "3"})


def run_of(strategy: str, **fields) -> Run:
    return Plan.make({"strategies": [strategy], **fields}).runs()[-1]


@pytest.mark.parametrize(
    ("strategy", "field", "value"),
    [
        ("l1:0.01", "l1", 0.01),
        ("l2", "l2", 1e-3),
        ("optimizer,kind=sgd", "optimizer", "sgd"),
        ("optimizer:0.2", "learning_rate", 0.2),
        ("schedule,kind=step", "schedule", "step"),
        ("schedule:0.2", "warmup", 0.2),
    ],
)
def test_a_control_changes_the_recipe_of_its_own_runs_alone(strategy, field, value):
    plan = Plan.make({"strategies": ["rotation", strategy]})
    rotation, control = plan.runs()[8], plan.runs()[-1]
    assert getattr(control.recipe, field) == value
    assert rotation.recipe == plan.runs()[0].recipe == plan.recipe
    assert control.strategy.augmentations == ()


def test_controls_compose_with_each_other_and_with_augmentations():
    run = run_of("rotation+l1:0.01+dropout:0.5")
    assert [step.name for step in run.strategy.augmentations] == ["rotation"]
    assert run.recipe.l1 == 0.01
    assert run.architecture.settings["dropout"] == 0.5


def test_every_control_makes_runs_of_its_own():
    controls = [name for name in STRATEGIES if STRATEGIES[name].changes]
    assert len(controls) >= 5
    assert len({run_of(name).key for name in ["identity", *controls]}) == len(controls) + 1


def test_a_control_that_the_network_cannot_take_is_refused(monkeypatch):
    monkeypatch.setattr(ARCHITECTURES, "_entries", dict(ARCHITECTURES))
    ARCHITECTURES.add(version=1, layer="a")(lambda shape, classes: None)  # noqa: ARG005
    with pytest.raises(InputError, match="sets 'dropout' of the network; '<lambda>' has no such"):
        run_of("dropout", architecture="<lambda>")


def test_a_layer_that_a_rule_chooses_is_part_of_the_look_by_the_rule_s_version():
    """Maps by another rule must not be met; where a layer is named, keys stay what they were."""
    network = {"name": "own", "source": "tests.given:network"}
    named = [
        Plan.make({}),
        Plan.make({"cam_layer": "stage_1"}),
        Plan.make({"architecture": {**network, "layer": "features"}}),
        Plan.make({"architecture": network, "cam_layer": "features"}),
    ]
    ruled = [
        Plan.make({"cam_layer": "last"}),
        Plan.make({"cam_layer": -2}),
        Plan.make({"architecture": network}),
        Plan.make({"checks": ["layer=-2"]}).under(Plan.make({"checks": ["layer=-2"]}).checks[0]),
    ]
    assert [len(plan.look) for plan in named + ruled] == 4 * [4] + 4 * [5]
    assert Plan.make({"cam_layer": -2}) == Plan.make({"cam_layer": "-2"})
