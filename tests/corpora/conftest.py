"""Miniature corpora in their real layouts; their audio is a hum at 100 Hz, for little but headers is read."""

from pathlib import Path

import numpy as np
import pytest
import soundfile

from tests.corpora.audformat_tree import build_audformat
from tests.corpora.licensed_trees import build_iemocap, build_msp_improv, build_msp_podcast

RATE_HZ = 100


def write_hum(path: Path, seconds: float = 4.0) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    soundfile.write(path, 0.1 * np.cos(np.arange(round(seconds * RATE_HZ))), RATE_HZ)
    return path


@pytest.fixture
def hum():
    return write_hum


def ravdess(root: Path) -> Path:
    for actor in range(1, 7):
        for code in ("01-01-01-01", "05-02-02-01", "04-01-01-02"):
            write_hum(root / f"Actor_{actor:02}" / f"03-01-{code}-{actor:02}.wav")
    return root


def nemo(root: Path) -> Path:
    lines = ["file_id\temotion\traw_text\tnormalized_text\tspeaker_id\tgender\tage"]
    for speaker, gender in (("WR0", "male"), ("EB0", "female"), ("KS0", "male"), ("SM0", "female")):
        for number, emotion in enumerate(("anger", "neutral", "surprised", "sadness")):
            name = f"{speaker}_{emotion}_{number}"
            write_hum(root / "samples" / f"{name}.flac")
            lines.append(f'{name}.wav\t{emotion}\t"To" „jest” "tak.\tto jest tak\t        {speaker}\t{gender}\t23')
    (root / "data.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


def emotiontts(root: Path) -> Path:
    speakers = ("plain-to-emotional/ema", "plain-to-emotional/emb", "emotional-to-emotional/nea")
    for folder in speakers:
        home = root / "Emotional" / folder
        (home / "transcript").mkdir(parents=True)
        for number in ("00001", "00105", "00202", "00303"):
            name = f"{home.name}{number}"
            write_hum(home / "wav" / f"{name}.wav")
            (home / "transcript" / f"{name}.txt").write_bytes(b"\xef\xbb\xbf" + f"문장 {number}.\n".encode())
    return root


def emodb(root: Path) -> Path:
    for speaker in ("03", "08", "09", "10"):
        for code in ("a01Wa", "b10Lc", "a07Nb"):
            write_hum(root / "wav" / f"{speaker}{code}.wav")
    return root


def cremad(root: Path) -> Path:
    for actor in (1001, 1002, 1003, 1004):
        for code in ("DFA_ANG_XX", "IEO_SAD_LO", "TIE_HAP_HI", "ITH_NEU_X"):
            write_hum(root / "AudioWAV" / f"{actor}_{code}.wav")
    (root / "VideoDemographics.csv").write_text(
        "ActorID,Age,Sex,Race,Ethnicity\n1001,51,Male,Caucasian,Not Hispanic\n1002,21,Female,Caucasian,"
        "Not Hispanic\n1003,21,Female,Asian,Not Hispanic\n1004,42,,Caucasian,Not Hispanic\n"
    )
    return root


def manifest(root: Path) -> Path:
    lines = ["path,speaker,gender,activation,valence,transcript"]
    for number in range(12):
        write_hum(root / "audio" / f"{number:02}.wav")
        speaker = f"s{number % 4}"
        lines.append(f"audio/{number:02}.wav,{speaker},{'fm'[number % 2]},{1 + number % 7},{7 - number % 5},yes")
    (root / "manifest.csv").write_text("\n".join(lines) + "\n")
    return root


MINIATURES = {
    "audformat": build_audformat,
    "cremad": cremad,
    "emodb": emodb,
    "emotiontts": emotiontts,
    "iemocap": build_iemocap,
    "manifest": manifest,
    "msp-improv": build_msp_improv,
    "msp-podcast": build_msp_podcast,
    "nemo": nemo,
    "ravdess": ravdess,
}


@pytest.fixture
def miniature(tmp_path):
    """Builds the miniature of a corpus by name and returns its root."""

    def build(name: str) -> Path:
        return MINIATURES[name](tmp_path / name)

    return build
