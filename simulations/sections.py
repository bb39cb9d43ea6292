"""Sections that several kinds of experiment have in their configurations."""

from collections.abc import Iterable
from typing import Any, Literal, Self

from pydantic import Field, field_validator

from fedser.config import Section
from fedser.spelling import one_form, visible


class SpeechSection(Section):
    """A corpus by a name of its own, its folder below --data, and the corpus' options."""

    name: str = Field(min_length=1)
    corpus: str
    root: str | None = None
    options: dict[str, Any] = Field({})

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        return plain_name(name)


class EnvironmentSection(SpeechSection):
    """[[environments]] of one device: a corpus, its folder below --data, and the corpus' options."""

    @field_validator("name")
    @classmethod
    def _part_of_a_stage(cls, name: str) -> str:
        if "+" in name:
            raise ValueError(f'"{name}" may not hold "+": stages are named P+M')
        return name


def plain_name(name: str) -> str:
    """Return a name of an environment or a corpus; raises ValueError for one that files could not hold."""
    if "/" in name or name != name.strip() or not name.isprintable():
        raise ValueError(f'"{visible(name)}" may not hold "/", outer blanks or invisible characters')
    return name


def refuse_alike(section: str, names: Iterable[str]) -> None:
    """Raise ValueError where two names are one, or differ only in case."""
    seen: dict[str, str] = {}
    for name in map(one_form, names):
        folded = one_form(name.casefold())
        if seen.get(folded) == name:
            raise ValueError(f'{section}: the name "{name}" is given twice; give each a name of its own')
        if folded in seen:
            raise ValueError(
                f'{section}: the names "{seen[folded]}" and "{name}" differ only in case; give each a name of '
                "its own"
            )
        seen[folded] = name


class FeatureSection(Section):
    """[features]: the encoders by name, with options such as a checkpoint's folder."""

    acoustic: str = "logmel"
    lexical: str = "ngrams"
    acoustic_options: dict[str, Any] = Field({})
    lexical_options: dict[str, Any] = Field({})

    def encoders(self) -> list[str]:
        """Return the names of both."""
        return [self.acoustic, self.lexical]

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
    batch_size: int | None = Field(None, ge=1, le=1_000_000)
    offline: bool = False
