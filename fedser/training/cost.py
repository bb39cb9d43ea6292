"""What a method keeps on a device, in bytes: utterances with what is stored of them, and tensors of its own."""

from fedser.memory import utterance_bytes
from fedser.model import Examples
from fedser.strategies import State


def bytes_of_examples(examples: Examples) -> int:
    """Return what keeping these utterances costs."""
    widths = examples.acoustic.shape[1], examples.lexical.shape[1]
    return len(examples) * utterance_bytes(*widths, with_outputs=examples.outputs is not None)


def bytes_of_state(state: State) -> int:
    """Return what keeping a strategy's tensors costs."""
    return sum(tensor.numel() * tensor.element_size() for tensor in state.values())
