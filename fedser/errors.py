"""The exceptions fedser raises on purpose.

Everything a user can mend is a `UserError`: its text is one line that says what is wrong, where, what was
expected and what to do, and the command line ends with exit code 2 on it. Anything else that escapes is a
defect of fedser and keeps its traceback.
"""

import difflib
from collections.abc import Iterable


class FedserError(Exception):
    """Any error fedser raises on purpose."""


class UserError(FedserError):
    """Something the user can mend; the message is one line."""


class ConfigError(UserError):
    """A configuration file, or an option on the command line, is wrong."""


class ForeignPackageError(UserError):
    """Python finds another package by the name of one of fedser's; the message says which file."""


class CorpusError(UserError):
    """A corpus cannot be read, or holds nothing to learn from."""


class FeatureError(UserError):
    """Features cannot be computed or read."""


class RunError(UserError):
    """A run folder cannot be written, read or resumed."""


class StorageError(RunError):
    """A file of a run cannot be written, or is damaged, or is another's: nothing can go on before it is mended."""


class NonFiniteGradientError(UserError):
    """A gradient holds NaN or infinity: training has diverged; the message says where and what to try."""


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return `; did you mean "…"?`, or the known words where none is close; for the end of a message."""
    known = sorted(known)
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    if close:
        return f'; did you mean "{close[0]}"?'
    return f"; known: {', '.join(known)}"


class BudgetSpentError(UserError):
    """The next round would spend more privacy than the run was given; nothing of it has been released."""


class SecureAggregationError(UserError):
    """A secure sum cannot be formed: too few devices are left, or a value does not fit the grid."""
