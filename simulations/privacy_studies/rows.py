"""One row of attacks.csv."""

from typing import Any

from fedser.privacy.attacks import Interval, Null

Row = dict[str, Any]


def row(
    study: str,
    attack: str,
    metric: str,
    arm: str,
    estimate: Interval,
    control: Interval,
    n: int,
    statement: str,
    **more: Any,
) -> Row:
    """Return a finding as a row; `more` is layer, rounds, batch, steps or p_value, where they apply."""
    given = {"study": study, "attack": attack, "metric": metric, "arm": arm}
    places = {key: str(more.get(key, "")) for key in ("layer", "rounds", "batch", "steps")}
    found = {"estimate": estimate.estimate, "low": estimate.low, "high": estimate.high}
    null = {"control": control.estimate, "control_low": control.low, "control_high": control.high}
    return given | places | found | null | {"p_value": more.get("p_value"), "n": n, "statement": statement}


def of_null(null: Null) -> Interval:
    """Return the mean of repeated controls between the central 95 % of them."""
    return Interval(null.mean.estimate, null.low, null.high)


def chance(value: float) -> Interval:
    """Return a level known beforehand as a control."""
    return Interval(value, value, value)
