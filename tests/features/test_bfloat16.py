import pytest
import torch

from fedser.errors import ConfigError
from fedser.features import bfloat16
from fedser.features.bert import Bert
from fedser.features.wav2vec2 import Wav2Vec2
from fedser.features.whisper_encoder import WhisperEncoder
from fedser.features.whisper_transcriber import WhisperTranscriber


@pytest.fixture
def processor(monkeypatch):
    """Let bfloat16 convolutions with a stride be computed in another way, as on another processor."""
    right = bfloat16.conv1d

    def install(convolve):
        def conv1d(x, w, **options):
            strided = x.dtype == torch.bfloat16 and options["stride"] > 1
            return convolve(right, x, w, options) if strided else right(x, w, **options)

        bfloat16.wrong_convolution.cache_clear()
        monkeypatch.setattr(bfloat16, "conv1d", conv1d)

    yield install
    bfloat16.wrong_convolution.cache_clear()


def first_product_only(convolve, x, w, options):
    """What oneDNN was seen to give with AMX: ones convolved with ones are 1, whatever the kernel."""
    alone = torch.zeros_like(w)
    alone[..., 0] = w[..., 0]
    return convolve(x, alone, **options)


def by_float32(convolve, x, w, options):
    return convolve(x.float(), w.float(), **options).to(torch.bfloat16)


def test_a_sum_in_float32_rounded_once_is_right(processor):
    processor(by_float32)
    strided = [shape for shape in bfloat16.SHAPES if shape.stride > 1]
    assert all(bfloat16._is_right(shape) for shape in strided)


def test_the_wrong_numbers_of_amx_are_refused_in_one_line(processor, acoustic_checkpoint, whisper_checkpoint):
    processor(first_product_only)
    for make in (
        lambda: Wav2Vec2(checkpoint=str(acoustic_checkpoint("wav2vec2")), dtype="bfloat16"),
        lambda: WhisperEncoder(checkpoint=str(whisper_checkpoint()), dtype="bfloat16"),
        lambda: WhisperTranscriber(checkpoint=str(whisper_checkpoint()), dtype="bfloat16"),
    ):
        with pytest.raises(
            ConfigError, match=r"convolves wrongly in bfloat16 .*kernel 10, stride 5.* float32"
        ) as e:
            make()
        assert "\n" not in str(e.value)


def test_whoever_does_not_convolve_is_not_refused(processor, acoustic_checkpoint, bert_checkpoint):
    processor(first_product_only)
    assert Bert(checkpoint=str(bert_checkpoint), dtype="bfloat16").encode(["happy"]).shape == (1, 32)
    Wav2Vec2(checkpoint=str(acoustic_checkpoint("wav2vec2")))
