"""What leaves a run: a model and its card, and the folder they become."""

import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from torch import Tensor

from fedser.errors import RunError
from fedser.export import onnx_program
from fedser.export.emotion_model import FILES, FORMAT, EmotionModel, is_exported
from fedser.model import FlatParameters, ModelOptions, Regressor
from fedser.own_folder import claim_folder
from fedser.results.record import Record
from fedser.vocabulary import RATE_HZ, TARGETS
from fedser.whole_files import write_text


class FinishedRun(Protocol):
    """What of a run a model is put together from."""

    @property
    def folder(self) -> Path:
        """The run's folder."""

    @property
    def record(self) -> Record:
        """run.json."""

    @property
    def config(self) -> str:
        """config.toml as text."""


@dataclass(frozen=True, eq=False)
class Release:
    """A model that may leave its run."""

    model: EmotionModel
    card: str
    """README.md: what it is, what it was trained on, how well it does, what it is not for."""

    def write(self, folder: Path, *, onnx: bool = False) -> Path:
        """Write the model and its card into a folder, on demand with an ONNX program of it, and return the folder.

        Raises RunError if that is impossible, or the folder holds anything but an exported model, and ConfigError
        where the program needs packages that are not installed.
        """
        if onnx:
            onnx_program.require()
        claim_folder(folder, "an exported model", lambda path: path.name in FILES and is_exported(folder))
        try:
            (folder / onnx_program.FILE).unlink(missing_ok=True)  # of another model that was exported here before
            self.model.save(folder)
            if onnx:
                onnx_program.write_program(self.model, folder)
        except OSError as error:
            raise RunError(f"{folder}: cannot write the model here ({error.strerror})") from None
        write_text(folder / "README.md", self.card)
        return folder


def empty_model(run: FinishedRun) -> Regressor:
    """Return a model of the size of a run's, to put parameters into."""
    sizes = {kind: len(values["mean"]) for kind, values in _standardisers(run, 0).items()}
    return Regressor(sizes["acoustic"], sizes["lexical"], _options(run))


def assemble(run: FinishedRun, parameters: Tensor, trained: Mapping[str, Any]) -> EmotionModel:
    """Return the model with parameters (p,), and all that stands before it in the run; `trained` says on what."""
    regressor = empty_model(run)
    FlatParameters(regressor).restore(parameters)
    standardisers = _standardisers(run, trained["seed"])
    sizes = {kind: len(values["mean"]) for kind, values in standardisers.items()}
    described: dict[str, Any] = {
        "format": FORMAT,
        "fedser": run.record["fedser"],
        "outputs": list(TARGETS),
        "scale": [-1.0, 1.0],
        "rate_hz": RATE_HZ,
        "model": {**sizes, "options": _options(run).model_dump()},
        "features": tomllib.loads(run.config)["features"],
        "standardisers": standardisers,
        "trained": dict(trained),
    }
    return EmotionModel(regressor, described)


def _options(run: FinishedRun) -> ModelOptions:
    return ModelOptions.read(tomllib.loads(run.config)["model"], str(run.folder / "config.toml"))


def _standardisers(run: FinishedRun, seed: int) -> dict[str, Any]:
    """Return the z-scores of a seed: its own, where seeds divide the speakers in their own ways."""
    path = run.folder / "standardisers.json"
    try:
        divisions: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
        return divisions[seed if len(divisions) > 1 else 0]
    except (OSError, ValueError, LookupError) as error:
        raise RunError(f"{path}: missing or damaged ({error}); run the experiment again") from None
