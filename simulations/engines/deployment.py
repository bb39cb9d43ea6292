"""The engine `deployment`: a SuperLink and a SuperNode for each device, with TLS and node keys, on the loopback.

What runs here is what would run on real devices: the same apps, processes of their own, messages over HTTPS.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from clients.node_key import KEYS, NodeKey, enrol, make_node_key
from fedser.errors import RunError
from simulations.engines.flower.app import write_app
from simulations.engines.flower.certificates import make_server_certificate
from simulations.engines.flower.home import flower_home
from simulations.engines.flower.process import FlowerProcess
from simulations.engines.flower.run import FlowerRun
from simulations.engines.flower.superlink import start_superlink
from simulations.engines.flower.supernodes import Site, register, start_supernode, wait_until_missed

MOST_DEVICES = 16
"""A device takes 0.3 GB at rest, in two processes, and 0.5 GB more in a third while it trains: 13 GB in all."""


def run_federation(folder: Path, devices: int, workers: int) -> None:
    """Run the federation of a run folder on real SuperNodes, one for each device.

    Device k keeps its memory in `<folder>/devices/<k>`; logs are in `<folder>/logs`. All devices that a round asks
    train at once, whatever `workers` is: nobody schedules real devices. Raises RunError, with the log's path, if
    the run does not complete. No process is left behind, whatever ends the run.
    """
    del workers
    if devices > MOST_DEVICES:
        raise RunError(
            f"deployment: {devices} devices would take {0.8 * devices:.0f} GB of memory; "
            f"up to {MOST_DEVICES} are possible, use the engine inprocess or ray for more"
        )
    with deploy(folder, devices) as deployment:
        for device in range(devices):
            deployment.register(device)
            deployment.start(device)
        deployment.submit().wait()


class Deployment:
    """A SuperLink under way, and its SuperNodes."""

    def __init__(self, site: Site, folder: Path, ends: ExitStack) -> None:
        self._site, self._folder, self._ends = site, folder, ends
        self._keys: dict[int, NodeKey] = {}
        self._nodes: dict[int, FlowerProcess] = {}

    @property
    def home(self) -> Path:
        """Return the temporary folder by which the processes of the deployment are known."""
        return self._site.home.folder

    def register(self, device: int) -> None:
        """Make a key for a device, register it, and enrol it with the server and with all other devices."""
        key = self._key(device)
        register(self._site, device, key)
        for keys in (self._folder / KEYS, self._site.peer_keys):
            enrol(keys, device, key.public.read_bytes())

    def start(self, device: int) -> None:
        """Start a device's SuperNode; raises RunError if it is refused, as one that is not registered is."""
        node = start_supernode(self._site, device, self._key(device), self.state(device))
        self._nodes[device] = node
        self._ends.callback(node.end)

    def kill(self, device: int) -> None:
        """Kill a device's SuperNode and all its processes at once."""
        self._nodes[device].kill()

    def restart(self, device: int) -> None:
        """Start a killed device again with its key and store; takes up to a minute, see `OFFLINE_S`."""
        wait_until_missed(self._site, self._nodes[device])
        self.start(device)

    def submit(self) -> FlowerRun:
        """Start the federation."""
        run = FlowerRun(self._site.home, self._site.logs / "deployment.log")
        self._ends.callback(run.end)
        return run

    def state(self, device: int) -> Path:
        """Return the folder of a device's store."""
        return self._folder / "devices" / str(device)

    def _key(self, device: int) -> NodeKey:
        if device not in self._keys:
            self._keys[device] = make_node_key(self._site.home.folder, f"device-{device}")
        return self._keys[device]


@contextmanager
def deploy(folder: Path, devices: int) -> Iterator[Deployment]:
    """Start a SuperLink for the federation of a run folder, and end everything after the block."""
    folder = folder.absolute()
    logs = folder / "logs"
    with ExitStack() as ends:
        home = ends.enter_context(flower_home())
        write_app(home.app, folder)
        certificate = make_server_certificate(home.folder)
        superlink, address = start_superlink(home, logs / "superlink.log", certificate)
        ends.callback(superlink.end)
        yield Deployment(Site(home, logs, address, certificate.root, devices, home.folder / KEYS), folder, ends)
