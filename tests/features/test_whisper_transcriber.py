import pickle

import numpy as np
import pytest
import torch
import transformers

from fedser.errors import ConfigError, FeatureError
from fedser.features import transcriber
from fedser.features.whisper_transcriber import WhisperTranscriber
from tests.features.half_precision import needs_convolutions

WINDOW = 32000
"""Samples that the tests' small Whisper hears at once."""


@pytest.fixture(scope="module")
def speech():
    random = np.random.default_rng(0)
    kinds = ((8000, 0.1), (20000, 0.3), (2 * WINDOW + 500, 0.02), (30000, 0.9))
    return [(random.normal(size=n) * 0.1 + np.sin(np.arange(n) * f) * 0.3).astype(np.float32) for n, f in kinds]


def by_hand(folder, waveform, prompt):
    """The likeliest next token, again and again, in float64, window by window."""
    processor = transformers.AutoProcessor.from_pretrained(folder)
    model = transformers.WhisperForConditionalGeneration.from_pretrained(folder, dtype=torch.float64).eval()
    suppressed = model.generation_config.suppress_tokens
    words = []
    for start in range(0, len(waveform), WINDOW):
        heard = processor(waveform[start : start + WINDOW], sampling_rate=16000, return_tensors="pt")
        tokens = processor.tokenizer.convert_tokens_to_ids(["<|startoftranscript|>", *prompt, "<|notimestamps|>"])
        first = len(tokens)
        with torch.no_grad():
            while len(tokens) < first + 12 and tokens[-1] != model.generation_config.eos_token_id:
                ids = torch.tensor([tokens])
                scores = model(heard.input_features.double(), decoder_input_ids=ids).logits[0, -1]
                scores[suppressed] = -torch.inf
                tokens.append(int(scores.argmax()))
        words.append(processor.tokenizer.decode(tokens[first:], skip_special_tokens=True).strip())
    return " ".join(words)


@pytest.mark.parametrize(
    ("options", "prompt"),
    [
        ({"language": "en"}, ["<|en|>", "<|transcribe|>"]),
        ({"language": "German"}, ["<|de|>", "<|transcribe|>"]),
        ({"language": "de", "task": "translate"}, ["<|de|>", "<|translate|>"]),
    ],
)
def test_equals_greedy_decoding_by_hand(whisper_checkpoint, speech, options, prompt):
    folder = whisper_checkpoint()
    texts = transcriber(str(folder), **options).transcribe(speech)
    assert texts == [by_hand(folder, waveform, prompt) for waveform in speech]
    assert len(set(texts)) > 2, "it listens"
    assert all(text == " ".join(text.split()) for text in texts)


def test_a_model_of_english_only_needs_no_prompt(whisper_checkpoint, speech):
    folder = whisper_checkpoint(multilingual=False)
    whisper = transcriber(str(folder), language="english")
    assert whisper.transcribe(speech[:2]) == [by_hand(folder, waveform, []) for waveform in speech[:2]]
    assert whisper.settings == transcriber(str(folder)).settings


def test_the_language_is_found_where_it_is_not_given(whisper_checkpoint, speech):
    folder = str(whisper_checkpoint())
    found = transcriber(folder).transcribe(speech)
    given = [transcriber(folder, language=language).transcribe(speech) for language in ("en", "de")]
    assert all(text in texts for text, *texts in zip(found, *given, strict=True))


def test_batched_equals_single_and_nothing_is_printed(whisper_checkpoint, speech, capfd):
    folder = str(whisper_checkpoint())
    single = [transcriber(folder).transcribe([waveform])[0] for waveform in speech]
    capfd.readouterr()
    assert transcriber(folder, batch_size=3).transcribe(speech) == single
    assert transcriber(folder).transcribe([]) == []
    assert capfd.readouterr() == ("", "")


def test_it_travels_to_a_worker_without_its_weights(whisper_checkpoint, speech):
    whisper = transcriber(str(whisper_checkpoint()), offline=True)
    texts = whisper.transcribe(speech[:1])
    assert pickle.loads(pickle.dumps(whisper)).transcribe(speech[:1]) == texts
    assert "_model" not in whisper.__getstate__()


@needs_convolutions
def test_all_that_changes_the_words_is_in_the_key(whisper_checkpoint):
    folder = str(whisper_checkpoint())
    options = [{}, {"language": "en"}, {"language": "de"}, {"task": "translate"}, {"dtype": "bfloat16"}]
    assert len({str(transcriber(folder, **chosen).settings) for chosen in options}) == 5
    assert transcriber(folder, language="German").settings == transcriber(folder, language="de").settings
    assert transcriber(folder, batch_size=7).settings == transcriber(folder, offline=True).settings


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"language": "Germann"}, r'^transcription: unknown language "Germann"; did you mean "german"\?$'),
        ({"language": "xx"}, r'^transcription: unknown language "xx"; for example "en"$'),
        ({"task": "summarise"}, r"^transcription: task .*, got 'summarise'$"),
        ({"device": "gpu"}, r'^transcription: torch cannot use the device "gpu"'),
        ({"dtype": "float16"}, r"^transcription: float16 is for GPUs"),
        ({"batch_size": 0}, r"^transcription: batch_size .*, got 0$"),
    ],
)
def test_mistakes_are_one_line(whisper_checkpoint, options, message):
    with pytest.raises(ConfigError, match=message):
        transcriber(str(whisper_checkpoint()), **options)


def test_english_only(whisper_checkpoint):
    for options in ({"language": "de"}, {"task": "translate"}):
        with pytest.raises(ConfigError, match=r"does not say that it knows more than English; choose a multil"):
            transcriber(str(whisper_checkpoint(multilingual=False)), **options)


def test_a_model_of_another_kind_is_refused(bert_checkpoint):
    with pytest.raises(FeatureError, match=r'^transcription: ".*" is a bert model; expected a Whisper$'):
        transcriber(str(bert_checkpoint))


def test_offline_the_error_names_three_ways_out():
    with pytest.raises(
        FeatureError,
        match=r'^transcription: cannot get the model "openai/whisper-base" \(not in .* offline is set\): name a'
        r" local folder as the checkpoint, fill the Hugging Face cache \(HF_HOME\) on a machine with network,"
        r" or give transcripts of your own \(`transcripts` of a corpus\)$",
    ):
        WhisperTranscriber(offline=True)
