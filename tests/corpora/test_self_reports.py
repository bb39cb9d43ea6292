"""IEMOCAP with the speakers' reports on themselves as targets."""

import pytest

from fedser.corpora import load
from fedser.errors import ConfigError, CorpusError
from tests.corpora.licensed_trees import IEMOCAP_HEADER, build_iemocap, write

OPTIONS = {"min_duration_s": 1.0, "scaling": "theoretical"}


@pytest.fixture(scope="module")
def tree(tmp_path_factory):
    """Turns 000 have a self-report; in session 1 it says the opposite of the observers' mean."""
    home = build_iemocap(tmp_path_factory.mktemp("iemocap"), turns=3, seconds=1.5)
    path = home / "Session1" / "dialog" / "EmoEvaluation" / "Ses01F_impro01.txt"
    blocks = [IEMOCAP_HEADER, ""]
    for who in "FM":
        for number in range(3):
            blocks += [
                f"[6.2901 - 8.2357]\tSes01F_impro01_{who}{number:03}\tneu\t[2.0000, 4.5000, 3.0000]",
                "A-E3:\tval 2; act 4.5; dom 3;\t()",
                *([f"A-{who}1:\tval 5; act 1; dom 3;\t()"] if number == 0 else []),
                "",
            ]
    write(path, blocks)
    return home


def test_targets_are_the_speakers_own_and_turns_without_are_left_out(tree):
    own, observed = (load("iemocap", tree, rated_by=whose, **OPTIONS) for whose in ("speakers", "observers"))
    assert len(observed.table) == 60
    assert len(own.table) == 20
    assert own.table["utterance"].str.endswith("000").all()
    assert set(own.dropped["reason"]) == {"no label"}
    row = own.table.set_index("utterance").loc["Ses01F_impro01_F000"]
    assert (row["activation"], row["valence"]) == (-1.0, 1.0)
    assert (row["observed_activation"], row["observed_valence"]) == (4.5, 2.0)
    same = observed.table.set_index("utterance").loc["Ses01F_impro01_F000"]
    assert (same["activation"], same["valence"]) == (0.75, -0.5)
    assert (same["self_report_activation"], same["self_report_valence"]) == (1.0, 5.0)
    both = own.table.merge(observed.table, on="utterance")
    assert (both["split_x"] == both["split_y"]).all()


def test_whose_labels_is_checked(tree):
    with pytest.raises((ConfigError, CorpusError), match="'observers' or 'speakers'"):
        load("iemocap", tree, rated_by="speaker", **OPTIONS)
