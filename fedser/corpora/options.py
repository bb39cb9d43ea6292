"""The options that every corpus takes."""

from typing import Literal, Self

from pydantic import Field, model_validator

from fedser.config import Section


class SplitFractions(Section):
    """Shares of the speakers that go to each split of a corpus that brings none; they add up to 1."""

    train: float = Field(default=0.6, gt=0, lt=1)
    """Share for training."""
    validation: float = Field(default=0.2, gt=0, lt=1)
    """Share for early stopping."""
    test: float = Field(default=0.2, gt=0, lt=1)
    """Share for testing."""

    @model_validator(mode="after")
    def _add_up(self) -> Self:
        total = self.train + self.validation + self.test
        if abs(total - 1) > 1e-6:
            raise ValueError(f"train + validation + test must be 1, got {total:g}")
        return self


class CorpusOptions(Section):
    """What can be chosen for any corpus."""

    min_duration_s: float = Field(default=1.0, ge=0, allow_inf_nan=False)
    """Shorter utterances, in seconds, are left out; the end is kept. The paper has 3 s, which is more than most
    utterances of many corpora last; a second holds a word."""
    max_duration_s: float = Field(default=30.0, gt=0, allow_inf_nan=False)
    """Longer utterances, in seconds, are left out; the end is kept."""
    scaling: Literal["empirical", "theoretical", "train"] = "empirical"
    """What becomes −1 and 1: "empirical", the least and greatest label of the whole corpus (paper); "theoretical",
    the ends of its rating scale; "train", the least and greatest label of its training split (labels of the other
    splits beyond them are clipped)."""
    transcripts: str | None = Field(default=None, min_length=1)
    """Where to read transcripts: a folder of <utterance>.txt, or a CSV file with the columns utterance and
    transcript; relative to the corpus' root. They go before the corpus' own."""
    missing_transcripts: Literal["auto", "keep", "drop"] = "auto"
    """"auto" leaves out utterances without a transcript where most of the corpus have one, and keeps all where
    most have none; "keep" and "drop" do so always."""
    speaker_overlap: Literal["refuse", "keep"] = "refuse"
    """What to do if the corpus' own splits have a known speaker in two: "refuse" the corpus, or "keep" its splits
    and say so in a note."""
    split_fractions: SplitFractions = SplitFractions()
    """For a corpus without splits of its own."""

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.max_duration_s < self.min_duration_s:
            raise ValueError(
                f"max_duration_s ({self.max_duration_s:g}) is less than min_duration_s ({self.min_duration_s:g})"
            )
        return self
