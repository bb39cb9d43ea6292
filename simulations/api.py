"""What `fedser.run` and `fedser.load_run` are: an experiment from a notebook, and what came of it as objects.

import fedser

run = fedser.run("configs/open_corpora.toml", data="corpora", changes={"memory.capacity": 100})
run.scores.query("split == 'test' and metric == 'ccc'")
run.figures["forgetting-activation"]
run.model("gem-random").predict([waveform], ["what was said"])
"""

import os
from collections.abc import Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from fedser.errors import ConfigError, did_you_mean
from fedser.report.kinds import kind_of_run
from fedser.values import Changes, changed
from simulations.kinds import experiment_kind, read_experiment
from simulations.model_choice import ModelChoice
from simulations.run_folder import default_folder
from simulations.sources import RunContext, Sources

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

    from fedser.export import EmotionModel
    from fedser.report.figures.drawing import Drawing
    from fedser.results import Table

PathLike = str | os.PathLike[str]


def run(
    config: PathLike,
    data: PathLike | None = None,
    run: PathLike | None = None,
    seeds: int | None = None,
    workers: int = 1,
    changes: Changes = (),
    offline: bool = False,
    engine: str = "inprocess",
) -> "Run":
    """Run the experiment of a configuration file, whatever its kind, and return what came of it.

    `data` is the folder that holds the corpora. `run` is the run's folder: `runs/<configuration>-<time>` unless
    named; an unfinished run in it is resumed and a finished one is only read. `seeds` replaces the configuration's
    number, and `changes` other keys: `{"memory.capacity": 100}`, or lines as after `--set`. `engine` carries the
    messages of moving devices. In a script more than one of `workers` needs `if __name__ == "__main__":`.

    Raises ConfigError, CorpusError or RunError, in one line, for what the command line would refuse.
    """
    if data is not None and not Path(data).is_dir():
        raise ConfigError(f"data {data}: no such folder; give the folder that holds the corpora")
    if workers < 1:
        raise ConfigError(f"workers: {workers}, but it takes one process at least")
    file = Path(config)
    every = changed(changed({}, changes), {} if seeds is None else {"seeds": seeds})
    kind, settings = read_experiment(file, every)
    folder = Path(run) if run is not None else default_folder(file.stem)
    sources = Sources(None if data is None else Path(data))
    kind.run(settings, RunContext(folder, sources, workers, offline, engine, file, f"fedser.run({str(file)!r})"))
    return load_run(folder)


def load_run(folder: PathLike) -> "Run":
    """Return a finished run of any kind; raises RunError, in one line, if the folder holds none."""
    return Run(Path(folder))


class Run:
    """A finished run: its scores, tables, figures and models."""

    def __init__(self, folder: Path) -> None:
        """Read the run in a folder; raises RunError, in one line, if it is not a finished one."""
        import clients.rules  # noqa: F401  # what its rules of aggregation are called

        self.folder = folder
        self._kind = kind_of_run(folder)
        self._read = self._kind.read(folder)

    def __repr__(self) -> str:
        """Say what kind of run it is, and where."""
        return f"<{self._kind.title} in {self.folder}>"

    @property
    def kind(self) -> str:
        """What run.json calls it: one-device, moving, attack or frontier."""
        return self._kind.name

    @property
    def scores(self) -> "pd.DataFrame":
        """What was measured, tidy: a row for each number. A copy: change it as you like."""
        return self._kind.scores(self._read).copy()

    @cached_property
    def tables(self) -> "dict[str, Table]":
        """The tables of tables.txt by their numbers, such as 2a; `fedser.results.renderers` writes them."""
        return {table.key: table for table in self._kind.tables(self._read)}

    @cached_property
    def figures(self) -> "Figures":
        """The report's figures by name, each a new figure of matplotlib whenever it is asked for."""
        return Figures(self._kind.drawings(self._read))

    def model(self, arm: str | None = None, seed: int = 0, device: int | None = None) -> "EmotionModel":
        """Return the model of an arm, or of the only arm; a device's own, if one is named.

        `arm` is written as in the configuration. Raises RunError, in one line, for an arm, seed or device that
        the run does not have.
        """
        release = experiment_kind(self.kind).release(self._read, ModelChoice(arm, seed, device))
        return release.model


class Figures(Mapping[str, "Figure"]):
    """Figures of matplotlib, painted when they are asked for."""

    def __init__(self, drawings: "Mapping[str, Drawing]") -> None:
        """Keep what is to be painted."""
        self._drawings = drawings

    def __getitem__(self, name: str) -> "Figure":
        """Return a figure by name; raises KeyError with the nearest name."""
        if name not in self._drawings:
            raise KeyError(f'no figure "{name}"{did_you_mean(name, self._drawings)}')
        return self._drawings[name].figure()

    def __iter__(self) -> Iterator[str]:
        """Go through the names."""
        return iter(self._drawings)

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self._drawings)

    def __repr__(self) -> str:
        """Name them."""
        return f"<figures: {', '.join(self._drawings)}>"
