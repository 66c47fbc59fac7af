"""Sentences from the codes and numbers of records: verdicts, notices, readings of curves.

Names stand in them as in the records; callers make them visible, or escape them.
"""

from cam_augment.records import Curve, Notice, StrategyProfile
from cam_augment.report import phrases
from cam_augment.report.language import say
from cam_augment.report.values import fill, whole_percent


def sentence(strategy: StrategyProfile) -> str:
    """Return a strategy's verdict in one sentence, with its numbers, in the current language."""
    return say(phrases.VERDICT, verdict=say(strategy.verdict), reasons=reasons(strategy))


def reasons(strategy: StrategyProfile) -> str:
    """Return what a strategy's verdict rests on, with its numbers."""
    return say(", ").join(map(notice, strategy.reasons))


def notice(record: Notice) -> str:
    """Return what a notice says; for a code of a plug-in, the code with its values.

    >>> notice(Notice.of("maps.empty", arm="zoom", share=0.12))
    'zoom: 12\\xa0% of the maps are all zero and left out.'
    """
    if record.code == "text":
        return str(record.values["text"])
    texts = phrases.NOTICES.get(record.code) or phrases.REASONS.get(record.code)
    if texts is None:
        return ": ".join([record.code, *map(str, record.values.values())])
    return fill(texts, record.values)


def reading(curve: Curve) -> str:
    """Return what the validation loss says on overfitting."""
    rise = curve.validation_loss[-1] / min(curve.validation_loss) - 1
    return say(
        phrases.READINGS[curve.reading], best=str(curve.best_epoch), rise=whole_percent(rise)
    )
