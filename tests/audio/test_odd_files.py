"""Files as people have them: cut off, without a signal, not files at all, not there; each with its reason."""

import csv
import os
import struct
import time

import numpy as np
import pytest
import soundfile

from fedser import audio
from fedser.corpora import load
from fedser.errors import CorpusError

NOISE = 0.1 * np.random.default_rng(0).standard_normal(16000)

FORMATS = {
    "wav": ("WAV", "PCM_16"),
    "float": ("WAV", "FLOAT"),
    "adpcm": ("WAV", "IMA_ADPCM"),
    "extensible": ("WAVEX", "PCM_24"),
    "rf64": ("RF64", "PCM_16"),
    "w64": ("W64", "PCM_16"),
    "aiff": ("AIFF", "PCM_16"),
    "aifc": ("AIFF", "ALAW"),
    "au": ("AU", "PCM_16"),
    "caf": ("CAF", "PCM_16"),
    "svx": ("SVX", "PCM_16"),
    "nist": ("NIST", "PCM_16"),
    "flac": ("FLAC", "PCM_16"),
    "ogg": ("OGG", "VORBIS"),
    "opus": ("OGG", "OPUS"),
    "mp3": ("MP3", "MPEG_LAYER_III"),
}


@pytest.mark.parametrize("reading", [audio.read, audio.duration_s, audio.examine])
@pytest.mark.parametrize("name", FORMATS)
def test_less_audio_than_the_header_promises_is_truncated(name, reading, tmp_path):
    kind, subtype = FORMATS[name]
    path = tmp_path / f"a.{name}"
    soundfile.write(path, NOISE, 16000, format=kind, subtype=subtype)
    reading(path)
    whole = path.read_bytes()
    for share in (0.65, 0.999):
        path.write_bytes(whole[: int(len(whole) * share)])
        with pytest.raises(audio.UnreadableAudioError, match=r"truncated: |file is malformed"):
            reading(path)


@pytest.mark.parametrize("length", [0xFFFFFFFF, 0x80000000, 0x7FFFFFFF, 0x7FFFF000, 32044, 32036])
def test_a_length_that_promises_nothing_is_no_fault(length, tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, NOISE, 16000)
    content = bytearray(path.read_bytes())
    content[40:44] = struct.pack("<I", length)
    path.write_bytes(content)
    assert len(audio.read(path)) == 16000


def test_a_chunk_after_the_audio_may_be_cut(tmp_path):
    path = tmp_path / "a.wav"
    soundfile.write(path, NOISE, 16000)
    path.write_bytes(path.read_bytes() + b"LIST" + struct.pack("<I", 1000) + b"INFO")
    assert len(audio.read(path)) == 16000


TINY = np.where(np.arange(16000) % 2, 1, -1) / 2**15
SILENT = {
    "silence": (np.zeros(16000), "PCM_16", "silence"),
    "silence with dither": (TINY, "PCM_16", "silence"),
    "silence of floats": (np.zeros(16000), "FLOAT", "silence"),
    "constant": (np.full(16000, 0.5), "PCM_16", "a constant, 0.5"),
    "constant of floats": (np.full((16000, 2), -0.25), "FLOAT", "a constant, -0.25"),
    "antiphase": (np.stack([NOISE, -NOISE], 1), "PCM_16", "its channels cancel each other"),
    "antiphase of floats": (np.stack([NOISE, -NOISE], 1), "FLOAT", "its channels cancel each other"),
    "one sample": (np.array([0.3]), "PCM_16", "a constant, 0.3"),
}


@pytest.mark.parametrize("reading", [audio.read, audio.examine])
@pytest.mark.parametrize("name", SILENT)
def test_what_cannot_be_heard_is_no_signal_and_said_which(name, reading, tmp_path):
    samples, subtype, said = SILENT[name]
    soundfile.write(tmp_path / "a.wav", samples, 16000, subtype=subtype)
    with pytest.raises(audio.NoSignalError, match=f"no signal: {said}"):
        reading(tmp_path / "a.wav")


@pytest.mark.parametrize("level", [1e-5, 1e-3])
def test_quiet_speech_and_one_silent_channel_are_signals(level, tmp_path):
    soundfile.write(tmp_path / "a.wav", np.stack([level * NOISE, 0 * NOISE], 1), 16000, subtype="FLOAT")
    assert np.abs(audio.read(tmp_path / "a.wav")).max() > 0
    assert audio.examine(tmp_path / "a.wav") == 1.0


def test_what_would_wait_for_ever_is_not_opened(tmp_path):
    began = time.monotonic()
    os.mkfifo(tmp_path / "pipe.wav")
    (tmp_path / "zero.wav").symlink_to("/dev/zero")
    (tmp_path / "folder.wav").mkdir()
    for name, said in {"pipe": "a named pipe", "zero": "a device", "folder": "a folder"}.items():
        for reading in (audio.read, audio.duration_s, audio.examine):
            with pytest.raises(audio.UnreadableAudioError, match=said):
                reading(tmp_path / f"{name}.wav")
    assert time.monotonic() - began < 5


def test_a_header_that_claims_years_takes_no_memory(tmp_path):
    path = tmp_path / "a.flac"
    soundfile.write(path, NOISE, 16000)
    content = bytearray(path.read_bytes())
    content[21] |= 0x0F  # 2³⁶ samples, 256 GB of float32
    content[22:26] = b"\xff" * 4
    path.write_bytes(content)
    for reading in (audio.read, audio.duration_s, audio.examine):
        with pytest.raises(audio.UnreadableAudioError, match="truncated"):
            reading(path)


def test_a_rate_that_is_no_audios_is_refused(tmp_path):
    soundfile.write(tmp_path / "a.wav", NOISE, 1)
    with pytest.raises(audio.UnreadableAudioError, match="a sampling rate of 1 Hz is no audio's"):
        audio.read(tmp_path / "a.wav")


def test_of_a_longer_file_the_beginning_is_the_same(tmp_path):
    soundfile.write(tmp_path / "a.wav", np.tile(NOISE, 4), 44100)
    np.testing.assert_array_equal(
        audio.read(tmp_path / "a.wav", most_s=0.3), audio.read(tmp_path / "a.wav")[:4800]
    )


def test_a_name_need_not_be_text(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9.wav")
    soundfile.write(os.fsencode(path), NOISE, 16000, format="WAV")
    assert len(audio.read(path)) == 16000


ABSENT = {
    "gone.wav": "no such file",
    ".\\here.wav": "no such file (backslashes in the path; write / instead)",
    "here.flac": "no such file (wrong ending? There is here.wav)",
    "here": "no such file (wrong ending? There is here.wav)",
    "HERE.WAV": "no such file (there is here.wav)",
    "~/here.wav": "no such file (~ is not expanded; write the folder itself)",
    "file:///here.wav": "no such file (a URL; write the path of a file)",
    "https://host/here.wav": "no such file (a URL; write the path of a file)",
    "nowhere/here.wav": "there is no folder",
    "here.wav/x.wav": "no such file",
    "dangling.wav": "a link to nothing, which is not there",
    "loop.wav": "too many levels of symbolic links",
    "x" * 300 + ".wav": "file name too long",
    "empty.wav": "an empty file",
    "pointer.wav": "a git-lfs pointer",
    "annex.wav": "git-annex",
    "page.wav": "a web page",
    "phone.m4a": "MPEG-4 audio",
    "zeros.wav": "all zeros",
    "text.wav": "not readable as audio",
}


@pytest.fixture
def folder(tmp_path):
    """A folder of what goes wrong."""
    soundfile.write(tmp_path / "here.wav", NOISE, 16000)
    for name, target in {"dangling": "nothing", "loop": "loop.wav", "annex": ".git/annex/objects/x"}.items():
        (tmp_path / f"{name}.wav").symlink_to(target)
    for name, content in {
        "empty.wav": b"",
        "pointer.wav": b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
        "page.wav": b"<!DOCTYPE html><title>Sign in</title>",
        "phone.m4a": b"\0\0\0\x20ftypM4A " + bytes(100),
        "zeros.wav": bytes(1000),
        "text.wav": b"not audio" * 50,
    }.items():
        (tmp_path / name).write_bytes(content)
    return tmp_path


@pytest.mark.parametrize("name", ABSENT)
def test_why_a_file_cannot_be_read(name, folder):
    with pytest.raises(audio.UnreadableAudioError) as caught:
        audio.examine(folder / name)
    assert ABSENT[name].lower() in str(caught.value).lower()
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", [".\\here.wav", "here.flac", "~/here.wav", "file:///here.wav"])
def test_where_nothing_can_be_read_the_first_file_is_named_with_the_reason(name, folder):
    with (folder / "manifest.csv").open("w", newline="") as file:
        rows = [("path", "utterance", "speaker", "activation", "valence"), *((name, k, k, k, k) for k in range(4))]
        csv.writer(file).writerows(rows)
    with pytest.raises(CorpusError, match=r"4 unreadable; the first file of no use is .*: no such file") as caught:
        load("manifest", folder)
    assert ABSENT[name] in str(caught.value)


def test_a_corpus_says_what_was_left_out_and_why(tmp_path):
    rows = [("path", "speaker", "activation", "valence")]
    for k in range(9):
        sound = NOISE if k != 4 else 0 * NOISE
        soundfile.write(tmp_path / f"{k}.wav", np.tile(sound, 4), 16000)
        rows.append((f"{k}.wav", f"s{k}", k, 9 - k))
    whole = (tmp_path / "3.wav").read_bytes()
    (tmp_path / "3.wav").write_bytes(whole[: len(whole) // 2])
    with (tmp_path / "manifest.csv").open("w", newline="") as file:
        csv.writer(file).writerows(rows)

    corpus = load("manifest", tmp_path)

    assert dict(zip(corpus.dropped["utterance"], corpus.dropped["reason"], strict=True)) == {
        "3.wav": "unreadable",
        "4.wav": "no signal",
    }
    assert any(note.startswith("1 file unreadable, the first 3.wav: truncated: 64") for note in corpus.notes)
    assert "1 file without a signal, the first 4.wav: no signal: silence" in corpus.notes
