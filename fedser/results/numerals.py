"""How tables, figures and sentences write numbers: .604, −.123, p = .003."""

MINUS = "−"
NO_BREAK = "\u00a0"
NONE = "–"
"""Where there is no number."""


def decimal(value: float | None, places: int = 3) -> str:
    """Return a number with a fixed count of decimals, without a leading zero; `–` for None.

    >>> decimal(0.6041), decimal(-0.1234, 2), decimal(1.0), decimal(-0.0001)
    ('.604', '−.12', '1.000', '.000')
    """
    if value is None:
        return NONE
    text = f"{abs(value):.{places}f}"
    sign = MINUS if value < 0 and float(text) != 0 else ""
    return sign + (text[1:] if text.startswith("0.") else text)


def change(value: float | None, places: int = 3) -> str:
    """Return a difference with an arrow for its sign, without one where it rounds to nothing; `–` for None.

    >>> change(0.0214), change(-0.0214), change(-0.0001), change(None)
    ('↑.021', '↓.021', '.000', '–')
    """
    if value is None:
        return NONE
    size = decimal(abs(value), places)
    return size if float(size) == 0 else f"{'↑' if value > 0 else '↓'}{size}"


def p_value(p: float | None) -> str:
    """Return a p-value, with more decimals next to .05 so that its mark can be understood.

    >>> p_value(0.0312), p_value(0.00004), p_value(0.0497), p_value(None)
    ('.031', '< .001', '.0497', '–')
    """
    if p is None:
        return NONE
    if p < 0.001:
        return "< .001"
    return decimal(p, 4 if 0.0485 < p < 0.0515 else 3)


def p_equation(p: float) -> str:
    """Return `p = .031` or `p < .001`, for sentences: it does not break at the end of a line."""
    text = p_value(p)
    return (f"p {text}" if text.startswith("<") else f"p = {text}").replace(" ", NO_BREAK)


def grouped(count: int) -> str:
    """Return a count with its thousands apart: 40,727."""
    return f"{count:,}"
