"""What a secure sum costs, as the cohort grows, with signatures and without: seconds and bytes.

    python -m tests.benchmarks.secure_sum

One process on one thread does the work of all; messages go through Flower's records. A third of a million values,
about the size of the default model. Writes results/secure_sum.md.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from flwr.common.serde import recorddict_to_proto

from clients.node_key import KEYS, enrol, make_node_key
from clients.secure.authority import Authority, SumRules
from clients.secure.messages import pack
from simulations.moving.secure_sum import secure_sum
from tests.clients.secure.secure_devices import Devices

RESULTS = Path(__file__).parent / "results" / "secure_sum.md"
LENGTH, COHORTS, REPEATS = 333_000, (4, 8, 16), 2


def rules(folder: Path, count: int) -> dict[int, SumRules]:
    """Return the rules of devices with keys, enrolled with all."""
    found = {}
    for device in range(count):
        pair = make_node_key(folder, f"node-{device}")
        enrol(folder / KEYS, device, pair.public.read_bytes())
        private = load_ssh_private_key(pair.private.read_bytes(), None)
        found[device] = SumRules(2, Authority(private, folder / KEYS, (0, "arm", 1)))
    return found


def cost(count: int, chosen: dict[int, SumRules]) -> tuple[float, int]:
    """Return seconds of one sum, the fastest of a few, and the bytes that one device sends beside its vector."""
    vectors = {device: np.full(LENGTH, device, dtype=np.uint32) for device in range(count)}
    seconds, sent = [], 0
    for _ in range(REPEATS):
        devices = Devices(vectors, rules=chosen)
        began = time.perf_counter()
        found = secure_sum(range(count), max(2, -(-2 * count // 3)), LENGTH, devices, active=bool(chosen))
        seconds.append(time.perf_counter() - began)
        assert (found.total == sum(range(count))).all()
        replies = [reply for (_, device), reply in devices.seen.items() if device == 0]
        sent = sum(recorddict_to_proto(pack(reply)).ByteSize() for reply in replies) - 4 * LENGTH
    return min(seconds), sent


def main() -> None:
    """Measure and write."""
    lines = []
    for count in COHORTS:
        with tempfile.TemporaryDirectory() as folder:
            (plain, sent), (signed, more) = cost(count, {}), cost(count, rules(Path(folder), count))
        times = f"{plain:.2f} | {signed:.2f} | {signed / plain:.2f}"
        lines.append(f"| {count} | {times} | {sent:,} | {more:,} |")
    text = f"""<!-- python -m tests.benchmarks.secure_sum -->

One secure sum of {LENGTH:,} values: seconds of all devices and the server together on one thread, the
fastest of {REPEATS}, and bytes that one device sends beside its masked vector of {4 * LENGTH:,}.
Signed: `active_server = true`.

| devices | seconds | signed | ratio | bytes up | signed |
| --: | --: | --: | --: | --: | --: |
{chr(10).join(lines)}
"""
    RESULTS.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
