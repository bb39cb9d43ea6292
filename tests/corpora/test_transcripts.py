import pytest

from fedser.corpora import load
from fedser.corpora.catalogue import LOADERS
from fedser.errors import ConfigError, CorpusError
from tests.corpora.licensed_trees import build_msp_podcast, write


@pytest.fixture
def podcast(tmp_path):
    """MSP-Podcast 1.8, which has no transcripts; two utterances a speaker."""
    return build_msp_podcast(tmp_path / "podcast", 2)


def name(number):
    return f"MSP-PODCAST_{number:04}_0001"


def heard(corpus):
    return dict(zip(corpus.table["utterance"], corpus.table["transcript"], strict=True))


def test_a_folder_of_text_files_relative_to_the_root(podcast):
    write(podcast / "asr" / f"{name(1)}.txt", ["One,", "  two."])
    write(podcast / "asr" / "deeper" / f"{name(2)}.txt", ["Three."])
    write(podcast / "asr" / "readme.txt", ["not of this corpus"])

    corpus = load("msp-podcast", podcast, transcripts="asr", missing_transcripts="keep")

    assert {utterance: words for utterance, words in heard(corpus).items() if words} == {
        name(1): "One, two.",
        name(2): "Three.",
    }
    assert "transcripts read from asr: 2" in corpus.notes


def test_a_csv_file_anywhere(podcast, tmp_path):
    elsewhere = tmp_path / "elsewhere" / "asr.csv"
    numbers = range(1, 27)
    write(
        elsewhere, ["utterance,model,transcript", *(f'{name(n)},small,"Yes, {n}."' for n in numbers), "other,x,y"]
    )

    corpus = load("msp-podcast", podcast, transcripts=str(elsewhere))

    assert heard(corpus)[name(3)] == "Yes, 3."
    assert f"transcripts read from {elsewhere}: 26" in corpus.notes
    assert "no transcripts" not in corpus.notes


def test_the_rule_for_missing_transcripts_comes_after(podcast):
    write(podcast / "asr.csv", ["utterance,transcript", *(f"{name(n)},Yes." for n in range(2, 27))])

    dropped = load("msp-podcast", podcast, transcripts="asr.csv").dropped

    assert [name(1), "train", "no transcript"] in dropped.to_numpy().tolist()


def test_they_go_before_the_corpus_own(tmp_path):
    root = build_msp_podcast(tmp_path, 2, release="1.12")
    before = heard(load("msp-podcast", root))
    write(root / "asr" / f"{name(1)}.txt", ["Mine."])

    after = heard(load("msp-podcast", root, transcripts="asr"))

    assert after == before | {name(1): "Mine."}


def test_a_manifest_and_ids_that_are_paths(miniature):
    path = miniature("manifest") / "manifest.csv"
    write(path.parent / "words.csv", ["utterance,transcript", "audio/00.wav,By id.", "01,By name."])

    table = load("manifest", path, transcripts="words.csv").table.set_index("utterance")

    assert table.loc[["audio/00.wav", "audio/01.wav", "audio/02.wav"], "transcript"].tolist() == [
        "By id.",
        "By name.",
        "yes",
    ]


def test_a_name_that_two_utterances_share_stands_for_neither(miniature, hum):
    root = miniature("manifest")
    hum(root / "more" / "00.wav")
    with (root / "manifest.csv").open("a") as file:
        file.write("more/00.wav,s9,f,1,1,no\n")
    write(root / "words" / "00.txt", ["Whose?"])
    write(root / "words" / "01.txt", ["Mine."])

    table = load("manifest", root, transcripts="words").table.set_index("utterance")

    assert table.loc[["audio/00.wav", "audio/01.wav", "more/00.wav"], "transcript"].tolist() == [
        "yes",
        "Mine.",
        "no",
    ]


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, r"no such folder or file: .*podcast/asr; expected a folder of <utterance>\.txt, or a CSV file"),
        (
            {"asr/other.txt": "words"},
            "podcast/asr holds none of this corpus, whose utterances are named MSP-PODCAST_0001",
        ),
        ({"asr/a/{}.txt": "x", "asr/b/{}.txt": "y"}, r"a/MSP.*\.txt and .*b/MSP.*\.txt are for one utterance"),
        ({"asr": "utterance,words\n1,2\n"}, 'asr: the column "transcript" is missing'),
        ({"asr": "utterance,transcript\n{0},1\n{0},2\n"}, "asr, lines 2 and 3: two utterances with the id"),
        ({"asr": "utterance,transcript\n{0},1,2\n"}, "asr, line 2: 3 values, but the header has 2 columns"),
    ],
)
def test_mistakes_are_one_clear_error(files, said, podcast):
    for path, text in files.items():
        write(podcast / path.format(name(1)), [text.format(name(1))])

    with pytest.raises(CorpusError, match=said) as caught:
        load("msp-podcast", podcast, transcripts="asr")

    assert str(caught.value).startswith(f"msp-podcast, {podcast}: transcripts: ")
    assert "\n" not in str(caught.value)


def test_an_empty_place_is_refused():
    with pytest.raises(ConfigError, match=r"transcripts .*should have at least 1 character"):
        load("ravdess", "anywhere", transcripts="")


@pytest.mark.parametrize("corpus", [name for name, loader in LOADERS.items() if loader.default_root() is None])
def test_every_loader_takes_them(corpus, miniature):
    root = miniature(corpus)
    first = load(corpus, root).table["utterance"].iloc[0]
    write(root / "mine.csv", ["utterance,transcript", f"{first},Mine."])

    table = load(corpus, root, transcripts="mine.csv", missing_transcripts="keep").table

    assert table.set_index("utterance").loc[first, "transcript"] == "Mine."


def test_names_of_text_files_are_found_in_either_normal_form(tmp_path, hum):
    names = ["Zo\u00eb-1", "Zo\u00eb-2", "s2", "s3"]
    for item in names:
        hum(tmp_path / f"{item}.wav")
    lines = [f"{item}.wav,{item},{k},{9 - k}" for k, item in enumerate(names)]
    write(tmp_path / "manifest.csv", ["path,speaker,activation,valence", *lines])
    write(tmp_path / "asr" / "Zoe\u0308-1.txt", ["One."])
    write(tmp_path / "asr" / "Zo\u00eb-2.txt", ["Two."])

    corpus = load("manifest", tmp_path, transcripts="asr", missing_transcripts="keep")

    assert [corpus.table["transcript"][k] for k in (0, 1)] == ["One.", "Two."]
