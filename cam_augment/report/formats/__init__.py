"""The formats of a report, one file each; the figures' formats are matplotlib's."""
