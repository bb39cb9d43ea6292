"""A stage of training: what is seen, when it stops, and going on after a kill."""

import numpy as np
import pytest
import torch

from fedser.errors import NonFiniteGradientError
from fedser.model import FlatParameters, ModelOptions, Regressor
from fedser.protocol.stage_files import read_state, write_state
from fedser.seeding import generator
from fedser.strategies.exper import ExpeR
from fedser.strategies.finetuning import Finetuning
from fedser.strategies.gem import Gem
from fedser.training import Examples, TrainingOptions, train_stage
from fedser.training.stage import StageData

OPTIONS = TrainingOptions(learning_rate=0.02, batch_size=4, patience=3, max_epochs=7)
ACOUSTIC, LEXICAL = 5, 3


def examples(n, seed):
    stream = np.random.default_rng(seed)
    acoustic = stream.normal(size=(n, ACOUSTIC)).astype(np.float32)
    labels = np.tanh(acoustic[:, :2] + 0.1 * stream.normal(size=(n, 2))).astype(np.float32)
    lexical = stream.normal(size=(n, LEXICAL)).astype(np.float32)
    return Examples(*(torch.from_numpy(part) for part in (acoustic, lexical, labels)))


def train(strategy, data, options=OPTIONS, capacity=6, state=None, on_epoch=lambda state: None):
    model = Regressor(ACOUSTIC, LEXICAL, ModelOptions(width=6))
    model.initialise(generator(0, "weights"))
    parameters = FlatParameters(model)
    result = train_stage(
        model,
        parameters,
        data,
        strategy,
        options,
        capacity,
        lambda purpose, epoch: generator(0, purpose, epoch),
        state,
        on_epoch,
    )
    return result, parameters.vector.clone()


def data(own=13, memories=(), name="home"):
    return StageData(name, examples(own, 1), [examples(n, 10 + n) for n in memories], examples(12, 2))


def test_a_last_batch_of_one_is_skipped():
    state, _ = train(Finetuning(), data(own=13))
    assert state.steps == 3 * state.epoch
    state, _ = train(Finetuning(), data(own=14))
    assert state.steps == 4 * state.epoch


def test_the_ring_holds_the_last_positions_of_its_own_environment():
    last = []
    state, _ = train(ExpeR(), data(memories=(9, 8)), on_epoch=lambda state: last.append(state.epoch))
    order = generator(0, "shuffle", last[-1]).permutation(13 + 9 + 8)
    batches = [order[k : k + 4] for k in range(0, 30, 4)]
    seen = [p for batch in batches if len(batch) > 1 for p in batch if p < 13]
    assert state.seen_last.tolist() == seen[-6:]


def test_replayed_utterances_make_the_epoch_longer():
    alone, _ = train(Finetuning(), data())
    replayed, _ = train(ExpeR(), data(memories=(9, 8)))
    assert alone.steps / alone.epoch == 3
    assert replayed.steps / replayed.epoch == 8  # 30 utterances: 7 batches of 4 and one of 2


def test_constraints_pass_through_every_step_but_are_not_trained_on():
    state, _ = train(Gem(), data(memories=(9, 8)))
    assert state.steps / state.epoch == 3
    assert state.rows_per_step == 4 + 9 + 8
    assert set(state.seen_last.tolist()) <= set(range(13))


def test_the_best_weights_are_restored_also_when_the_cap_stops():
    losses = []
    vectors = []

    def watch(state):
        losses.append(state.validation_losses[-1])
        vectors.append(state.parameters.clone())

    state, restored = train(Finetuning(), data(), on_epoch=watch)
    best = int(np.argmin(losses))
    assert state.stopping.best_epoch == best + 1
    assert torch.equal(restored, vectors[best])


@pytest.mark.parametrize("strategy", [Finetuning(), ExpeR(), Gem()])
@pytest.mark.parametrize("killed_after", [1, 2, 4])
def test_going_on_from_a_checkpoint_gives_the_same_bits(strategy, killed_after, tmp_path):
    whole, expected = train(strategy, data(memories=(9, 8)))

    class KillError(Exception):
        pass

    def kill(state):
        if state.epoch == killed_after:
            write_state(tmp_path / "state", state)
            raise KillError

    with pytest.raises(KillError):
        train(strategy, data(memories=(9, 8)), on_epoch=kill)
    state = read_state(tmp_path / "state", OPTIONS.patience)
    resumed, vector = train(strategy, data(memories=(9, 8)), state=state)
    assert torch.equal(vector, expected)
    assert resumed.validation_losses == whole.validation_losses
    assert (resumed.steps, resumed.altered, resumed.epoch) == (whole.steps, whole.altered, whole.epoch)
    assert np.array_equal(resumed.seen_last, whole.seen_last)


def test_divergence_names_environment_epoch_and_remedy():
    options = TrainingOptions(learning_rate=1e38, batch_size=4)
    for strategy in (Finetuning(), Gem()):
        with pytest.raises(
            NonFiniteGradientError, match=r"environment street, epoch \d+, step \d+.*learning_rate"
        ):
            train(strategy, data(memories=(9,), name="street"), options)
