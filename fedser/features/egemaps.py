"""eGeMAPS functionals (Eyben et al. 2016, IEEE Trans. Affective Computing 7:190–202) by openSMILE, an extra.

openSMILE is free for non-commercial use only, so nothing installs it unasked.
"""

import warnings
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import PrivateAttr

from fedser.errors import FeatureError
from fedser.features.encoder import AcousticEncoder, Waveform
from fedser.vocabulary import RATE_HZ


class Egemaps(AcousticEncoder):
    """The 88 functionals of eGeMAPSv02; outliers are common, so the z-scores must be clipped."""

    name = "egemaps"
    dimension = 88
    standardise = True

    _version: str = PrivateAttr()

    def model_post_init(self, _: Any) -> None:
        """Raise FeatureError now if openSMILE is missing."""
        try:
            import opensmile
        except ImportError:
            raise FeatureError(
                "egemaps: openSMILE is not installed; pip install fedser[egemaps] adds it"
                ' (openSMILE is free for non-commercial use only), or use the embedded encoder "logmel"'
            ) from None
        self._version = opensmile.__version__

    @property
    def settings(self) -> dict[str, Any]:
        """All that changes the numbers."""
        return {"rate_hz": RATE_HZ, "set": "eGeMAPSv02", "opensmile": self._version}

    @cached_property
    def _smile(self) -> Any:
        import opensmile

        return opensmile.Smile(
            feature_set=opensmile.FeatureSet.eGeMAPSv02,
            feature_level=opensmile.FeatureLevel.Functionals,
        )

    def encode(self, waveforms: Sequence[Waveform], /) -> NDArray[np.float32]:
        """Return (len, 88); NaN for a waveform too short for openSMILE."""
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Segment too short")
            functionals = [self._smile.process_signal(each, RATE_HZ).to_numpy() for each in waveforms]
        return np.concatenate([np.empty((0, self.dimension)), *functionals]).astype(np.float32)
