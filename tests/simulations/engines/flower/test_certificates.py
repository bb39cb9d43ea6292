"""The certificates hold in a real handshake, only with the right root and address; keys are what Flower reads."""

import socket
import ssl
from threading import Thread

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_ssh_private_key, load_ssh_public_key

from clients.node_key import make_node_key
from simulations.engines.flower.certificates import make_server_certificate


def shake_hands(server, trusting, host):
    """Connect to a server over TLS as a client that trusts a root and means a host; returns the TLS version."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(server.certificate, server.key)
    ours, theirs = socket.socketpair()

    def serve():
        try:
            context.wrap_socket(theirs, server_side=True).close()
        except OSError:
            theirs.close()

    thread = Thread(target=serve)
    thread.start()
    try:
        with trusting.trusting_context().wrap_socket(ours, server_hostname=host) as connection:
            return connection.version()
    finally:
        ours.close()
        thread.join()


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_client_that_knows_the_root_accepts_the_server(tmp_path, host):
    server = make_server_certificate(tmp_path)
    assert shake_hands(server, server, host) == "TLSv1.3"


def test_a_client_that_knows_another_root_does_not(tmp_path):
    (tmp_path / "other").mkdir()
    server, other = make_server_certificate(tmp_path), make_server_certificate(tmp_path / "other")
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(server, other, "127.0.0.1")


def test_the_server_is_no_other_address(tmp_path):
    server = make_server_certificate(tmp_path)
    with pytest.raises(ssl.SSLCertVerificationError, match="IP address mismatch"):
        shake_hands(server, server, "127.0.0.2")


def test_only_the_owner_reads_keys(tmp_path):
    for secret in (make_server_certificate(tmp_path).key, make_node_key(tmp_path, "node").private):
        assert secret.stat().st_mode & 0o777 == 0o600


def test_a_nodes_keys_belong_together(tmp_path):
    key = make_node_key(tmp_path, "node")
    private = load_ssh_private_key(key.private.read_bytes(), None)
    public = load_ssh_public_key(key.public.read_bytes())
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert public.curve.name == "secp384r1"
    assert private.public_key() == public
