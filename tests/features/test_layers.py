import math

import numpy as np
import pytest
import torch
import transformers

from fedser.errors import ConfigError
from fedser.features.layers import LayerChoice
from fedser.features.wav2vec2 import Wav2Vec2

LAYERS = 3


def states(folder, waveform):
    """Mean over time of states 0 to 3 in float64, the layers called one by one by hand."""
    model = transformers.AutoModel.from_pretrained(folder, dtype=torch.float64).eval()
    x = waveform.astype(np.float64)
    x = torch.tensor((x - x.mean()) / np.sqrt(x.var() + 1e-7))[None]
    encoder = model.encoder
    with torch.no_grad():
        hidden = model.feature_projection(model.feature_extractor(x).transpose(1, 2))
        hidden = hidden[0] if isinstance(hidden, tuple) else hidden
        hidden = hidden + encoder.pos_conv_embed(hidden)
        stable = model.config.do_stable_layer_norm
        found = [hidden if stable else encoder.layer_norm(hidden)]
        bias = {}
        for layer in encoder.layers:
            output = layer(found[-1], **bias)
            if isinstance(output, tuple):
                bias = {"position_bias": output[1]}
                output = output[0]
            found.append(output)
        if stable:
            found[-1] = encoder.layer_norm(found[-1])
        return [state[0].mean(dim=0).numpy() for state in found]


KINDS = ["wav2vec2", "wav2vec2-stable", "hubert", "wavlm", "wavlm-stable"]


@pytest.mark.parametrize("kind", KINDS)
def test_every_layer_and_their_means_equal_transformers_in_float64(acoustic_checkpoint, waveforms, kind):
    folder = acoustic_checkpoint(kind)
    expected = states(folder, waveforms[0])
    weights = [0.5, 0, 2, 1.5]
    cases = {k: expected[k] for k in range(LAYERS + 1)}
    cases |= {"last": expected[-1], "mean": np.mean(expected, axis=0)}
    for layer, vector in cases.items():
        encoded = Wav2Vec2(checkpoint=str(folder), layer=layer).encode(waveforms[:1])[0]
        np.testing.assert_allclose(encoded, vector, rtol=0, atol=2e-5, err_msg=str(layer))
    encoded = Wav2Vec2(checkpoint=str(folder), layer=weights).encode(waveforms[:1])[0]
    np.testing.assert_allclose(encoded, np.average(expected, axis=0, weights=weights), rtol=0, atol=2e-5)
    assert min(np.abs(a - b).max() for k, a in enumerate(expected) for b in expected[:k]) > 0.01


def test_what_lies_above_the_chosen_layer_is_not_computed(acoustic_checkpoint, waveforms):
    encoder = Wav2Vec2(checkpoint=str(acoustic_checkpoint("wav2vec2")), layer=[1, 1, 0, 0])
    encoder.encode(waveforms[:1])
    assert len(encoder._model.encoder.layers) == 1


def test_the_layer_is_part_of_the_key_but_not_the_way_it_is_written(acoustic_checkpoint):
    folder = str(acoustic_checkpoint("hubert"))

    def key(layer):
        return Wav2Vec2(checkpoint=folder, layer=layer).settings

    assert key("last") == key(LAYERS) == key([0, 0, 0, 5])
    assert key("mean") == key([1, 1, 1, 1]) == key([0.25] * 4)
    assert key(1) == key([0, 3, 0, 0])
    assert len({str(key(layer)) for layer in ["last", "mean", 0, 1, 2, (1, 2, 3, 4)]}) == 6
    assert math.isclose(sum(key([1, 2, 3, 4])["layer"]), 1)


@pytest.mark.parametrize(
    "option", ["lost", 4, -1, True, 1.5, None, [1, 1, 1], [0, 0, 0, 0], [1, 1, 1, -1], [1, 1, 1, float("nan")]]
)
def test_a_layer_that_is_not_there(option):
    with pytest.raises(ConfigError, match=r"^here: layer .* expected \"last\", \"mean\", .* to 3.* 4 weights"):
        LayerChoice.read(option, LAYERS, "here")
