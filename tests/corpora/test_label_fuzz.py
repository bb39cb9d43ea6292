"""Damaged label files give rows, counted drops or one clear error; a kept label is what the file says."""

import io
import re
from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from fedser.corpora import Corpus, load
from fedser.errors import CorpusError
from tests.corpora.licensed_trees import build_iemocap, build_msp_improv, build_msp_podcast

INSERTS = [
    *" \t\n\r\0;:,.[]()-+_/\"'%0123456789eEnNaAFMXx",
    "\ufeff",
    "é",
    "٣",
    "½",
    "\x85",
    "\u2028",
    "NaN",
    "inf",
    "1e1",
]


@dataclass(frozen=True)
class Tree:
    """A miniature, its label file as it should be, and the ids of its audio."""

    corpus: str
    root: Path
    labels: Path
    text: str = field(repr=False)
    audio: frozenset[str] = field(repr=False)


@pytest.fixture(scope="module")
def trees(tmp_path_factory):
    """One small tree of each corpus."""
    folder = tmp_path_factory.mktemp("fuzz")
    made = {
        "iemocap": (build_iemocap(folder / "i", 1, merged=True, rate_hz=100), "IEMOCAP_EmoEvaluation.txt"),
        "msp-improv": (build_msp_improv(folder / "m", 1, rate_hz=100), "Evalution.txt"),
        "msp-podcast": (build_msp_podcast(folder / "p", 2, rate_hz=100), "Labels/labels_concensus.csv"),
    }
    return {
        corpus: Tree(
            corpus,
            root,
            root / name,
            (root / name).read_text(),
            frozenset(path.stem for path in root.rglob("*.wav")),
        )
        for corpus, (root, name) in made.items()
    }


@st.composite
def damages(draw):
    """A function from a text to a damaged one: characters replaced, inserted, cut out; lines doubled or lost."""
    edits = draw(
        st.lists(
            st.tuples(
                st.floats(0, 1, exclude_max=True),
                st.sampled_from(["replace", "insert", "cut", "double", "lose", "swap", "end"]),
                st.sampled_from(INSERTS),
                st.integers(1, 12),
            ),
            min_size=1,
            max_size=3,
        )
    )

    def damage(text):
        for where, how, piece, length in edits:
            at = int(where * len(text))
            start, stop = text.rfind("\n", 0, at) + 1, text.find("\n", at) + 1 or len(text)
            text = {
                "replace": text[:at] + piece + text[at + 1 :],
                "insert": text[:at] + piece + text[at:],
                "cut": text[:at] + text[at + length :],
                "double": text[:stop] + text[start:stop] + text[stop:],
                "lose": text[:start] + text[stop:],
                "swap": text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :],
                "end": text[:at] if length == 1 else text,
            }[how]
        return text

    return damage


def lines_of(text):
    return [line.strip() for line in re.split(r"\r\n|\r|\n", text.removeprefix("\ufeff")) if line.strip()]


def number(cell):
    """A number of plain digits, or None."""
    cell = cell.strip()
    plain = cell.isascii() and cell.lstrip("+-").replace(".", "", 1).isdigit()
    return float(cell) if plain else None


def iemocap_says(text):
    """Turn → (activation, valence), for turns whose ratings are all there and on the scale."""
    said, turn = {}, ""
    for line in lines_of(text):
        if line.startswith("["):
            turn = line[line.index("]") + 1 :].split()[0]
            valence, activation, _ = line[line.rindex("[") + 1 : -1].split(",")
            said[turn] = number(activation), number(valence)
        elif line.startswith("A-"):
            ratings = [number(part.split()[-1]) for part in line.partition(":")[2].split(";")[:3] if part.split()]
            if len(ratings) < 3 or not all(rating is not None and 1 <= rating <= 5 for rating in ratings):
                said[turn] = None
    return said


def improv_says(text):
    """Turn → (activation, valence), activation turned round."""
    said = {}
    for line in lines_of(text):
        if line.startswith("UTD-"):
            name, _, activation, valence, *_ = line.split(";")
            values = number(activation.partition("A:")[2]), number(valence.partition("V:")[2])
            said["MSP" + name.strip()[3:-4]] = (6 - values[0], values[1]) if None not in values else None
    return said


def podcast_says(text):
    """Utterance → (activation, valence), read by pandas."""
    table = pd.read_csv(
        io.StringIO(text.removeprefix("\ufeff")), dtype=str, keep_default_na=False, skipinitialspace=True
    )
    table.columns = table.columns.str.strip()
    files = table["FileName"].str.strip().str[:-4]
    return dict(
        zip(files, zip(table["EmoAct"].map(number), table["EmoVal"].map(number), strict=True), strict=True)
    )


SAYS = {"iemocap": iemocap_says, "msp-improv": improv_says, "msp-podcast": podcast_says}
ENDS = {"iemocap": (1, 5), "msp-improv": (1, 5), "msp-podcast": (1, 7)}


@pytest.mark.parametrize("corpus", SAYS)
@settings(max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(damage=damages())
def test_damaged_labels(corpus, trees, damage):
    tree = trees[corpus]
    text = damage(tree.text)
    tree.labels.write_bytes(text.encode())
    loaded = corpus_or_error(tree)
    if isinstance(loaded, CorpusError):
        event("error")
        assert str(loaded).startswith(f"{corpus}, {tree.root}: ")
        assert "\n" not in str(loaded)
    else:
        event("dropped" if len(loaded.dropped) else "kept")
        check_labels(loaded, SAYS[corpus](text), ENDS[corpus])
        check_accounts(loaded, tree)


def corpus_or_error(tree: Tree) -> Corpus | CorpusError:
    try:
        return load(tree.corpus, tree.root, scaling="theoretical")
    except CorpusError as error:
        return error


def check_labels(loaded: Corpus, said, ends):
    """Every kept label is the one that an independent reading of the file gives."""
    low, high = ends
    for row in loaded.table.itertuples():
        labels = [(value + 1) / 2 * (high - low) + low for value in (row.activation, row.valence)]
        assert labels == pytest.approx(said[row.utterance], abs=1e-9), row.utterance


def check_accounts(loaded: Corpus, tree: Tree):
    """Every utterance with audio is kept or dropped, once; its speaker, gender and split are those of its name."""
    ids = [*loaded.table["utterance"], *loaded.dropped["utterance"]]
    assert len(ids) == len(set(ids))
    assert set(ids) >= tree.audio
    for row in loaded.table.itertuples():
        name = row.utterance
        if tree.corpus == "iemocap":
            assert (row.speaker, row.split) == (name[3:5] + name[-4], split_of(int(name[4]), 3))
        if tree.corpus == "msp-improv":
            assert (row.speaker, row.split) == (name[16:19], split_of(int(name[18]), 4))
        if tree.corpus != "msp-podcast":
            assert (
                row.gender
                == {"F": "female", "M": "male"}[row.speaker[-1] if tree.corpus == "iemocap" else name[16]]
            )


def split_of(session, training):
    return "train" if session <= training else ("validation", "test")[session - training - 1]


@pytest.mark.parametrize("corpus", SAYS)
def test_the_reference_reads_the_whole_file_as_it_should_be(corpus, trees):
    tree = trees[corpus]
    tree.labels.write_text(tree.text)
    loaded = load(corpus, tree.root, scaling="theoretical")

    check_labels(loaded, SAYS[corpus](tree.text), ENDS[corpus])
    assert len(loaded.table) >= 20
    assert set(SAYS[corpus](tree.text)) == tree.audio
