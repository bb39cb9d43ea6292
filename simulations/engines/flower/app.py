"""The app that Flower's own engines run: only a `pyproject.toml` that names the two installed apps.

`flwr run` copies an app's files into every node. fedser is installed where the nodes run, so there is nothing to
copy: no bundle of megabytes, no second version of the code, and it works without the project's source tree.
"""

from pathlib import Path

import tomli_w

from fedser.version import __version__

SERVER_APP = "simulations.server_app:app"
CLIENT_APP = "clients.device_app:app"


def write_app(folder: Path, run: Path, server_app: str = SERVER_APP, client_app: str = CLIENT_APP) -> None:
    """Write the app that runs a federation in a run folder.

    The run's path is the app's own default of `run_config["run"]`: on a command line, `flwr run -c` could not take
    a path with both kinds of quotation marks. It is absolute, for the apps' working directory is not ours.
    """
    app = {
        # Flower checks that a publisher, a name and a version are there; a name takes letters, digits and hyphens.
        "publisher": "fedser",
        "components": {"serverapp": server_app, "clientapp": client_app},
        "config": {"run": str(run.absolute())},
    }
    project = {"name": "fedser", "version": __version__, "description": "fedser", "license": "Apache-2.0"}
    folder.mkdir(parents=True)
    text = tomli_w.dumps({"project": project, "tool": {"flwr": {"app": app}}})
    (folder / "pyproject.toml").write_text(text, encoding="utf-8")
