"""Which device a Flower node is, and where its folders lie."""

from pathlib import Path

from flwr.app import Context


def device_of(context: Context) -> int:
    """Return the number of the device; raises KeyError for a node that was started without `partition-id`."""
    return int(context.node_config["partition-id"])


def run_of(context: Context) -> Path:
    """Return the run folder that the app was started with; it need not be on this machine."""
    return Path(str(context.run_config.get("run", "")))


def data_of(context: Context) -> Path:
    """Return the folder of the data: the node's own, or the run's."""
    return Path(str(context.node_config.get("data-dir") or run_of(context) / "data"))


def states_of(context: Context) -> Path:
    """Return the folder of the device's states: the node's own, or below the run folder."""
    own = context.node_config.get("state-dir")
    return Path(str(own)) if own else run_of(context) / "devices" / str(device_of(context))
