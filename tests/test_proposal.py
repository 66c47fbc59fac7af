"""What is said of a search's proposal: on its page, by its command, and for programs."""

from pathlib import Path

import pytest

from cam_augment.cli.outcome import summary
from cam_augment.cli.progress import say_result
from cam_augment.report.decision.headline import headline
from cam_augment.report.language import languages, speaking
from cam_augment.report.proposal import proposal
from cam_augment.report.tables.search import search, search_strategies
from cam_augment.report.words import points
from tests.example.answers import search_record
from tests.profiles import example_profile


def record(proposed: str | None, *sources: str):
    """Return a search whose finalists came from these places."""
    whole = search_record(("shear", "contrast", "rotation"))
    finalists = [
        whole.finalists[0].model_copy(update={"strategy": name, "source": source})
        for name, source in zip(("shear", "trivial_augment"), sources, strict=False)
    ]
    return whole.model_copy(update={"proposal": proposed, "finalists": tuple(finalists)})


SAID = {
    "The search proposes shear.": ("shear", "growth", "policy"),
    "proposes trivial_augment, a fixed policy: it promises more": (
        "trivial_augment", "growth", "policy",
    ),
    "proposes shear, a fixed policy: no strategy surely adds": ("shear", "policy", "policy"),
    "proposes nothing: no strategy surely adds anything to others.": (None,),
    "proposes nothing: no pipeline surely gained": (None, "growth", "screening"),
    "proposes nothing: no pipeline and no fixed policy": (None, "growth", "policy"),
    "proposes nothing: no strategy surely adds anything to others, and no fixed policy": (
        None, "policy", "policy",
    ),
}  # fmt: skip


@pytest.mark.parametrize("words", SAID)
def test_what_is_proposed_and_why(words):
    assert words in proposal(record(*SAID[words]))


@pytest.mark.parametrize("case", SAID.values(), ids=str)
def test_every_language_says_it(case):
    said = set()
    for name in languages():
        with speaking(name):
            said.add(proposal(record(*case)))
    assert len(said) == len(languages())


def with_policy(source: str):
    """Return a profile whose proposal came from such a place."""
    profile = example_profile(masked=True)
    result = profile.search
    finalists = (result.finalists[0].model_copy(update={"source": source}), *result.finalists[1:])
    return profile.model_copy(update={"search": result.model_copy(update={"finalists": finalists})})


def test_the_first_screen_says_what_was_proposed_promised_and_confirmed():
    profile = with_policy("growth")
    promise = profile.search.finalists[0].gain
    kept = profile.effect(profile.search.proposal, "gain").estimate
    said = headline(profile).search
    assert said.startswith(proposal(profile.search))
    assert said.endswith(f"Promised: {points(promise, 1)} points; confirmed: {points(kept, 1)}.")
    nothing = profile.search.model_copy(update={"proposal": None})
    none = profile.model_copy(update={"search": nothing})
    assert headline(none).search == proposal(nothing)
    assert headline(profile.model_copy(update={"search": None})).search == ""


@pytest.mark.parametrize(
    ("source", "role"), [("policy", "proposed_policy"), ("growth", "proposal")]
)
def test_the_page_says_whether_the_proposal_is_a_policy(source, role):
    profile = with_policy(source)
    table = search(profile)
    assert ("a fixed policy: it promises more" in table.caption) == (source == "policy")
    rows = [dict(zip(table.columns, row, strict=True)) for row in table.rows]
    proposed = [row for row in rows if row["strategy"] == profile.search.proposal]
    assert [row["role"] for row in proposed] == [role]
    assert proposed[0]["promised"] == profile.search.finalists[0].gain


def test_the_command_says_what_is_proposed(capsys):
    profile = with_policy("policy")
    say_result(profile, Path("out"))
    first = capsys.readouterr().out.strip().splitlines()[0]
    assert first == proposal(profile.search)
    assert summary(profile, Path("out"))["proposal"] == profile.search.proposal
    study = profile.model_copy(update={"search": None})
    say_result(study, Path("out"))
    assert "proposes" not in capsys.readouterr().out
    assert "proposal" not in summary(study, Path("out"))


def test_what_no_model_carries_beside_another_is_said_to_be_alone():
    profile = example_profile(masked=True)
    assert "gain alone: no model" not in search_strategies(profile).caption
    fewer = profile.search.model_copy(update={"interactions": profile.search.interactions[:1]})
    caption = search_strategies(profile.model_copy(update={"search": fewer})).caption
    names = [s.strategy for s in fewer.strategies if s.strategy not in ("shear", "contrast")]
    said = caption.partition("it is the gain alone")[0].rpartition("Of ")[2]
    assert names
    assert all(name in said for name in names)
