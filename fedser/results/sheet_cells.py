"""Cells of words that a spreadsheet would take for a formula, written so that it does not.

Names come from users and from data, and a CSV file may be opened by somebody else. A word that begins with =, +,
-, @, a tab or a carriage return gets an apostrophe in front, which spreadsheets take for "this is text" (OWASP,
CSV injection); what has one already gets another. Numbers stay as they are; reading gives the word back.
"""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_MARK = "'"


def guarded(word: str) -> str:
    """Return a word as it stands in a file.

    >>> guarded("=1+1"), guarded("home"), guarded("-5 dB"), guarded("'tis")
    ("'=1+1", 'home', "'-5 dB", "'tis")
    """
    return _MARK + word if word.lstrip(_MARK).startswith(_FORMULA) else word


def unguarded(cell: str) -> str:
    """Return the word that a cell stands for.

    >>> [unguarded(guarded(word)) for word in ("=1+1", "'=1", "''-", "'tis", "")]
    ['=1+1', "'=1", "''-", "'tis", '']
    """
    bare = cell.lstrip(_MARK)
    return cell[1:] if cell != bare and bare.startswith(_FORMULA) else cell
