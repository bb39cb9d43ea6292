"""attacks.csv and frontier.csv: their columns, and what may stand in them."""

from fedser.privacy.attacks.finding import SETTING
from fedser.results.cells import EXTENDED, FINITE, OPTIONAL, SPARSE, WHOLE, WORD, Kind, each
from fedser.results.privacy.leaks import LEAKS, columns_of

SCHEMA: dict[str, dict[str, Kind]] = {
    "attacks.csv": each(WORD, "attack", "variant", "metric", "arm", *SETTING)
    | each(EXTENDED, "estimate", "low", "high", "control", "control_low", "control_high")
    | {"p_value": OPTIONAL, "n": WHOLE, "statement": WORD},
    "frontier.csv": {"noise_multiplier": FINITE, "capacity": WHOLE}
    | each(WORD, "mode", "method", "memory")
    | {"rule": SPARSE, "seed": WHOLE, "epsilon": EXTENDED}
    | each(OPTIONAL, "ccc", "forgetting")
    | each(EXTENDED, *(name for measure in LEAKS for name in columns_of(measure))),
}
"""attacks.csv: a row for each `Finding`. `attack` is a name of ATTACKS, `variant` what it looks at: `inputs`, …
(`untrained`: a model that has learnt nothing); metric ∈ uar | accuracy | auc | tpr | cosine | exact, or another
attack's own; cells that do not apply are empty. Intervals are at 95 %, infinite where one value says nothing of
their width. `control` is the mean of the null controls; between `control_low` and `control_high` lie 95 % of them,
or for an inversion the mean of all.

frontier.csv: one row for each noise, capacity, arm and seed; `epsilon` inf without noise; the CCC is that of the
global model on activation at the end, over all environments, and `forgetting` that of the devices. The measures of
`LEAKS` come with the bounds of their 95 % intervals over speakers.
"""
