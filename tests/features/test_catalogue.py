import json
import subprocess
import sys

import numpy as np
import pytest

import fedser
from fedser.errors import ConfigError, FeatureError
from fedser.features import acoustic_encoder, lexical_encoder
from fedser.features.catalogue import ENCODERS


@pytest.mark.parametrize(
    ("make", "name", "dimension", "standardise"),
    [
        (acoustic_encoder, "logmel", 160, True),
        (lexical_encoder, "ngrams", 512, False),
        (lexical_encoder, "none", 0, False),
    ],
)
def test_the_embedded_encoders(make, name, dimension, standardise):
    encoder = make(name)
    assert (encoder.name, encoder.dimension, encoder.standardise) == (name, dimension, standardise)
    assert json.loads(json.dumps(encoder.settings)) == encoder.settings
    assert encoder.encode([]).shape == (0, dimension)


def test_nothing_to_read():
    assert lexical_encoder("none").encode(["a", "b"]).shape == (2, 0)


def test_the_learned_encoders(acoustic_checkpoint, bert_checkpoint):
    acoustic = acoustic_encoder("wav2vec2", checkpoint=str(acoustic_checkpoint("wav2vec2")), offline=True)
    lexical = lexical_encoder("bert", checkpoint=str(bert_checkpoint), offline=True, batch_size=2)
    for encoder, name in ((acoustic, "wav2vec2"), (lexical, "bert")):
        assert (encoder.name, encoder.dimension, encoder.standardise, encoder.in_workers) == (
            name,
            32,
            False,
            True,
        )
        assert json.loads(json.dumps(encoder.settings)) == encoder.settings


@pytest.mark.parametrize(
    ("make", "name", "options", "message"),
    [
        (
            acoustic_encoder,
            "logmell",
            {},
            r'^features\.acoustic: unknown encoder "logmell"; did you mean "logmel"\?$',
        ),
        (acoustic_encoder, "x-vector", {}, r"; known: bert, egemaps, hubert, hubert-large, logmel, .*"),
        (lexical_encoder, "x-vector", {}, r'^features\.lexical: unknown encoder "x-vector"; known: bert, .*'),
        (
            acoustic_encoder,
            "wav2vec2",
            {"chekpoint": "x"},
            r'^features\.wav2vec2: unknown key "chekpoint"; did you mean "checkpoint"\?$',
        ),
        (
            acoustic_encoder,
            "logmel",
            {"bands": 40},
            r'^features\.logmel: unknown key "bands"; this encoder takes no options$',
        ),
        (acoustic_encoder, "wav2vec2", {"batch_size": 0}, r"features\.wav2vec2: batch_size .*, got 0"),
        (lexical_encoder, "bert", {"batch_size": "8"}, r"features\.bert: batch_size .*, got '8'"),
        (lexical_encoder, "bert", {"offline": "yes"}, r"features\.bert: offline .*, got 'yes'"),
        (lexical_encoder, "bert", {"checkpoint": ""}, r"features\.bert: checkpoint"),
        (
            lexical_encoder,
            "bert",
            {"dtype": "half"},
            r"features\.bert: dtype .* 'bfloat16' or 'float16', got 'half'",
        ),
        (acoustic_encoder, "hubert", {"batch_s": 0.0}, r"features\.hubert: batch_s .*, got 0.0"),
        (
            acoustic_encoder,
            "wavlm",
            {"dtype": "float16"},
            r"features\.wavlm: float16 is for GPUs; expected float32 or",
        ),
        (acoustic_encoder, "wisper", {}, r'unknown encoder "wisper"; did you mean "whisper"\?'),
        (acoustic_encoder, "whisper", {"layers": 1}, r'^features\.whisper: unknown key "layers"; .* "layer"\?$'),
        (acoustic_encoder, "whisper", {"batch_size": 0}, r"^features\.whisper: batch_size .*, got 0$"),
        (acoustic_encoder, "whisper", {"dtype": "float16"}, r"^features\.whisper: float16 is for GPUs"),
        (acoustic_encoder, "whisper", {"device": "gpu"}, r'^features\.whisper: torch cannot use .* "gpu"'),
        (acoustic_encoder, "wavlm", {"name": "x"}, r'^features\.wavlm: unknown key "name"; known: '),
        (lexical_encoder, "bert", {"device": "gpu"}, r'features\.bert: torch cannot use the device "gpu"'),
        (lexical_encoder, "bert", {"device": "cuda:99"}, r'features\.bert: torch cannot use the device "cuda:99"'),
    ],
)
def test_mistakes_are_one_line_with_a_remedy(make, name, options, message):
    with pytest.raises(ConfigError, match=message) as error:
        make(name, **options)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["wav2vec2", "wav2vec2-large", "hubert", "hubert-large", "wavlm", "wavlm-large"])
def test_the_family_by_name(acoustic_checkpoint, waveforms, name):
    kind = name.split("-")[0]
    with pytest.raises(
        FeatureError, match=rf'^features\.{name}: cannot get the model "(facebook|microsoft)/{kind}-'
    ):
        acoustic_encoder(name, offline=True)
    encoder = acoustic_encoder(name, checkpoint=str(acoustic_checkpoint(kind)), offline=True)
    assert (encoder.name, encoder.settings["model"]) == (name, kind)
    alike = acoustic_encoder("wav2vec2", checkpoint=str(acoustic_checkpoint(kind)))
    np.testing.assert_array_equal(encoder.encode(waveforms[:1]), alike.encode(waveforms[:1]))


def test_a_name_of_the_family_takes_no_other_kind(acoustic_checkpoint):
    with pytest.raises(
        FeatureError, match=r'^features\.hubert: the checkpoint .*\(wavlm\) is of another kind .* "wav2vec2"'
    ):
        acoustic_encoder("hubert", checkpoint=str(acoustic_checkpoint("wavlm")))


@pytest.mark.parametrize(("make", "name"), [(acoustic_encoder, "logmel"), (lexical_encoder, "ngrams")])
def test_what_needs_no_model_is_always_offline(make, name):
    assert make(name, offline=True).settings == make(name).settings


def test_the_embedded_encoders_need_no_torch():
    program = (
        "import sys\nfrom fedser import features\n"
        "features.acoustic_encoder('logmel'); features.lexical_encoder('ngrams')\n"
        "sys.exit('torch' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


def test_every_encoder_of_fedsers_own_is_where_the_catalogue_says_under_its_name():
    assert {name: encoder.name for name, encoder in ENCODERS.items()} == {name: name for name in ENCODERS}
    assert all(encoder.extends == "encoders" and encoder.__doc__ for encoder in ENCODERS.values())


@pytest.mark.usefixtures("plugins_as_before")
def test_an_encoder_from_outside_by_name():
    @fedser.register
    class Level(fedser.AcousticEncoder):
        name = "level"
        dimension = 1

        power: int = 2

        def encode(self, waveforms):
            return np.array([[np.mean(np.abs(x) ** self.power)] for x in waveforms], dtype=np.float32)

    level = acoustic_encoder("level", power=1, offline=True)
    np.testing.assert_array_equal(level.encode([np.array([1, -3], dtype=np.float32)]), [[2]])
    assert level == Level(power=1)
    assert level.settings["power"] == 1
    with pytest.raises(ConfigError, match=r'^features\.level: unknown key "powr"; did you mean "power"\?$'):
        acoustic_encoder("level", powr=1)
    with pytest.raises(ConfigError, match=r'unknown encoder "levl"; did you mean "level"\?$'):
        acoustic_encoder("levl")
    with pytest.raises(ConfigError, match=r'^features\.lexical: "level" is no lexical encoder'):
        lexical_encoder("level")
