"""A SuperLink on the loopback, for one run."""

import http.client
import socket
import ssl
from pathlib import Path

from fedser.errors import RunError
from simulations.engines.flower.certificates import ServerCertificate
from simulations.engines.flower.home import FlowerHome
from simulations.engines.flower.process import FlowerProcess

START_S = 60.0
"""The longest a SuperLink may take to answer; importing Flower takes most of it."""
_ATTEMPTS = 3


def free_port() -> int:
    """Return a port of the loopback that nobody listens on; it may be taken a moment later."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def start_superlink(
    home: FlowerHome, log: Path, certificate: ServerCertificate | None
) -> tuple[FlowerProcess, str]:
    """Start a SuperLink and write the connection to it; return it and its address.

    With a certificate it serves SuperNodes over TLS and takes only registered ones; without, it simulates.
    `flwr run` could start a SuperLink by itself, but as a daemon that outlives the run, on one port for every run
    of the machine, with the environment of whichever run was first. Raises RunError if it does not start.
    """
    for _ in range(_ATTEMPTS):
        port = free_port()
        superlink = FlowerProcess(_command(port, home, certificate), home, log)
        context = certificate.trusting_context() if certificate else None
        try:
            if superlink.wait_for(lambda: _answers(port, context), START_S):  # noqa: B023
                address = f"127.0.0.1:{port}"
                home.write_connection(address, certificate.root if certificate else None)
                return superlink, address
        except BaseException:
            superlink.end()
            raise
        superlink.end()
    raise RunError(f"flower-superlink ended with exit code {superlink.exit_code} at its start; its log: {log}")


def _command(port: int, home: FlowerHome, certificate: ServerCertificate | None) -> list[str]:
    command = ["flower-superlink", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--disable-runtime-dependency-installation"]
    if certificate is None:
        return [*command, "--insecure", "--simulation"]
    return [
        *command,
        "--enable-supernode-auth",
        *("--database", str(home.folder / "superlink.db")),
        *("--ssl-ca-certfile", str(certificate.root)),
        *("--ssl-certfile", str(certificate.certificate)),
        *("--ssl-keyfile", str(certificate.key)),
    ]


def _answers(port: int, context: ssl.SSLContext | None) -> bool:
    """Say whether a SuperLink is healthy; by http.client, which asks no proxy."""
    connection: http.client.HTTPConnection
    if context is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=1)
    else:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=1, context=context)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status == http.client.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
