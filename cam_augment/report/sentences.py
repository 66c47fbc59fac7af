"""Sentences of what records hold as codes and numbers: verdicts, notices, readings of curves.

Names are in them as the records have them: whoever shows a sentence makes them visible or
escapes them.
"""

from cam_augment.records import Curve, Notice, StrategyProfile
from cam_augment.report import phrases
from cam_augment.report.language import say
from cam_augment.report.values import whole_percent, written


def sentence(strategy: StrategyProfile) -> str:
    """Return a strategy's verdict in one sentence, with its numbers.

    In the language that is spoken, as everywhere here.
    """
    return say(phrases.VERDICT, verdict=say(strategy.verdict), reasons=reasons(strategy))


def reasons(strategy: StrategyProfile) -> str:
    """Return what a strategy's verdict rests on, with its numbers."""
    return say(", ").join(map(notice, strategy.reasons))


def notice(record: Notice) -> str:
    """Return what a notice says; of a plug-in's own code, the code with its values.

    >>> notice(Notice.of("maps.empty", arm="zoom", share=0.12))
    'zoom: 12\\xa0% of the maps are all zero and left out.'
    """
    if record.code == "text":
        return str(record.values["text"])
    texts = phrases.NOTICES.get(record.code) or phrases.REASONS.get(record.code)
    if texts is None:
        return ": ".join([record.code, *map(str, record.values.values())])
    return written(texts, record.values)


def reading(curve: Curve) -> str:
    """Return what a validation loss says of overfitting."""
    rise = curve.validation_loss[-1] / min(curve.validation_loss) - 1
    return say(
        phrases.READINGS[curve.reading], best=str(curve.best_epoch), rise=whole_percent(rise)
    )
