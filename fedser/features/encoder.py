"""What an encoder is: waveforms or transcripts in, one float32 vector of fixed length each out.

    @fedser.register
    class Loudness(fedser.AcousticEncoder):
        \"\"\"The level of the whole utterance, in dB.\"\"\"

        name = "loudness"
        dimension = 1
        standardise = True

        floor_db: float = -80.0

        def encode(self, waveforms):
            powers = [np.mean(np.square(waveform)) for waveform in waveforms]
            levels = np.maximum(10 * np.log10(np.maximum(powers, 1e-12)), self.floor_db)
            return levels.astype(np.float32).reshape(-1, 1)

A configuration then says `acoustic = "loudness"` and `acoustic_options = { floor_db = -60.0 }`.
"""

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from fedser.config import Section
from fedser.errors import FeatureError
from fedser.features import digests

Waveform = NDArray[np.float32]
"""(n,) samples, n ≥ 1, at 16 kHz."""

Content = TypeVar("Content", contravariant=True)


class Encoder(Protocol[Content]):
    """Whatever gives vectors of waveforms (`Encoder[Waveform]`) or of transcripts (`Encoder[str]`).

    Encoders are frozen: the same input gives the same vector, whatever it was batched with. They travel to
    worker processes by pickle, so a large model is loaded at first use, not when the encoder is made.
    """

    @property
    def name(self) -> str:
        """The name in a configuration."""

    @property
    def dimension(self) -> int:
        """The length d of a vector."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that changes the numbers, fit for JSON; stored features are found again by it."""

    @property
    def standardise(self) -> bool:
        """Whether the vectors are made by hand and want z-scores (see `Standardiser`)."""

    @property
    def in_workers(self) -> bool:
        """Whether to encode in the worker processes; if not (a GPU), they only read ahead of it."""

    def encode(self, contents: Sequence[Content], /) -> NDArray[np.float32]:
        """Return (len, d)."""


class Portable(Section):
    """Goes to a worker process without what it loaded at first use: values of its cached properties stay here."""

    def __getstate__(self) -> dict[Any, Any]:
        state = super().__getstate__()
        options = {key: value for key, value in state["__dict__"].items() if key in type(self).model_fields}
        return state | {"__dict__": options}


class NamedEncoder(Portable):
    """What both kinds of encoder that a configuration can name have in common; the options are the fields.

    An option that only decides where or how fast vectors are computed should be left out of `described`.
    """

    extends: ClassVar[str] = "encoders"
    name: ClassVar[str]
    dimension: ClassVar[int]
    """The length d of a vector; a property where it depends on the options."""
    standardise: ClassVar[bool] = False
    """Whether the vectors are made by hand and want z-scores (see `Standardiser`)."""
    revision: ClassVar[int | None] = None
    """To be counted up when the code gives other numbers. None: any change of the class's file counts."""

    _code: ClassVar[str] = ""

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        # Now, while the file says what was imported from it.
        cls._code = digests.of_code(cls)

    @property
    def in_workers(self) -> bool:
        """Whether to encode in the worker processes; if not (a GPU), they only read ahead of it."""
        return True

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that changes the numbers, fit for JSON; stored features are found again by it.

        Raises FeatureError for a class without a revision whose code cannot be read.
        """
        # A subclass has code of its own, which the revision of its parent says nothing of.
        revision = vars(type(self)).get("revision")
        if revision is None and not self._code:
            raise FeatureError(
                f"features.{self.name}: the code of {type(self).__qualname__} is in no file, so features stored"
                " with other code could not be told from its own; write it to a file, or give the class a"
                " revision = 1"
            )
        code = {"code": self._code} if revision is None else {"revision": revision}
        return {**code, **self.described()}

    def described(self) -> dict[str, Any]:
        """Return the part of `settings` that the options decide."""
        return self.model_dump()


class AcousticEncoder(NamedEncoder):
    """Turns waveforms into vectors; derive from it to add one."""

    @abstractmethod
    def encode(self, waveforms: Sequence[Waveform], /) -> NDArray[np.float32]:
        """Return (len, d) for waveforms of shape (n,), at 16 kHz, of any lengths n ≥ 1."""


class LexicalEncoder(NamedEncoder):
    """Turns transcripts into vectors; derive from it to add one."""

    instant: ClassVar[bool] = False
    """Whether to encode a whole corpus takes less time than to start processes for it."""

    @abstractmethod
    def encode(self, transcripts: Sequence[str], /) -> NDArray[np.float32]:
        """Return (len, d); an empty transcript is allowed."""


class Transcriber(Protocol):
    """Turns waveforms into words; like an encoder, it is frozen and travels to worker processes."""

    @property
    def name(self) -> str:
        """What kind of model it is."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """All that changes the words, fit for JSON; stored transcripts are found again by it."""

    @property
    def in_workers(self) -> bool:
        """Whether to transcribe in the worker processes; if not (a GPU), they only read ahead of it."""

    def transcribe(self, waveforms: Sequence[Waveform]) -> list[str]:
        """Return the words of each waveform (n,) at 16 kHz, "" where there are none."""
