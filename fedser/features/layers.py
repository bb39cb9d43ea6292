"""Which hidden state of a transformer stands for an utterance: the last, a chosen one, or a weighted mean.

State 0 is what enters the first layer, state k what leaves layer k, and state N, of N layers, what the model
gives as its last hidden state (after the final LayerNorm, where there is one).
"""

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from fedser.errors import ConfigError

Pool = Callable[[Tensor], Tensor]
"""(b, t, d) → (b, d): the mean over each utterance's own frames."""


@dataclass(frozen=True)
class LayerChoice:
    """The weight of each state, N + 1 numbers ≥ 0 that add up to 1."""

    weights: tuple[float, ...]

    @classmethod
    def read(cls, option: Any, layers: int, where: str) -> "LayerChoice":
        """Return the choice that "last", "mean" (all states alike), a state's number or N + 1 weights stand for.

        Raises ConfigError for anything else.
        """
        states = layers + 1
        if option == "last":
            option = layers
        elif option == "mean":
            option = [1.0] * states
        if isinstance(option, int) and not isinstance(option, bool) and 0 <= option <= layers:
            return cls(tuple(float(state == option) for state in range(states)))
        if isinstance(option, list | tuple) and len(option) == states and all(map(_is_weight, option)):
            total = math.fsum(option)
            if total > 0:
                return cls(tuple(weight / total for weight in option))
        raise ConfigError(
            f'{where}: layer {option!r} is none of this model\'s; expected "last", "mean", a number from 0'
            f" (what enters the first layer) to {layers}, or a list of {states} weights ≥ 0"
        )

    @property
    def deepest(self) -> int:
        """The last state that counts; the layers above need not be computed."""
        return max(state for state, weight in enumerate(self.weights) if weight > 0)

    @property
    def is_last(self) -> bool:
        """Whether it is the last hidden state alone."""
        return self.weights[-1] == 1

    def describe(self) -> str | int | list[float]:
        """Return what a store's key says of it."""
        if self.is_last:
            return "last"
        return self.deepest if self.weights[self.deepest] == 1 else list(self.weights)

    def prune(self, layers: nn.ModuleList) -> nn.ModuleList:
        """Return the layers without those that need not be computed."""
        return layers[: max(1, self.deepest)]

    def pooled(self, layers: nn.ModuleList, run: Callable[[], Tensor], pool: Pool) -> Tensor:
        """Return the weighted mean of the pooled states, (b, d).

        `run` runs a model, of which `layers` are what `prune` left, and returns its last hidden state (b, t, d).
        """
        if self.is_last:
            return pool(run())
        with pooled_states(layers, pool) as states:
            last = run()
        if self.deepest == len(self.weights) - 1:
            states[self.deepest] = pool(last)
        return self.average(states)

    def average(self, states: dict[int, Tensor]) -> Tensor:
        """Return the weighted mean of the pooled states, (b, d)."""
        parts = [weight * states[state] for state, weight in enumerate(self.weights) if weight > 0]
        return parts[0] if len(parts) == 1 else sum(parts[1:], parts[0])


@contextmanager
def pooled_states(layers: nn.ModuleList, pool: Pool) -> Iterator[dict[int, Tensor]]:
    """Collect the pooled states 0 to N while a model runs; each frame's state is let go as the model does.

    Not by `output_hidden_states`, which keeps all frames of all layers, and whose last entry lies before the
    final LayerNorm in some versions and after it in others.
    """
    states: dict[int, Tensor] = {}

    def enter(_: nn.Module, inputs: tuple[Any, ...]) -> None:
        states[0] = pool(inputs[0])

    def leave(number: int) -> Callable[[nn.Module, Any, Any], None]:
        def hook(_: nn.Module, __: Any, output: Any) -> None:
            states[number] = pool(output[0] if isinstance(output, tuple) else output)

        return hook

    with ExitStack() as hooks:
        hooks.callback(layers[0].register_forward_pre_hook(enter).remove)
        for number, layer in enumerate(layers, 1):
            hooks.callback(layer.register_forward_hook(leave(number)).remove)
        yield states


def _is_weight(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < math.inf
