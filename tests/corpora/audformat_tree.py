"""A small database in audEERING's format, made with the package itself."""

from pathlib import Path

import audformat
import numpy as np
import soundfile

SPEAKERS = {
    "s1": {"gender": "female", "age": 30},
    "s2": {"gender": "male", "age": 40},
    "s3": {"gender": "female", "age": 50},
    "s4": {"gender": "other", "age": 60},
}

FILES = [f"audio/{number:03}.wav" for number in range(1, 9)]

SPLITS = {"train": FILES[:4], "dev": FILES[4:6], "test": FILES[6:]}


def header() -> audformat.Database:
    """Return a database with schemes, but no tables."""
    database = audformat.Database("miniature", license="CC-BY-4.0", usage="research")
    for name in ("arousal", "valence"):
        database.schemes[name] = audformat.Scheme("float", minimum=1, maximum=7)
    database.schemes["speaker"] = audformat.Scheme(labels=SPEAKERS)
    database.schemes["transcription"] = audformat.Scheme(
        labels={"a01": "Der Lappen.", "b02": "In sieben Stunden."}
    )
    for name, kind in (("train", "train"), ("dev", "dev"), ("test", "test")):
        database.splits[name] = audformat.Split(kind)
    return database


def add_labels(database: audformat.Database) -> audformat.Database:
    """Add a table of labels for each split: arousal up from 1 in halves, valence down from 7, then none."""
    for split, files in SPLITS.items():
        numbers = [FILES.index(file) for file in files]
        table = audformat.Table(audformat.filewise_index(files), split_id=split)
        database[f"emotion.{split}"] = table
        table["arousal"] = audformat.Column(scheme_id="arousal")
        table["arousal"].set([1.0 + n / 2 for n in numbers])
        table["valence"] = audformat.Column(scheme_id="valence")
        table["valence"].set([7.0 - n if n < 7 else None for n in numbers])
    return database


def add_files(database: audformat.Database) -> audformat.Database:
    """Add a table that says who says what."""
    table = audformat.Table(audformat.filewise_index(FILES))
    database["files"] = table
    table["speaker"] = audformat.Column(scheme_id="speaker")
    table["speaker"].set(["s1", "s1", "s2", "s2", "s3", "s3", "s4", "s4"])
    table["transcription"] = audformat.Column(scheme_id="transcription")
    table["transcription"].set(["a01", "b02"] * 4)
    return database


def save(database: audformat.Database, root: Path, seconds: float = 4.0) -> Path:
    """Write the database and its audio, a hum at 100 Hz."""
    database.save(str(root))
    for file in database.files:
        path = root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        soundfile.write(path, 0.1 * np.cos(np.arange(round(100 * seconds))), 100)
    return root


def build_audformat(root: Path) -> Path:
    """Write the whole database."""
    return save(add_files(add_labels(header())), root)
