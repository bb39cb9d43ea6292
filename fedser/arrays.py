"""Arrays by their numbers, for signatures; what shape and what for is said where they are used."""

import numpy as np
from numpy.typing import NDArray

Doubles = NDArray[np.float64]
Floats = NDArray[np.float32]
