"""BERT and its kin through transformers: last hidden state of token 0."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import PrivateAttr
from transformers import AutoTokenizer

from fedser.features.batching import equal_length_batches
from fedser.features.encoder import LexicalEncoder
from fedser.features.pretrained import PretrainedEncoder, Source


class Bert(PretrainedEncoder, LexicalEncoder):
    """A text encoder by hub name or local folder, frozen.

    Transcripts are encoded one at a time (the default on a CPU, where it runs on one thread, in the workers),
    or in batches of as many tokens (64 elsewhere), equal to 1e-5; what exceeds the model's length is cut off.
    """

    name = "bert"
    revision = 1
    way_out = 'use the embedded encoder "ngrams"'
    convolves = False

    checkpoint: Source = "google/bert_uncased_L-4_H-512_A-8"
    """Hub name or local folder."""

    _tokenizer: Any = PrivateAttr()
    _longest: int = PrivateAttr()

    def described(self) -> dict[str, Any]:
        """Return the model, and which of its states the vector is."""
        return {
            "model": self._config.model_type,
            "checkpoint": self._fingerprint,
            "layer": "last",
            "token": 0,
            "dtype": self.dtype,
        }

    def _examine(self) -> None:
        self._tokenizer = self._checkpoint.read(AutoTokenizer)
        self._longest = min(self._tokenizer.model_max_length, self._config.max_position_embeddings)

    def _load(self) -> Any:
        return self._checkpoint.model(self.dtype)

    def encode(self, transcripts: Sequence[str], /) -> NDArray[np.float32]:
        """Return the last hidden state of token 0, (len, d)."""
        vectors = np.empty((len(transcripts), self.dimension), dtype=np.float32)
        tokens = [self._tokens(transcript) for transcript in transcripts]
        with self._running(f"{self._batch} transcripts", "batch_size"):
            for batch in equal_length_batches([len(each) for each in tokens], self._batch):
                ids = torch.tensor([tokens[position] for position in batch], device=self.device)
                state = self._model(ids, attention_mask=torch.ones_like(ids)).last_hidden_state
                vectors[batch] = state[:, 0].float().cpu()
        return vectors

    def _tokens(self, transcript: str) -> list[int]:
        ids: list[int] = self._tokenizer(transcript, truncation=True, max_length=self._longest)["input_ids"]
        return ids
