"""Where a device goes next: rows of probabilities, as a table by environment or as a matrix."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedser.errors import ConfigError, did_you_mean

Transitions = dict[str, dict[str, float]] | list[list[float]]
"""From → to → probability by name (what is not named is 0), or a matrix in the order of the environments."""

_TOLERANCE = 1e-5
"""Of the sum of a row, so that thirds can be written as 0.333333; rows are normalised afterwards."""


def check_rows(value: object) -> object:
    """Return the value; raise ValueError for what is wrong in any choice of environments.

    A row must hold probabilities that sum to 1, none of them from an environment to itself.
    """
    for name, row, loop in _named_rows(value):
        for cell in row:
            if isinstance(cell, bool) or not isinstance(cell, int | float) or not 0 <= cell <= 1:
                raise ValueError(f"{name}: {cell!r} is not a probability from 0 to 1")
        if loop:
            raise ValueError(f"{name}: {loop} to the environment itself; make it 0: dwell says how long a stay is")
        total = math.fsum(row)
        if abs(total - 1) > _TOLERANCE:
            raise ValueError(f"{name} sums to {total:.6g}, but must sum to 1")
    return value


def _named_rows(value: object) -> list[tuple[str, list[Any], Any]]:
    """Return the name of each row for messages, its cells, and the cell of the environment itself."""
    match value:
        case dict() if value and all(isinstance(row, dict) for row in value.values()):
            return [(f'row "{name}"', list(row.values()), row.get(name, 0)) for name, row in value.items()]
        case list() if value and all(isinstance(row, list) for row in value):
            return [(f"row {k + 1}", row, row[k] if k < len(row) else 0) for k, row in enumerate(value)]
    raise ValueError(f"must be a table of rows such as {{home = {{office = 1.0}}, …}} or a matrix, got {value!r}")


def transition_matrix(transitions: Transitions | None, environments: Sequence[str]) -> NDArray[np.float64]:
    """Return (environments, environments), from × to, rows summing to 1 and a diagonal of 0.

    None stands for any other environment, equally likely. Raises ConfigError where rows and environments
    do not match.
    """
    count = len(environments)
    if count < 2:
        raise ConfigError(f"[semi-markov]: needs two environments at least, got {count}")
    if transitions is None:
        matrix = 1.0 - np.eye(count)
    elif isinstance(transitions, list):
        matrix = _from_rows(transitions, count)
    else:
        matrix = _from_tables(transitions, environments)
    sums: NDArray[np.float64] = matrix.sum(axis=1, keepdims=True)
    return matrix / sums


def _from_rows(rows: list[list[float]], count: int) -> NDArray[np.float64]:
    odd = [f"a row of {len(row)}" for row in rows if len(row) != count]
    if len(rows) != count or odd:
        given = f"{len(rows)} rows" if len(rows) != count else odd[0]
        raise ConfigError(
            f"[semi-markov]: transitions has {given}, but there are {count} environments; a row and a column each"
        )
    return np.array(rows, dtype=np.float64)


def _from_tables(tables: Mapping[str, Mapping[str, float]], environments: Sequence[str]) -> NDArray[np.float64]:
    for name in [*tables, *(to for row in tables.values() for to in row)]:
        if name not in environments:
            raise ConfigError(
                f'[semi-markov]: transitions names the unknown environment "{name}"'
                + did_you_mean(name, environments)
            )
    for name in environments:
        if name not in tables:
            raise ConfigError(f'[semi-markov]: transitions has no row for the environment "{name}"; give it one')
    return np.array([[tables[a].get(b, 0.0) for b in environments] for a in environments], dtype=np.float64)
