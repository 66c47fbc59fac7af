"""A paper of a report: a folder that LaTeX compiles, with text, tables and figures of a profile.

English, as papers are. ``method`` says what was done, ``document`` puts everything together, and
``sources`` knows what is cited.
"""
