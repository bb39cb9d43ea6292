"""Write a file all at once: a reader, or a kill, never meets half of it."""

import os
from pathlib import Path

from fedser.errors import RunError


def write_text(path: Path, text: str) -> Path:
    """Write UTF-8 text with \\n line ends beside `path` and move it into place; return `path`."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        draft.write_text(text, encoding="utf-8", newline="")
        draft.replace(path)
    except OSError as error:
        raise RunError(f"{path}: cannot be written ({error.strerror}); choose a folder you can write to") from None
    finally:
        draft.unlink(missing_ok=True)
    return path
