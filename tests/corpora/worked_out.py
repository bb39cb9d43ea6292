"""What a corpus' table is compared with: rows worked out by hand."""

import pytest

COLUMNS = ["utterance", "speaker", "gender", "split", "activation", "valence", "transcript"]


def rows_of(corpus):
    """The kept utterances of a corpus as tuples of `COLUMNS`."""
    return [tuple(row) for row in corpus.table[COLUMNS].itertuples(index=False)]


def approximately(rows):
    """Rows whose numbers are equal to 1e-12."""
    return [
        tuple(pytest.approx(cell, abs=1e-12) if isinstance(cell, float) else cell for cell in row) for row in rows
    ]
