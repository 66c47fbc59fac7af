"""The report's figures: one file per figure, found by being here."""
