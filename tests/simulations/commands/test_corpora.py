"""Table 1 of folders of corpora, beside the paper's."""

import shutil

import pytest

from fedser.corpora import counts
from simulations.commands import corpora as command
from simulations.commands.corpora import survey
from tests.corpora.licensed_trees import build_iemocap, build_msp_improv, build_msp_podcast

SIZES = {
    "iemocap": (60, 20, 20),
    "msp-improv": (80, 20, 20),
    "msp-podcast": (35, 10, 10),
}


@pytest.fixture(scope="module")
def roots(tmp_path_factory):
    folder = tmp_path_factory.mktemp("licensed")
    return {
        "iemocap": build_iemocap(folder / "a", rate_hz=100),
        "msp-improv": build_msp_improv(folder / "b", rate_hz=100),
        "msp-podcast": build_msp_podcast(folder / "c", rate_hz=100),
    }


def rows_of(table):
    """The rows of a printed table by corpus and split, as lists of words."""
    rows, corpus = {}, ""
    for line in table.splitlines()[5:]:
        if line.startswith("Labels"):
            break
        if line.startswith("─"):
            continue
        cells = line.split()
        corpus, cells = (cells[0], cells[1:]) if not line.startswith(" ") else (corpus, cells)
        rows[corpus, cells[0]] = cells[1:]
    return rows


def test_the_papers_counts_stand_beside_with_the_difference(roots, fedser):
    code, out, _ = fedser("corpora", *roots.values())

    assert code == 0
    rows = rows_of(out)
    for corpus, sizes in SIZES.items():
        theirs = [*counts.PUBLISHED_COUNTS[corpus].values()]
        for split, size, count in zip(("train", "validation", "test"), sizes, theirs, strict=True):
            assert rows[corpus, split][0] == str(size)
            assert rows[corpus, split][3:5] == [str(count), f"−{count - size}"]
        assert rows[corpus, "all"][3:5] == [str(sum(theirs)), f"−{sum(theirs) - sum(sizes)}"]
    assert sum(sum(counts.values()) for counts in counts.PUBLISHED_COUNTS.values()) == 61642 + 6640 + 8227


def test_reasons_are_counted_also_where_the_split_is_unknown(roots):
    rows = rows_of(survey([roots["msp-podcast"]]))

    assert rows["msp-podcast", "train"][-1] == "0"
    assert rows["msp-podcast", "?"] == ["0", "0", "0.00", "10"]
    assert rows["msp-podcast", "all"][-1] == "10"


def test_limits_by_option_and_the_note_on_the_papers(roots):
    text = survey([roots["iemocap"]], {"iemocap": {"min_duration_s": 2.0, "max_duration_s": 15.0}})

    assert "the paper's counts fit limits of 2–15 s and cannot be reached with its 3–30 s" in " ".join(
        text.split()
    )
    assert rows_of(text)["iemocap", "train"][0] == "60"


def test_a_larger_count_and_an_equal_one_have_their_signs(roots, monkeypatch):
    monkeypatch.setattr(command, "PUBLISHED_COUNTS", {"iemocap": {"train": 58, "validation": 20, "test": 21}})
    rows = rows_of(survey([roots["iemocap"]]))

    assert [rows["iemocap", split][4] for split in ("train", "validation", "test", "all")] == [
        "+2",
        "0",
        "−1",
        "+1",
    ]


def test_other_corpora_have_no_such_columns(tiny):
    table = survey([tiny.data / "home"], {"manifest": {"min_duration_s": 0.1}})

    assert "in the paper" not in table
    assert len(rows_of(table)["manifest", "train"]) == 3


def test_where_some_have_them_the_others_are_blank(roots, tiny):
    rows = rows_of(survey([roots["iemocap"], tiny.data / "home"], {"manifest": {"min_duration_s": 0.1}}))

    assert rows["iemocap", "train"][:5] == ["60", "6", "0.05", "4847", "−4787"]
    assert len(rows["manifest", "train"]) == 3


TONES = """
import fedser
from fedser.corpora.manifest import Manifest

@fedser.register
class Tones(fedser.CorpusLoader):
    name = "tones"
    min_duration_s: float = 0.1

    def parse(self, root):
        return Manifest().parse(root / "tones.txt")

    @classmethod
    def lies_in(cls, root):
        return (root / "tones.txt").is_file()
"""


@pytest.mark.usefixtures("plugins_as_before")
def test_a_corpus_of_ones_own_is_found_by_its_module(tiny, tmp_path, monkeypatch, fedser):
    (tmp_path / "my_tones.py").write_text(TONES)
    shutil.copytree(tiny.data / "home", tmp_path / "data")
    (tmp_path / "data" / "manifest.csv").rename(tmp_path / "data" / "tones.txt")
    monkeypatch.chdir(tmp_path)
    code, _, err = fedser("corpora", "data")
    assert (code, err.count("\n")) == (2, 1)
    assert "no corpus known here" in err
    code, out, err = fedser("corpora", "data", "--plugin", "my_tones")
    assert code == 0, err
    assert rows_of(out)["tones", "all"][:2] == ["50", "10"]
    code, _, err = fedser("corpora", "data", "--plugin", "no_such_module")
    assert (code, err.count("\n")) == (2, 1)
    assert 'no module "no_such_module"' in err
