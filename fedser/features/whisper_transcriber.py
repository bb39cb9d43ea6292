"""Whisper as a transcriber, through transformers: speech to text, on this machine."""

from collections.abc import Sequence
from itertools import chain, islice
from typing import Any, ClassVar, Literal

from pydantic import PrivateAttr
from transformers import AutoModelForSpeechSeq2Seq, AutoProcessor, GenerationConfig
from transformers.models.whisper.tokenization_whisper import TO_LANGUAGE_CODE

from fedser.errors import ConfigError, did_you_mean
from fedser.features import checkpoint as checkpoints
from fedser.features import whisper_windows as windows
from fedser.features.encoder import Waveform
from fedser.features.pretrained import PretrainedModel, Source
from fedser.vocabulary import RATE_HZ


class WhisperTranscriber(PretrainedModel):
    """A Whisper by hub name or local folder, frozen; greedy, so that a waveform always has the same transcript.

    The model hears windows of 30 s, one at a time (the default on a CPU, where it runs on one thread, in the
    workers) or `batch_size` (16 elsewhere) together; the texts of a longer waveform's windows are joined. In
    half precision or another batch a rare word may come out differently.
    """

    name: ClassVar[str] = "whisper"
    way_out = "give transcripts of your own (`transcripts` of a corpus)"
    gpu_batch = 16

    checkpoint: Source = "openai/whisper-base"
    language: str = ""
    """What is spoken, as in "en" or "english"; "" lets a multilingual model find out, utterance by utterance."""
    task: Literal["transcribe", "translate"] = "transcribe"
    """Write down what is said, or say it in English."""

    _processor: Any = PrivateAttr()
    _prompt: dict[str, str] = PrivateAttr()
    _most_tokens: int = PrivateAttr()

    @property
    def where(self) -> str:
        """The section of the configuration."""
        return "transcription"

    @property
    def settings(self) -> dict[str, Any]:
        """All that changes the words."""
        return {
            "revision": 1,
            "checkpoint": self._fingerprint,
            "prompt": self._prompt,
            "most_tokens": self._most_tokens,
            "dtype": self.dtype,
        }

    def _examine(self) -> None:
        windows.check_kind(self._config, self.checkpoint, self.where)
        self._processor = self._checkpoint.read(AutoProcessor)
        self._prompt = self._read_prompt()
        # A model that falls into repeating itself is stopped where the authors' own decoder stops.
        self._most_tokens = self._config.max_target_positions // 2

    def _read_prompt(self) -> dict[str, str]:
        """Return language and task for `generate`, {} for a model of English only; raises ConfigError."""
        spoken = self.language.lower()
        language = TO_LANGUAGE_CODE.get(spoken, spoken)
        if language and language not in TO_LANGUAGE_CODE.values():
            hint = did_you_mean(spoken, TO_LANGUAGE_CODE) if len(spoken) > 3 else '; for example "en"'
            raise ConfigError(f'{self.where}: unknown language "{self.language}"{hint}')
        knows = self._checkpoint.read(GenerationConfig)
        if hasattr(knows, "lang_to_id") and getattr(knows, "is_multilingual", True):
            return {"task": self.task} | ({"language": language} if language else {})
        if language not in ("", "en") or self.task == "translate":
            raise ConfigError(
                f'{self.where}: "{self.checkpoint}" does not say that it knows more than English; choose a'
                ' multilingual Whisper, or language = "en" and task = "transcribe"'
            )
        return {}

    def _load(self) -> Any:
        model = self._checkpoint.model(self.dtype, AutoModelForSpeechSeq2Seq)
        model.generation_config.max_length = None  # `max_new_tokens` says it
        return model

    def transcribe(self, waveforms: Sequence[Waveform]) -> list[str]:
        """Return the words of each waveform, "" where the model hears none."""
        window = self._processor.feature_extractor.n_samples
        pieces = [windows.cut(each, window) for each in waveforms]
        batches = windows.batches(chain.from_iterable(pieces), self._batch)
        with self._running(f"{self._batch} windows of 30 s", "batch_size"), checkpoints.quiet():
            texts = chain.from_iterable(map(self._recognise, batches))
            return [" ".join(filter(None, islice(texts, len(parts)))) for parts in pieces]

    def _recognise(self, pieces: list[Waveform]) -> list[str]:
        heard = self._processor.feature_extractor(
            pieces, sampling_rate=RATE_HZ, return_tensors="pt", return_attention_mask=True
        )
        tokens = self._model.generate(
            heard.input_features.to(self.device, self._model.dtype),
            attention_mask=heard.attention_mask.to(self.device),
            do_sample=False,
            num_beams=1,
            max_new_tokens=self._most_tokens,
            **self._prompt,
        )
        texts = self._processor.batch_decode(tokens, skip_special_tokens=True)
        return [" ".join(text.split()) for text in texts]
