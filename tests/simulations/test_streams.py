"""What is behind standard output and error: terminals of few letters, a full disk, nobody."""

import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest

from simulations import streams

ROOT = Path(__file__).parents[2]
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="no device that is always full")


def put(text, encoding):
    raw = io.BytesIO()
    stream = streams.LastingStream(io.TextIOWrapper(raw, encoding=encoding), lenient=False)
    stream.write(text)
    stream.flush()
    return raw.getvalue().decode(encoding)


@pytest.mark.parametrize(
    ("text", "encoding", "shown"),
    [
        ("−.05 ± .01† · café ══ ε ≤ 8 → “so”", "ascii", '-.05 +- .01# . cafe == eps <= 8 -> "so"'),
        ("−.05 ± .01 · café", "latin-1", "-.05 ± .01 · café"),
        ("a – b … café €", "cp1252", "a – b … café €"),
        ("σ=1, 한국어, \ud83d", "ascii", "sigma=1, ???, ?"),
        ("\udcff", "utf-8", "?"),
        ("σ=1, 한국어", "utf-8", "σ=1, 한국어"),
    ],
)
def test_letters_that_an_encoding_lacks(text, encoding, shown):
    assert put(text, encoding) == shown


def command(arguments, **streams):
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    given = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | streams
    process = [sys.executable, "-m", "fedser", *arguments]
    return subprocess.run(process, env=environment, text=True, check=False, errors="replace", **given)


@needs_full
def test_a_full_disk_behind_output_is_one_line():
    with FULL.open("w") as full:
        ended = command(["configs"], stdout=full)
    assert ended.returncode == 2
    assert ended.stderr.startswith("fedser: standard output cannot be written (No space left on device)")
    assert ended.stderr.count("\n") == 1


@needs_full
def test_a_full_disk_behind_errors_changes_nothing():
    with FULL.open("w") as full:
        assert command(["--version"], stderr=full).returncode == 0
        assert command(["paper", "nothing"], stderr=full).returncode == 2


def test_nobody_reads():
    ours, theirs = os.pipe()
    os.close(ours)
    ended = command(["configs"], stdout=theirs)
    os.close(theirs)
    assert ended.stderr == ""
    assert ended.returncode == 1


def test_streams_are_put_back(capsys):
    before = sys.stdout, sys.stderr
    with streams.bearing() as output:
        print("σ")
        assert sys.stdout is output
    assert (sys.stdout, sys.stderr) == before
    assert capsys.readouterr().out == "σ\n"


def test_errors_that_cannot_be_written_are_kept_or_raised():
    class Full(io.StringIO):
        def write(self, text):
            raise OSError(errno.ENOSPC, "full")

    strict, lenient = (streams.LastingStream(Full(), lenient) for lenient in (False, True))
    with pytest.raises(OSError, match="full"):
        strict.write("x")
    assert lenient.write("xyz") == 3
    assert strict.error.errno == lenient.error.errno == errno.ENOSPC


def test_closed_streams(monkeypatch):
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    with streams.bearing() as output:
        print("x")
        print("y", file=sys.stderr)
        assert output.error is None
    assert sys.stdout is None
