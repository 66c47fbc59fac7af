"""How bad input is refused: in one line."""

import pytest

from cam_augment.base.errors import InputError


def refusal(make, *args, **settings) -> str:
    """Return the one line with which ``make`` refuses what it is given."""
    with pytest.raises(InputError) as caught:
        make(*args, **settings)
    assert "\n" not in str(caught.value)
    return str(caught.value)
