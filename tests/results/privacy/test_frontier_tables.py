"""The frontier's table tells arms apart by mode and rule too."""

import pandas as pd

from fedser.results.privacy.frontier_tables import frontier_tables
from fedser.results.privacy.leaks import LEAKS, columns_of


def cell(seed=0, noise=0.0, **more):
    arm = {"mode": "federated", "method": "exper", "memory": "random", "rule": ""}
    measures = {"epsilon": float("inf"), "ccc": 0.5, "forgetting": 0.1}
    for k, measure in enumerate(LEAKS):
        value = 0.5 + k / 8
        measures |= dict(zip(columns_of(measure), (value, value - 0.25, value + 0.25), strict=True))
    return {"noise_multiplier": noise, "capacity": 4, "seed": seed} | arm | measures | more


def test_means_over_the_seeds_of_one_arm_alone():
    rows = [
        cell(0, ccc=0.2, lira_auc=0.5),
        cell(1, ccc=0.4, lira_auc=0.625, lira_auc_high=1.25),
        cell(0, ccc=0.9, mode="personal-head", lira_auc=float("nan")),
    ]
    (table,) = frontier_tables(pd.DataFrame(rows))
    found = {row[0]: row for row in table.rows()}
    assert list(found) == ["Federated ExpeR-random", "Personal-head ExpeR-random"]
    ccc = table.header.index("CCC")
    assert [round(row[ccc].mean, 12) for row in found.values()] == [0.3, 0.9]
    assert [row[-1] for row in found.values()] == [".562 [.500, 1.125]", "–"]


def test_what_keeps_no_memory_has_no_capacity():
    (table,) = frontier_tables(pd.DataFrame([cell(method="finetuning", memory="none")]))
    assert next(iter(table.rows()))[:4] == ("Federated Finetuning", "–", "0", "none")
