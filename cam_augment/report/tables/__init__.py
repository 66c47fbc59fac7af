"""The report's tables: functions from the impact profile to a Table, found by being here."""
