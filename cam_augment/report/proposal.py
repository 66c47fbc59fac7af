"""What a search proposes, in a sentence: of its page and of its command."""

from cam_augment.records.search import SearchResult
from cam_augment.report.language import say
from cam_augment.report.words import visible


def proposal(result: SearchResult) -> str:
    """Return what a search proposes, and why nothing, or a fixed policy."""
    if result.proposal is None:
        return _nothing(result)
    fields = {"pipeline": visible(result.proposal)}
    sources = {one.strategy: one.source for one in result.finalists}
    if sources.get(result.proposal) != "policy":
        return say("The search proposes {pipeline}.", **fields)
    if set(sources.values()) == {"policy"}:
        return say(
            "The search proposes {pipeline}, a fixed policy: no strategy surely adds anything to "
            "others.",
            **fields,
        )
    return say(
        "The search proposes {pipeline}, a fixed policy: it promises more than the pipelines of "
        "the plan's strategies.",
        **fields,
    )


def _nothing(result: SearchResult) -> str:
    sources = {one.source for one in result.finalists}
    if not sources:
        return say("The search proposes nothing: no strategy surely adds anything to others.")
    if sources == {"policy"}:
        return say(
            "The search proposes nothing: no strategy surely adds anything to others, and no fixed "
            "policy surely gained when it was repeated."
        )
    if "policy" in sources:
        return say(
            "The search proposes nothing: no pipeline and no fixed policy surely gained when it "
            "was repeated."
        )
    return say("The search proposes nothing: no pipeline surely gained when it was repeated.")
