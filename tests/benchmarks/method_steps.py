"""A gradient step of each method against one of Finetuning, in the same run, at the paper's size, one thread.

    python -m tests.benchmarks.method_steps > tests/benchmarks/results/method_steps.txt

After two environments were left: two memories of 261 utterances, and tensors as a method brings them to a third.
Steps of all methods are timed in turn, round after round, and the quickest of each are compared, as `timeit`
advises: whatever else the machine does only ever adds time. ExpeR's steps cost what Finetuning's do, and an epoch
has more of them: the last column is time an epoch.
"""

import numpy as np
import torch

from fedser.model import FlatParameters, Regressor
from fedser.seeding import generator
from fedser.strategies import STRATEGIES, Visit
from fedser.training import FrozenModel, GradientStep, TrainingOptions
from tests.benchmarks.processor import processor
from tests.benchmarks.steps import ACOUSTIC, BATCH, LEXICAL, MEMORY, examples, seconds

METHODS = ("finetuning", "exper", "gem", "gem0", "agem", "er", "derpp", "ewc", "si", "lwf")
OWN, ROUNDS, WARMING = 4257, 200, 3


def build(method, own, memories):
    """Return (one step, steps an epoch)."""
    model = Regressor(ACOUSTIC, LEXICAL)
    model.initialise(generator(0, "weights"))
    parameters, strategy = FlatParameters(model), STRATEGIES[method]()
    frozen = FrozenModel(model, parameters, average=False)
    if strategy.keeps_outputs:
        memories = [m.with_outputs(frozen.outputs(parameters.vector, m)) for m in memories]
    past = memories if strategy.past == "memory" else []
    visit = Visit(
        "", parameters.vector.clone(), own.take(np.arange(BATCH * 4)), past, frozen, BATCH, lambda p: None
    )
    state = strategy.arrive({}, visit)
    for _ in range(2):
        state = strategy.arrive(strategy.leave(strategy.learnt(state, visit)), visit)
    training_set = strategy.training_set(own, past)
    step = GradientStep(
        model, parameters, training_set, past, strategy, TrainingOptions(learning_rate=1e-6), state
    )
    stream, order = generator(0, "dropout"), np.random.default_rng(9)
    return lambda: step(order.integers(0, len(training_set), BATCH), stream), len(training_set) / BATCH


def main() -> None:
    torch.set_num_threads(1)
    own, memories = examples(OWN, 0), [examples(MEMORY, k + 1) for k in range(2)]
    built = {method: build(method, own, memories) for method in METHODS}
    times = [[seconds(step) for step, _ in built.values()] for _ in range(WARMING + ROUNDS)][WARMING:]
    quickest = dict(zip(METHODS, np.min(times, axis=0).tolist(), strict=True))
    print("python -m tests.benchmarks.method_steps")
    print(processor())
    print(f"{'method':<16}{'ms a step':>10}{'× Finetuning':>14}{'× an epoch':>12}")
    plain, in_epoch = quickest["finetuning"], built["finetuning"][1]
    for method, found in quickest.items():
        epoch = found * built[method][1] / (plain * in_epoch)
        title = STRATEGIES[method].title
        print(f"{title:<16}{1e3 * found:>10.2f}{found / plain:>14.2f}{epoch:>12.2f}")


if __name__ == "__main__":
    main()
