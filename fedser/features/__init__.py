"""Frozen encoders, a transcriber, and the store that keeps what they say about each utterance."""

from fedser.features.catalogue import acoustic_encoder, lexical_encoder, transcriber
from fedser.features.encoder import AcousticEncoder, Encoder, LexicalEncoder, Transcriber, Waveform
from fedser.features.extract import Extraction, extract_acoustic, extract_lexical
from fedser.features.normalise import Standardiser
from fedser.features.passage import Progress
from fedser.features.store import FeatureStore
from fedser.features.transcribe import Transcription, transcribe

__all__ = [
    "AcousticEncoder",
    "Encoder",
    "Extraction",
    "FeatureStore",
    "LexicalEncoder",
    "Progress",
    "Standardiser",
    "Transcriber",
    "Transcription",
    "Waveform",
    "acoustic_encoder",
    "extract_acoustic",
    "extract_lexical",
    "lexical_encoder",
    "transcribe",
    "transcriber",
]
