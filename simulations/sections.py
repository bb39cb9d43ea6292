"""Sections that several kinds of experiment have in their configurations."""

from collections.abc import Iterable
from typing import Any, Literal, Self

from pydantic import Field, field_validator

from fedser.config import Section
from fedser.spelling import one_form, visible

Splits = Literal["per-seed", "fixed"]
"""Whether each seed divides the speakers of corpora without published splits anew, or all share one division."""


def draws_of(splits: Splits, seeds: int) -> list[int | None]:
    """Return the draws that divide speakers: one for each seed, or the fixed division for all."""
    return list(range(seeds)) if splits == "per-seed" else [None]


class SpeechSection(Section):
    """A corpus by a name of its own, its folder below --data, and the corpus' options."""

    name: str = Field(min_length=1)
    """What it is called in tables and files."""
    corpus: str
    """The loader, as `fedser corpora` and the list below name it."""
    root: str | None = None
    """Its folder, below --data; none for the embedded corpus."""
    options: dict[str, Any] = Field({})
    """The loader's own options."""

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
    """The encoder of waveforms."""
    lexical: str = "ngrams"
    """The encoder of transcripts."""
    acoustic_options: dict[str, Any] = Field({})
    """Its options, such as a checkpoint's folder."""
    lexical_options: dict[str, Any] = Field({})
    """Its options."""

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
    """Hub name or folder; left out, nothing is transcribed."""
    language: str = ""
    """What is spoken, as in "en" or "english"; "" lets a multilingual model find out, utterance by utterance."""
    task: Literal["transcribe", "translate"] = "transcribe"
    """Write down what is said, or say it in English."""
    dtype: Literal["float32", "bfloat16", "float16"] = "float32"
    """In what the model computes."""
    device: str = "cpu"
    """As torch names it: cpu, cuda, cuda:1, mps."""
    batch_size: int | None = Field(None, ge=1, le=1_000_000)
    """Windows of 30 s in one forward pass at most; by default 1 on a CPU, 16 elsewhere."""
    offline: bool = False
    """Never ask the hub: local folder or cache."""
