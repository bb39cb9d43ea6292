"""What an update reveals, and what protects it: one mechanism a file.

What an update goes through is an ordered list of `defences`; `Protection` is the server's side of it over a run.
"""

from fedser.errors import BudgetSpentError, SecureAggregationError
from fedser.privacy.accountant import (
    Sampling,
    Spent,
    epsilon,
    epsilon_of,
    noise_for,
    require_accounting,
    rounds_within,
)
from fedser.privacy.clipping import clip
from fedser.privacy.compression import Encoded, decode
from fedser.privacy.defences import DEFENCES, Contribution, Defence, DeviceStreams, Total
from fedser.privacy.defences.order import Steps, steps_of
from fedser.privacy.ledger import Charge, Ledger, Terms
from fedser.privacy.options import PrivacyOptions
from fedser.privacy.protection import FederationFacts, Protection
from fedser.privacy.round_terms import RoundTerms
from fedser.privacy.statement import claims
from fedser.privacy.units import Owners, Unit, epsilon_together, spent_of
from fedser.privacy.weighting import weight

__all__ = [
    "DEFENCES",
    "BudgetSpentError",
    "Charge",
    "Contribution",
    "Defence",
    "DeviceStreams",
    "Encoded",
    "FederationFacts",
    "Ledger",
    "Owners",
    "PrivacyOptions",
    "Protection",
    "RoundTerms",
    "Sampling",
    "SecureAggregationError",
    "Spent",
    "Steps",
    "Terms",
    "Total",
    "Unit",
    "claims",
    "clip",
    "decode",
    "epsilon",
    "epsilon_of",
    "epsilon_together",
    "noise_for",
    "require_accounting",
    "rounds_within",
    "spent_of",
    "steps_of",
    "weight",
]
