"""The Python API: `fedser.run` and `fedser.load_run`.

    import fedser

    run = fedser.run("configs/smoke_devices.toml", changes={"seeds": 1, "memory.capacity": 8})
    run.scores.query("device == 'server' and metric == 'ccc'").groupby(["method", "environment"])["value"].last()
    print(run.tables["1a"])
    run.figures["rounds-activation-federated-global"].savefig("rounds.png")
    run.model("federated:gem").predict([waveform], ["what was said"])

In a notebook a table or a figure is shown when it is the last line of a cell.
"""

import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import clients.rules  # noqa: F401  # Flower's strategies become known by their names
from fedser import plugins
from fedser.config import Experiment, Section
from fedser.errors import ConfigError
from fedser.one_thread import one_thread
from fedser.report.kinds import kind_of_run
from fedser.values import Changes
from simulations import shipped
from simulations.finished_run import Run
from simulations.kinds import Configuration, read_experiment
from simulations.progress import sparingly
from simulations.run_folder import default_folder
from simulations.sources import MOST_WORKERS, RunContext, Sources

PathLike = str | os.PathLike[str]

COMMAND = "fedser.run"
"""What a run's record says it was started by."""


def run(
    config: Configuration,
    data: PathLike | None = None,
    run: PathLike | None = None,
    seeds: int | None = None,
    workers: int = 1,
    changes: Changes = (),
    offline: bool = False,
    engine: str = "inprocess",
) -> Run:
    """Run an experiment of any kind, or resume it, and return what came of it; a finished run is only read.

    The results are those of the command line, to the last bit. The process is left as it was: its threads, its
    environment variables, its loggers. Where there is no terminal a line is written at most once a minute. Modules
    of [plugins] whose files have changed since an earlier run are imported anew.

    config: a TOML file's path, the name of a configuration that comes with fedser, its sections as a
        mapping, or what they were read as, such as a `PaperConfig`.
    data: the folder that holds the corpora. run: the run's folder, by default runs/<configuration>-<time>.
    seeds: how many, instead of the configuration's. workers: processes, ≥ 1, of one thread each; 1 is this one. In
        a script more of them need `if __name__ == "__main__":`.
    changes: `section.key=value` as after --set, or a mapping such as {"memory.capacity": 100}; they win over the
        configuration.
    offline: never ask a network for a model. engine: what carries the messages of moving devices.

    Raises fedser.errors.UserError, whose text is one line, for anything a user can mend.
    """
    if not 1 <= workers <= MOST_WORKERS:
        raise ConfigError(f"workers: a run needs 1 to {MOST_WORKERS} processes, got {workers}")
    if data is not None and not Path(data).is_dir():
        raise ConfigError(f"data {data}: no such folder; give the folder that holds the corpora")
    plugins.forget_changed_modules()
    with one_thread(), sparingly():
        file = shipped.find(Path(config)) if isinstance(config, str | os.PathLike) else None
        experiment, settings = read_experiment(file or config, _with_seeds(changes, seeds))
        _check_importable(settings, workers)
        folder = Path(run) if run is not None else default_folder(file.stem if file else experiment.name)
        sources = Sources(None if data is None else Path(data))
        context = RunContext(folder, sources, workers, offline, engine, command=COMMAND)
        experiment.run(settings, replace(context, config_file=file) if file else context)
        return load_run(folder)


def load_run(folder: PathLike) -> Run:
    """Return the finished run in a folder, of any kind; raises RunError, in one line, if there is none."""
    place = Path(folder)
    reader = kind_of_run(place)
    return Run(place, reader, reader.read(place))


def _with_seeds(changes: Changes, seeds: int | None) -> Changes:
    if seeds is None or isinstance(changes, str):
        return changes
    return {**changes, "seeds": seeds} if isinstance(changes, Mapping) else [*changes, f"seeds={seeds}"]


def _check_importable(settings: Section, workers: int) -> None:
    """Raise ConfigError for extensions of a notebook's cell where other processes would need them."""
    if workers == 1 or hasattr(sys.modules["__main__"], "__file__") or not isinstance(settings, Experiment):
        return
    for origin in plugins.origins(settings.used_extensions()):
        if origin["source"] == "__main__":
            raise ConfigError(
                f'"{origin["name"]}" is defined in this notebook, which worker processes cannot import: take '
                "workers=1, or put it into a module and name that in [plugins] modules"
            )
