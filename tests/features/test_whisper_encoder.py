import pickle
import shutil

import numpy as np
import pytest
import safetensors.torch
import torch
import transformers
from torch.nn.functional import gelu

from fedser.errors import ConfigError, FeatureError
from fedser.features.bfloat16 import UNIT_ROUNDOFF
from fedser.features.whisper_encoder import WhisperEncoder
from tests.features.half_precision import explained_by_rounding, needs_convolutions, relative_error

LAYERS = 3
WINDOW = 32000
"""Samples that the tests' small Whisper hears at once: 100 frames."""
FRAME = 320


@pytest.fixture(scope="module")
def folder(whisper_checkpoint):
    return whisper_checkpoint(encoder_layers=LAYERS, init_std=0.1)


@pytest.fixture(scope="module")
def speech():
    """Shorter than a frame, of some frames, a whole window, longer than one and than two."""
    random = np.random.default_rng(0)
    lengths = (100, 8000, 12345, WINDOW, WINDOW + 7000, 2 * WINDOW + 500)
    return [(random.normal(size=n) * 0.1 + np.sin(np.arange(n) * 0.05) * 0.3).astype(np.float32) for n in lengths]


@pytest.fixture(scope="module")
def plain(folder):
    """The whole Whisper in float64, without anything of ours."""
    return transformers.WhisperForConditionalGeneration.from_pretrained(folder, dtype=torch.float64).eval()


@pytest.fixture(scope="module")
def states(folder, plain):
    """Return the states 0 to 3 of all frames of a piece of at most a window, each (100, d) in float64.

    The spectra are those of numpy, not of torch; the layers are called one by one by hand.
    """
    extractor = transformers.WhisperFeatureExtractor.from_pretrained(folder)
    encoder = plain.model.encoder

    def compute(piece):
        padded = np.pad(piece.astype(np.float64), (0, WINDOW - len(piece)))
        spectra = torch.tensor(extractor._np_extract_fbank_features(padded[None], "cpu"), dtype=torch.float64)
        with torch.no_grad():
            hidden = gelu(encoder.conv2(gelu(encoder.conv1(spectra)))).transpose(1, 2)
            found = [hidden + encoder.embed_positions.weight]
            for layer in encoder.layers:
                output = layer(found[-1], None)
                found.append(output[0] if isinstance(output, tuple) else output)
            found[-1] = encoder.layer_norm(found[-1])
        return [state[0].numpy() for state in found]

    return compute


def test_every_layer_and_their_means_equal_transformers_in_float64(folder, states, speech):
    expected = [state[:25].mean(axis=0) for state in states(speech[1])]
    weights = [0.5, 0, 2, 1.5]
    cases = {k: expected[k] for k in range(LAYERS + 1)}
    cases |= {"last": expected[-1], "mean": np.mean(expected, axis=0)}
    for layer, vector in cases.items():
        encoded = WhisperEncoder(checkpoint=str(folder), layer=layer).encode(speech[1:2])
        np.testing.assert_allclose(encoded[0], vector, rtol=0, atol=2e-5, err_msg=str(layer))
        assert (encoded.shape, encoded.dtype) == ((1, 32), np.float32)
    encoded = WhisperEncoder(checkpoint=str(folder), layer=weights).encode(speech[1:2])[0]
    np.testing.assert_allclose(encoded, np.average(expected, axis=0, weights=weights), rtol=0, atol=2e-5)
    assert min(np.abs(a - b).max() for k, a in enumerate(expected) for b in expected[:k]) > 0.01


@pytest.mark.parametrize(
    ("samples", "frames"),
    [(1, 1), (319, 1), (320, 1), (321, 2), (640, 2), (641, 3), (WINDOW - 320, 99), (WINDOW - 319, 100)],
)
def test_own_frames_are_those_centred_in_the_utterance(folder, states, speech, samples, frames):
    piece = speech[3][:samples]
    found = states(piece)[-1]
    encoded = WhisperEncoder(checkpoint=str(folder)).encode([piece])[0]
    np.testing.assert_allclose(encoded, found[:frames].mean(axis=0), rtol=0, atol=2e-5)
    for others in {max(frames - 1, 1), min(frames + 1, 100)} - {frames}:
        assert np.abs(encoded - found[:others].mean(axis=0)).max() > 1e-4


def test_a_frame_is_centred_on_its_samples(plain, states, speech):
    """A click moves the frame that is centred on it most: the reason for counting by the centres."""
    quiet = np.zeros(WINDOW, dtype=np.float32)
    quiet[0] = 1e-3  # the loudest spectrum decides where the floor of all lies
    before = states(quiet)[0]
    for frame in (10, 50, 98):
        clicked = quiet.copy()
        clicked[frame * FRAME] = 1e-3
        moved = np.linalg.norm(states(clicked)[0] - before, axis=1)
        assert moved.argmax() == frame
        assert np.flatnonzero(moved > 1e-9).tolist() == [frame - 1, frame, frame + 1]


def test_the_silence_of_the_window_does_not_enter_the_mean(folder, states, speech):
    encoder = WhisperEncoder(checkpoint=str(folder))
    found = states(speech[1])[-1]
    vector = encoder.encode(speech[1:2])[0]
    assert np.abs(vector - found.mean(axis=0)).max() > 1e-2, "over the whole window it would be another"
    # Silence that belongs to the utterance does: the model hears the same, and more frames count.
    longer = encoder.encode([np.pad(speech[1], (0, 15 * FRAME))])[0]
    np.testing.assert_allclose(40 * longer, 25 * vector + found[25:40].sum(axis=0), rtol=0, atol=1e-3)


def test_longer_than_a_window_all_frames_count_alike(folder, states, speech):
    encoder = WhisperEncoder(checkpoint=str(folder))
    for waveform, own in ((speech[4], (100, 22)), (speech[5], (100, 100, 2))):
        pieces = [waveform[start : start + WINDOW] for start in range(0, len(waveform), WINDOW)]
        frames = np.concatenate([states(piece)[-1][:n] for piece, n in zip(pieces, own, strict=True)])
        np.testing.assert_allclose(encoder.encode([waveform])[0], frames.mean(axis=0), rtol=0, atol=2e-5)
        of_windows = np.average(encoder.encode(pieces), axis=0, weights=own)
        np.testing.assert_allclose(encoder.encode([waveform])[0], of_windows, rtol=0, atol=1e-6)
        assert np.abs(of_windows - encoder.encode(pieces).mean(axis=0)).max() > 1e-4


@pytest.mark.parametrize("layer", ["last", "mean", 1])
def test_batched_equals_single_at_any_length(folder, speech, layer):
    alone = WhisperEncoder(checkpoint=str(folder), layer=layer)
    single = np.concatenate([alone.encode([waveform]) for waveform in speech])
    np.testing.assert_array_equal(alone.encode(speech), single)
    for size in (2, 4, 16):
        together = WhisperEncoder(checkpoint=str(folder), layer=layer, batch_size=size)
        np.testing.assert_allclose(together.encode(speech), single, rtol=0, atol=1e-5)
        np.testing.assert_allclose(together.encode(speech[::-1])[::-1], single, rtol=0, atol=1e-5)
    assert alone.encode([]).shape == (0, 32)


def test_the_number_of_threads_changes_no_bit(folder, speech):
    encoder = WhisperEncoder(checkpoint=str(folder))
    once = encoder.encode(speech)
    threads = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        assert encoder.encode(speech).tobytes() == once.tobytes()
    finally:
        torch.set_num_threads(threads)


def test_silence_and_stumps_are_finite(folder, speech):
    encoder = WhisperEncoder(checkpoint=str(folder))
    assert np.isfinite(encoder.encode([np.zeros(8000, dtype=np.float32), speech[0][:1]])).all()


@needs_convolutions
def test_half_precision_is_near_and_has_a_key_of_its_own(folder, speech):
    exact, half = (WhisperEncoder(checkpoint=str(folder), dtype=dtype) for dtype in ("float32", "bfloat16"))
    error = relative_error(half.encode(speech), exact.encode(speech))
    assert error.max() < explained_by_rounding(half._model)
    assert error.min() > UNIT_ROUNDOFF / 10, "it did compute in half precision"
    assert exact.settings | {"dtype": "bfloat16"} == half.settings


def test_only_the_encoder_is_in_memory_and_none_of_it_travels(folder, plain, speech):
    encoder = WhisperEncoder(checkpoint=str(folder))
    vectors = encoder.encode(speech)
    weights = dict(plain.model.encoder.named_parameters())
    assert {name: values.shape for name, values in encoder._model.named_parameters()} == {
        name: values.shape for name, values in weights.items()
    }
    parcel = pickle.dumps(encoder)
    assert weights["layers.0.fc1.weight"].float().detach().numpy().tobytes()[:64] not in parcel
    travelled = pickle.loads(parcel)
    assert "_model" not in vars(travelled)
    assert travelled.encode(speech).tobytes() == vectors.tobytes()


def test_what_lies_above_the_chosen_layer_is_not_computed(folder, speech):
    encoder = WhisperEncoder(checkpoint=str(folder), layer=[1, 1, 0, 0])
    encoder.encode(speech[:1])
    assert len(encoder._model.layers) == 1


def test_a_checkpoint_of_the_model_without_its_head(folder, plain, speech, tmp_path):
    """As `WhisperModel.save_pretrained` writes it: the weights have shorter names."""
    plain.model.float().save_pretrained(tmp_path)
    plain.double()
    shutil.copy(folder / "processor_config.json", tmp_path)
    names = safetensors.torch.load_file(tmp_path / "model.safetensors")
    assert "encoder.conv1.weight" in names
    np.testing.assert_array_equal(
        WhisperEncoder(checkpoint=str(tmp_path)).encode(speech[:3]),
        WhisperEncoder(checkpoint=str(folder)).encode(speech[:3]),
    )


def test_weights_that_are_not_there_are_not_made_up(folder, tmp_path):
    torn = shutil.copytree(folder, tmp_path / "torn")
    weights = safetensors.torch.load_file(torn / "model.safetensors")
    del weights["model.encoder.layers.1.fc1.weight"]
    safetensors.torch.save_file(weights, torn / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(FeatureError, match=r"^features\.whisper: .* lacks 1 of its weights \(layers\.1\.fc1\.w"):
        WhisperEncoder(checkpoint=str(torn)).encode([np.zeros(320, dtype=np.float32)])


def test_all_that_changes_the_numbers_is_in_the_key_and_nothing_else(folder, whisper_checkpoint):
    def key(**options):
        return WhisperEncoder(**({"checkpoint": str(folder)} | options)).settings

    assert key(layer="last") == key(layer=LAYERS) == key(batch_size=7) == key(offline=True)
    assert key(layer="mean") == key(layer=[1, 1, 1, 1])
    others = [{"layer": 1}, {"layer": "mean"}, {"dtype": "bfloat16"}, {"checkpoint": str(whisper_checkpoint())}]
    assert len({str(key(**options)) for options in [{}, *others]}) == 5


def test_nothing_is_printed(folder, speech, capfd):
    WhisperEncoder(checkpoint=str(folder)).encode(speech[:1])
    assert capfd.readouterr() == ("", "")


def test_a_layer_it_has_not(folder):
    with pytest.raises(ConfigError, match=r"^features\.whisper: layer 4 is none .* to 3, or a list of 4 weights"):
        WhisperEncoder(checkpoint=str(folder), layer=4)


def test_a_model_of_another_kind_is_refused(bert_checkpoint, acoustic_checkpoint, folder, tmp_path):
    for other, kind in ((bert_checkpoint, "bert"), (acoustic_checkpoint("hubert"), "hubert")):
        with pytest.raises(
            FeatureError, match=rf'^features\.whisper: ".*" is a {kind} model; expected a Whisper$'
        ):
            WhisperEncoder(checkpoint=str(other))
    longer = shutil.copytree(folder, tmp_path / "longer")
    (longer / "processor_config.json").unlink()
    transformers.WhisperFeatureExtractor(chunk_length=3).save_pretrained(longer)
    with pytest.raises(
        FeatureError, match=r"hears 48000 samples at 16000 Hz; its config expects 32000 at 16000 Hz$"
    ):
        WhisperEncoder(checkpoint=str(longer))


def test_offline_the_error_names_three_ways_out():
    with pytest.raises(
        FeatureError,
        match=r'^features\.whisper: cannot get the model "openai/whisper-base" \(not in .* offline is set\): name'
        r" a local folder as the checkpoint, fill the Hugging Face cache \(HF_HOME\) on a machine with network,"
        r' or use the embedded encoder "logmel"$',
    ):
        WhisperEncoder(offline=True)


def test_a_gpu_that_is_too_small_is_one_line(folder, speech):
    encoder = WhisperEncoder(checkpoint=str(folder), batch_size=16)

    def full(*_):
        raise torch.OutOfMemoryError("CUDA out of memory.\nTried to allocate …")

    encoder._model.register_forward_pre_hook(full)
    with pytest.raises(
        FeatureError, match=r"^features\.whisper: cpu has too little memory .*16 windows.*batch_size"
    ):
        encoder.encode(speech)
