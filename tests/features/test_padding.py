import numpy as np
import pytest
import torch
import transformers
from hypothesis import given
from hypothesis import strategies as st

from fedser.errors import FeatureError
from fedser.features import padding
from fedser.features.batching import padded_batches
from fedser.features.wav2vec2 import Wav2Vec2
from tests.features.half_precision import explained_by_rounding, needs_convolutions, relative_error

LENGTHS = (8000, 12345, 400, 8000, 5000, 30, 20011)


@pytest.fixture(scope="module")
def speech():
    random = np.random.default_rng(8)
    return [(random.normal(size=n) * 0.1 + np.sin(np.arange(n) * 0.05) * 0.3).astype(np.float32) for n in LENGTHS]


def passes(encoder):
    """Count the forward passes of an encoder's model from now on."""
    seen = []
    encoder._model.register_forward_pre_hook(lambda *_: seen.append(1))
    return seen


@pytest.mark.parametrize("layer", ["last", "mean", 1])
@pytest.mark.parametrize("kind", ["wav2vec2", "wav2vec2-stable", "hubert", "wavlm", "wavlm-stable"])
def test_batched_equals_single_at_any_length(acoustic_checkpoint, speech, kind, layer):
    folder = str(acoustic_checkpoint(kind))
    alone, together = (Wav2Vec2(checkpoint=folder, layer=layer, batch_size=size) for size in (1, 16))
    single = np.concatenate([alone.encode([waveform]) for waveform in speech])
    seen = passes(together)
    np.testing.assert_allclose(together.encode(speech), single, rtol=0, atol=1e-5)
    assert len(seen) == 1, "they were padded into one batch"
    assert np.abs(single[0] - single[1]).max() > 1e-3


@pytest.mark.parametrize("kind", ["wav2vec2", "hubert"])
def test_without_statistics_of_its_own_frames_an_utterance_would_feel_the_padding(
    acoustic_checkpoint, speech, kind, monkeypatch
):
    alone = Wav2Vec2(checkpoint=str(acoustic_checkpoint(kind)))
    monkeypatch.setattr(padding, "prepare", lambda model: None)
    together = Wav2Vec2(checkpoint=str(acoustic_checkpoint(kind)), batch_size=16)
    assert np.abs(together.encode(speech) - alone.encode(speech)).max() > 1e-3


def test_a_batch_norm_before_the_position_embedding_forbids_padding(acoustic_checkpoint, speech):
    folder = str(acoustic_checkpoint("hubert-batchnorm"))
    alone, together = Wav2Vec2(checkpoint=folder), Wav2Vec2(checkpoint=folder, batch_size=16)
    single = np.concatenate([alone.encode([waveform]) for waveform in speech])
    seen = passes(together)
    np.testing.assert_allclose(together.encode(speech), single, rtol=0, atol=1e-5)
    assert len(seen) == 6, "only the two of 8000 samples went together"


@needs_convolutions
def test_half_precision_heeds_the_padding_too(acoustic_checkpoint, speech, monkeypatch):
    folder = str(acoustic_checkpoint("wav2vec2"))
    alone, together = (Wav2Vec2(checkpoint=folder, dtype="bfloat16", batch_size=size) for size in (1, 16))
    exact, allowed = Wav2Vec2(checkpoint=folder).encode(speech), explained_by_rounding(alone._model)
    for encoder in (alone, together):
        assert relative_error(encoder.encode(speech), exact).max() < allowed
    monkeypatch.setattr(padding, "prepare", lambda model: None)
    heedless = Wav2Vec2(checkpoint=folder, dtype="bfloat16", batch_size=16)
    assert relative_error(heedless.encode(speech), exact)[:-1].min() > allowed, "all but the longest are padded"


def test_seconds_bound_a_batch(acoustic_checkpoint, speech):
    encoder = Wav2Vec2(checkpoint=str(acoustic_checkpoint("wav2vec2")), batch_size=16, batch_s=1.0)
    seen = passes(encoder)
    encoder.encode(speech)
    assert len(seen) == 4, "20011 | 12345 | 8000, 8000 | 5000, 400, 30: 16000 samples at most"


def test_a_gpu_that_is_too_small_is_one_line(acoustic_checkpoint, speech):
    encoder = Wav2Vec2(checkpoint=str(acoustic_checkpoint("wav2vec2")), batch_size=16)

    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate …")

    encoder._model.register_forward_pre_hook(full)
    with pytest.raises(
        FeatureError, match=r"^features\.wav2vec2: cpu has too little memory .* 120 s of audio; .*batch_s"
    ):
        encoder.encode(speech)


@given(st.lists(st.integers(1, 100), max_size=30), st.integers(1, 5), st.integers(1, 200))
def test_padded_batches_hold_every_position_once_within_bounds(lengths, size, longest_sum):
    batches = list(padded_batches(lengths, size, longest_sum))
    assert sorted(position for batch in batches for position in batch) == list(range(len(lengths)))
    for batch in batches:
        assert 1 <= len(batch) <= size
        assert len(batch) == 1 or max(lengths[position] for position in batch) * len(batch) <= longest_sum
    flat = [lengths[position] for batch in batches for position in batch]
    assert flat == sorted(lengths, reverse=True)


def test_frames_and_the_samples_of_one():
    config = transformers.Wav2Vec2Config()
    assert padding.shortest(config) == 400
    assert [padding.frames(config, n) for n in (400, 719, 720, 16000)] == [1, 1, 2, 49]
