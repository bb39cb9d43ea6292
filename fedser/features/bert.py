"""BERT and its kin through transformers: last hidden state of token 0."""

from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoTokenizer

from fedser.features import checkpoint as checkpoints
from fedser.features.batching import equal_length_batches, frozen_model
from fedser.features.quick import quicken


class Bert:
    """A text encoder by hub name or local folder, frozen.

    Transcripts are encoded one at a time (the default on a CPU, where it runs on one thread, in the workers),
    or in batches of as many tokens (64 elsewhere), equal to 1e-5; what exceeds the model's length is cut off.
    """

    name = "bert"
    standardise = False

    def __init__(
        self,
        checkpoint: str = "google/bert_uncased_L-4_H-512_A-8",
        *,
        dtype: str = "float32",
        offline: bool = False,
        device: str = "cpu",
        batch_size: int | None = None,
    ) -> None:
        where = f"features.{self.name}"
        self._options = checkpoints.PretrainedOptions.read(
            {
                "checkpoint": checkpoint,
                "dtype": dtype,
                "offline": offline,
                "device": device,
                "batch_size": checkpoints.default_batch(batch_size, device),
            },
            where,
        )
        self._options.check_device(where)
        self._checkpoint, config, fingerprint = checkpoints.find(
            self.name, checkpoint, offline=offline, way_out='use the embedded encoder "ngrams"'
        )
        self._tokenizer = self._checkpoint.read(AutoTokenizer)
        self._longest = min(self._tokenizer.model_max_length, config.max_position_embeddings)
        self.dimension = int(config.hidden_size)
        self.in_workers = device == "cpu"
        self.settings: dict[str, Any] = {
            "revision": 1,
            "model": config.model_type,
            "checkpoint": fingerprint,
            "layer": "last",
            "token": 0,
            "dtype": dtype,
        }

    @cached_property
    def _model(self) -> Any:
        model = self._checkpoint.model(self._options.dtype)
        if self._options.device == "cpu" and self._options.dtype == "float32":
            quicken(model)
        return model.to(self._options.device)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_model"}

    def encode(self, transcripts: Sequence[str]) -> NDArray[np.float32]:
        """Return the last hidden state of token 0, (len, d)."""
        vectors = np.empty((len(transcripts), self.dimension), dtype=np.float32)
        tokens = [self._tokens(transcript) for transcript in transcripts]
        with frozen_model():
            for batch in equal_length_batches([len(each) for each in tokens], self._options.batch_size):
                ids = torch.tensor([tokens[position] for position in batch], device=self._options.device)
                state = self._model(ids, attention_mask=torch.ones_like(ids)).last_hidden_state
                vectors[batch] = state[:, 0].float().cpu()
        return vectors

    def _tokens(self, transcript: str) -> list[int]:
        ids: list[int] = self._tokenizer(transcript, truncation=True, max_length=self._longest)["input_ids"]
        return ids
