"""The SuperNode of one device: a process with the device's key, its partition and its store."""

import time
from dataclasses import dataclass
from pathlib import Path

import tomli_w

from clients.node_key import NodeKey
from fedser.errors import RunError
from simulations.engines.flower.home import CONNECTION, FlowerHome
from simulations.engines.flower.process import FlowerProcess
from simulations.engines.flower.query import ask
from simulations.engines.flower.superlink import free_port

START_S = 60.0
"""The longest a SuperNode may take to say that it is connected, or that it is refused."""
OFFLINE_S = 90.0
"""A SuperLink takes a killed node for online until it has missed two heartbeats of 30 s."""
_PULL_S = 3.0
"""How often a ServerApp asks for replies."""
_REGISTER_S = 60.0
_CONNECTED = "SuperNode ID:"


@dataclass(frozen=True)
class Site:
    """What all SuperNodes of a federation share: home, logs, the SuperLink's address, its root certificate."""

    home: FlowerHome
    logs: Path
    address: str
    root_certificate: Path
    devices: int
    peer_keys: Path
    """The folder of all public keys, as devices have it."""


def register(site: Site, device: int, key: NodeKey) -> None:
    """Tell the SuperLink a device's public key; raises RunError if it does not take it."""
    log = site.logs / "register.log"
    command = ["flwr", "supernode", "register", str(key.public), CONNECTION, "--name", f"device-{device}"]
    process = FlowerProcess(command, site.home, log)
    try:
        code = process.wait(_REGISTER_S)
    finally:
        process.end()
    if code != 0:
        raise RunError(f"device {device}: the SuperLink did not take its key (exit code {code}); the log: {log}")


def start_supernode(site: Site, device: int, key: NodeKey, state: Path) -> FlowerProcess:
    """Start a device's SuperNode and wait until it is connected; raises RunError if the SuperLink refuses it."""
    log = site.logs / f"device-{device}.log"
    process = FlowerProcess(_command(site, device, key, state), site.home, log)
    try:
        connected = process.wait_for(lambda: _CONNECTED in process.said(), START_S)
    except BaseException:
        process.end()
        raise
    if not connected:
        process.end()  # its SuperExec outlives it for a moment
        code = process.exit_code
        raise RunError(f"device {device}: the SuperLink refused its SuperNode (exit code {code}); its log: {log}")
    return process


def wait_until_missed(site: Site, killed: FlowerProcess) -> None:
    """Wait until the SuperLink takes a killed SuperNode for offline, and a round that waits for it knows.

    Until the first it refuses the node's return. Between the first and the second it takes the node back but does
    not send the message again that died with it, and the round waits until its deadline.
    """
    until = time.monotonic() + OFFLINE_S
    node = killed.said().split(_CONNECTED)[1].split()[0]
    while _status(site, node) == "online":
        if time.monotonic() > until:
            raise RunError(f"SuperNode {node}: still online {OFFLINE_S:.0f} s after its end; log: {killed.log}")
        time.sleep(1)
    time.sleep(2 * _PULL_S)


def _status(site: Site, node: str) -> str:
    nodes = ask(site.home, ["supernode", "list", CONNECTION])["nodes"]
    return next((str(n["status"]) for n in nodes if n["node-id"] == node), "unknown")


def _command(site: Site, device: int, key: NodeKey, state: Path) -> list[str]:
    return [
        "flower-supernode",
        *("--superlink", site.address),
        *("--root-certificates", str(site.root_certificate)),
        *("--auth-supernode-private-key", str(key.private)),
        *("--host", "127.0.0.1"),
        *("--port", str(free_port())),
        *("--node-config", str(_write_settings(site, device, key, state))),
    ]


def _write_settings(site: Site, device: int, key: NodeKey, state: Path) -> Path:
    """Write the node's configuration; as a file, for on the command line not every path can be quoted."""
    state.mkdir(parents=True, exist_ok=True)
    settings = {"partition-id": device, "num-partitions": site.devices, "state-dir": str(state)}
    settings |= {"node-key": str(key.private), "peer-keys": str(site.peer_keys)}
    path = site.home.folder / f"device-{device}.toml"
    path.write_text(tomli_w.dumps(settings), encoding="utf-8")
    return path
