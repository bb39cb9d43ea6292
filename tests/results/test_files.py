"""CSV files of a run: nothing is lost on the way, and a broken file is told in one line."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.errors import RunError
from fedser.results import files
from fedser.results.one_device.schema import SCHEMA

NAMES = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12)
ROWS = st.lists(
    st.tuples(st.sampled_from(["NA", "1", "None", "nan", "café, rear", 'a "b"']) | NAMES, st.floats(-1e6, 1e6)),
    max_size=12,
)


@pytest.fixture(scope="module")
def scratch(tmp_path_factory):
    return tmp_path_factory.mktemp("files")


def utterances(rows):
    """Every text column holds the text, every number column the number."""
    kinds = SCHEMA["utterances.csv"]
    return pd.DataFrame({c: [row[0 if kind.dtype == "str" else 1] for row in rows] for c, kind in kinds.items()})


@given(rows=ROWS)
def test_what_is_written_is_read_back_to_the_last_bit(scratch, rows):
    files.write(scratch, "utterances.csv", utterances(rows), SCHEMA)
    read = files.read(scratch, "utterances.csv", SCHEMA)
    for column, kind in SCHEMA["utterances.csv"].items():
        assert read[column].tolist() == [row[0 if kind.dtype == "str" else 1] for row in rows]
    again = (scratch / "utterances.csv").read_bytes()
    files.write(scratch, "utterances.csv", read, SCHEMA)
    assert (scratch / "utterances.csv").read_bytes() == again


def test_columns_are_put_in_order_and_others_left_out(tmp_path):
    frame = utterances([("x", 0.5)])
    shuffled = frame[frame.columns[::-1]].assign(other=1)
    files.write(tmp_path, "utterances.csv", shuffled, SCHEMA)
    text = (tmp_path / "utterances.csv").read_text()
    assert text.splitlines()[0] == ",".join(SCHEMA["utterances.csv"])
    assert text.endswith("0.5,x\n")
    assert "\r" not in text


_WORK = {"utterances": 320, "flops": 10**9, "passes_per_utterance": 3.0}


def cost(**cells):
    row = {"seed": 0, "method": "gem", "memory": "random", "stage": "P", "epochs": 3, "steps": 30}
    return pd.DataFrame(
        [row | {"seconds": 1.5, "rows_per_step": 32.0, **_WORK, "memory_bytes": 40, "trigger_rate": 0.25} | cells]
    )


def test_a_trigger_rate_may_be_absent(tmp_path):
    both = pd.concat([cost(), cost(trigger_rate=np.nan)])
    files.write(tmp_path, "costs.csv", both, SCHEMA)
    read = files.read(tmp_path, "costs.csv", SCHEMA)
    assert read["trigger_rate"].tolist()[0] == 0.25
    assert np.isnan(read["trigger_rate"][1])
    assert (tmp_path / "costs.csv").read_text().endswith(",32.0,320,1000000000,40,3.0,\n")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_not_written(tmp_path, value):
    with pytest.raises(ValueError, match=r"costs\.csv: seconds is (nan|inf), expected a number$"):
        files.write(tmp_path, "costs.csv", cost(seconds=value), SCHEMA)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_column_is_not_written(tmp_path):
    with pytest.raises(ValueError, match="epochs"):
        files.write(tmp_path, "costs.csv", cost().drop(columns="epochs"), SCHEMA)


HEADER = (
    "seed,method,memory,stage,epochs,steps,seconds,rows_per_step,"
    "utterances,flops,memory_bytes,passes_per_utterance,trigger_rate\n"
)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "no such file"),
        (b"", "not a readable CSV"),
        (b"\xff\xfe\x00", "not a readable CSV"),
        (b'a,b\n"1,2\n', "not a readable CSV|no column"),
        (b"a,b\n1,2,3,4\n1,2,3,4,5\n", "not a readable CSV"),
        (b"seed,method\n0,gem\n", "no column memory, stage"),
        (
            (HEADER + "0,gem,random,P,3,30,1.5,32,20,5,0,2,\nx,gem,random,P,3,30,1.5,32,20,5,0,2,\n").encode(),
            'line 3: seed is "x"',
        ),
        (
            (HEADER + "0,gem,random,P,3.5,30,1.5,32,20,5,0,2,\n").encode(),
            'epochs is "3.5", expected a whole number',
        ),
        ((HEADER + "0,gem,random,P,3,30,nan,32,20,5,0,2,\n").encode(), 'seconds is "nan", expected a number'),
        ((HEADER + "0,gem,random,P,3,30,,32,20,5,0,2,\n").encode(), 'seconds is "", expected a number'),
        ((HEADER + "0,gem,random,P,3,30,1.5,32,20,5,0,2,inf\n").encode(), 'trigger_rate is "inf"'),
    ],
)
def test_a_broken_file_is_told_in_one_line(tmp_path, content, said):
    if content is not None:
        (tmp_path / "costs.csv").write_bytes(content)
    with pytest.raises(RunError, match=said) as caught:
        files.read(tmp_path, "costs.csv", SCHEMA)
    assert "\n" not in str(caught.value)
    assert "costs.csv" in str(caught.value)


def test_an_unwritable_folder_is_told(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be written"):
        files.write(tmp_path / "file", "costs.csv", cost(), SCHEMA)


def test_a_folder_in_the_way_leaves_no_draft(tmp_path):
    (tmp_path / "costs.csv").mkdir()
    with pytest.raises(RunError, match="cannot be written"):
        files.write(tmp_path, "costs.csv", cost(), SCHEMA)
    assert [path.name for path in tmp_path.iterdir()] == ["costs.csv"]
