"""`make figures`: the figures of studies, drawn again from the committed results.

Each tests/benchmarks/results/study_NAME.csv is the study.csv of a shipped study, after lines that begin with # and
say the command; its figure is study_NAME.svg beside it.
"""

import math
from io import StringIO
from pathlib import Path

import matplotlib as mpl
import pandas as pd

from fedser.report.figures.panel import STYLE
from fedser.report.study.drawings import study_drawings
from fedser.results.study.run import Axis, StudyRun

RESULTS = Path(__file__).parent / "results"
SHOWN = ("ccc", "ccc forgetting")


def study_of(file: Path) -> StudyRun:
    """Return committed results as a study, its axis the column after the cell."""
    lines = file.read_text(encoding="utf-8").splitlines()
    text = "\n".join(line for line in lines if not line.startswith("#"))
    outcomes = pd.read_csv(StringIO(text), dtype={"cell": str}, keep_default_na=False)
    name = str(outcomes.columns[1])
    outcomes[name] = outcomes[name].astype(str)
    labels = tuple(dict.fromkeys(outcomes[name]))
    numbers = tuple(float(label) if label.isdigit() else math.inf for label in labels)
    spent = outcomes[["cell", name, "arm"]].drop_duplicates()
    ordered = math.inf not in numbers[:-1]  # "all" after numbers has its place among them
    return StudyRun(
        file.parent, {}, "", outcomes, spent, (Axis(name, labels, numbers if ordered else None),), SHOWN
    )


def draw(file: Path) -> Path:
    """Draw the figure of committed results beside them, and return its path."""
    target = file.with_suffix(".svg")
    with mpl.rc_context(STYLE):
        study_drawings(study_of(file))["axis-0"].figure().savefig(target, metadata={"Date": None})
    return target


if __name__ == "__main__":
    for results in sorted(RESULTS.glob("study_*.csv")):
        print(draw(results))
