"""fedser: speech emotion recognition that keeps learning, on one device or many.

A corpus heard in an acoustic environment becomes embeddings; a device learns from them one environment
after another, keeping a small episodic memory.
"""

import importlib
from typing import Any

_FACE = {
    "Attack": "fedser.privacy.attacks",
    "Defence": "fedser.privacy.defences",
    "Metric": "fedser.metrics",
    "AcousticEncoder": "fedser.features",
    "CorpusLoader": "fedser.corpora",
    "LexicalEncoder": "fedser.features",
    "Mobility": "fedser.mobility",
    "Poisoning": "fedser.poisoning",
    "Rule": "fedser.rules",
    "Run": "simulations.finished_run",
    "Strategy": "fedser.strategies",
    "__version__": "fedser.version",
    "load_run": "simulations.api",
    "register": "fedser.plugins",
    "run": "simulations.api",
}
"""What users of the package name, and where it is; imported when first named, because torch takes a second.

`run`, `load_run` and `Run` stand above this package: here alone it knows so.
"""

__all__ = [
    "AcousticEncoder",
    "Attack",
    "CorpusLoader",
    "Defence",
    "LexicalEncoder",
    "Metric",
    "Mobility",
    "Poisoning",
    "Rule",
    "Run",
    "Strategy",
    "__version__",
    "load_run",
    "register",
    "run",
]


def __getattr__(name: str) -> Any:
    """Import a name of the package's face on demand."""
    if name not in _FACE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if _FACE[name].startswith("simulations."):
        importlib.import_module("fedser.own_packages").check()
    return getattr(importlib.import_module(_FACE[name]), name)
