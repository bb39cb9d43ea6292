"""What several figures ask of their axes."""

from collections.abc import Sequence

from matplotlib.axes import Axes

LONGEST = 18
"""Letters."""


def shortened(name: str) -> str:
    """Return a name that fits beside an axis.

    >>> shortened("a very long name of a room"), shortened("café")
    ('a very long name …', 'café')
    """
    return name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"


def name_ticks(axes: Axes, names: Sequence[str], axis: str = "x") -> None:
    """Put names at 0, 1, 2, …, slanted where they would run into one another."""
    labels = [shortened(name) for name in names]
    if axis == "y":
        axes.set_yticks(range(len(labels)), labels)
        return
    axes.set_xticks(range(len(labels)), labels)
    if sum(len(label) for label in labels) > 30:
        for text in axes.get_xticklabels():
            text.set(rotation=30, ha="right", rotation_mode="anchor")


def learnt(environments: Sequence[str]) -> list[str]:
    """Return what each stage adds: `P`, `+ M`, `+ I`."""
    return [name if place == 0 else f"+ {name}" for place, name in enumerate(environments)]
