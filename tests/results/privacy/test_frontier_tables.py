"""The frontier's table tells arms apart by mode and rule too."""

import pandas as pd

from fedser.results.privacy.frontier_tables import frontier_tables


def cell(seed=0, noise=0.0, **more):
    arm = {"mode": "federated", "method": "exper", "memory": "random", "rule": ""}
    measures = {"epsilon": float("inf"), "ccc": 0.5, "forgetting": 0.1, "gender_uar": 0.75, "membership_auc": 0.5}
    return {"noise_multiplier": noise, "capacity": 4, "seed": seed} | arm | measures | more


def test_means_over_the_seeds_of_one_arm_alone():
    rows = [
        cell(0, ccc=0.2),
        cell(1, ccc=0.4),
        cell(0, ccc=0.9, mode="personal-head", membership_auc=float("nan")),
    ]
    (table,) = frontier_tables(pd.DataFrame(rows))
    found = {row[0]: row for row in table.rows()}
    assert list(found) == ["Federated ExpeR-random", "Personal-head ExpeR-random"]
    ccc = table.header.index("CCC")
    assert [round(row[ccc].mean, 12) for row in found.values()] == [0.3, 0.9]
    assert not found["Personal-head ExpeR-random"][-1].exists


def test_what_keeps_no_memory_has_no_capacity():
    (table,) = frontier_tables(pd.DataFrame([cell(method="finetuning", memory="none")]))
    assert next(iter(table.rows()))[:4] == ("Federated Finetuning", "–", "0", "none")
