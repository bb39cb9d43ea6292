"""What may stand in a cell is the same for writing and for reading, and a message says what was expected."""

import math

import numpy as np
import pandas as pd
import pytest

from fedser.errors import RunError
from fedser.results import cells, files
from fedser.results.cells import EXTENDED, FINITE, OPTIONAL, SPARSE, WHOLE, WORD, Kind
from fedser.results.moving import PRIVACY, SCHEMA
from fedser.results.one_device.schema import SCHEMA as ONE_DEVICE
from fedser.results.privacy import schema

KINDS = [WORD, SPARSE, WHOLE, FINITE, OPTIONAL, EXTENDED]
VALUES = [3, -2.5, math.inf, -math.inf, math.nan]
ALLOWED = {
    WHOLE: {3},
    FINITE: {3, -2.5},
    OPTIONAL: {3, -2.5, "empty"},
    EXTENDED: {3, -2.5, math.inf, -math.inf, "empty"},
}


def test_the_vocabulary_is_all_that_any_file_uses():
    assert [value for value in vars(cells).values() if isinstance(value, Kind)] == KINDS
    schemas = (ONE_DEVICE, SCHEMA, PRIVACY, schema.SCHEMA)
    used = [kind for one in schemas for columns in one.values() for kind in columns.values()]
    assert set(used) == set(KINDS)


@pytest.mark.parametrize("kind", list(ALLOWED), ids=lambda kind: kind.expected)
@pytest.mark.parametrize("value", VALUES)
def test_written_if_and_only_if_it_is_read_back(tmp_path, kind, value):
    """One cell at a time, through a file: what is refused when written is what would be refused when read."""
    allowed = ("empty" if math.isnan(value) else value) in ALLOWED[kind]
    frame = pd.DataFrame({"cell": [value]})
    if allowed:
        files.write(tmp_path, "one.csv", frame, {"one.csv": {"cell": kind}})
        read = files.read(tmp_path, "one.csv", {"one.csv": {"cell": kind}})
        assert read["cell"].dtype == kind.dtype
        assert np.array_equal(read["cell"], frame["cell"], equal_nan=True)
    else:
        with pytest.raises(ValueError, match=f"one.csv: cell is {value}, expected {kind.expected}$"):
            files.write(tmp_path, "one.csv", frame, {"one.csv": {"cell": kind}})
        text = "" if math.isnan(value) else str(value)
        (tmp_path / "one.csv").write_text(f'cell\n"{text}"\n')
        with pytest.raises(RunError, match=f'line 2: cell is "{text}", expected {kind.expected}$'):
            files.read(tmp_path, "one.csv", {"one.csv": {"cell": kind}})


@pytest.mark.parametrize("kind", [FINITE, OPTIONAL, EXTENDED], ids=lambda kind: kind.expected)
def test_nan_is_written_as_nothing_never_as_a_word(kind):
    with pytest.raises(ValueError, match="nan"):
        kind.read("nan")


def test_a_whole_number_that_became_a_float_is_not_written():
    """As "3.0" it could not be read back."""
    assert not WHOLE.fits(pd.Series([3.0])).any()
    assert WHOLE.fits(pd.Series([3, 4], dtype=object)).all()


def test_none_is_nothing():
    assert OPTIONAL.fits(pd.Series([None, None], dtype=object)).all()
    assert not FINITE.fits(pd.Series([None, 1.0], dtype=object)).all()
