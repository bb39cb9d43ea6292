"""Where the data of a seed lie: a folder of its own where seeds divide the speakers anew, else that of all."""

from pathlib import Path


def folder_for(data: Path, seed: int, own: bool) -> Path:
    """Return the folder below `data` to write what a seed learns from, its own or that of all seeds."""
    return data / f"seed-{seed}" if own else data


def folder_of(data: Path, seed: int) -> Path:
    """Return the folder below `data` that holds what a seed learns from."""
    own = folder_for(data, seed, own=True)
    return own if own.is_dir() else data
