"""What to do next: a step each, with the command that does it."""

import shlex
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from operator import itemgetter
from typing import Any

from cam_augment.plan import GIVEN
from cam_augment.records import ImpactProfile, Notice, StrategyProfile
from cam_augment.report import groups, phrases, queries
from cam_augment.report.language import say
from cam_augment.report.words import listing, percent, visible

MOST_MODELS = 32  # more of a strategy than that are no step that anybody takes


@dataclass(frozen=True)
class Step:
    """What to do, and the command for it; empty where a person has to see to it."""

    text: str
    command: str = ""


def steps(profile: ImpactProfile) -> tuple[Step, ...]:
    """Return what to do next, most useful first."""
    makers: tuple[Callable[[ImpactProfile], Iterator[Step]], ...] = (
        _control, _leaks, _together, _models, _images, _class_images, _too_many_models,
        _at_margin, _class_few, _few_images,
    )  # fmt: skip
    every = tuple(step for make in makers for step in make(profile))
    return every or (Step(say(phrases.NEXT_STEPS["nothing"])),)


def _with_step(profile: ImpactProfile, code: str) -> list[tuple[StrategyProfile, Notice]]:
    return [
        (strategy, strategy.next_step)
        for strategy in queries.ranked(profile)
        if strategy.next_step is not None and strategy.next_step.code == code
    ]


def _names(pairs: list[tuple[StrategyProfile, Notice]]) -> str:
    return listing([visible(strategy.strategy) for strategy, _ in pairs])


def command(profile: ImpactProfile, *words: str) -> str:
    """Return the command that runs a profile's plan with other fields, as a shell reads it.

    It names the plan where the study's command has put it. Models that were trained elsewhere
    have none.
    """
    if GIVEN in (profile.plan.dataset.name, profile.plan.architecture.name):
        return ""
    return shlex.join(["cam-augment", "study", f"results/{profile.plan.name}/plan.toml", *words])


def _control(profile: ImpactProfile) -> Iterator[Step]:
    if any(strategy.verdict == "not quiet" for strategy in profile.strategies):
        yield Step(say(phrases.NEXT_STEPS["control"]))


def _leaks(profile: ImpactProfile) -> Iterator[Step]:
    pairs = _with_step(profile, "step.leaks")
    if pairs:
        share = percent(pairs[0][1].values["share"])
        yield Step(say(phrases.NEXT_STEPS["leaks"], share=share))


def _together(profile: ImpactProfile) -> Iterator[Step]:
    pairs = _with_step(profile, "step.together")
    if not pairs:
        return
    joined = "+".join(strategy.strategy for strategy, _ in pairs)
    arms = ",".join([*profile.plan.controls, joined])
    adopted = sum(strategy.verdict == "adopt" for strategy in profile.strategies)
    yield Step(
        say(
            phrases.NEXT_STEPS["together" if len(pairs) == adopted else "some together"],
            count=len(pairs),
            names=_names(pairs),
        ),
        command(profile, "--name", f"{profile.plan.name}-together", "--strategies", arms),
    )


def _models(profile: ImpactProfile) -> Iterator[Step]:
    pairs = [pair for pair in _with_step(profile, "step.models") if _more(pair) <= MOST_MODELS]
    if not pairs:
        return
    plan, more = profile.plan, max(map(_more, pairs))
    fields = plan.with_more_models(more, [strategy.strategy for strategy, _ in pairs])
    if plan.more_models:
        words = say(phrases.NEXT_STEPS["models"], names=_names(pairs), more=more)
    else:
        strategies = len(fields.get("strategies", plan.strategies))
        words = say(
            phrases.NEXT_STEPS["models anew"],
            names=_names(pairs),
            seeds=fields["seeds"],
            baselines=fields["baselines"],
            models=fields["baselines"] + fields["seeds"] * strategies,
        )
    yield Step(words, command(profile, *_options(fields)))


def _too_many_models(profile: ImpactProfile) -> Iterator[Step]:
    """Say of what only many models would decide: nobody trains them for a gain at the margin."""
    pairs = [pair for pair in _with_step(profile, "step.models") if _more(pair) > MOST_MODELS]
    if pairs:
        least = min(map(_more, pairs))
        yield Step(say(phrases.NEXT_STEPS["many models"], names=_names(pairs), more=least))


def _more(pair: tuple[StrategyProfile, Notice]) -> int:
    return int(str(pair[1].values["more"]))


def _options(fields: Mapping[str, Any]) -> Iterator[str]:
    """Yield fields of a plan as options of the command."""
    for name, value in fields.items():
        yield f"--{name.replace('_', '-')}"
        yield ",".join(map(str, value)) if isinstance(value, list) else str(value)


def _images(profile: ImpactProfile) -> Iterator[Step]:
    pairs = _with_step(profile, "step.images")
    if not pairs:
        return
    if not groups.test_groups(profile):
        yield _of_images("images", _needs(pairs), **_now(pairs))
        return
    needs = [(groups.needed(profile, then), name) for then, name in _needs(pairs)]
    fields = {"kind": say(groups.kind(profile)), "now_groups": f"{groups.test_groups(profile):,}"}
    if len(needs) == 1:
        fields["then_groups"] = groups.counted(profile, needs[0][0])
        yield _of_images("groups", _needs(pairs), **_now(pairs), **fields)
    else:
        yield _of_images("groups", needs, **fields)


def _needs(pairs: list[tuple[StrategyProfile, Notice]]) -> list[tuple[int, str]]:
    """Return how many test images each strategy needs, the fewest first, with its name."""
    needs = (
        (int(str(notice.values["then"])), visible(strategy.strategy)) for strategy, notice in pairs
    )
    return sorted(needs, key=itemgetter(0))


def _now(pairs: list[tuple[StrategyProfile, Notice]]) -> dict[str, str]:
    return {"now": f"{int(str(pairs[0][1].values['now'])):,}"}


def _of_images(step: str, needs: list[tuple[int, str]], **fields: str) -> Step:
    """Return a step that takes test images: so many for each strategy.

    Args:
        needs: numbers with names. fields: of the step's phrase, beside these.
    """
    if len(needs) == 1:
        ((then, name),) = needs
        return Step(say(phrases.NEXT_STEPS[step], names=name, then=f"{then:,}", **fields))
    names = [say(phrases.NEXT_STEPS["need"], name=name, then=f"{then:,}") for then, name in needs]
    return Step(say(phrases.NEXT_STEPS[f"{step} of several"], names=listing(names), **fields))


def _at_margin(profile: ImpactProfile) -> Iterator[Step]:
    pairs = _with_step(profile, "step.at_margin")
    if pairs:
        times = str(pairs[0][1].values["times"])
        yield Step(say(phrases.NEXT_STEPS["at margin"], names=_names(pairs), times=times))


def _class_few(profile: ImpactProfile) -> Iterator[Step]:
    values = [step.values for _, step in _with_step(profile, "step.class_few")]
    for name, now in dict.fromkeys((str(value["name"]), str(value["now"])) for value in values):
        yield Step(say(phrases.NEXT_STEPS["class few"], name=visible(name), now=now))


def _few_images(profile: ImpactProfile) -> Iterator[Step]:
    pairs = _with_step(profile, "step.few_images")
    if pairs:
        now = str(pairs[0][1].values["now"])
        yield Step(say(phrases.NEXT_STEPS["few images"], names=_names(pairs), now=now))


def _class_images(profile: ImpactProfile) -> Iterator[Step]:
    by_class: dict[str, list[tuple[StrategyProfile, Notice]]] = {}
    for strategy, step in _with_step(profile, "step.class_images"):
        by_class.setdefault(str(step.values["name"]), []).append((strategy, step))
    phrase = "class groups" if groups.test_groups(profile) else "class images"
    kind = say(groups.kind(profile))
    for name, pairs in by_class.items():
        yield _of_images(phrase, _needs(pairs), class_name=visible(name), kind=kind, **_now(pairs))
