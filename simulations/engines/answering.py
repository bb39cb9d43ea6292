"""How a device's app answers a message in this process: what the in-process engine and its workers share."""

from flwr.app import Context, Message

from clients.device_app import app as client_app
from clients.failures import failed
from simulations.engines import internals

FIRST_NODE = 2
"""Node 1 is the server."""


def context_of(node: int, run: str) -> Context:
    """Return the context of a device's app."""
    return internals.context(node, {"partition-id": node - FIRST_NODE}, run)


def answer(message: Message, context: Context) -> Message:
    """Return a device's reply, an error message where it fails."""
    try:
        return client_app(message, context)
    except Exception as error:  # outside of what the app does: it knows no such message, for example
        return failed(error, message, context)
