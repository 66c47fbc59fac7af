"""The report's tables: functions from the impact profile to a Table, found by being here."""

from cam_augment.report.tables.strategies import profile_frame

__all__ = ["profile_frame"]
