"""Dropout whose masks come from a named random stream."""

import numpy as np
import torch
from torch import Tensor


class DropoutMasks:
    """Draws masks for one pass of a network in training mode.

    The masks depend on the stream alone, so a resumed run or another process draws the same. Sixteen random
    bits decide a value, and the probability is rounded to 1/65536: four values come from one 64-bit draw,
    which costs a tenth of torch's `bernoulli_`.
    """

    def __init__(self, stream: np.random.Generator, spared_rows: int = 0) -> None:
        """Draw from `stream`; the first `spared_rows` of every matrix are left as they are."""
        self._bits = stream.bit_generator
        self._spared = spared_rows

    def drop(self, x: Tensor, probability: float) -> Tensor:
        """Return x (n, d) with values zeroed at the given probability in [0, 1), the rest scaled by 1/(1 − p)."""
        if probability == 0.0:
            return x
        spared, x = x[: self._spared], x[self._spared :]
        count = x.numel()
        draws = np.asarray(self._bits.random_raw((count + 3) // 4)).view(np.int16)[:count]
        threshold = round(probability * 65536) - 32768
        keep = np.multiply(draws >= threshold, 1.0 / (1.0 - probability), dtype=np.float32)
        dropped = x * torch.from_numpy(keep).view(x.shape).to(x.dtype)
        return torch.cat([spared, dropped]) if self._spared else dropped
