"""report.html of a study or a comparison: curves over each axis, tables, what was run and what it cost."""

from pathlib import Path

from fedser.report.study.drawings import study_drawings
from fedser.report.template import write_page
from fedser.results.numerals import decimal
from fedser.results.study import StudyRun, study_tables
from fedser.results.study.arms import arm_named
from fedser.results.study.tables import key_title, over_seeds


def write_study_page(run: StudyRun) -> Path:
    """Write report.html into the study's folder and return its path; the same results give the same bytes."""
    content = {
        "folder": run.folder.name,
        "seeds": over_seeds(run),
        "title": str(run.record.get("title") or f"A study of {' and '.join(axis.name for axis in run.axes)}"),
        "headline": study_headline(run),
        "warnings": run.warnings,
        "axes": run.axes,
        "cells": run.cells,
        "arms": [arm_named(arm).label for arm in run.arms],
        "drawings": study_drawings(run),
        "tables": study_tables(run),
        "spent": list(map(str, run.record.get("spent", []))),
        "record": [(name, str(run.record[name])) for name in ("command", "fedser", "torch") if name in run.record],
        "config": run.config,
    }
    return write_page(run.folder, "study/study.html", content)


def study_headline(run: StudyRun) -> list[str]:
    """Return the best cell and arm of the first measures, in plain words."""
    said = []
    for key in run.keys(run.shown[:1]):
        means = {
            (cell, arm): float(values.mean())
            for cell in run.cells
            for arm in run.arms
            if len(values := run.values(cell, arm, key))
        }
        if means:
            (cell, arm), best = max(means.items(), key=lambda item: item[1])
            worst = min(means.values())
            best_of = f"{decimal(best)} ({arm_named(arm).label}; {cell})"
            said.append(
                f"{key_title(key)}: highest {best_of}, lowest {decimal(worst)}, means over {over_seeds(run)}."
            )
    return said
