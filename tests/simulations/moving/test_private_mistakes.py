"""What breaks the promise of [privacy] is refused in one line."""

import pytest

from tests.simulations.moving.private_federation import (
    SMOKE,
)

NOISY = ["privacy.delta=0.01", "privacy.clip=1.0", "privacy.noise_multiplier=1.0"]
DP = ["privacy.mechanism=central", "aggregation.weights=uniform", *NOISY]
POISSON = ["privacy.sampling=poisson", "participation.sampling=poisson"]
MISTAKES = {
    "delta 0.5 is not below 1/6": [*DP, "privacy.delta=0.5"],
    "the CCC couples the samples": ["privacy.unit=example"],
    "weights by the number of examples": ["privacy.mechanism=central", *NOISY],
    "would go up bare beside the update": ["privacy.mechanism=central", "privacy.weight_bound=9", *NOISY],
    "needs secure_aggregation = true": [*DP, "privacy.mechanism=distributed"],
    "devices that are drawn so": [*DP, "privacy.sampling=poisson"],
    "is standardised by means": [*DP, "server.speakers=0"],
    "a fraction of the devices is not": [*DP, "privacy.sampling=fixed", "participation.fraction=0.5"],
    "draws nobody by chance": [*DP, "privacy.sampling=fixed", "participation.cohort=6"],
    "leave out fraction or cohort": ["participation.cohort=3", "participation.fraction=0.5"],
    "quorum was reached tells": [*DP, *POISSON, "participation.quorum=0.5"],
    "a secure sum that fails": [*DP, *POISSON, "privacy.secure_aggregation=true"],
    "who is late depends on": [*DP, "participation.deadline_s=3.0"],
}


@pytest.mark.parametrize("reason", MISTAKES)
def test_what_breaks_the_promise_is_refused_in_one_line(fedser, tmp_path, reason):
    changes = [word for change in MISTAKES[reason] for word in ("--set", change)]
    code, _, error = fedser("simulate", SMOKE, "--run", tmp_path / "run", *changes)
    assert code == 2
    assert reason in " ".join(error.split())
    assert error.strip().count("\n") == 0
    assert not (tmp_path / "run").exists()
