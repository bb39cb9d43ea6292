"""A model as an ONNX program: from the encoders' vectors to activation and valence, z-scores included.

It is checked where it is written: the program, run by ONNX Runtime, must say what torch says.
"""

import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from fedser import extras
from fedser.arrays import Floats
from fedser.errors import RunError
from fedser.export.emotion_model import EmotionModel
from fedser.whole_files import write_bytes

FILE = "model.onnx"
INPUTS = ("acoustic", "lexical")
TOLERANCE = 1e-5
"""The largest difference to torch's predictions, which lie in (−1, 1)."""
_PROBES = 33


class _WholeModel(nn.Module):
    """The z-scores, as `Standardiser.apply` takes them, and the regressor."""

    def __init__(self, model: EmotionModel) -> None:
        super().__init__()
        self.regressor = model.regressor
        self.clips: dict[str, float | None] = {}
        for kind in INPUTS:
            values: Mapping[str, Any] = model.config["standardisers"][kind]
            self.clips[kind] = values["clip"]
            for name in ("mean", "std"):
                self.register_buffer(f"{kind}_{name}", torch.tensor(values[name], dtype=torch.float64))

    def forward(self, acoustic: Tensor, lexical: Tensor) -> Tensor:
        """Return (n, 2) float32 for vectors (n, acoustic) and (n, lexical), float32, as the encoders give them."""
        predicted: Tensor = self.regressor(self._scaled("acoustic", acoustic), self._scaled("lexical", lexical))
        return predicted

    def statistics(self, kind: str) -> tuple[Tensor, Tensor]:
        """Return the mean and the deviation (d,) of a kind of vectors."""
        mean: Tensor = getattr(self, f"{kind}_mean")
        std: Tensor = getattr(self, f"{kind}_std")
        return mean, std

    def _scaled(self, kind: str, vectors: Tensor) -> Tensor:
        mean, std = self.statistics(kind)
        z = (vectors.double() - mean) / std
        clip = self.clips[kind]
        return (z if clip is None else z.clamp(-clip, clip)).float()


def require() -> None:
    """Raise ConfigError where the extra `onnx` is missing."""
    for package in ("onnx", "onnxscript", "onnxruntime"):
        extras.require(package, "onnx", "--format onnx")


def write_program(model: EmotionModel, folder: Path) -> Path:
    """Write model.onnx into a folder and return its path; raises RunError if it does not say what torch says."""
    whole = _WholeModel(model).train(False)
    content = _exported(whole)
    stream = np.random.default_rng(0)
    probes = [_probes(whole, kind, stream) for kind in INPUTS]
    with torch.no_grad():
        expected = whole(*map(torch.from_numpy, probes)).numpy()
    difference = float(np.abs(_run(content, probes) - expected).max())
    if not difference <= TOLERANCE:
        raise RunError(
            f"{folder / FILE}: not written, because the program differs from the model by {difference:.2g}, more "
            f"than {TOLERANCE:g}; model.safetensors is there"
        )
    write_bytes(folder / FILE, content)
    return folder / FILE


def _exported(whole: _WholeModel) -> bytes:
    """Return the program; how many utterances it is given at once is left open."""
    examples = tuple(torch.zeros(2, len(whole.statistics(kind)[0])) for kind in INPUTS)
    dynamic = tuple({0: torch.export.Dim.DYNAMIC} for _ in INPUTS)
    with _quiet(), torch.no_grad():
        program = torch.onnx.export(
            whole,
            examples,
            input_names=list(INPUTS),
            output_names=["activation_valence"],
            dynamic_shapes=dynamic,
            dynamo=True,
            verbose=False,
        )
    content: bytes = program.model_proto.SerializeToString()  # type: ignore[union-attr]
    return content


def _probes(whole: _WholeModel, kind: str, stream: np.random.Generator) -> Floats:
    """Return vectors (n, d) as far from the mean as z-scores reach, and further."""
    mean, std = (each.numpy() for each in whole.statistics(kind))
    probes: Floats = (mean + std * stream.normal(0, 3, (_PROBES, len(mean)))).astype(np.float32)
    return probes


def _run(content: bytes, probes: list[Floats]) -> Floats:
    import onnxruntime

    session = onnxruntime.InferenceSession(content, providers=["CPUExecutionProvider"])
    given = {each.name: probe for each, probe in zip(session.get_inputs(), probes, strict=True)}
    return np.asarray(session.run(None, given)[0])


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter from telling the terminal which of its optional parts are not installed."""
    logger = logging.getLogger("torch.onnx")
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(before)
