"""The page of a study or a comparison."""

from fedser.report.study.page import write_study_page

__all__ = ["write_study_page"]
