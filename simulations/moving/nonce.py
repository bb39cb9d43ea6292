"""The nonce of a run under [privacy]: a part of the key of its seeded noise and cohorts, so that no two runs share
any.

run.json keeps it, for a run that is repeated with `--set privacy.nonce=…` to come to the same bytes.
"""

import secrets
from collections.abc import Mapping
from typing import Any

from fedser.errors import RunError
from simulations.moving.config import MovingConfig

NONCE = "nonce"
"""Where run.json has it."""


def new_nonce(config: MovingConfig) -> dict[str, str]:
    """Return what to record of a run that begins: its nonce, given or drawn; nothing where no noise is seeded."""
    if not config.privacy.private or config.privacy.secure_noise:
        return {}
    return {NONCE: config.privacy.nonce or secrets.token_hex(16)}


def with_nonce(config: MovingConfig, record: Mapping[str, Any]) -> MovingConfig:
    """Return the configuration with the nonce of its run; raises RunError where the record has lost it."""
    privacy = config.privacy
    if not privacy.private or privacy.secure_noise or privacy.nonce:
        return config
    if not record.get(NONCE):
        raise RunError(f'run.json: no "{NONCE}", so the noise of this run cannot be drawn again; start a new run')
    return config.model_copy(update={"privacy": privacy.model_copy(update={"nonce": record[NONCE]})})
