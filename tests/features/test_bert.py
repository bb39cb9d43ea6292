import pickle

import numpy as np
import torch
import transformers

from fedser.features.bert import Bert
from fedser.features.bfloat16 import UNIT_ROUNDOFF
from tests.features.half_precision import explained_by_rounding, relative_error

TRANSCRIPTS = [
    "Kids are talking by the door.",
    "dogs are sitting by the door.",
    "",
    "happy happy happy",
    "the unseen word",
]


def reference(folder, transcript):
    """Token 0 of the last hidden state in float64, the words looked up by hand."""
    vocabulary = (folder / "vocab.txt").read_text().split()
    words = transcript.lower().replace(".", " .").split()
    tokens = ["[CLS]", *(word if word in vocabulary else "[UNK]" for word in words), "[SEP]"]
    ids = torch.tensor([[vocabulary.index(token) for token in tokens]])
    model = transformers.AutoModel.from_pretrained(folder, dtype=torch.float64).eval()
    with torch.no_grad():
        return model(ids).last_hidden_state[0, 0].numpy()


def test_equals_transformers_in_float64(bert_checkpoint):
    encoder = Bert(checkpoint=str(bert_checkpoint))
    vectors = encoder.encode(TRANSCRIPTS)
    assert (encoder.dimension, vectors.shape, vectors.dtype) == (32, (5, 32), np.float32)
    for vector, transcript in zip(vectors, TRANSCRIPTS, strict=True):
        np.testing.assert_allclose(vector, reference(bert_checkpoint, transcript), rtol=0, atol=2e-5)


def test_batched_equals_single(bert_checkpoint):
    alone, together = Bert(checkpoint=str(bert_checkpoint)), Bert(checkpoint=str(bert_checkpoint), batch_size=8)
    single = np.concatenate([alone.encode([transcript]) for transcript in TRANSCRIPTS])
    np.testing.assert_allclose(together.encode(TRANSCRIPTS), single, rtol=0, atol=1e-5)
    np.testing.assert_array_equal(alone.encode(TRANSCRIPTS), single)
    assert together.encode([]).shape == (0, 32)


def test_what_exceeds_the_model_is_cut_off(bert_checkpoint):
    encoder = Bert(checkpoint=str(bert_checkpoint))
    longest = encoder.encode(["happy " * 22])  # 24 positions less [CLS] and [SEP]
    np.testing.assert_array_equal(encoder.encode(["happy " * 500]), longest)
    assert np.abs(encoder.encode(["happy " * 21]) - longest).max() > 1e-5


def test_half_precision_is_near_and_has_a_key_of_its_own(bert_checkpoint):
    exact, half = (Bert(checkpoint=str(bert_checkpoint), dtype=dtype) for dtype in ("float32", "bfloat16"))
    error = relative_error(half.encode(TRANSCRIPTS), exact.encode(TRANSCRIPTS))
    assert error.max() < explained_by_rounding(half._model)
    assert error.min() > UNIT_ROUNDOFF / 10, "it did compute in half precision"
    assert exact.settings | {"dtype": "bfloat16"} == half.settings


def test_it_travels_to_a_worker_without_its_weights(bert_checkpoint):
    encoder = Bert(checkpoint=str(bert_checkpoint))
    vectors = encoder.encode(TRANSCRIPTS)
    assert pickle.loads(pickle.dumps(encoder)).encode(TRANSCRIPTS).tobytes() == vectors.tobytes()
    assert "_model" not in encoder.__getstate__()


def test_nothing_is_printed(bert_checkpoint, capfd):
    Bert(checkpoint=str(bert_checkpoint)).encode(TRANSCRIPTS)
    assert capfd.readouterr() == ("", "")
