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


class Bert:
    """A text encoder by hub name or local folder, frozen.

    Transcripts are encoded one at a time, or in batches of as many tokens (`batch_size` > 1, equal to 1e-5);
    what exceeds the model's length is cut off. On a CPU it runs on one thread, in the workers.
    """

    name = "bert"
    standardise = False

    def __init__(
        self,
        checkpoint: str = "google/bert_uncased_L-4_H-512_A-8",
        *,
        offline: bool = False,
        device: str = "cpu",
        batch_size: int = 1,
    ) -> None:
        options = checkpoints.ModelOptions.read(
            {"checkpoint": checkpoint, "offline": offline, "device": device, "batch_size": batch_size},
            where=f"features.{self.name}",
        )
        checkpoints.check_device(self.name, options.device)
        self._checkpoint, config, fingerprint = checkpoints.find(
            self.name, options.checkpoint, offline=options.offline, embedded="ngrams"
        )
        self._tokenizer = self._checkpoint.read(AutoTokenizer)
        self._longest = min(self._tokenizer.model_max_length, config.max_position_embeddings)
        self._device, self._batch_size = device, batch_size
        self.dimension = int(config.hidden_size)
        self.in_workers = device == "cpu"
        self.settings: dict[str, Any] = {
            "revision": 1,
            "model": config.model_type,
            "checkpoint": fingerprint,
            "layer": "last",
            "token": 0,
            "dtype": "float32",
        }

    @cached_property
    def _model(self) -> Any:
        return self._checkpoint.model().to(self._device)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_model"}

    def encode(self, transcripts: Sequence[str]) -> NDArray[np.float32]:
        """Return the last hidden state of token 0, (len, d)."""
        vectors = np.empty((len(transcripts), self.dimension), dtype=np.float32)
        tokens = [self._tokens(transcript) for transcript in transcripts]
        with frozen_model():
            for batch in equal_length_batches([len(each) for each in tokens], self._batch_size):
                ids = torch.tensor([tokens[position] for position in batch], device=self._device)
                vectors[batch] = (
                    self._model(ids, attention_mask=torch.ones_like(ids)).last_hidden_state[:, 0].cpu()
                )
        return vectors

    def _tokens(self, transcript: str) -> list[int]:
        ids: list[int] = self._tokenizer(transcript, truncation=True, max_length=self._longest)["input_ids"]
        return ids
