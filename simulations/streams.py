"""Standard output and error of the command line, whatever is behind them: few letters, a full disk, nobody."""

import codecs
import io
import os
import sys
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TextIO

_PLAIN = {
    **dict.fromkeys("−–—‑", "-"),
    **dict.fromkeys("─━╌", "-"),
    **dict.fromkeys("│┃", "|"),
    **dict.fromkeys("╭╮╰╯┌┐└┘├┤┬┴┼", "+"),
    "═": "=",
    **dict.fromkeys("“”„", '"'),
    **dict.fromkeys("‘’", "'"),
    **{"×": "x", "·": ".", "…": "...", "±": "+-", "→": "->", "↑": "^", "↓": "v", "≤": "<=", "≥": ">=", "†": "#"},
    **{"ε": "eps", "δ": "delta", "σ": "sigma", "α": "alpha", "β": "beta", "μ": "mu", "λ": "lambda"},
}
"""What stands for letters of ours that a terminal may lack; accents are left out, and `?` stands for the rest."""


class LastingStream:
    """A text stream that takes any letter; `error` is why it could not be written, None as long as it could.

    lenient: to go on in silence then, instead of raising OSError. It has no `buffer`, which would pass by this.
    """

    def __init__(self, stream: Any, lenient: bool) -> None:
        self._stream, self._lenient = stream, lenient
        self.error: OSError | None = None
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="fedser-plain")

    def __getattr__(self, name: str) -> Any:
        if name == "buffer":
            raise AttributeError(name)
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Write text."""
        with self._noting():
            self._stream.write(text)
        return len(text)

    def flush(self) -> None:
        """Hand on what was written."""
        with self._noting():
            self._stream.flush()

    def abandon(self) -> None:
        """Let nothing more be written: Python would try again at its end, and complain."""
        with suppress(OSError, ValueError), Path(os.devnull).open("w") as nowhere:
            os.dup2(nowhere.fileno(), self._stream.fileno())

    @contextmanager
    def _noting(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            self.error = error
            if not self._lenient:
                raise


@contextmanager
def bearing() -> Iterator[LastingStream]:
    """Put `LastingStream`s in place of standard output, which is yielded, and of standard error, in a block.

    Standard error is lenient: progress that nobody can read must not end a run of hours.
    """
    before = sys.stdout, sys.stderr
    output, errors = (
        LastingStream(_open(sys.stdout), lenient=False),
        LastingStream(_open(sys.stderr), lenient=True),
    )
    sys.stdout, sys.stderr = output, errors
    try:
        yield output
    finally:
        for stream in (output, errors):
            with suppress(OSError):
                stream.flush()
            if stream.error is not None:
                stream.abandon()
        sys.stdout, sys.stderr = before


def _open(stream: TextIO | None) -> TextIO:
    """Return a stream to write to: Python has none where it was started with it closed."""
    return io.StringIO() if stream is None else stream


def _plain(error: UnicodeError) -> tuple[str, int]:
    """Return what to write instead of letters that an encoding lacks, and where to go on."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_letter, error.object[error.start : error.end])), error.end


def _letter(letter: str) -> str:
    bare = "".join(part for part in unicodedata.normalize("NFKD", letter) if part.isascii())
    return _PLAIN.get(letter) or bare or "?"


codecs.register_error("fedser-plain", _plain)
