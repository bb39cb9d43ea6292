"""The results of studies and comparisons: files, reader, effects and tables."""

from fedser.results.study.run import STUDY, StudyRun, read_study_run
from fedser.results.study.tables import study_tables

__all__ = ["STUDY", "StudyRun", "read_study_run", "study_tables"]
