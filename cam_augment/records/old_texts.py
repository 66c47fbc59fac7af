"""Turns the English sentences of profiles of schema 1 back into codes.

Only sentences that schema 1 wrote are known here; every other text stays a text.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from cam_augment.records.notices import Notice

_PLAIN = (
    "Costs are those of plain decisions, for the likeliest class: decisions of least expected "
    "cost could not be fitted, since "
)
_MISSED = (
    "in class '{name}' attention misses the marked regions in most images, chance taken off (on "
    "them in {hit} of the maps, {chance} by chance; strongest at the {place} in {there})"
)
_COSTS = "Costs: what {strategy} saves rests on decisions fitted for least expected cost: with "
_TEXTS = {
    "maps.coarse": (
        "The maps have a grid of {rows}x{columns}: below 4x4 they say almost nothing. Take an "
        "earlier layer (cam_layer) or larger images."
    ),
    "maps.empty": "{arm}: {share} of the maps are all zero and left out.",
    "maps.no_better_than_random": (
        "Maps under {look}: {test} does not show that their highest cells matter more to the "
        "baselines than cells drawn at random."
    ),
    "maps.no_better_than_centre": (
        "Maps under {look} do no better than a blob in the middle of the image: neither deletion "
        "nor insertion shows that their highest cells matter more to the baselines than the cells "
        "nearest to the centre."
    ),
    "maps.worse_than_centre": (
        "Maps under {look}: {test} shows that the cells nearest to the centre matter more to the "
        "baselines than their highest cells."
    ),
    "maps.show_the_image": (
        "Maps under {look} stay nearly the same (mean Pearson {r}) when all weights are drawn "
        "anew: they show the image, and not what the models have learnt."
    ),
    "look.unstable": (
        "Unstable under {look}: whether attention moves beyond seed noise comes out otherwise "
        "than under the plan's own look for {strategies}."
    ),
    "baselines.miss_class": (
        f"Baselines: {_MISSED}. These networks may decide by something else there; accuracy on "
        "images like these cannot show it."
    ),
    "costs.unfitted_given": f"{_PLAIN}models that were given have no validation images.",
    "costs.unfitted": (
        f"{_PLAIN}{{count}} of the models were not asked for their validation images; the command "
        "asks them, without training."
    ),
    "costs.fitted_higher": (
        "Costs: decisions fitted for least expected cost are dearer here than those for the "
        "likeliest class: the baselines cost {fitted} per 1,000 parts with the former and "
        "{plain} with the latter. Savings are counted from the former."
    ),
    "costs.fitted_decides": (
        f"{_COSTS}them it costs {{fitted}} per 1,000 parts (baselines {{fitted_baseline}}), by "
        "the likeliest class {plain} (baselines {plain_baseline})."
    ),
    "costs.few_images": (
        "Costs: what mistakes on '{name}' cost rests on {count} test images, each of which stands "
        "for {parts} of 1,000 parts."
    ),
    "models.mixed": "The models were made under different {name}: {values}.",
    "pictures.damaged": "{count} {_are} damaged and left out: {messages}.",
    "pictures.marks_cut_off": (
        "{count} {_are} marked only outside of the part that is shown: {names}. They count as "
        "having nothing marked."
    ),
    "pictures.near_duplicates": (
        "Nearly the same pictures lie in two splits: {overlaps} (such as {pairs}). What is "
        "measured on them may flatter; a group keeps them together."
    ),
    "pictures.groups_torn": (
        "{count} groups are in more than one of the splits that the data bring along ({groups})."
    ),
    "files.ignored": "Ignored: {files}.",
    "masks.unused": "{count} masks have the name of no picture and are not used.",
    "masks.lacking": "Pictures without a mask, in which nothing counts as marked: {classes}.",
    "run.not_trained": "not trained yet",
    "run.not_asked": "not asked everything yet",
}
_PLACES = (
    "top left", "top centre", "top right", "left", "centre", "right",
    "bottom left", "bottom centre", "bottom right",
)  # fmt: skip
_FIELD = re.compile(r"\{(\w+)\}")


def read(profile: Mapping[str, Any]) -> dict[str, Any]:
    """Return a profile, plain values, with codes in place of its texts."""
    return {
        **profile,
        "warnings": [_code(text) for text in profile.get("warnings", ())],
        "missing": [{**run, "reason": _code(run["reason"])} for run in profile.get("missing", ())],
        "curves": [
            {**curve, "reading": _reading(curve["reading"])} for curve in profile.get("curves", ())
        ],
    }


def _code(text: Any) -> Any:
    return notice(text).model_dump() if isinstance(text, str) else text


def notice(text: str) -> Notice:
    """Return the notice behind a sentence, its numbers as exact as the sentence has them.

    >>> notice("zoom: 12% of the maps are all zero and left out.").values
    {'arm': 'zoom', 'share': 0.12}
    """
    for code, template in _TEXTS.items():
        fields = _match(template, text)
        if fields is not None:
            try:
                return Notice.of(code, **_values(fields))
            except ValueError:  # a plug-in's sentence, with a word where a number should be
                break
    return Notice.text(text)


def _match(template: str, text: str) -> dict[str, str] | None:
    """Return the fields of a template as they stand in a text; None where it does not match."""
    pieces = _FIELD.split(template)
    literals, names = pieces[::2], pieces[1::2]
    pattern = re.escape(literals[0])
    for name, literal in zip(names, literals[1:], strict=True):
        pattern += f"(?P<{name}>.+?)" + re.escape(literal)
    match = re.fullmatch(pattern, text, re.DOTALL)
    return match and match.groupdict()


def _values(fields: Mapping[str, str]) -> dict[str, Any]:
    return {
        name: _READERS.get(name, str)(text)
        for name, text in fields.items()
        if not name.startswith("_")
    }


def _reading(text: str) -> str:
    if text.startswith("overfits:"):
        return "overfits"
    if text.endswith("lowest at the last epoch"):
        return "falling"
    return "level" if text.startswith("no overfitting:") else text


def _share(text: str) -> float:
    return float(text.removesuffix("%")) / 100


def _splitter(separator: str, more: str = "") -> Callable[[str], list[str]]:
    """Return a function that splits a list; ``more``: its ending, which counts the rest."""
    return lambda text: (re.sub(f"{more}$", "", text) if more else text).split(separator)


def _pairs(text: str) -> list[list[str]]:
    return [pair.split(" and ", 1) for pair in text.split("; ")]


def _groups(text: str) -> list[str]:
    return [group.strip("'") for group in text.removesuffix(", ...").split(", ")]


def _overlaps(text: str) -> list[dict[str, Any]]:
    pattern = re.compile(r"(\d+) of (\d+) (\w+) images in (\w+)")
    return [
        {"count": int(count), "of": int(total), "part": part, "other": other_part}
        for count, total, part, other_part in pattern.findall(text)
    ]


def _files(text: str) -> dict[str, int]:
    kinds = {"hidden": "hidden", "files": "other", "pictures": "beside"}
    words = (part.split() for part in text.split(", "))
    return {kinds[kind]: int(count) for count, kind, *_ in words}


def _classes(text: str) -> list[dict[str, Any]]:
    pattern = re.compile(r"(\d+) of (\d+) of class '(.*?)'(?:, |$)")
    return [
        {"count": int(count), "of": int(total), "name": name}
        for count, total, name in pattern.findall(text)
    ]


_READERS: dict[str, Callable[[str], Any]] = {
    **dict.fromkeys(("rows", "columns", "count"), int),
    **dict.fromkeys(("share", "hit", "chance", "there"), _share),
    **dict.fromkeys(("r", "fitted", "plain", "fitted_baseline", "plain_baseline", "parts"), float),
    "place": _PLACES.index,
    "strategies": _splitter(", "),
    "values": _splitter(", "),
    "messages": _splitter("; ", r"; and \d+ more"),
    "names": _splitter(", ", r" and \d+ more"),
    "groups": _groups,
    "overlaps": _overlaps,
    "pairs": _pairs,
    "files": _files,
    "classes": _classes,
}
