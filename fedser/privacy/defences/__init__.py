"""Defences of an update: one step a file, both sides of it in one class; `order` puts them in a list.

To add one: a file with a `Defence`, its test, and its line in `DEFENCES`.
"""

from fedser.plugins import Registry
from fedser.privacy.defences.defence import Contribution, Defence, DeviceStreams, Total

DEFENCES: Registry[type[Defence]] = Registry(
    "defences", "defence", {"local-noise": "fedser.privacy.defences.local_noise:LocalNoise"}
)
"""The steps that `[privacy] defences` may name; those that are options of [privacy] have their places anyway."""

__all__ = ["DEFENCES", "Contribution", "Defence", "DeviceStreams", "Total"]
