"""Notes that a person wrote on maps in the gallery: a file in, a profile with them out.

The gallery writes them into the file of the regions; see ``cam_augment.datasets.probe_regions``.
Of a file that somebody hands in nothing is believed.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cam_augment.base.errors import InputError, nearest
from cam_augment.reading.files import read_json
from cam_augment.reading.names import shown
from cam_augment.records import ImpactProfile
from cam_augment.records.notes import MARKS, Note

_MOST_BYTES = 16 * 2**20
_MOST_NOTES = 10_000
_LONGEST = 2_000  # characters of a note


def read_notes(
    path: str | Path, arms: Sequence[str], images: int, fingerprint: str | None
) -> tuple[Note, ...]:
    """Return the notes of a file, by image and arm.

    Args:
        arms: ``baseline`` and the strategies' labels. images: in the probe set.
        fingerprint: of the data. A file whose ``info.data_fingerprint`` is another is refused; one
            without is believed.

    Raises:
        InputError: there is no such file or no note in it, it is of other data, or a note is on
            an image or an arm that the study has not, or says nothing that is known.
    """
    name = Path(path).name
    notes: dict[tuple[int, str], Note] = {}
    for number, entry in enumerate(_entries(read_json(path, _MOST_BYTES, name), name, fingerprint)):
        note = _note(entry, f"{name}: notes.{number}", arms, images)
        if (note.image, note.arm) in notes:
            raise InputError(
                f"{name}: notes.{number}: a second note on image {note.image} of '{note.arm}'"
            )
        notes[note.image, note.arm] = note
    return tuple(notes[key] for key in sorted(notes))


def notes_on(profile: ImpactProfile, path: str | Path) -> ImpactProfile:
    """Return a profile with the notes of a file in place of its own.

    Raises:
        InputError: as ``read_notes``.
    """
    fingerprint = (profile.provenance.get("data") or {}).get("fingerprint")
    notes = read_notes(path, profile.arms, profile.validity["images"], fingerprint)
    return profile.model_copy(update={"notes": notes})


def _entries(content: Any, name: str, fingerprint: str | None) -> list[Any]:
    """Return the notes of a file, not yet read, that was written on these data."""
    if not isinstance(content, dict):
        raise InputError(f"{name}: no file of notes: expected a table at the top")
    info = content.get("info")
    of_file = info.get("data_fingerprint") if isinstance(info, dict) else None
    if None not in (of_file, fingerprint) and of_file != fingerprint:
        raise InputError(
            f"{name}: written on other data: received fingerprint {shown(repr(of_file), 40)}; this "
            f"is {fingerprint}"
        )
    entries = content.get("notes")
    if not isinstance(entries, list) or not entries:
        raise InputError(f"{name}: no notes; the gallery saves them with the regions")
    if len(entries) > _MOST_NOTES:
        raise InputError(f"{name}: {len(entries):,} notes; at most {_MOST_NOTES:,} are read")
    return entries


def _note(entry: Any, where: str, arms: Sequence[str], images: int) -> Note:
    if not isinstance(entry, dict):
        raise InputError(f"{where}: expected a table of image_id, arm, mark and note")
    image = entry.get("image_id")
    if isinstance(image, bool) or not isinstance(image, int) or not 0 <= image < images:
        raise InputError(
            f"{where}: received image_id {shown(repr(image), 40)}; probe images are 0 to "
            f"{images - 1}"
        )
    arm = _known(entry, "arm", arms, where)
    mark = _known(entry, "mark", MARKS, where)
    text = entry.get("note", "")
    if not isinstance(text, str) or len(text) > _LONGEST:
        raise InputError(f"{where}: note: expected a text of at most {_LONGEST:,} characters")
    words = shown(" ".join(text.split()), _LONGEST)
    return Note.model_validate({"image": image, "arm": arm, "mark": mark, "text": words})


def _known(entry: dict[str, Any], field: str, allowed: Sequence[str], where: str) -> str:
    value = entry.get(field)
    if not isinstance(value, str) or value not in allowed:
        raise InputError(
            f"{where}: {field}: received {shown(repr(value), 40)}.{nearest(str(value), allowed)} "
            f"Allowed: {', '.join(allowed[:12])}"
        )
    return value
