"""Passes and FLOPs that are counted, beside what torch's own counter sees of the same step.

In float64, where no product goes by oneDNN: torch's counter knows the products of its own library alone.
"""

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from fedser.model import ModelWork
from fedser.seeding import generator
from fedser.strategies import STRATEGIES
from fedser.training import FrozenModel, GradientStep
from tests.strategies.bench import ACOUSTIC, LEXICAL, OPTIONS, WIDTH, Bench, examples, visit_of

MEMORIES = [examples(9, 1, outputs=True), examples(6, 2, outputs=True)]
BATCH = 8
OF_DATA = (ACOUSTIC + LEXICAL) * WIDTH
"""Weights of the two layers that see embeddings: nothing is propagated back through these."""
INNER = 3 * WIDTH**2 + (WIDTH**2 + WIDTH) + (2 * WIDTH**2 + WIDTH)
"""Weights of the other layers: trunk, head of activation, head of valence."""
FORWARD, STEP = 2 * (OF_DATA + INNER), 4 * OF_DATA + 6 * INNER


def learnt_before(strategy, bench):
    """The state of a strategy that has left an environment."""
    visit = visit_of(bench, examples(24, 3))
    return strategy.leave(strategy.learnt(strategy.arrive({}, visit), visit))


def counted(bench, do):
    """Return the work that `do` is said to be, and what torch counts."""
    before = bench.model.work
    with FlopCounterMode(display=False) as counter:
        do()
    return bench.model.work - before, counter.get_total_flops()


EXPECTED = {
    "finetuning": ModelWork(BATCH, BATCH * STEP),
    "exper": ModelWork(BATCH, BATCH * STEP),
    "gem": ModelWork(BATCH + 15, (BATCH + 15) * STEP),
    "agem": ModelWork(BATCH + 15, (BATCH + 15) * STEP),
    "er": ModelWork(2 * BATCH, 2 * BATCH * STEP),
    "derpp": ModelWork(3 * BATCH, 3 * BATCH * STEP),
    "ewc": ModelWork(BATCH, BATCH * STEP),
    "si": ModelWork(BATCH, BATCH * STEP),
    "lwf": ModelWork(2 * BATCH, BATCH * (STEP + FORWARD)),
    "joint": ModelWork(BATCH, BATCH * STEP),
    "gdumb": ModelWork(BATCH, BATCH * STEP),
}
"""By hand: a batch of 8, memories of 9 and 6."""


@pytest.mark.parametrize("method", EXPECTED)
def test_a_step_is_counted_as_torch_counts_it(method):
    bench, strategy = Bench(), STRATEGIES[method]()
    state = strategy.arrive(learnt_before(strategy, bench), visit_of(bench, examples(24, 4)))
    own = strategy.training_set(examples(24, 4), MEMORIES)
    step = GradientStep(bench.model, bench.parameters, own, MEMORIES, strategy, OPTIONS, state)
    reports = []
    work, flops = counted(
        bench, lambda: reports.append(step(np.arange(BATCH), generator(0, "masks"), generator(0, "draws")))
    )
    assert work == reports[0].work == EXPECTED[method]
    # GEM's Gram matrix is torch's too: 2 · (1 + t)² a parameter, whatever the rows.
    beside = 2 * 3**2 * bench.parameters.vector.numel() if method == "gem" else 0
    assert flops == work.flops + beside


def test_reconstruction_goes_back_through_torch_itself():
    bench, strategy = Bench(), STRATEGIES["reconstruction"]()
    state = learnt_before(strategy, bench)
    own = examples(24, 4)
    own.labels[:] = torch.nan
    step = GradientStep(bench.model, bench.parameters, own, [], strategy, OPTIONS, state)
    work, flops = counted(bench, lambda: step(np.arange(BATCH), generator(0, "masks")))
    of_trunk = 6 * BATCH * (ACOUSTIC * WIDTH + 3 * WIDTH**2)
    assert work == ModelWork(2 * BATCH, BATCH * STEP + of_trunk)
    of_decoder = 2 * 2 * BATCH * (WIDTH + 1) * ACOUSTIC  # not of the model's: forward, and back to its input
    assert flops == work.flops + of_decoder


@pytest.mark.parametrize(("method", "passes", "each"), [("ewc", 24, STEP), ("lwf", 0, 0), ("finetuning", 0, 0)])
def test_what_follows_training_counts_too(method, passes, each):
    bench, strategy = Bench(), STRATEGIES[method]()
    visit = visit_of(bench, examples(24, 3))
    work, flops = counted(bench, lambda: strategy.learnt({}, visit))
    assert work == ModelWork(passes, passes * each)
    assert flops == work.flops


def test_outputs_to_be_kept_are_passes_forward():
    bench = Bench()
    frozen = FrozenModel(bench.model, bench.parameters, average=False)
    work, flops = counted(bench, lambda: frozen.outputs_one_by_one(bench.start, examples(9, 1)))
    assert work == ModelWork(9, 9 * FORWARD)
    assert flops == work.flops


def test_the_gradient_of_a_memory_is_what_it_is_said_to_be():
    bench = Bench()
    frozen = FrozenModel(bench.model, bench.parameters, average=False)
    work, flops = counted(bench, lambda: frozen.gradient(bench.start, examples(9, 1)))
    assert work == bench.model.work_of_gradient(9) == ModelWork(9, 9 * STEP)
    assert flops == work.flops


def test_without_words_only_sound_is_counted():
    from fedser.model import ModelOptions, Regressor

    model = Regressor(ACOUSTIC, 0, ModelOptions(width=WIDTH)).double()
    with FlopCounterMode(display=False) as counter, torch.no_grad():
        model(torch.ones(4, ACOUSTIC).double(), torch.ones(4, 0).double())
    trunk, heads = ACOUSTIC * WIDTH + 3 * WIDTH**2, 2 * (WIDTH**2 + WIDTH)
    assert model.work == ModelWork(4, 4 * 2 * (trunk + heads))
    assert model.work.flops == counter.get_total_flops()
