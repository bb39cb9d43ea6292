"""study.csv and spent.csv: their columns, and what may stand in them."""

from collections.abc import Sequence

from fedser.results.cells import FINITE, SPARSE, WHOLE, WORD, Kind, each


def study_schema(axes: Sequence[str]) -> dict[str, dict[str, Kind]]:
    """Return the columns of the files of a study with these axes.

    study.csv: a row for each cell, seed, arm, environment ("all" for a mean over them), target and measure; the
    axes hold what the cell's values are called. It is the same for any number of workers. spent.csv: a row for
    each cell and arm, means over the seeds; `seconds` are those of training, as it was when it was trained.
    """
    cell = each(WORD, "cell", *axes)
    return {
        "study.csv": cell
        | {"seed": WHOLE}
        | each(WORD, "arm", "environment")
        | {"target": SPARSE, "measure": WORD, "value": FINITE},
        "spent.csv": cell | {"arm": WORD} | each(FINITE, "seconds", "steps", "memory_bytes", "sent_bytes"),
    }
