"""Sections that several kinds of experiment have in their configurations."""

from typing import Any, Literal, Self

from pydantic import Field, field_validator

from fedser.config import Section


class EnvironmentSection(Section):
    """[[environments]]: a corpus, its folder below --data, and the corpus' options."""

    name: str = Field(min_length=1)
    corpus: str
    root: str | None = None
    options: dict[str, Any] = Field({})

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        if "+" in name or "/" in name or name != name.strip():
            raise ValueError(f'"{name}" may not hold "+" or "/" or outer blanks: stages are named P+M')
        return name


class FeatureSection(Section):
    """[features]: the encoders by name, with options such as a checkpoint's folder."""

    acoustic: str = "logmel"
    lexical: str = "ngrams"
    acoustic_options: dict[str, Any] = Field({})
    lexical_options: dict[str, Any] = Field({})

    def without_network(self) -> Self:
        """Return it with both encoders taken from a local folder or the cache only."""
        offline = {"offline": True}
        return self.model_copy(
            update={
                "acoustic_options": self.acoustic_options | offline,
                "lexical_options": self.lexical_options | offline,
            }
        )


class TranscriptionSection(Section):
    """[transcription]: a Whisper, by hub name or folder, for utterances without a transcript; none by default."""

    model: str | None = Field(None, min_length=1)
    language: str = ""
    task: Literal["transcribe", "translate"] = "transcribe"
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    device: str = "cpu"
    batch_size: int | None = Field(None, ge=1)
    offline: bool = False
