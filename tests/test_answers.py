"""What an inspection engineer asks: each answer against the verdicts' own rules."""

import re

import pytest

from cam_augment.records import Effect, ImpactProfile
from cam_augment.report import phrases, queries
from cam_augment.report.answers import Answer, answers
from cam_augment.report.contents import Report
from cam_augment.report.formats.latex import latex
from cam_augment.report.formats.markdown import markdown
from cam_augment.report.parts import discover
from cam_augment.report.tables.questions import questions
from tests.profiles import MEASURED, decided, example_profile, troubled_profile


def changed(profile: ImpactProfile, strategy: str, question: str, **numbers) -> ImpactProfile:
    """Return a profile in which one effect is another."""
    effects = {(e.strategy, e.question): e for e in profile.effects}
    before = effects.get((strategy, question), Effect(strategy=strategy, question=question))
    effects[strategy, question] = before.model_copy(update=numbers)
    return decided(profile.model_copy(update={"effects": tuple(effects.values())}))


def placed(profile: ImpactProfile, strategy: str, place: str) -> ImpactProfile:
    """Return a profile in which a strategy's attention is elsewhere."""
    strategies = tuple(
        s.model_copy(update={"attention": place}) if s.strategy == strategy else s
        for s in profile.strategies
    )
    return profile.model_copy(update={"strategies": strategies})


def unfaithful(profile: ImpactProfile) -> ImpactProfile:
    """Return a profile whose maps are no better than random cells."""
    looks = tuple(
        look.model_copy(update={"deletion": look.deletion.model_copy(update={"better": ()})})
        for look in profile.faithful
    )
    return profile.model_copy(update={"faithful": looks})


def answer_to(profile: ImpactProfile, strategy: str, question: str) -> Answer:
    [result] = [candidate for candidate in answers(profile) if candidate.strategy == strategy]
    return next(candidate for candidate in result.answers if candidate.question == question)


def moved(estimate: float, p: float) -> dict:
    return {"estimate": estimate, "low": estimate - 0.01, "high": estimate + 0.01, "p_adjusted": p}


def test_strategies_come_best_first_with_all_questions():
    profile = example_profile(masked=True)
    result = answers(profile)
    assert [row.strategy for row in result] == [row.strategy for row in queries.ranked(profile)]
    assert {tuple(a.question for a in row.answers) for row in result} == {tuple(phrases.QUESTIONS)}


def test_without_costs_nobody_asks_what_is_saved():
    names = {a.question for row in answers(example_profile()) for a in row.answers}
    assert names == set(phrases.QUESTIONS) - {"saving"}
    assert "gain_cost" not in questions(example_profile()).columns
    assert questions(example_profile()).title == phrases.QUESTIONS_TITLE


def test_without_masks_the_answer_is_how_to_mark_what_matters():
    result = [answer_to(example_profile(), strategy, "place") for strategy in MEASURED]
    assert {answer.finding for answer in result} == {"unknown"}
    assert all(answer.estimate is None for answer in result)
    for option in ("--masks", "--regions", "--probe-regions"):
        assert option in questions(example_profile()).caption
        assert option not in questions(example_profile(masked=True)).caption


@pytest.mark.parametrize(
    ("numbers", "missed", "finding"),
    [
        (moved(0.4, 0.02), (), "more"),
        (moved(-0.4, 0.02), (), "less"),
        (moved(0.4, 0.06), (), "same"),
        (moved(0.4, 0.02), ("3",), "missed"),
    ],
)
def test_focus_answers_where_attention_lies(numbers, missed, finding):
    profile = changed(example_profile(masked=True), "rotation", "focus", **numbers)
    strategies = tuple(
        s.model_copy(update={"missed": missed}) if s.strategy == "rotation" else s
        for s in profile.strategies
    )
    result = answer_to(profile.model_copy(update={"strategies": strategies}), "rotation", "place")
    assert result.finding == finding
    assert result.estimate == numbers["estimate"]
    assert ("beyond seed noise" in result.sentence) == (numbers["p_adjusted"] <= 0.05)
    assert ("class “3”" in result.short + result.sentence) == bool(missed)


def test_maps_that_fail_their_check_do_not_say_where_attention_lies():
    profile = changed(example_profile(masked=True), "rotation", "focus", **moved(0.4, 0.02))
    result = answer_to(unfaithful(profile), "rotation", "place")
    assert result.finding == "open"
    assert "no more than random cells" in result.sentence


def test_the_hits_are_the_mean_over_marked_images_and_stand_against_chance():
    sentence = answer_to(example_profile(masked=True), "rotation", "place").sentence
    rows = [p for p in example_profile(masked=True).pointing if p.arm == "rotation"]
    hit = sum(p.hit for p in rows) / len(rows)
    assert f"{100 * hit:.0f}\xa0% of the maps (by chance 10\xa0%" in sentence


@pytest.mark.parametrize(
    ("place", "spread", "finding"),
    [
        ("moved", moved(-0.02, 0.01), "gathers"),
        ("moved", moved(0.02, 0.01), "scatters"),
        ("moved", moved(-0.02, 0.2), "same"),
        ("same place", moved(-0.02, 0.01), "still"),
        ("not known", moved(-0.02, 0.01), "open"),
    ],
)
def test_scatter_is_said_only_where_attention_moves(place, spread, finding):
    profile = placed(changed(example_profile(), "zoom", "spread", **spread), "zoom", place)
    result = answer_to(profile, "zoom", "scatter")
    assert result.finding == finding
    assert ("As a whole, attention moves no more" in result.sentence) == (finding == "still")
    assert ("is not known" in result.sentence) == (finding == "open")


@pytest.mark.parametrize(
    ("gain", "place", "rho", "p", "finding"),
    [
        (0.02, "moved", 0.3, 0.01, "yes"),
        (-0.02, "moved", -0.3, 0.01, "loss"),
        (0.02, "moved", -0.3, 0.01, "against"),
        (0.02, "moved", 0.3, 0.3, "open"),
        (0.02, "same place", 0.3, 0.01, "apart"),
        (0.02, "not known", 0.3, 0.01, "open"),
        (0.005, "moved", 0.3, 0.01, "no gain"),  # its interval holds zero
    ],
)
def test_the_gain_goes_with_attention(gain, place, rho, p, finding):
    profile = changed(example_profile(), "shear", "gain", **moved(gain, 0.01))
    within = tuple(
        relation.model_copy(update={"rho": rho, "p_adjusted": p})
        if relation.strategy == "shear"
        else relation
        for relation in profile.within
    )
    profile = decided(profile.model_copy(update={"within": within}))
    result = answer_to(placed(profile, "shear", place), "shear", "together")
    assert (result.finding, result.estimate, result.low) == (finding, rho, None)
    interval_holds_zero = finding == "no gain"
    assert ("not settled, since the interval holds 0" in result.sentence) == interval_holds_zero


def test_without_the_relation_the_other_numbers_stand():
    profile = example_profile().model_copy(update={"within": ()})
    result = answer_to(profile, "rotation", "together")
    assert result.finding == "open"
    assert result.estimate is None
    assert "ρ" not in result.sentence


@pytest.mark.parametrize(
    ("numbers", "finding"),
    [
        ({"estimate": 5.0, "low": 2.0, "high": 8.0, "p_adjusted": 0.02}, "saves"),
        ({"estimate": -5.0, "low": -8.0, "high": -2.0, "p_adjusted": 0.02}, "costs"),
        ({"estimate": 5.0, "low": -2.0, "high": 12.0, "p_adjusted": 0.02}, "same"),
    ],
)
def test_savings_need_their_interval_too(numbers, finding):
    profile = changed(example_profile(masked=True), "rotation", "gain_cost", **numbers)
    assert answer_to(profile, "rotation", "saving").finding == finding


def test_what_is_beyond_noise_is_what_the_verdicts_hold_beyond_noise():
    profile = example_profile(masked=True)
    for row in answers(profile):
        by_name = {answer.question: answer for answer in row.answers}
        gain = profile.effect(row.strategy, "gain")
        assert (by_name["together"].finding == "no gain") != gain.beyond_noise
        saved = profile.effect(row.strategy, "gain_cost")
        assert (by_name["saving"].finding in ("saves", "costs")) == saved.beyond_noise


def test_holes_are_said():
    profile = troubled_profile()
    assert answer_to(profile, "rotation", "together").finding == "unknown"
    assert answer_to(profile, "rotation", "scatter").finding == "unknown"
    assert answer_to(profile, "zoom", "place").sentence == phrases.PLACE["few"]


def test_a_strategy_without_any_answer_has_a_row():
    profile = example_profile(masked=True)
    effects = tuple(e for e in profile.effects if e.strategy != "mixup")
    within = tuple(w for w in profile.within if w.strategy != "mixup")
    hole = profile.model_copy(update={"effects": effects, "within": within})
    [row] = [candidate for candidate in answers(hole) if candidate.strategy == "mixup"]
    assert {answer.finding for answer in row.answers} == {"unknown"}


def test_one_strategy_and_none():
    profile = example_profile()
    one = profile.model_copy(update={"strategies": profile.strategies[:1]})
    assert [row.strategy for row in answers(one)] == ["identity"]
    assert questions(profile.model_copy(update={"strategies": ()})) is None


def test_every_template_is_filled_and_every_finding_has_words():
    for profile in (example_profile(), example_profile(masked=True), troubled_profile()):
        for row in questions(profile).records():
            for name, value in row.items():
                if name.endswith(("_short", "_sentence")):
                    assert value.endswith("."), name
                    assert not re.search(r"[{}]|None|nan", value), value


def test_the_answers_stand_below_the_verdicts():
    discover()
    report = Report(example_profile())
    assert next(iter(report.sections)) == "verdicts"
    text = markdown(report)
    assert text.index("## Verdicts") < text.index("### Three questions")
    assert "**No change shown.** " in text
    assert "& No change shown. " in latex(questions(example_profile()))
