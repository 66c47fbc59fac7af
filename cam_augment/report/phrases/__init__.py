"""Sentences of the page, as templates with named fields: one catalogue, a file for each topic.

Numbers come in as text, written by ``words``. Other languages replace these templates.
"""

from cam_augment.report.phrases.answers import *
from cam_augment.report.phrases.factors import *
from cam_augment.report.phrases.notices import *
from cam_augment.report.phrases.page import *
from cam_augment.report.phrases.sequences import *
from cam_augment.report.phrases.texts import *
from cam_augment.report.phrases.values import *
from cam_augment.report.phrases.verdicts import *

# Sentences by the code that a record carries.
TABLES = (NOTICES, REASONS, NOTES, STEPS, OLD_REASONS)
