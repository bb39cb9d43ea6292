"""Frozen encoders, and the store that keeps what they say about each utterance."""

from fedser.features.catalogue import acoustic_encoder, lexical_encoder
from fedser.features.encoder import AcousticEncoder, LexicalEncoder
from fedser.features.extract import Extraction, extract_acoustic, extract_lexical
from fedser.features.normalise import Standardiser
from fedser.features.store import FeatureStore

__all__ = [
    "AcousticEncoder",
    "Extraction",
    "FeatureStore",
    "LexicalEncoder",
    "Standardiser",
    "acoustic_encoder",
    "extract_acoustic",
    "extract_lexical",
    "lexical_encoder",
]
