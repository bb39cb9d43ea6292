"""Devices that move between acoustic environments: the experiment of `fedser simulate`."""
