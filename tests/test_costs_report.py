"""What a report says of costs, savings and money."""

import re

import pytest

from cam_augment.base.errors import InputError
from cam_augment.plan import Plan
from cam_augment.records import (
    Effect,
    ImpactProfile,
)
from cam_augment.report import money as in_money
from cam_augment.report import parts, price
from cam_augment.report.contents import Report
from cam_augment.report.decision import decision
from cam_augment.report.decision.views import views
from cam_augment.report.formats.html import html
from cam_augment.report.formats.markdown import markdown
from cam_augment.report.language import speaking
from cam_augment.report.order import in_one_order
from tests.priced import SHORT, profile_of, study


def costs_table(profile: ImpactProfile):
    parts.discover()
    return next(part for part in Report(profile).tables if part.name == "costs")


def test_the_report_says_what_it_saves():
    profile = profile_of(*study(careful=3.0, parts={"a": 0.98}))
    table = costs_table(profile)
    assert "a defect called “a”, costs 20.0" in table.caption
    assert "Production is 98.0\N{NO-BREAK SPACE}% “a”" in table.caption
    rows = {row["arm"]: row for row in table.records()}
    assert rows["rotation"]["saving"] == profile.effect("rotation", "gain_cost").estimate
    assert rows["rotation"]["beyond_noise"]
    assert rows["baseline"]["saving"] is None
    assert rows["rotation"]["saving_per_year"] is None
    ordered = in_one_order(profile)
    assert [s.strategy for s in ordered.strategies] != [s.strategy for s in profile.strategies]
    expected = ["baseline", *(strategy.strategy for strategy in ordered.strategies)]
    assert [arm.arm for arm in ordered.costs.arms] == expected
    page = html(Report(profile))
    for words in ("What it saves", "Most is saved by rotation", "The deciding interval beside it",
                  "Also a trade-off: the cost rises", "Saved per 1,000 parts"):  # fmt: skip
        assert words in page, words
    frame = profile.to_frame().set_index("strategy")
    assert frame.loc["rotation", "gain_cost"] == rows["rotation"]["saving"]


@pytest.fixture(scope="module")
def year():
    """A plan with a currency and a year, in which rotation saves."""
    plan, *rest = study(careful=3.0, parts={"a": 0.98})
    fields = plan.model_dump() | {"currency": "EUR", "parts_per_year": 250_000}
    return profile_of(Plan.make(fields), *rest)


def test_a_year_is_so_many_thousand_parts(year):
    effect = year.effect("rotation", "gain_cost")
    rows = {row["arm"]: row for row in costs_table(year).records()}
    for name, number in (("saving", "estimate"), ("low", "low"), ("high", "high")):
        result = rows["rotation"][f"{name}_per_year"]
        assert result == pytest.approx(250 * getattr(effect, number))
    assert rows["baseline"]["saving_per_year"] is None


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", ("Saved a year, EUR", "EUR a year")), ("ja", ("年間の節約額（EUR）", "EUR、年間"))],
)
def test_money_is_said_on_the_first_screen_in_the_view_and_in_markdown(year, language, words):
    effect, report = year.effect("rotation", "gain_cost"), Report(year)
    with speaking(language):
        first = decision(year)
        (row,) = [row for row in first.rows if row.strategy == "rotation"]
        (view,) = [view for view in views(year) if view.strategy == "rotation"]
        text = markdown(report)
    number = float(re.sub(r"[+,]|\s.*", "", row.saving))
    assert number == pytest.approx(250 * effect.estimate, rel=0.01)
    assert first.saved == words[0]
    assert words[1] in first.price[0]
    assert any(words[1] in value for _, value in view.facts)
    assert words[0] in text


def test_an_amount_of_money_is_rounded_to_what_its_interval_tells():
    saving = in_money.saving
    profile = profile_of(*study(careful=3.0))
    plan = profile.plan.model_copy(update={"parts_per_year": 10_000_000})
    effect = Effect(strategy="rotation", question="gain_cost", estimate=2.2336, low=0.2, high=4.3)
    priced = profile.model_copy(update={"plan": plan, "effects": (effect,)})
    assert str(saving(priced, "rotation")) == "+22,300 [2,000, 43,000]"


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"parts_per_year": 1000}, "parts_per_year: it says what the costs of 1,000 parts are"),
        ({"currency": "EUR"}, "currency: it is what costs are counted in; this plan has no costs"),
        ({"costs": SHORT, "parts_per_year": -5}, "parts_per_year: received -5; input should be"),
        ({"costs": SHORT, "parts_per_year": 0}, "parts_per_year: received 0; input should be"),
        ({"costs": SHORT, "parts_per_year": "many"}, "parts_per_year: received 'many'"),
        ({"costs": SHORT, "currency": "12"}, "currency: received '12'; expected a code, a word"),
        ({"costs": SHORT, "currency": ""}, "currency: received ''"),
        ({"costs": SHORT, "currency": "E\nUR"}, "currency: received 'E"),
        ({"costs": SHORT, "currency": 5}, "currency: received 5"),
        ({"costs": SHORT, "currency": "x" * 17}, "at most 16 characters"),
        ({"costs": SHORT, "curency": "EUR"}, "(received 'EUR'). Did you mean 'currency'"),
        ({"costs": SHORT, "parts_a_year": 5}, "Did you mean 'parts_per_year'"),
    ],
)  # fmt: skip
def test_money_that_cannot_be_is_refused_in_one_line(fields, words):
    with pytest.raises(InputError) as caught:
        Plan.make(fields)
    assert words in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("currency", ["EUR", "$", "€", "円", "thousand yen"])
def test_a_currency_is_a_code_a_word_or_a_sign(currency):
    assert Plan.make({"costs": SHORT, "currency": currency}).currency == currency


def test_nothing_is_said_of_cheaper_rules_where_arms_were_judged_by_one():
    """As in a profile of before, in which fitted decisions cost some arms more."""
    profile = profile_of(*study(careful=3.0))
    said = "by the cheaper of two decision rules"
    assert said in price.summary(profile)[0]
    assert "by the rule that costs it less" in costs_table(profile).caption
    arms = tuple(arm.model_copy(update={"rule": "fitted"}) for arm in profile.costs.arms)
    before = profile.costs.model_copy(update={"arms": arms})
    earlier = profile.model_copy(update={"costs": before})
    assert said not in price.summary(earlier)[0]
    assert "Mistakes and savings are of the latter." in costs_table(earlier).caption


def test_a_matrix_is_put_in_words():
    costs = {"b": {"a": 50, "c": 2}, "a": {"b": 1}}
    profile = profile_of(*study(costs=costs))
    assert price.in_words(profile.costs, profile.classes) == (
        "“b” called “a” costs 50.0, “b” called “c” costs 2.00 and “a” called “b” costs 1.00; other "
        "mistakes cost nothing."
    )
    table = costs_table(profile)
    assert [view.title for view in table.views][4] == "Mistakes"
