"""Finetuning: train on the new environment and hope. The baseline that forgets."""

from typing import ClassVar

from fedser.strategies.strategy import Strategy


class Finetuning(Strategy):
    """Training goes on with the new environment's utterances alone."""

    name: ClassVar[str] = "finetuning"
    title: ClassVar[str] = "Finetuning"
    does: ClassVar[str] = "trains on with the new environment alone."
