"""ER: one loss over the batch and what is drawn."""

import pytest
import torch

from fedser.model import Examples
from fedser.seeding import generator
from fedser.strategies import Rehearsal, Strategy, squared_error
from fedser.strategies.er import Er
from fedser.strategies.finetuning import Finetuning
from tests.strategies.bench import Bench, close, examples, walk

BATCH, MEMORIES = examples(8, 100), [examples(9, 1), examples(7, 2)]


@pytest.mark.parametrize("sample", [None, 4])
def test_a_step_is_that_on_batch_and_memories_as_one(sample):
    bench, draws = Bench(), generator(0, "draws")
    drawn = Examples.join(MEMORIES).take(draws.choice(16, sample or 8, replace=False))
    expected = bench.loss(Examples.join([BATCH, drawn]))
    found, report, _ = bench.step(Er(sample=sample), MEMORIES)
    close(found, bench.gradient(expected))
    assert report.loss == pytest.approx(expected.item(), abs=1e-12)
    assert report.work.passes == 8 + (sample or 8)


APART, TOLD = examples(5, 3), examples(4, 4, outputs=True)


class Mixed(Strategy):
    """What is pooled beside all else that may join a step."""

    name = "mixed"

    def rehearsals(self, step):
        return [
            Rehearsal(TOLD, squared_error(TOLD.outputs), 0.5),
            Rehearsal(MEMORIES[0], pooled=True),
            Rehearsal(APART, apart=True),
            Rehearsal(MEMORIES[1], weight=0.25),
            Rehearsal(MEMORIES[1], pooled=True),
        ]

    def direction(self, gradients, step):
        Mixed.rows = gradients.clone()
        return super().direction(gradients, step)


def test_what_is_pooled_goes_with_all_other_rehearsals():
    bench = Bench()
    error = ((bench.outputs(TOLD) - TOLD.outputs) ** 2).mean()
    loss = bench.loss(Examples.join([BATCH, *MEMORIES])) + 0.5 * error + 0.25 * bench.loss(MEMORIES[1])
    expected = torch.stack([bench.gradient(loss), bench.gradient(bench.loss(APART))])
    bench.step(Mixed(), MEMORIES)
    close(Mixed.rows, expected)


def test_what_is_pooled_has_no_loss_of_its_own():
    for other in ({"apart": True}, {"weight": 0.5}, {"loss": squared_error(torch.zeros(9, 2))}):
        with pytest.raises(ValueError, match="pooled"):
            Rehearsal(MEMORIES[0], pooled=True, **other)


def test_without_memories_it_is_finetuning_bit_for_bit():
    assert torch.equal(walk(Er()), walk(Finetuning()))
    assert not torch.equal(walk(Er(), MEMORIES), walk(Finetuning()))
