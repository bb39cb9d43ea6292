"""GEM with margin 0 is GEM but for its margin."""

import numpy as np
import pytest
import torch

from fedser.errors import ConfigError
from fedser.strategies.gem import Gem, GemWithoutMargin, project
from tests.strategies.bench import Bench, close, examples, walk

MEMORIES = [examples(9, 1), examples(7, 2)]


def test_it_takes_the_same_steps_as_gem_with_that_margin():
    assert torch.equal(walk(GemWithoutMargin(), MEMORIES), walk(Gem(margin=0.0), MEMORIES))
    assert not torch.equal(walk(GemWithoutMargin(), MEMORIES), walk(Gem(), MEMORIES))


@pytest.mark.parametrize("seed", range(6))
def test_a_step_is_the_nearest_that_raises_no_memorys_loss(seed):
    bench = Bench(seed)
    rows = torch.stack([bench.gradient(bench.loss(part)) for part in (examples(8, 100), *MEMORIES)]).numpy()
    found, report, _ = bench.step(GemWithoutMargin(eps=1e-9), MEMORIES)
    close(found, torch.from_numpy(project(rows[0], rows[1:], 0.0, 1e-9)))
    along = rows[1:] @ found.numpy()
    assert (along > -1e-6 * np.linalg.norm(rows[1:], axis=1) * found.norm().item()).all()
    assert report.altered == bool((rows[1:] @ rows[0] < 0).any())


def test_its_margin_cannot_be_another():
    with pytest.raises(ConfigError, match=r"\[gem0\]: margin should be less than or equal to 0, got 0.5"):
        GemWithoutMargin.read({"margin": 0.5}, "[gem0]")
