import os
import re
import subprocess
import sys

import pandas as pd
import pytest

import fedser
from fedser.corpora import COLUMNS, Layout, Parsed, check_options, corpora_in, load
from fedser.corpora.catalogue import LOADERS
from fedser.errors import ConfigError, CorpusError
from fedser.vocabulary import SPLITS

WITH_A_FOLDER = sorted(name for name, loader in LOADERS.items() if loader.default_root() is None)
RATED = {"audformat", "iemocap", "manifest", "msp-improv", "msp-podcast"}
MAPPED = sorted(set(WITH_A_FOLDER) - RATED)


@pytest.mark.parametrize("name", LOADERS)
def test_no_speaker_is_in_two_splits(name, miniature, tmp_path):
    if name == "synthetic":
        table = load(name, tmp_path, speakers=5, utterances_per_speaker=2).table
    else:
        table = load(name, miniature(name)).table

    assert set(table["split"]) == set(SPLITS)
    known = table[table["speaker"] != ""]
    assert len(known) == len(table) or name == "msp-podcast"
    assert known.groupby("speaker")["split"].nunique().max() == 1


@pytest.mark.parametrize("name", WITH_A_FOLDER)
def test_tables_have_the_columns_and_values_others_rely_on(name, miniature):
    corpus = load(name, miniature(name))
    table = corpus.table

    assert tuple(table.columns[: len(COLUMNS)]) == COLUMNS
    assert isinstance(table.index, pd.RangeIndex)
    assert table["utterance"].is_unique
    assert table["utterance"].is_monotonic_increasing
    assert table["path"].map(os.path.isabs).all()
    assert table["path"].map(os.path.isfile).all()
    assert set(table["corpus"]) == {corpus.name} == {name}
    assert set(table["gender"]) <= {"female", "male", ""}
    for target in ("activation", "valence"):
        assert table[target].dtype == "float64"
        assert table[target].agg(["min", "max"]).tolist() == [-1, 1]
    assert not table[list(COLUMNS)].isna().any().any()
    assert corpus.dropped.columns.tolist() == ["utterance", "split", "reason"]


@pytest.mark.parametrize("name", MAPPED)
def test_mapped_labels_are_said_to_be_so(name, miniature):
    assert "mapped labels (Russell & Mehrabian 1977)" in load(name, miniature(name)).notes


@pytest.mark.parametrize("name", MAPPED)
def test_theoretical_scaling_of_mapped_labels_leaves_them_on_their_native_scale(name, miniature):
    table = load(name, miniature(name), scaling="theoretical").table
    anger = table[table["emotion"] == "anger"]

    assert anger["activation"].to_numpy() == pytest.approx(0.59, abs=1e-12)
    assert anger["valence"].to_numpy() == pytest.approx(-0.51, abs=1e-12)


@pytest.mark.parametrize("name", WITH_A_FOLDER)
def test_loading_twice_gives_the_same_corpus(name, miniature):
    root = miniature(name)
    first, second = load(name, root), load(name, str(root))

    pd.testing.assert_frame_equal(first.table, second.table)
    pd.testing.assert_frame_equal(first.dropped, second.dropped)


@pytest.mark.parametrize("name", WITH_A_FOLDER)
def test_a_missing_folder_is_one_clear_error(name, tmp_path):
    with pytest.raises(CorpusError, match=r"no such (folder|file); expected") as caught:
        load(name, tmp_path / "nowhere")

    assert str(caught.value).startswith(f"{name}, {tmp_path / 'nowhere'}: ")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", MAPPED)
def test_an_empty_folder_is_one_clear_error(name, tmp_path):
    with pytest.raises(CorpusError, match="no audio of this corpus here; expected files such as") as caught:
        load(name, tmp_path)

    assert str(caught.value).startswith(f"{name}, {tmp_path}: ")


@pytest.mark.parametrize("name", WITH_A_FOLDER)
def test_a_corpus_of_which_nothing_is_left_says_why(name, miniature):
    root = miniature(name)
    corpus = load(name, root)
    n, lost = len(corpus.table), corpus.dropped["reason"].tolist()

    others = "".join(f"{lost.count(reason)} {reason}, " for reason in sorted(set(lost)))
    with pytest.raises(CorpusError, match=f"nothing is left of {n + len(lost)} utterances: {others}{n} too short"):
        load(name, root, min_duration_s=5)


@pytest.mark.parametrize("name", WITH_A_FOLDER)
def test_a_root_must_be_given(name):
    with pytest.raises(ConfigError, match=f'corpus "{name}" needs a root'):
        load(name)


def test_a_file_that_may_not_be_read_is_one_clear_error(miniature, monkeypatch):
    root = miniature("nemo")

    def forbidden(self, *args, **kwargs):
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr("pathlib.Path.open", forbidden)

    with pytest.raises(CorpusError, match=r"nemo, .*data\.tsv: Permission denied"):
        load("nemo", root)


def test_an_unknown_corpus_gets_a_suggestion():
    with pytest.raises(ConfigError, match='unknown corpus "ravdes"; did you mean "ravdess"'):
        load("ravdes", "anywhere")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"min_duration": 3}, 'unknown key "min_duration"; did you mean "min_duration_s"'),
        ({"min_duration_s": "3"}, "min_duration_s should be a valid number, got '3'"),
        ({"min_duration_s": -1}, "min_duration_s should be greater than or equal to 0, got -1"),
        ({"max_duration_s": float("nan")}, "max_duration_s"),
        ({"max_duration_s": float("inf")}, "max_duration_s should be a finite number"),
        ({"min_duration_s": 9, "max_duration_s": 8}, r"max_duration_s \(8\) is less than min_duration_s \(9\)"),
        ({"scaling": "empiric"}, "scaling should be 'empirical', 'theoretical' or 'train', got 'empiric'"),
        ({"missing_transcripts": True}, "missing_transcripts should be 'auto', 'keep' or 'drop', got True"),
        ({"split_fractions": {"trian": 0.6}}, 'unknown key "trian"; did you mean "train"'),
        ({"split_fractions": {"train": 0.7}}, "train \\+ validation \\+ test must be 1, got 1.1"),
        ({"split_fractions": {"train": 0.8, "test": 0.0}}, "test should be greater than 0"),
        ({"label_range": [1, 7]}, 'unknown key "label_range"'),
    ],
)
def test_wrong_options_are_refused_before_any_file_is_touched(options, said):
    with pytest.raises(ConfigError, match=said) as caught:
        check_options("ravdess", options)

    assert '"ravdess"' in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(ConfigError, match=said):
        load("ravdess", "/no/such/folder", **options)


def test_options_come_back_complete():
    options = check_options("manifest", {"label_range": [1, 7]})

    assert options.model_dump() == {
        "min_duration_s": 1.0,
        "max_duration_s": 30.0,
        "scaling": "empirical",
        "transcripts": None,
        "missing_transcripts": "auto",
        "speaker_overlap": "refuse",
        "split_fractions": {"train": 0.6, "validation": 0.2, "test": 0.2},
        "label_range": (1.0, 7.0),
    }


def test_corpora_are_found_by_their_layout(miniature, tmp_path):
    for name in WITH_A_FOLDER:
        assert corpora_in(miniature(name)) == (name,)
    # The miniatures lie side by side now, in folders that bear their names.
    assert corpora_in(tmp_path) == tuple(sorted({*MAPPED, "iemocap", "msp-improv", "msp-podcast"}))
    assert corpora_in(tmp_path / "manifest" / "manifest.csv") == ("manifest",)
    assert corpora_in(tmp_path / "nowhere") == ()


def test_every_loader_of_fedsers_own_is_where_the_catalogue_says_under_its_name():
    assert {name: loader.name for name, loader in LOADERS.items()} == {name: name for name in LOADERS}
    assert all(loader.extends == "corpora" and loader.__doc__ for loader in LOADERS.values())


@pytest.mark.usefixtures("plugins_as_before")
def test_a_corpus_from_outside_by_name_and_where_it_lies(miniature):
    layout = Layout(
        homes=("tess",), audio="*/*", stem=re.compile(r"(?P<who>[A-Z]{2}\d)_.+"), example="samples/A.wav"
    )

    @fedser.register
    class Tess(fedser.CorpusLoader):
        name = "tess"

        loud: float = 0.5

        def parse(self, root):
            rows = [
                {
                    "utterance": path.stem,
                    "path": str(path),
                    "speaker": name["who"],
                    "activation": label * self.loud,
                    "valence": label,
                }
                for label, (path, name) in enumerate(layout.find(root).files)
            ]
            return Parsed(pd.DataFrame(rows).assign(gender="female"), label_range=(0.0, 100.0))

        @classmethod
        def lies_in(cls, root):
            return layout.lies_in(root)

    root = miniature("nemo")
    assert corpora_in(root) == ("nemo", "tess")
    assert check_options("tess", {"loud": 2.0}) == Tess(loud=2.0)
    corpus = load("tess", root, scaling="theoretical", loud=2.0)
    assert (corpus.name, len(corpus.table)) == ("tess", len(layout.find(root).files))
    assert corpus.table["activation"].tolist()[:2] == pytest.approx([-1, -0.96])
    with pytest.raises(ConfigError, match=r'^options of corpus "tess": unknown key "lud"; did you mean "loud"\?$'):
        load("tess", root, lud=1.0)
    with pytest.raises(ConfigError, match=r'unknown corpus "tes"; did you mean "tess"\?$'):
        load("tes", root)


def test_a_loader_is_imported_when_asked_for():
    program = (
        "import sys; from fedser.corpora import load; assert 'fedser.corpora.nemo' not in sys.modules\n"
        "try: load('nemo', '/nowhere')\nexcept Exception: pass\n"
        "assert 'fedser.corpora.nemo' in sys.modules and 'fedser.corpora.ravdess' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.usefixtures("plugins_as_before")
def test_a_loader_that_forgets_a_column_is_told_so(miniature):
    @fedser.register
    class Half(fedser.CorpusLoader):
        name = "half"

        def parse(self, root):
            return Parsed(pd.DataFrame({"utterance": ["a"], "path": ["a.wav"], "activation": [1.0]}), None)

    with pytest.raises(ValueError, match=r'^the loader of "half" gave no column speaker, valence; expected'):
        load("half", miniature("nemo"))
