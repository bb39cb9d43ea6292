"""A gradient step at the paper's size against plain torch loops, in the same run, one thread.

    python -m tests.benchmarks.steps

Prints ratios, not times: the two are timed in turn, A B A B, and the quickest of each are compared, as `timeit`
advises: whatever else the machine does only ever adds time. Tests of training hold that both compute the same.
"""

import time

import numpy as np
import torch

from fedser.model import FlatParameters, Regressor
from fedser.seeding import generator
from fedser.strategies import STRATEGIES
from fedser.training import Examples, GradientStep, TrainingOptions
from tests.benchmarks.processor import processor
from tests.references.naive_step import PlainRegressor
from tests.references.plain_training import PlainGem, finetune_step

ACOUSTIC, LEXICAL, WIDTH, BATCH, MEMORY = 768, 512, 256, 32, 261


def examples(n, seed):
    stream = np.random.default_rng(seed)
    parts = (stream.normal(size=(n, ACOUSTIC)), stream.normal(size=(n, LEXICAL)), stream.uniform(-1, 1, (n, 2)))
    return Examples(*(torch.from_numpy(part.astype(np.float32)) for part in parts))


def seconds(call):
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def paired_ratio(plain, ours, pairs):
    """The quickest plain over the quickest of ours, and both in ms."""
    for call in (plain, ours, plain, ours):
        call()
    times = np.array([(seconds(plain), seconds(ours)) for _ in range(pairs)])
    quickest = times.min(axis=0)
    return float(quickest[0] / quickest[1]), *(1e3 * quickest)


def build(method, memories):
    """Return (plain step, fedser step) on batches drawn from 4,257 utterances."""
    data, past = examples(4257, 0), [examples(MEMORY, k + 1) for k in range(memories)]
    model = Regressor(ACOUSTIC, LEXICAL)
    model.initialise(generator(0, "weights"))
    plain_model = PlainRegressor(ACOUSTIC, LEXICAL, WIDTH, dropout=(0.2, 0.1, 0.2)).load(model)
    optimiser = torch.optim.SGD(plain_model.parameters(), lr=1e-3)
    strategy = STRATEGIES[method]()
    constraints = strategy.constraints(past)
    step = GradientStep(model, FlatParameters(model), data, constraints, strategy, TrainingOptions())
    stream, order = generator(0, "dropout"), np.random.default_rng(9)

    def batch():
        return order.integers(0, len(data), BATCH)

    def triple(part):
        return part.acoustic, part.lexical, part.labels

    def gather(rows):
        index = torch.from_numpy(rows)
        return data.acoustic[index], data.lexical[index], data.labels[index]

    gem = PlainGem(plain_model, optimiser, [triple(part) for part in past])
    plain = (
        (lambda: gem.step(gather(batch())))
        if method == "gem"
        else (lambda: finetune_step(plain_model, optimiser, gather(batch())))
    )
    return plain, lambda: step(batch(), stream)


def main() -> None:
    torch.set_num_threads(1)
    print(processor())
    for method, memories, pairs in (("gem", 2, 60), ("exper", 0, 150), ("finetuning", 0, 150)):
        ratio, plain_ms, our_ms = paired_ratio(*build(method, memories), pairs)
        print(
            f"{method} step, {memories} memories of {MEMORY}: plain {plain_ms:.2f} ms, fedser {our_ms:.2f} ms,"
            f" {ratio:.2f} times as fast"
        )


if __name__ == "__main__":
    main()
