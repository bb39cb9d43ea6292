"""Episodic memory: which utterances of an environment a device keeps."""

from fedser.memory.episodic import (
    KINDS,
    Candidates,
    EpisodicMemory,
    MemoryOptions,
    remember,
    utterance_bytes,
)
from fedser.memory.ring import RingBuffer

__all__ = ["KINDS", "Candidates", "EpisodicMemory", "MemoryOptions", "RingBuffer", "remember", "utterance_bytes"]
