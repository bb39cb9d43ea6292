"""Whisper through transformers (Radford et al. 2022, arXiv 2212.04356): speech to text, on this machine."""

from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain, islice
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from transformers import AutoModelForSpeechSeq2Seq, AutoProcessor, GenerationConfig
from transformers.models.whisper.tokenization_whisper import TO_LANGUAGE_CODE

from fedser.errors import ConfigError, FeatureError, did_you_mean
from fedser.features import checkpoint as checkpoints
from fedser.features.batching import frozen_model
from fedser.features.quick import quicken
from fedser.vocabulary import RATE_HZ


class WhisperOptions(checkpoints.PretrainedOptions):
    """What can be chosen for a Whisper."""

    language: str
    """What is spoken, as in "en" or "english"; "" lets a multilingual model find out, utterance by utterance."""
    task: Literal["transcribe", "translate"]
    """Write down what is said, or say it in English."""


class Whisper:
    """A Whisper by hub name or local folder, frozen; greedy, so that a waveform always has the same transcript.

    The model hears windows of 30 s, one at a time (the default on a CPU, where it runs on one thread, in the
    workers) or `batch_size` (16 elsewhere) together; the texts of a longer waveform's windows are joined. In
    half precision or another batch a rare word may come out differently.
    """

    name = "whisper"

    def __init__(
        self,
        checkpoint: str = "openai/whisper-base",
        *,
        language: str = "",
        task: str = "transcribe",
        dtype: str = "float32",
        offline: bool = False,
        device: str = "cpu",
        batch_size: int | None = None,
    ) -> None:
        where = "transcription"
        self._options = WhisperOptions.read(
            {
                "checkpoint": checkpoint,
                "language": language,
                "task": task,
                "dtype": dtype,
                "offline": offline,
                "device": device,
                "batch_size": checkpoints.default_batch(batch_size, device, elsewhere=16),
            },
            where,
        )
        self._options.check_device(where)
        self._options.check_convolutions(where)
        self._checkpoint, config, fingerprint = checkpoints.find(
            where, checkpoint, offline=offline, way_out="give transcripts of your own (`transcripts` of a corpus)"
        )
        if config.model_type != "whisper":
            raise FeatureError(f'{where}: "{checkpoint}" is a {config.model_type} model; expected a Whisper')
        self._processor = self._checkpoint.read(AutoProcessor)
        self._prompt = self._read_prompt(where)
        # A model that falls into repeating itself is stopped where the authors' own decoder stops.
        self._most_tokens = config.max_target_positions // 2
        self.in_workers = device == "cpu"
        self.settings: dict[str, Any] = {
            "revision": 1,
            "checkpoint": fingerprint,
            "prompt": self._prompt,
            "most_tokens": self._most_tokens,
            "dtype": dtype,
        }

    def _read_prompt(self, where: str) -> dict[str, str]:
        """Return language and task for `generate`, {} for a model of English only; raises ConfigError."""
        spoken = self._options.language.lower()
        language = TO_LANGUAGE_CODE.get(spoken, spoken)
        if language and language not in TO_LANGUAGE_CODE.values():
            hint = did_you_mean(spoken, TO_LANGUAGE_CODE) if len(spoken) > 3 else '; for example "en"'
            raise ConfigError(f'{where}: unknown language "{self._options.language}"{hint}')
        knows = self._checkpoint.read(GenerationConfig)
        if hasattr(knows, "lang_to_id") and getattr(knows, "is_multilingual", True):
            return {"task": self._options.task} | ({"language": language} if language else {})
        if language not in ("", "en") or self._options.task == "translate":
            raise ConfigError(
                f'{where}: "{self._options.checkpoint}" does not say that it knows more than English; choose a'
                ' multilingual Whisper, or language = "en" and task = "transcribe"'
            )
        return {}

    @cached_property
    def _model(self) -> Any:
        model = self._checkpoint.model(self._options.dtype, AutoModelForSpeechSeq2Seq)
        model.generation_config.max_length = None  # `max_new_tokens` says it
        if self._options.device == "cpu" and self._options.dtype == "float32":
            quicken(model)
        return model.to(self._options.device)

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_model"}

    def transcribe(self, waveforms: Sequence[NDArray[np.float32]]) -> list[str]:
        """Return the words of each waveform, "" where the model hears none."""
        window = int(self._processor.feature_extractor.chunk_length * RATE_HZ)
        pieces = [[each[start : start + window] for start in range(0, len(each), window)] for each in waveforms]
        batches = _batches(chain.from_iterable(pieces), self._options.batch_size)
        with frozen_model(), checkpoints.quiet():
            texts = chain.from_iterable(map(self._recognise, batches))
            return [" ".join(filter(None, islice(texts, len(parts)))) for parts in pieces]

    def _recognise(self, windows: list[NDArray[np.float32]]) -> list[str]:
        heard = self._processor.feature_extractor(
            windows, sampling_rate=RATE_HZ, return_tensors="pt", return_attention_mask=True
        )
        tokens = self._model.generate(
            heard.input_features.to(self._options.device, self._model.dtype),
            attention_mask=heard.attention_mask.to(self._options.device),
            do_sample=False,
            num_beams=1,
            max_new_tokens=self._most_tokens,
            **self._prompt,
        )
        texts = self._processor.batch_decode(tokens, skip_special_tokens=True)
        return [" ".join(text.split()) for text in texts]


def _batches(windows: Iterator[NDArray[np.float32]], size: int) -> Iterator[list[NDArray[np.float32]]]:
    while batch := list(islice(windows, size)):
        yield batch
