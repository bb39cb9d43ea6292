"""Options and itineraries that the tests share."""

from hypothesis import strategies as st

from fedser.mobility import MOBILITY, MobilityOptions

ENVIRONMENTS = ("home", "office", "café", "street")

MATRIX = [
    [0.0, 0.6, 0.1, 0.3],
    [0.5, 0.0, 0.4, 0.1],
    [0.2, 0.3, 0.0, 0.5],
    [0.7, 0.1, 0.2, 0.0],
]

dwells = st.one_of(
    st.builds(lambda mean: {"kind": "geometric", "mean": mean}, st.floats(1, 8)),
    st.builds(lambda mean: {"kind": "poisson", "mean": mean}, st.floats(1, 8)),
    st.builds(
        lambda low, more: {"kind": "uniform", "low": low, "high": low + more}, st.integers(1, 4), st.integers(0, 4)
    ),
    st.builds(lambda mean: {"kind": "fixed", "mean": mean}, st.integers(1, 6)),
)

withheld = st.dictionaries(st.sampled_from(ENVIRONMENTS[1:]), st.integers(1, 25), max_size=3)

availabilities = st.one_of(
    st.floats(0.05, 1),
    st.builds(lambda on, off: {"mean_on": on, "mean_off": off}, st.floats(1, 9), st.floats(1, 9)),
)

# home stays open, so every option here is a valid one.
movers = st.one_of(
    st.builds(lambda: {"kind": "static"}),
    st.builds(
        lambda rest, stay, stagger: {
            "kind": "schedule",
            "environments": ["home", *rest],
            "stay": stay,
            "stagger": stagger,
        },
        st.lists(st.sampled_from(ENVIRONMENTS), max_size=5),
        st.integers(1, 4),
        st.booleans(),
    ),
    st.builds(lambda share: {"kind": "commute", "evenings_out": share}, st.floats(0, 1)),
    st.builds(lambda dwell: {"kind": "semi-markov", "transitions": MATRIX, "dwell": dwell}, dwells),
    st.builds(
        lambda preset: {"kind": "semi-markov", "preset": preset}, st.sampled_from(["slow", "medium", "fast"])
    ),
)


def moves(kind="static", withheld=None, availability=1.0, **own):
    """What `plan` and `check` take first: the section [mobility], and that of the kind."""
    shared = {"kind": kind, "withheld": withheld or {}, "availability": availability}
    return MobilityOptions.read(shared, "[mobility]"), MOBILITY[kind].read(own, f"[{kind}]")


valid_moves = st.builds(
    lambda mover, held, availability: moves(**mover, withheld=held, availability=availability),
    movers,
    withheld,
    availabilities,
)


def semi_markov(**values):
    return moves("semi-markov", **values)
