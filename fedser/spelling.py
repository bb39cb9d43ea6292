"""One spelling for every text that comes from outside: UTF-8, Unicode's normal form C, no control characters.

macOS writes "é" as an "e" and an accent, others as one letter. What looks the same is the same name here: texts
are brought to form C where they come in (configurations, tables, names of files), and files are found under
either form (`fedser.file_names`).
"""

import codecs
import unicodedata

_MARKS = {
    codecs.BOM_UTF32_LE: "UTF-32",
    codecs.BOM_UTF32_BE: "UTF-32",
    codecs.BOM_UTF16_LE: "UTF-16",
    codecs.BOM_UTF16_BE: "UTF-16",
}
"""Byte order marks; those of UTF-32 first, because one begins with that of UTF-16."""

LONGEST_QUOTE = 120
"""Letters of a text that a message quotes."""
LONGEST_SENTENCE = 1000
"""Letters of a message of another library's, or of one that quotes many things."""


class NotUtf8Error(ValueError):
    """Bytes are not text in UTF-8; the message goes on after the name of a file."""


def decoded(raw: bytes) -> str:
    """Return UTF-8 text in normal form C, without a byte order mark; raises NotUtf8Error with what to do.

    >>> decoded(b"\\xef\\xbb\\xbfcafe\\xcc\\x81") == "caf\\u00e9"
    True
    """
    for mark, name in _MARKS.items():
        if raw.startswith(mark):
            raise NotUtf8Error(f"is text in {name}; save it as UTF-8")
    if _every_second_is_zero(raw):
        raise NotUtf8Error("looks like text in UTF-16; save it as UTF-8")
    try:
        return one_form(raw.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise NotUtf8Error(
            f"is not text in UTF-8 (line {line} has the byte 0x{raw[error.start]:02x}); save it as UTF-8"
        ) from None


def one_form(text: str) -> str:
    """Return a text in normal form C, in which the same letters are the same characters."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def has_control(text: str) -> bool:
    """Return whether a text holds a control character: a line end, a tab, an escape, a zero, ….

    >>> has_control("home [1]"), has_control("fi\\nrst")
    (False, True)
    """
    return any(unicodedata.category(letter) == "Cc" for letter in text)


def visible(text: str) -> str:
    r"""Return a text on one line, whose characters a terminal would act upon are written out.

    >>> print(visible("fi\nrst\x1b[31m"))
    fi rst\x1b[31m
    """
    line = " ".join(clipped(word, LONGEST_SENTENCE) for word in text.split())
    return "".join(letter if letter.isprintable() or letter == " " else _written(letter) for letter in line)


def shown(value: object) -> str:
    """Return a value as a message quotes it: on one line, visible, and no longer than a line."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an integer of thousands of digits, lists in lists
        return f"a very large {type(value).__name__}"
    return clipped(text)


def clipped(text: str, most: int = LONGEST_QUOTE) -> str:
    """Return a text, cut and with "…" after it where it is longer."""
    return text if len(text) <= most else f"{text[:most]}…"


def _every_second_is_zero(raw: bytes) -> bool:
    """Return whether it begins as Latin text in UTF-16 without a byte order mark does."""
    start = raw[:64]
    even, odd = start[0::2], start[1::2]
    return len(start) >= 4 and ((all(even) and not any(odd)) or (all(odd) and not any(even)))


def _written(letter: str) -> str:
    # What stands for the bytes of a file name that is not UTF-8 is printable to nobody.
    return letter.encode("unicode_escape").decode("ascii")
