"""What a template is."""

# Of two texts the second is for several things, or speaks against the reasons before it.
Texts = str | tuple[str, str]
