"""How far the audio of a file reaches by its own header, in bytes; libsndfile shortens what is cut off in silence.

A writer into a pipe cannot know the length and leaves 0, or as much as the field holds; that promises nothing.
"""

import os
import struct
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

_UNKNOWN = 0x7FFF0000
"""32-bit lengths from here on are what writers into pipes leave: 2 GiB less a little, 2 GiB, or 4 GiB less one."""
_UNKNOWN_64 = 1 << 62

_W64_DATA = b"data\xf3\xac\xd3\x11\x8c\xd1\x00\xc0\x4f\x8e\xdb\x8a"
_OGG_TAIL = 1 << 17
"""A page of Ogg is shorter than 64 KiB, so the last one begins within so many bytes of the end."""


def missing_bytes(path: str | os.PathLike[str]) -> int:
    """Return how many bytes of audio a file lacks of those that its header promises; 0 where it promises none.

    Knows WAV (also big-endian, RF64, BW64, W64), AIFF, AIFC, 8SVX, AU, CAF, NIST SPHERE and Ogg. Raises OSError.
    """
    with Path(path).open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        read = _READERS.get(file.read(4))
        try:
            end = read(file, size) if read else None
        except struct.error:  # the header itself is cut off, which libsndfile says
            end = None
    return max(0, end - size) if end is not None else 0


def promises_frames(path: str | os.PathLike[str]) -> bool:
    """Return whether the number of frames of an MPEG file is told by a tag, and not only estimated."""
    with Path(path).open("rb") as file:
        head = file.read(10)
        if head[:3] == b"ID3":
            tagged = sum((byte & 0x7F) << shift for byte, shift in zip(head[6:10], (21, 14, 7, 0), strict=True))
            file.seek(10 + tagged)
            head = b""
        first = head + file.read(4096)
    return any(tag in first for tag in (b"Xing", b"Info", b"VBRI"))


def _number(file: BinaryIO, form: str) -> int:
    (number,) = struct.unpack(form, file.read(struct.calcsize(form)))
    return int(number)


def _chunks(file: BinaryIO, size: int, order: str) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, beginning and length of each chunk after the twelve bytes of a RIFF or IFF header."""
    position = 12
    while position + 8 <= size:
        file.seek(position)
        name, length = file.read(4), _number(file, f"{order}I")
        yield name, position + 8, length
        position += 8 + length + length % 2


def _end(begin: int, length: int, size: int) -> int | None:
    # Some writers count the header as well: the length of the whole file, or that of its RIFF chunk.
    if length == 0 or length >= _UNKNOWN or length in (size, size - 8):
        return None
    return begin + length


def _riff(file: BinaryIO, size: int, order: str = "<") -> int | None:
    chunks = _chunks(file, size, order)
    return next((_end(at, length, size) for name, at, length in chunks if name == b"data"), None)


def _rf64(file: BinaryIO, size: int) -> int | None:
    length_64 = 0
    for name, at, length in _chunks(file, size, "<"):
        if name == b"ds64":
            file.seek(at + 8)
            length_64 = _number(file, "<Q")
        if name == b"data":
            if length != 0xFFFFFFFF:
                return _end(at, length, size)
            return at + length_64 if 0 < length_64 < _UNKNOWN_64 else None
    return None


def _w64(file: BinaryIO, size: int) -> int | None:
    position = 40
    while position + 24 <= size:
        file.seek(position)
        name, length = file.read(16), _number(file, "<Q")
        if name == _W64_DATA:
            return position + length if 24 < length < _UNKNOWN_64 else None
        position += max(24, length + -length % 8)
    return None


def _iff(file: BinaryIO, size: int) -> int | None:
    chunks = _chunks(file, size, ">")
    return next((_end(at, length, size) for name, at, length in chunks if name in (b"SSND", b"BODY")), None)


def _au(file: BinaryIO, size: int, order: str = ">") -> int | None:
    begin, length = _number(file, f"{order}I"), _number(file, f"{order}I")
    return _end(begin, length, size)


def _caf(file: BinaryIO, size: int) -> int | None:
    position = 8
    while position + 12 <= size:
        file.seek(position)
        name, length = file.read(4), _number(file, ">q")
        if name == b"data":
            return position + 12 + length if length > 0 else None
        position += 12 + max(0, length)
    return None


def _nist(file: BinaryIO, size: int) -> int | None:
    file.seek(0)
    fields = {words[0]: words[2] for line in file.read(1024).split(b"\n") if len(words := line.split()) == 3}
    try:
        counts = [int(fields[name]) for name in (b"sample_count", b"channel_count", b"sample_n_bytes")]
    except (KeyError, ValueError):
        return None
    compressed = b"shorten" in fields.get(b"sample_coding", b"")
    return None if compressed else 1024 + counts[0] * counts[1] * counts[2]


def _ogg(file: BinaryIO, size: int) -> int | None:
    """Return where the last page ends, whose header tells its length."""
    start = max(0, size - _OGG_TAIL)
    file.seek(start)
    tail = file.read()
    at = tail.rfind(b"OggS")
    if at < 0:
        return None
    segments = tail[at + 27 : at + 27 + tail[at + 26]] if at + 26 < len(tail) else b""
    whole = at + 26 < len(tail) and len(segments) == tail[at + 26]
    return start + at + 27 + len(segments) + sum(segments) if whole else size + 1


_READERS: dict[bytes, Callable[[BinaryIO, int], int | None]] = {
    b"RIFF": _riff,
    b"RIFX": lambda file, size: _riff(file, size, ">"),
    b"RF64": _rf64,
    b"BW64": _rf64,
    b"riff": _w64,
    b"FORM": _iff,
    b".snd": _au,
    b"dns.": lambda file, size: _au(file, size, "<"),
    b"caff": _caf,
    b"NIST": _nist,
    b"OggS": _ogg,
}
