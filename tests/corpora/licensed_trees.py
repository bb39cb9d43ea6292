"""Miniatures of the paper's three corpora in the layouts of their releases, with audio, labels and text made up.

Labels follow what is heard and read, so a model can learn from them: activation is the level of the audio,
valence the words.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import numpy as np
import soundfile

WORDS = {-1: "No. That is bad.", 0: "The train leaves at ten.", 1: "Yes, wonderful!"}

IEMOCAP_HEADER = "% [START_TIME - END_TIME] TURN_NAME EMOTION [V, A, D]"

PODCAST_HEADER = "FileName,EmoClass,EmoAct,EmoVal,EmoDom,SpkrID,Gender,Split_Set"


class Actor:
    """Makes up ratings on a scale and the audio and words that go with them; the same every time."""

    def __init__(self, name: str, low: float, high: float, seconds: float, rate_hz: int) -> None:
        self._stream = np.random.default_rng(list(name.encode()))
        self._low, self._high = low, high
        self._seconds, self._rate_hz = seconds, rate_hz

    def rate(self) -> tuple[float, float, str]:
        """Return activation, valence and words; the ratings are quarters, the ends of the scale among them."""
        steps = round(4 * (self._high - self._low))
        activation, valence = self._low + self._stream.integers(0, steps + 1, 2) / 4
        side = (valence - self._low) / (self._high - self._low)
        return float(activation), float(valence), WORDS[int(np.clip(3 * side, 0, 2)) - 1]

    def speak(self, path: Path, activation: float, channels: int = 1, rate_hz: int | None = None) -> None:
        """Write noise whose level is the activation."""
        rate_hz = rate_hz or self._rate_hz
        level = (activation - self._low) / (self._high - self._low)
        noise = self._stream.normal(size=(round(self._seconds * rate_hz), channels))
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, np.clip(0.2 * 10 ** (level - 1) * noise, -1, 1), rate_hz)


def build_iemocap(
    folder: Path, turns: int = 5, *, merged: bool = False, seconds: float = 3.2, rate_hz: int = 2000
) -> Path:
    """Write IEMOCAP with 10 speakers of `turns` turns in each of two dialogues; `merged`: labels in one file."""
    actor = Actor("iemocap", 1, 5, seconds, rate_hz)
    everything = [IEMOCAP_HEADER, ""]
    for session, (mocap, dialogue) in product(range(1, 6), (("F", "impro01"), ("M", "script01_1"))):
        name, home = f"Ses0{session}{mocap}_{dialogue}", folder / f"Session{session}"
        labels, spoken = [IEMOCAP_HEADER, ""], []
        for number, who in product(range(turns), "FM"):
            turn, (activation, valence, words) = f"{name}_{who}{number:03}", actor.rate()
            actor.speak(home / "sentences" / "wav" / name / f"{turn}.wav", activation)
            labels += iemocap_block(turn, valence, activation, self_report=number == 0)
            spoken.append(f"{turn} [{10 * number:08.4f}-{10 * number + seconds:08.4f}]: {words}")
        spoken.append(f"{name}_MXX0 [099.0000-099.5000]: [LAUGHTER]")
        everything += labels[2:]
        if not merged:
            write(home / "dialog" / "EmoEvaluation" / f"{name}.txt", labels)
            write(home / "dialog" / "EmoEvaluation" / "Attribute" / f"{name}_e2_atr.txt", ["not for us"])
        write(home / "dialog" / "transcriptions" / f"{name}.txt", spoken)
    if merged:
        write(folder / "IEMOCAP_EmoEvaluation.txt", everything)
    return folder


def iemocap_block(turn: str, valence: float, activation: float, *, self_report: bool) -> list[str]:
    """Return the lines of a turn in a label file."""
    rating = f"val {valence:g}; act {activation:g}; dom  3;\t()"
    return [
        f"[6.2901 - 8.2357]\t{turn}\tneu\t[{valence:.4f}, {activation:.4f}, 3.0000]",
        "C-E2:\tNeutral;\t()",
        f"A-E3:\t{rating}",
        *([f"A-{turn[-4]}1:\t{rating}"] if self_report else []),
        "",
    ]


def build_msp_improv(
    folder: Path,
    turns: int = 5,
    *,
    audio_folder: bool = True,
    label_file: str = "Evalution.txt",
    transcripts: str = "Human_transcriptions/All_human_transcriptions",
    seconds: float = 3.2,
    rate_hz: int = 2000,
) -> Path:
    """Write MSP-Improv with 12 speakers of `turns` turns in each of two scenarios; transcripts = "": none."""
    actor = Actor("msp-improv", 1, 5, seconds, rate_hz)
    audio, lines = folder / ("Audio" if audio_folder else "."), []
    for session, gender, scenario, turn in product(range(1, 7), "FM", "PS", range(1, turns + 1)):
        code = f"S01A-{gender}0{session}-{scenario}-FM{turn:02}"
        activation, valence, words = actor.rate()
        actor.speak(audio / f"session{session}" / "S01A" / scenario / f"MSP-IMPROV-{code}.wav", activation)
        lines += improv_block(code, activation, valence)
        if transcripts:
            write(folder / transcripts / f"session{session}" / f"MSP-IMPROV-{code}.txt", [words])
    write(folder / label_file, lines)
    return folder


def improv_block(code: str, activation: float, valence: float) -> list[str]:
    """Return the lines of a turn in a label file, where activation is reversed."""
    ratings = f"A:{6 - activation:.6f}; V:{valence:.6f}; D:3.000000"
    return [
        f"UTD-IMPROV-{code}.avi; N; {ratings} ; N:3.600000;",
        f"WORKER01; Neutral; Neutral,Calm; {ratings}; N:4.000000;",
        "",
    ]


def build_msp_podcast(
    folder: Path,
    utterances: int = 5,
    *,
    release: str = "1.8",
    seconds: float = 3.2,
    rate_hz: int = 2000,
) -> Path:
    """Write MSP-Podcast with `utterances` for each of 12 speakers and one unknown; releases 1.8 and 1.12."""
    actor = Actor("msp-podcast", 1, 7, seconds, rate_hz)
    old = release == "1.8"
    lines = [PODCAST_HEADER]
    for speaker, gender, split in podcast_speakers(old):
        for _ in range(utterances):
            name = f"MSP-PODCAST_{len(lines):04}_0001"
            activation, valence, words = actor.rate()
            stereo = {"channels": 2, "rate_hz": 44100} if len(lines) == 1 else {}
            actor.speak(folder / "Audios" / f"{name}.wav", activation, **stereo)
            lines.append(f"{name}.wav,N,{activation},{valence},4.0,{speaker},{gender},{split}")
            if not old:
                write(folder / "Transcripts" / f"{name}.txt", [words])
    name = "Labels/labels_concensus.csv" if old else "labels/labels_consensus.csv"
    write(folder / name, lines)
    return folder


def podcast_speakers(old: bool) -> Iterator[tuple[str, str, str]]:
    """Yield speaker, gender and split as the releases spell them."""
    validation, spelling = ("Validation", "{}") if old else ("Development", "Spkr_{}")
    for number, split in enumerate(["Train"] * 6 + [validation] * 2 + ["Test1"] * 2 + ["Test2"] * 2, 1):
        yield spelling.format(number), ("Male", "Female")[number % 2], split
    yield "Unknown", "Unknown", "Train"


def write(path: Path, lines: list[str]) -> None:
    """Write a text file, and the shadow that macOS leaves beside it on foreign disks."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    (path.parent / f"._{path.name}").write_bytes(b"\x00\x05\x16\x07\xff")
