"""What an update reveals, and what protects it: one mechanism a file.

The server's side is `Protection`, a device's `prepare(parcel, device_steps(terms, …))`.
"""

from fedser.errors import BudgetSpentError, SecureAggregationError
from fedser.privacy.accountant import Sampling, Spent, epsilon, epsilon_of, noise_for, rounds_within
from fedser.privacy.clipping import clip
from fedser.privacy.compression import Encoded, decode
from fedser.privacy.ledger import Charge, Ledger, Terms
from fedser.privacy.options import PrivacyOptions
from fedser.privacy.outgoing import Parcel, device_steps, prepare, streams
from fedser.privacy.protection import Federation, Protection, Received
from fedser.privacy.round_terms import RoundTerms
from fedser.privacy.statement import claims
from fedser.privacy.weighting import weight

__all__ = [
    "BudgetSpentError",
    "Charge",
    "Encoded",
    "Federation",
    "Ledger",
    "Parcel",
    "PrivacyOptions",
    "Protection",
    "Received",
    "RoundTerms",
    "Sampling",
    "SecureAggregationError",
    "Spent",
    "Terms",
    "claims",
    "clip",
    "decode",
    "device_steps",
    "epsilon",
    "epsilon_of",
    "noise_for",
    "prepare",
    "rounds_within",
    "streams",
    "weight",
]
