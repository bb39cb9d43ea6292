"""Models of transformers that are run as they are: what can be chosen for each, and how they are loaded."""

from abc import abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

import torch
from pydantic import Field, PrivateAttr

from fedser.errors import ConfigError, FeatureError
from fedser.features import bfloat16
from fedser.features import checkpoint as checkpoints
from fedser.features.batching import frozen_model
from fedser.features.checkpoint import Checkpoint
from fedser.features.encoder import NamedEncoder, Portable
from fedser.features.quick import quicken

Source = Annotated[str, Field(min_length=1)]
"""A local folder, or a name on the hub."""


class PretrainedModel(Portable):
    """A frozen model by hub name or local folder: found at once, loaded at first use."""

    way_out: ClassVar[str]
    """What to do without the model, for errors."""
    gpu_batch: ClassVar[int] = 64
    """`batch_size` by default where there is no CPU."""
    convolves: ClassVar[bool] = True
    """Whether the model begins with convolutions, which some processors get wrong in bfloat16."""

    checkpoint: Source
    """Hub name or local folder."""
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    """In what the model computes."""
    offline: bool = False
    """Never ask the hub: local folder or cache."""
    device: str = "cpu"
    """As torch names it: cpu, cuda, cuda:1, mps."""
    batch_size: int | None = Field(None, ge=1, le=1_000_000)
    """Inputs in one forward pass at most; by default 1 on a CPU, which gains nothing from more."""

    _checkpoint: Checkpoint = PrivateAttr()
    _config: Any = PrivateAttr()
    _fingerprint: str = PrivateAttr()

    @property
    @abstractmethod
    def where(self) -> str:
        """The section of the configuration that names the model, for errors."""

    def model_post_init(self, _: Any) -> None:
        """Find the model; raises ConfigError for a device, FeatureError for a checkpoint that cannot be had."""
        self._check_device()
        self._checkpoint, self._config, self._fingerprint = checkpoints.find(
            self.where, self.checkpoint, offline=self.offline, way_out=self.way_out
        )
        self._examine()

    def _check_device(self) -> None:
        try:
            torch.empty(0, device=self.device)
        except (RuntimeError, AssertionError) as error:  # torch asserts that it was built with CUDA
            raise ConfigError(
                f'{self.where}: torch cannot use the device "{self.device}" ({checkpoints.first_line(error)});'
                " expected cpu, or cuda where there is a GPU"
            ) from None
        if self.dtype == "float16" and self.device == "cpu":
            raise ConfigError(f"{self.where}: float16 is for GPUs; expected float32 or bfloat16 on a CPU")
        if self.convolves and self.dtype == "bfloat16" and self.device == "cpu":
            self._check_convolutions()

    def _check_convolutions(self) -> None:
        if shape := bfloat16.wrong_convolution():
            raise ConfigError(
                f"{self.where}: torch {torch.__version__} convolves wrongly in bfloat16 on this processor"
                f" (kernel {shape.kernel}, stride {shape.stride}); choose dtype float32, or start with"
                " ONEDNN_MAX_CPU_ISA=AVX512_CORE_BF16 in the environment, without which it may use AMX"
            )

    @abstractmethod
    def _examine(self) -> None:
        """Raise FeatureError unless the checkpoint is of the right kind, ConfigError for an option it lacks."""

    @abstractmethod
    def _load(self) -> Any:
        """Return the model, weights and all, on the CPU."""

    @cached_property
    def _model(self) -> Any:
        model = self._load()
        if self.device == "cpu" and self.dtype == "float32":
            quicken(model)
        return model.to(self.device)

    @property
    def in_workers(self) -> bool:
        """Whether to run it in the worker processes; if not (a GPU), they only read ahead of it."""
        return self.device == "cpu"

    @property
    def _batch(self) -> int:
        """Inputs in one forward pass at most."""
        return self.batch_size or (1 if self.device == "cpu" else self.gpu_batch)

    @contextmanager
    def _running(self, amount: str, smaller: str) -> Iterator[None]:
        """Run the model; raises FeatureError where memory does not last for `amount`, advising a `smaller` one."""
        try:
            with frozen_model():
                yield
        except torch.OutOfMemoryError:
            raise FeatureError(
                f"{self.where}: {self.device} has too little memory for batches of {amount}; choose a smaller"
                f" {smaller}, or dtype bfloat16"
            ) from None


class PretrainedEncoder(PretrainedModel, NamedEncoder):
    """An encoder that is such a model."""

    @property
    def where(self) -> str:
        """The section of the configuration, and the encoder."""
        return f"features.{self.name}"

    @property
    def dimension(self) -> int:  # type: ignore[override]
        """The length d of a vector: the model's width."""
        return int(self._config.hidden_size)
