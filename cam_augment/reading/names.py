"""What strangers wrote, in one line of a message."""


def shown(text: object, length: int = 200) -> str:
    """Return ``text`` without what would break or fake a line; its end, where it is long.

    >>> shown("a\\nb<c>")
    'a?b<c>'
    """
    plain = "".join(character if character.isprintable() else "?" for character in str(text))
    return plain if len(plain) <= length else "..." + plain[-length:]


def reason(error: BaseException) -> str:
    """Return why a file could not be read, as part of one line."""
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return shown(" ".join(text.split()))
