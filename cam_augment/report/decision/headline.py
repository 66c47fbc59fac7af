"""What was studied, in facts, and what was decided, in a line a verdict."""

from dataclasses import dataclass

from cam_augment.records import ImpactProfile, StrategyProfile
from cam_augment.report import groups, naming, phrases, queries, words
from cam_augment.report.decision.rows import LONGEST_CLASS
from cam_augment.report.language import say, sentences
from cam_augment.report.proposal import proposal
from cam_augment.report.words import count, listing, points, short, visible
from cam_augment.statistics.scoring import ACCURACY

MOST_NAMES = 3  # strategies that a line names one by one


@dataclass(frozen=True)
class Headline:
    """The head of the page.

    Attributes:
        facts: what was studied, a few words each.
        lines: verdict and sentence, in the order of the verdicts; those without strategies left
            out.
        search: what a search proposed, promised, and what was confirmed; nothing without one.
    """

    name: str
    facts: tuple[str, ...]
    lines: tuple[tuple[str, str], ...]
    search: str = ""


def headline(profile: ImpactProfile) -> Headline:
    """Return the head of a profile's page."""
    return Headline(
        visible(profile.plan.name), _facts(profile), _lines(profile), _searched(profile)
    )


def _facts(profile: ImpactProfile) -> tuple[str, ...]:
    plan = profile.plan
    facts = [_strategies(profile), _models(profile), _images(profile)]
    facts += [visible(plan.dataset.name), visible(plan.architecture.name)]
    if plan.gain != ACCURACY:
        facts.append(naming.gain(plan.gain).name)
    if plan.folds is not None:
        facts.append(say(phrases.FACTS["folds"], folds=plan.folds))
    return tuple(fact for fact in facts if fact)


def _searched(profile: ImpactProfile) -> str:
    search = profile.search
    if search is None:
        return ""
    promises = [one.gain for one in search.finalists if one.strategy == search.proposal]
    if not promises:
        return proposal(search)
    kept = profile.effect(str(search.proposal), "gain")
    unit = queries.question(profile, "gain").unit
    promised = say(
        phrases.HEADLINE["promised"],
        promised=points(promises[0], 1),
        confirmed=points(kept.estimate, 1),
        unit=unit,
    )
    return sentences(proposal(search), promised)


def _strategies(profile: ImpactProfile) -> str:
    controls = queries.controls(profile)
    others = count(len(profile.strategies) - controls, "strategy", "strategies")
    if not controls:
        return others
    return say(phrases.FACTS["control"], strategies=others)


def _models(profile: ImpactProfile) -> str:
    runs = [strategy.runs for strategy in profile.strategies]
    baselines = count(queries.baselines(profile), "baseline")
    least, most = min(runs, default=0), max(runs, default=0)
    models = count(most, "model")
    if least < most:
        models = say("{least} to {most} models", least=least, most=most)
    return say(phrases.FACTS["models"], models=models, baselines=baselines)


def _images(profile: ImpactProfile) -> str:
    images, parts = groups.test_images(profile), groups.test_groups(profile)
    settings = profile.plan.dataset.settings
    if not images:
        return ""
    trained = settings.get("train")
    fields = {"test": f"{images:,}", "groups": groups.counted(profile, parts)}
    if not isinstance(trained, int):
        return say(phrases.FACTS["test of groups" if parts else "test"], **fields)
    fields["train"] = f"{trained:,}"
    if parts and settings.get("test") == parts:  # the data's sizes are those of groups
        return say(phrases.FACTS["groups"], images=groups.counted_images(profile), **fields)
    return say(phrases.FACTS["images of groups" if parts else "images"], **fields)


def _lines(profile: ImpactProfile) -> tuple[tuple[str, str], ...]:
    by_verdict: dict[str, list[StrategyProfile]] = {}
    for strategy in queries.ranked(profile):
        if strategy.strategy not in profile.plan.controls:
            by_verdict.setdefault(strategy.conclusion, []).append(strategy)
    return tuple((verdict, _line(profile, verdict, group)) for verdict, group in by_verdict.items())


def _line(profile: ImpactProfile, verdict: str, group: list[StrategyProfile]) -> str:
    gains = [profile.effect(s.strategy, "gain").estimate for s in group]
    mean = queries.mean(profile, profile.plan.gain)
    known_gains = [gain for gain in gains if words.is_known(gain)]
    if verdict == "adopt" and len(group) > 1 and len(known_gains) == len(group):
        least, most = points(min(known_gains), 1), points(max(known_gains), 1)
        return say(
            phrases.HEADLINE["alike" if least == most else "adopt"],
            count=len(group),
            least=least,
            most=most,
            unit=queries.question(profile, "gain").unit,
            mean=queries.score_value(profile, mean),
            score=queries.score(profile),
        )
    names = [_named(s, gain) for s, gain in zip(group, gains, strict=True)]
    if len(names) <= MOST_NAMES:
        return listing(names)
    return say(phrases.HEADLINE["more"], names=say(", ").join(names[:MOST_NAMES]),
               count=len(names) - MOST_NAMES)  # fmt: skip


def _named(strategy: StrategyProfile, gain: float | None) -> str:
    """Return a strategy with its gain, and the class that pays where the gain does not say why."""
    fields = {"name": visible(strategy.strategy), "gain": points(gain, 1)}
    losses = [r.values for r in strategy.reasons if r.code == "class.surely_loses"]
    if not losses or any(reason.code == "gain.falls" for reason in strategy.reasons):
        return say(phrases.HEADLINE["strategy"], **fields)
    return say(
        phrases.HEADLINE["loss of a class"],
        **fields,
        class_name=short(losses[0]["name"], LONGEST_CLASS),
        loss=points(losses[0]["loss"], 1),
    )
