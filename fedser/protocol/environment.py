"""An environment as the protocol sees it: embeddings, labels and what memory may look at, per split."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

import numpy as np
import pandas as pd
import torch
from numpy.typing import NDArray

from fedser.memory import Candidates
from fedser.training import Examples
from fedser.vocabulary import SPLITS
from fedser.whole_files import write_array, write_text


@dataclass(frozen=True)
class EnvironmentData:
    """Examples, labels and ids by split, and the candidates for memory of the training split."""

    name: str
    examples: Mapping[str, Examples]
    labels: Mapping[str, NDArray[np.float64]]
    """(n, 2) as the corpus has them. In float32 a label on an edge, such as −1/3, falls into another bin."""
    utterances: Mapping[str, list[str]]
    candidates: Candidates

    @property
    def labelled(self) -> bool:
        """Whether its training utterances have labels that a learner may see."""
        return bool(np.isfinite(self.labels["train"]).all())

    def without_labels(self) -> Self:
        """Return it as heard by a learner that is told no label; the test split is still scored."""
        unknown = np.full(len(self.labels["train"]), np.nan)
        return replace(
            self,
            examples={**self.examples, "train": self.examples["train"].without_labels()},
            labels={**self.labels, "train": np.stack([unknown, unknown], axis=1)},
            candidates=replace(self.candidates, activation=unknown, valence=unknown),
        )

    def arriving(self, positions: NDArray[np.int64]) -> Self:
        """Return it with only some utterances (n,) of its training split."""
        rows = positions.tolist()
        return replace(
            self,
            examples={**self.examples, "train": self.examples["train"].take(positions)},
            labels={**self.labels, "train": self.labels["train"][positions]},
            utterances={**self.utterances, "train": [self.utterances["train"][row] for row in rows]},
            candidates=Candidates(**{k: v[positions] for k, v in vars(self.candidates).items()}),
        )

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Map a folder made by `write_environment` into memory; several processes share its pages."""
        table = pd.read_csv(folder / "utterances.csv", keep_default_na=False, dtype=_TEXT)
        labels = table[["activation", "valence"]].to_numpy(dtype=np.float64)
        examples, labels_of, utterances = {}, {}, {}
        for split in SPLITS:
            inside = (table["split"] == split).to_numpy()
            acoustic, lexical = (_map(folder / f"{split}-{kind}.npy") for kind in ("acoustic", "lexical"))
            examples[split] = Examples(acoustic, lexical, torch.from_numpy(labels[inside]).to(acoustic.dtype))
            labels_of[split] = labels[inside]
            utterances[split] = table.loc[inside, "utterance"].tolist()
        train = table[table["split"] == "train"]
        candidates = Candidates(
            train["activation"].to_numpy(dtype=np.float64),
            train["valence"].to_numpy(dtype=np.float64),
            train["duration_s"].to_numpy(dtype=np.float64),
            train["gender"].to_numpy(dtype=np.str_),
            train["speaker"].to_numpy(dtype=np.str_),
        )
        name = json.loads((folder / "environment.json").read_text(encoding="utf-8"))["name"]
        return cls(name, examples, labels_of, utterances, candidates)


_TEXT = {"utterance": str, "speaker": str, "gender": str, "split": str}


def write_environment(
    folder: Path, name: str, table: pd.DataFrame, acoustic: NDArray[np.float32], lexical: NDArray[np.float32]
) -> None:
    """Store an environment's n utterances with embeddings (n, a) and (n, l), grouped by split.

    Raises RunError if the folder cannot be written. Whoever reads it has had it written anew: not durable.
    """
    columns = ["utterance", "speaker", "gender", "split", "duration_s", "activation", "valence"]
    write_text(folder / "utterances.csv", table[columns].to_csv(index=False), durable=False)
    for split in SPLITS:
        inside = (table["split"] == split).to_numpy()
        write_array(folder / f"{split}-acoustic.npy", acoustic[inside], durable=False)
        write_array(folder / f"{split}-lexical.npy", lexical[inside], durable=False)
    write_text(folder / "environment.json", json.dumps({"name": name}), durable=False)


def _map(path: Path) -> torch.Tensor:
    # Copy-on-write: torch wants writable memory, and nothing here writes.
    return torch.from_numpy(np.load(path, mmap_mode="c" if path.stat().st_size > 128 else None))
