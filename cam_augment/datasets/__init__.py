"""Data sets: functions of settings that return ``records.DataSet``, one file each."""
