"""Sentences from the codes and numbers of records: verdicts, notices, readings of curves.

Names stand in them as in the records; callers make them visible, or escape them.
"""

from cam_augment.records import Curve, ImpactProfile, Notice, StrategyProfile
from cam_augment.report import groups, phrases
from cam_augment.report.language import say
from cam_augment.report.values import fill, whole_percent


def sentence(strategy: StrategyProfile) -> str:
    """Return a strategy's verdict in one sentence, with its numbers, in the current language."""
    return say(phrases.VERDICT, verdict=say(strategy.conclusion), reasons=reasons(strategy))


def reasons(strategy: StrategyProfile) -> str:
    """Return what a strategy's verdict rests on, with its numbers.

    Of a trade-off, and of a gain in doubt, the first reason speaks for it and the others against.
    """
    texts = list(map(notice, strategy.reasons))
    first, others = texts[:1], texts[1:]
    if others and (strategy.verdict == "trade-off" or strategy.rule == "gains in doubt"):
        return say(phrases.BUT, gain=first[0], against=say(", ").join(others))
    return say(", ").join(texts)


def notes(strategy: StrategyProfile) -> list[str]:
    """Return what a reader must know beside a verdict, a sentence each."""
    return list(map(notice, strategy.notes))


def next_step(profile: ImpactProfile, strategy: StrategyProfile) -> str:
    """Return what to do next about a strategy; empty beside an old verdict."""
    step = strategy.next_step
    if step is None:
        return ""
    if step.code == "step.none":
        return say(phrases.ACTIONS[strategy.conclusion])
    return notice(groups.in_groups(profile, step))


def notice(record: Notice) -> str:
    """Return what a notice says; for a code of a plug-in, the code with its values.

    >>> notice(Notice.of("maps.empty", arm="zoom", share=0.12))
    'zoom: 12\\xa0% of the maps are all zero and left out.'
    """
    if record.code == "text":
        return str(record.values["text"])
    texts = next((table[record.code] for table in phrases.TABLES if record.code in table), None)
    if texts is None:
        return ": ".join([record.code, *map(str, record.values.values())])
    return fill(texts, record.values)


def reading(curve: Curve) -> str:
    """Return what the validation loss says on overfitting."""
    rise = curve.validation_loss[-1] / min(curve.validation_loss) - 1
    return say(
        phrases.READINGS[curve.reading], best=str(curve.best_epoch), rise=whole_percent(rise)
    )
