import csv

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fedser.corpora import load
from fedser.errors import ConfigError, CorpusError

HEADER = ["path", "speaker", "activation", "valence"]


@pytest.fixture
def write(tmp_path, hum):
    """Writes a manifest of rows beside six files a.wav … f.wav of 4 s, and returns its path."""
    for name in "abcdef":
        hum(tmp_path / f"{name}.wav")

    def manifest(rows, header=HEADER, encoding="utf-8"):
        path = tmp_path / "corpus.csv"
        with path.open("w", encoding=encoding, newline="") as file:
            csv.writer(file).writerows([header, *rows])
        return path

    return manifest


def good(**changed):
    """Six sound rows; `changed` replaces one cell of the row for b.wav, which is line 3."""
    rows = [[f"{name}.wav", f"s{i}", str(1 + i), str(7 - i)] for i, name in enumerate("abcdef")]
    for column, cell in changed.items():
        rows[1][HEADER.index(column)] = cell
    return rows


def test_the_four_needed_columns_are_enough(write, tmp_path):
    corpus = load("manifest", write(good()))

    assert corpus.table["utterance"].tolist() == [f"{name}.wav" for name in "abcdef"]
    assert corpus.table["path"].tolist() == [str(tmp_path / f"{name}.wav") for name in "abcdef"]
    assert corpus.table["speaker"].tolist() == [f"s{i}" for i in range(6)]
    np.testing.assert_allclose(corpus.table["activation"], [-1, -0.6, -0.2, 0.2, 0.6, 1], atol=1e-15)
    np.testing.assert_allclose(corpus.table["valence"], [1, 0.6, 0.2, -0.2, -0.6, -1], atol=1e-15)
    assert corpus.notes == ("no transcripts",)


def test_all_columns_and_extras(write, tmp_path):
    header = ["valence", "age", "utterance", "split", "gender", "transcript", "duration_s", *HEADER[:3]]
    splits = ["train", "validation", "test"]
    rows = [
        [
            str(i),
            str(20 + i),
            f"u{i}",
            splits[i],
            "Mf "[i],
            f"word, “{i}”",
            "3.5",
            str(tmp_path / f"{name}.wav"),
            f"s{i}",
            ["-2e0", "2.", "0"][i],
        ]
        for i, name in enumerate("abc")
    ]

    table = load("manifest", write(rows, header)).table

    assert table["utterance"].tolist() == ["u0", "u1", "u2"]
    assert table["split"].tolist() == splits
    assert table["gender"].tolist() == ["male", "female", ""]
    assert table["transcript"].tolist() == ["word, “0”", "word, “1”", "word, “2”"]
    assert table["duration_s"].tolist() == [3.5] * 3
    assert table["age"].tolist() == ["20", "21", "22"]
    assert table.columns.tolist()[-1] == "age"
    # −2, 2 and 0 are the activations written.
    np.testing.assert_allclose(table["activation"], [-1, 1, 0], atol=1e-15)


def test_a_byte_order_mark_blank_lines_and_blanks_around_cells_do_no_harm(write, tmp_path):
    path = write([[f" {path} ", *rest] for path, *rest in good()], encoding="utf-8-sig")
    path.write_text(path.read_text(encoding="utf-8-sig").replace("\r\n", "\r\n\r\n,,,\r\n"), encoding="utf-8-sig")

    assert len(load("manifest", path).table) == 6


def test_labels_outside_the_scale_are_left_out_and_counted(write):
    rows = good()
    rows[0][2], rows[5][3] = "0.99", "7.01"

    corpus = load("manifest", write(rows), label_range=[1, 7])

    assert corpus.dropped[["utterance", "reason"]].to_numpy().tolist() == [
        ["a.wav", "label out of range"],
        ["f.wav", "label out of range"],
    ]
    assert corpus.table["activation"].agg(["min", "max"]).tolist() == [-1, 1]


def test_the_scale_decides_only_if_asked_to(write):
    empirical = load("manifest", write(good()), label_range=[0, 8])
    theoretical = load("manifest", write(good()), label_range=[0, 8], scaling="theoretical")

    assert empirical.table["activation"].tolist()[0] == -1
    assert any("not by label_range" in note for note in empirical.notes)
    np.testing.assert_allclose(theoretical.table["activation"], [(x - 4) / 4 for x in range(1, 7)], atol=1e-15)
    assert not any("label_range" in note for note in theoretical.notes)


def test_an_empty_label_is_left_out_and_counted(write):
    assert load("manifest", write(good(valence=""))).dropped["reason"].tolist() == ["no label"]


def test_a_missing_or_corrupt_file_is_left_out_and_counted(write, tmp_path):
    (tmp_path / "c.wav").write_bytes(b"not audio")

    dropped = load("manifest", write(good(path="none.wav"))).dropped

    assert dropped[["utterance", "reason"]].to_numpy().tolist() == [
        ["c.wav", "unreadable"],
        ["none.wav", "unreadable"],
    ]


def test_a_given_duration_spares_the_header_but_not_the_file(write, tmp_path):
    (tmp_path / "a.wav").write_bytes(b"not audio, but nobody looks")
    rows = [
        [*row, duration]
        for row, duration in zip(good(path="none.wav"), ["9", "9", "", "0.5", "31", ""], strict=True)
    ]

    corpus = load("manifest", write(rows, [*HEADER, "duration_s"]))

    assert corpus.table[["utterance", "duration_s"]].to_numpy().tolist() == [
        ["a.wav", 9.0],
        ["c.wav", 4.0],
        ["f.wav", 4.0],
    ]
    assert corpus.dropped["reason"].tolist() == ["too short", "too long", "unreadable"]


def test_a_column_of_empty_splits_is_no_split(write):
    rows = [[*row, ""] for row in good()]

    with_column = load("manifest", write(rows, [*HEADER, "split"])).table["split"].tolist()

    assert with_column == load("manifest", write(good())).table["split"].tolist()


def test_a_folder_with_a_manifest_csv_will_do(miniature):
    root = miniature("manifest")

    assert len(load("manifest", root).table) == len(load("manifest", root / "manifest.csv").table) == 12


def with_column(name, cells):
    return [[*row, cell] for row, cell in zip(good(), cells, strict=True)], [*HEADER, name]


SIX = ["x"] * 6

MISTAKES = {
    "NaN label": ((good(valence="nan"),), 'line 3: valence "nan" is not a number'),
    "infinite label": ((good(activation="inf"),), 'line 3: activation "inf" is not a number'),
    "overflowing label": ((good(activation="1e999"),), 'line 3: activation "1e999" is not a number'),
    "label in words": ((good(activation="high"),), 'line 3: activation "high" is not a number'),
    "decimal comma": ((good(activation="3,5"),), 'line 3: activation "3,5" is not a number'),
    "number as Python writes it": ((good(activation="1_0"),), 'line 3: activation "1_0" is not a number'),
    "no path": ((good(path=""),), 'line 3: path "" is empty'),
    "one path twice": ((good(path="a.wav"),), 'lines 2 and 3: two utterances with the id "a.wav"'),
    "one id twice": (with_column("utterance", "uvuwxy"), 'lines 2 and 4: two utterances with the id "u"'),
    "no id": (with_column("utterance", ["u", "", "v", "w", "x", "y"]), 'line 3: utterance "" is empty'),
    "no speaker": ((good(speaker=""),), "utterances without a speaker: 1;"),
    "two speakers": (([[*row[:1], "ab"[i % 2], *row[2:]] for i, row in enumerate(good())],), "2 speakers, but"),
    "unknown split": (with_column("split", ["train"] * 5 + ["valid"]), 'line 7: split "valid" .* "validation"'),
    "split for some": (with_column("split", ["train"] * 5 + [""]), 'line 7: split "" is empty, but other lines'),
    "a split is empty": (
        with_column("split", ["train"] * 5 + ["test"]),
        "nothing is left of the validation split",
    ),
    "unknown gender": (with_column("gender", ["f"] * 5 + ["femal"]), 'line 7: gender "femal" is not known'),
    "negative duration": (with_column("duration_s", ["4"] * 5 + ["-4"]), 'line 7: duration_s "-4" is not'),
    "zero duration": (with_column("duration_s", ["4"] * 5 + ["0"]), 'line 7: duration_s "0" is not'),
    "endless duration": (with_column("duration_s", ["4"] * 5 + ["1e999"]), 'line 7: duration_s "1e999" is not'),
    "misspelt column": (
        (good(), ["path", "speaker", "activaton", "valence"]),
        '"activation" is missing; is it "activaton"',
    ),
    "missing column": (
        (good(), ["path", "speaker", "activation", "mood"]),
        '"valence" is missing; there are: path,',
    ),
    "misspelt optional column": (
        with_column("transcrip", SIX),
        'unknown column "transcrip"; did you mean "transcript"',
    ),
    "duration without unit": (
        with_column("duration", SIX),
        'unknown column "duration"; did you mean "duration_s"',
    ),
    "reserved column": (with_column("corpus", SIX), 'the column "corpus" is one that fedser fills'),
    "column twice": (with_column("path", SIX), '2 columns are named "path"'),
    "too many cells": (([*good(), ["g.wav", "s", "1", "2", "3"]],), "line 8: 5 values, but the header has 4"),
    "header only": (([],), "holds no utterances"),
    "all files missing": (
        ([[f"no/{row[0]}", *row[1:]] for row in good()],),
        "nothing is left of 6 .*: 6 unreadable",
    ),
    "constant label": (([[*row[:3], "4"] for row in good()],), "every valence is 4: a constant label"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_mistakes_are_one_line_that_says_where(write, mistake):
    rows, said = MISTAKES[mistake]
    path = write(*rows)

    with pytest.raises(CorpusError, match=said) as caught:
        load("manifest", path)

    assert str(caught.value).startswith(f"manifest, {path}: ")
    assert "\n" not in str(caught.value)


def test_a_speaker_in_two_splits_is_refused_even_where_one_is_left_out(write):
    rows, header = with_column("split", ["train", "validation", "test", "train", "validation", "test"])
    rows[3][1] = rows[2][1]
    rows[3][2] = ""

    with pytest.raises(CorpusError, match='speaker "s2" is in the splits test and train'):
        load("manifest", write(rows, header))


def test_a_speaker_of_two_genders_is_refused(write):
    rows, header = with_column("gender", ["f", "m", "f", "m", "f", "m"])
    rows[1][1] = rows[0][1]

    with pytest.raises(CorpusError, match='speaker "s0" is female on one line and male on another'):
        load("manifest", write(rows, header))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no utterances"),
        (b"\xff\xfep\x00a\x00", "is text in UTF-16; save it as UTF-8"),
        (b'path,speaker,activation,valence\n"a.wav,s,1,2\n', "line 2: unexpected end of data"),
        (b"path,speaker,activation,valence\na\0.wav,s,1,2\n", "line 2: holds a null character"),
        (
            b"path;speaker;activation;valence\na.wav;s;1;2\n",
            "columns are separated by semicolons; save it with commas",
        ),
    ],
)
def test_files_that_are_no_such_table_are_one_clear_error(tmp_path, content, said):
    (tmp_path / "m.csv").write_bytes(content)

    with pytest.raises(CorpusError, match=said):
        load("manifest", tmp_path / "m.csv")


def test_a_missing_manifest_is_one_clear_error(tmp_path):
    with pytest.raises(CorpusError, match="no such file; expected a CSV file with the columns path, speaker"):
        load("manifest", tmp_path / "none.csv")


@pytest.mark.parametrize(
    "label_range", [[1], [1, 2, 3], [7, 1], [1, 1], ["1", "7"], [float("nan"), 7], [1, float("inf")], 7, "1-7"]
)
def test_label_range_is_two_numbers_in_order(label_range):
    with pytest.raises(ConfigError, match="label_range must be two numbers, from less to more"):
        load("manifest", "any.csv", label_range=label_range)


def test_theoretical_scaling_needs_the_scale():
    with pytest.raises(ConfigError, match="needs label_range"):
        load("manifest", "any.csv", scaling="theoretical")


CELL = st.one_of(st.sampled_from(["", "1", "7", "nan", "a.wav", "train", "s"]), st.text(max_size=5))


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 4), CELL), max_size=6))
def test_any_mutation_gives_a_corpus_or_one_clear_error(write, mutations):
    rows, header = with_column("gender", list("fmfmfm"))
    for row, column, cell in mutations:
        rows[row][column] = cell
    path = write(rows, header)

    try:
        corpus = load("manifest", path, label_range=[1, 7])
    except CorpusError as error:
        said = str(error).splitlines()
    else:
        said = ["a corpus"]
        assert len(corpus.table) + len(corpus.dropped) <= 6
        assert corpus.table[["activation", "valence"]].abs().max().max() <= 1
        written = {row[0].strip(): row[2].strip() for row in rows}
        assert all(1 <= float(written[utterance]) <= 7 for utterance in corpus.table["utterance"])

    assert len(said) == 1


def test_names_that_differ_in_normal_form_are_one(write, tmp_path, hum):
    hum(tmp_path / "Zoe\u0308.wav")
    rows = good()
    rows[0][0], rows[0][1], rows[1][1] = "Zo\u00eb.wav", "Zo\u00eb", "Zoe\u0308"

    table = load("manifest", write(rows)).table

    assert set(table["speaker"]) == {"Zo\u00eb", "s2", "s3", "s4", "s5"}
    assert table.loc[table["utterance"] == "Zo\u00eb.wav", "path"].tolist() == [str(tmp_path / "Zoe\u0308.wav")]


def test_one_speaker_written_in_two_ways_is_refused_in_two_splits(write):
    rows = [[*row, ("train", "test", "validation")[k % 3]] for k, row in enumerate(good())]
    rows[0][1], rows[1][1] = "Zo\u00eb", "Zoe\u0308"

    with pytest.raises(CorpusError, match='speaker "Zo\u00eb" is in the splits test and train'):
        load("manifest", write(rows, [*HEADER, "split"]))


@pytest.mark.parametrize("speaker", ["s\n1", "s\x1b[31m", "s\t1"])
def test_speakers_with_control_characters_are_refused(write, speaker):
    with pytest.raises(CorpusError, match=r"the speaker 's.*' holds a control character"):
        load("manifest", write(good(speaker=speaker)))


@pytest.mark.parametrize("name", ["x" * 5000 + ".wav", "loop.wav", "loop.wav/a.wav"])
@pytest.mark.parametrize("duration", [[], ["3.5"]])
def test_paths_that_lead_nowhere_leave_an_utterance_out(write, tmp_path, name, duration):
    (tmp_path / "loop.wav").symlink_to("loop.wav")
    rows = [[*row, *duration] for row in [*good(), [name, "s0", "4", "4"]]]

    corpus = load("manifest", write(rows, [*HEADER, *["duration_s"][: len(duration)]]))

    assert corpus.dropped[["utterance", "reason"]].to_numpy().tolist() == [[name, "unreadable"]]
