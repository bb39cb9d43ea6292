import json
from dataclasses import dataclass, field

import numpy as np
import pytest
import soundfile

from fedser.errors import FeatureError
from fedser.features import FeatureStore, Progress, transcribe, transcriber


@dataclass
class Counting:
    """A toy transcriber that says how long an utterance is, and keeps account of what it was given."""

    name = "counting"
    in_workers = True
    settings: dict = field(default_factory=dict)
    heard: list = field(default_factory=list)

    def transcribe(self, waveforms):
        self.heard += [len(each) for each in waveforms]
        return ["" if len(each) == 2000 else f"{len(each)} samples" for each in waveforms]


def test_the_words_lie_in_the_order_asked_for_and_are_recognised_once(recordings, tmp_path):
    store, model, reports = FeatureStore(tmp_path / "store"), Counting(), []
    paths = [*recordings[::-1], recordings[0]]
    found = transcribe(paths, model, store, on_progress=reports.append)
    lengths = [1600 + 400 * number for number in [*range(9, -1, -1), 0]]
    assert found.texts == ["" if n == 2000 else f"{n} samples" for n in lengths]
    assert found.failures == {}
    assert sorted(model.heard) == sorted(set(lengths))
    hours, fresh = sum(lengths) / 16000 / 3600, sum(set(lengths)) / 16000 / 3600
    assert reports[-1] == Progress(11, 11, pytest.approx(hours), pytest.approx(fresh))
    again = transcribe(recordings, other := Counting(), FeatureStore(tmp_path / "store"))
    assert again.texts == found.texts[:10][::-1]
    assert other.heard == [], "silence is remembered too"
    transcribe(recordings, third := Counting({"language": "de"}), store)
    assert len(third.heard) == 10


def test_unreadable_files_are_reported(recordings, tmp_path):
    recordings[1].write_bytes(b"RIFF or so")
    soundfile.write(recordings[2], np.full(100, np.nan), 16000, subtype="FLOAT")
    found = transcribe(recordings[:4], Counting(), FeatureStore(tmp_path / "store"))
    assert found.texts == ["1600 samples", "", "", "2800 samples"]
    assert {k: reason.split("(")[0] for k, reason in found.failures.items()} == {
        1: "not readable as audio ",
        2: "holds NaN or infinite samples",
    }


def test_a_damaged_store_says_what_to_delete(recordings, tmp_path):
    store = FeatureStore(tmp_path)
    transcribe(recordings[:1], Counting(), store)
    [file] = tmp_path.glob("counting-*/texts.sqlite")
    file.write_bytes(b"no database " * 100)
    with pytest.raises(
        FeatureError, match=r"texts\.sqlite is damaged .*: delete \S+/counting-\w+ and extract again$"
    ):
        transcribe(recordings[:1], Counting(), store)


def test_two_writers_keep_one_transcript(tmp_path):
    shelf = FeatureStore(tmp_path).texts(Counting())
    first = shelf.append([b"a"], ["one"], [1.0])
    second = shelf.append([b"a", b"b"], ["other", "two"], [1.0, 2.0])
    assert second[b"a"] == first[b"a"]
    assert sorted(shelf.texts().values()) == ["one", "two"]
    with pytest.raises(ValueError, match="zip"):
        shelf.append([b"c", b"d"], ["three"], [1.0, 2.0])
    assert set(shelf.find([b"a", b"b", b"c"])) == {b"a", b"b"}, "all or nothing"


def test_a_real_whisper(recordings, tmp_path, whisper_checkpoint):
    model = transcriber(str(whisper_checkpoint()), offline=True)
    found = transcribe(recordings, model, FeatureStore(tmp_path / "store"))
    assert found.texts == model.transcribe([soundfile.read(path, dtype="float32")[0] for path in recordings])
    [described] = (tmp_path / "store").glob("whisper-*/settings.json")
    assert json.loads(described.read_text()) == {"transcriber": "whisper", "settings": model.settings}
