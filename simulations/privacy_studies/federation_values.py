"""The federations that a study runs: a file of `fedser simulate`, or sections of the study's own file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fedser.config import load
from fedser.errors import ConfigError
from fedser.values import merged
from simulations.moving.config import MovingConfig

Given = str | dict[str, Any]
"""A path, relative to the study's file, or the sections themselves."""


def read_federation(
    given: Given, common: Mapping[str, Any], changes: Mapping[str, Any], where: str, near: Path
) -> MovingConfig:
    """Return a federation's configuration; sections win over `common` ones, and `changes` over both.

    where: the study's file and section, for messages; near: the folder of the study's file. Raises ConfigError.
    """
    if isinstance(given, str):
        if common:
            raise ConfigError(f"{where}: [federation] goes with inline sections only, not with the file {given}")
        values = load(near / given, MovingConfig).model_dump(exclude_unset=True)
    else:
        values = merged(common, given)
    return MovingConfig.read(merged(values, changes), where)
