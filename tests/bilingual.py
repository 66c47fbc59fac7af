"""What the report says, in both of its languages."""

import re

from cam_augment.report.language import speaking


def in_both(tell) -> tuple[str, str]:
    """Return a text in English and in Japanese, with the same numbers and no English left."""
    english = tell()
    with speaking("ja"):
        japanese = tell()
    assert not re.search("[A-Za-z]", re.sub(r"a, b's|p は|p = ", "", japanese)), japanese
    counted = [sorted(re.findall(r"\d+\.\d+", side)) for side in (english, japanese)]
    assert counted[0] == counted[1]
    return english, japanese
