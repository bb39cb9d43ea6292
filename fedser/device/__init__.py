"""One device's life: it hears, adapts, remembers places it leaves, and never sends what it heard."""

from fedser.device.items import Items
from fedser.device.life import Learnt, Life
from fedser.device.memory import DeviceMemory
from fedser.device.settings import DeviceSettings
from fedser.device.state import DeviceState
from fedser.device.world import World

__all__ = ["DeviceMemory", "DeviceSettings", "DeviceState", "Items", "Learnt", "Life", "World"]
