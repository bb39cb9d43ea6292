import pickle

import numpy as np
import pytest
import torch
import transformers

from fedser.errors import FeatureError
from fedser.features.bfloat16 import UNIT_ROUNDOFF
from fedser.features.wav2vec2 import Wav2Vec2
from tests.features.half_precision import explained_by_rounding, needs_convolutions, relative_error


def reference(folder, waveform):
    """The handbook's words with transformers' class: normalise, run alone, average the last hidden state."""
    x = waveform.astype(np.float64)
    x = (x - x.mean()) / np.sqrt(x.var() + 1e-7)
    model = transformers.AutoModel.from_pretrained(folder, dtype=torch.float64).eval()
    with torch.no_grad():
        return model(torch.tensor(x)[None]).last_hidden_state[0].mean(dim=0).numpy()


@pytest.mark.parametrize("kind", ["wav2vec2", "hubert", "wavlm"])
def test_equals_transformers_in_float64_for_the_whole_family(acoustic_checkpoint, waveforms, kind):
    folder = acoustic_checkpoint(kind)
    encoder = Wav2Vec2(checkpoint=str(folder))
    vectors = encoder.encode(waveforms[:2])
    assert (encoder.dimension, vectors.shape, vectors.dtype) == (32, (2, 32), np.float32)
    assert encoder.settings["model"] == kind
    for vector, waveform in zip(vectors, waveforms, strict=False):
        np.testing.assert_allclose(vector, reference(folder, waveform), rtol=0, atol=2e-5)


@pytest.mark.parametrize("kind", ["wav2vec2", "hubert", "wavlm"])
def test_batched_equals_single(acoustic_checkpoint, waveforms, kind):
    folder = str(acoustic_checkpoint(kind))
    alone, together = Wav2Vec2(checkpoint=folder), Wav2Vec2(checkpoint=folder, batch_size=4)
    single = np.concatenate([alone.encode([waveform]) for waveform in waveforms])
    np.testing.assert_allclose(together.encode(waveforms), single, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(alone.encode(waveforms), single)


def test_padding_would_have_changed_it(acoustic_checkpoint, waveforms):
    """The reason for batches of equal length; without it the test above could not fail."""
    encoder = Wav2Vec2(checkpoint=str(acoustic_checkpoint("wav2vec2")))
    padded = np.pad(waveforms[3], (0, 4000))
    assert np.abs(encoder.encode([padded]) - encoder.encode([waveforms[3]])).max() > 1e-3


def test_the_number_of_threads_changes_no_bit(acoustic_checkpoint, waveforms):
    encoder = Wav2Vec2(checkpoint=str(acoustic_checkpoint("wav2vec2")))
    once = encoder.encode(waveforms)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        again = encoder.encode(waveforms)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(threads)
    assert once.tobytes() == again.tobytes()


def test_level_does_not_matter_but_stumps_and_silence_are_finite(acoustic_checkpoint, waveforms):
    encoder = Wav2Vec2(checkpoint=str(acoustic_checkpoint("wav2vec2")))
    np.testing.assert_allclose(
        encoder.encode([waveforms[0] * np.float32(0.5)]), encoder.encode([waveforms[0]]), atol=1e-4
    )
    odd = [np.zeros(8000, dtype=np.float32), waveforms[0][:10], waveforms[0][:400]]
    assert np.isfinite(encoder.encode(odd)).all()
    assert encoder.encode([]).shape == (0, 32)


@needs_convolutions
@pytest.mark.parametrize("kind", ["wav2vec2", "wav2vec2-stable", "hubert", "wavlm"])
def test_half_precision_is_near_and_has_a_key_of_its_own(acoustic_checkpoint, waveforms, kind):
    exact, half = (
        Wav2Vec2(checkpoint=str(acoustic_checkpoint(kind)), dtype=dtype) for dtype in ("float32", "bfloat16")
    )
    error = relative_error(half.encode(waveforms), exact.encode(waveforms))
    assert error.max() < explained_by_rounding(half._model)
    assert error.min() > UNIT_ROUNDOFF / 10, "it did compute in half precision"
    assert exact.settings | {"dtype": "bfloat16"} == half.settings


def test_a_checkpoint_that_takes_waveforms_as_they_are(acoustic_checkpoint, waveforms, tmp_path):
    """As WavLM-base does."""
    for file in acoustic_checkpoint("wavlm-stable").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    transformers.Wav2Vec2FeatureExtractor(do_normalize=False).save_pretrained(tmp_path)
    encoder = Wav2Vec2(checkpoint=str(tmp_path))
    model = transformers.AutoModel.from_pretrained(tmp_path, dtype=torch.float64).eval()
    with torch.no_grad():
        expected = model(torch.tensor(waveforms[0], dtype=torch.float64)[None]).last_hidden_state[0].mean(dim=0)
    np.testing.assert_allclose(encoder.encode(waveforms[:1])[0], expected.numpy(), rtol=0, atol=2e-5)
    normalised = Wav2Vec2(checkpoint=str(acoustic_checkpoint("wavlm-stable"))).encode(waveforms[:1])
    assert np.abs(encoder.encode(waveforms[:1]) - normalised).max() > 1e-3


def test_an_adapter_is_refused(acoustic_checkpoint, tmp_path):
    for file in acoustic_checkpoint("wav2vec2").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    config = transformers.AutoConfig.from_pretrained(tmp_path)
    config.add_adapter = True
    config.save_pretrained(tmp_path)
    with pytest.raises(FeatureError, match=r"ends in an adapter"):
        Wav2Vec2(checkpoint=str(tmp_path))


def test_it_travels_to_a_worker_without_its_weights(acoustic_checkpoint, waveforms):
    encoder = Wav2Vec2(checkpoint=str(acoustic_checkpoint("wav2vec2")))
    vectors = encoder.encode(waveforms)
    parcel = pickle.dumps(encoder)
    weights = (acoustic_checkpoint("wav2vec2") / "model.safetensors").stat().st_size
    assert len(parcel) < weights / 4
    assert pickle.loads(parcel).encode(waveforms).tobytes() == vectors.tobytes()


def test_nothing_is_printed(acoustic_checkpoint, waveforms, capfd):
    Wav2Vec2(checkpoint=str(acoustic_checkpoint("hubert"))).encode(waveforms[:1])
    assert capfd.readouterr() == ("", "")


def test_a_model_of_another_kind_is_refused(bert_checkpoint, acoustic_checkpoint, tmp_path):
    with pytest.raises(FeatureError, match=r"^features\.wav2vec2: the folder .* is no checkpoint[^\n]*$"):
        Wav2Vec2(checkpoint=str(bert_checkpoint))
    for file in acoustic_checkpoint("wav2vec2").iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    transformers.Wav2Vec2FeatureExtractor(sampling_rate=8000).save_pretrained(tmp_path)
    with pytest.raises(FeatureError, match=r"does not take waveforms at 16000 Hz"):
        Wav2Vec2(checkpoint=str(tmp_path))
