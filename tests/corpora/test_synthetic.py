import hashlib
import signal as signals
import subprocess
import sys
import threading
import zlib
from itertools import product
from pathlib import Path

import numpy as np
import pytest
import soundfile

from fedser import cache
from fedser.corpora import COLUMNS, load, synthetic
from fedser.corpora.options import CorpusOptions
from fedser.corpora.synthesis.recording import plan, render
from fedser.corpora.synthetic import LICENCE, NOTE, Synthetic, render_missing
from fedser.errors import ConfigError, CorpusError
from fedser.metrics import ccc
from fedser.vocabulary import RATE_HZ

SMALL = {"speakers": 3, "utterances_per_speaker": 2}


def digests(root):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(root.rglob("*.flac"))}


def left_over(root):
    return [path for path in root.rglob("*") if path.is_file() and path.suffix != ".flac"]


# The corpus


def test_the_table_is_what_others_rely_on(tmp_path):
    corpus = load("synthetic", tmp_path, place="office", speakers=6, utterances_per_speaker=2)
    table = corpus.table

    assert tuple(table.columns) == COLUMNS
    assert table["utterance"].tolist() == [f"office-s{s:03d}-u{u:03d}" for s, u in product(range(6), range(2))]
    assert set(table["speaker"]) == {f"office-s{s:03d}" for s in range(6)}
    assert set(table["gender"]) == {"female", "male"}
    assert table["duration_s"].between(3, 12).all()
    assert (table["transcript"].str.split().str.len() >= 4).all()
    assert len(corpus.dropped) == 0
    assert table["path"].map(lambda path: Path(path).parent).nunique() == 1


def test_it_says_that_it_is_no_evidence(tmp_path):
    corpus = load("synthetic", tmp_path, **SMALL)
    words = "synthetic: for trying out, not evidence"

    assert words == NOTE
    assert NOTE in corpus.notes
    assert NOTE in corpus.licence == LICENCE
    assert "for trying out, not evidence" in synthetic.__doc__.lower()
    with soundfile.SoundFile(corpus.table["path"].iloc[0]) as file:
        assert file.comment == NOTE


def test_files_are_16_khz_mono_flac_and_hold_what_is_rendered(tmp_path):
    corpus = load("synthetic", tmp_path, **SMALL)
    path = corpus.table["path"].iloc[3]
    about = soundfile.info(path)
    samples, _ = soundfile.read(path)

    assert (about.samplerate, about.channels, about.format, about.subtype) == (RATE_HZ, 1, "FLAC", "PCM_16")
    assert np.abs(samples - render(plan(0, "home", 1, 1))).max() <= 0.5 / 32768 + 1e-9


def test_an_utterance_does_not_depend_on_what_was_rendered_before():
    alone = render(plan(0, "home", 2, 1))
    for key in ((0, "home", 2, 0), (0, "cafe", 2, 1), (1, "home", 2, 1)):
        assert not np.array_equal(alone, render(plan(*key)))

    again = render(plan(0, "home", 2, 1))
    assert alone.dtype == np.float32
    assert alone.tobytes() == again.tobytes()
    assert plan(0, "home", 2, 1) == plan(0, "home", 2, 1)


def test_several_processes_write_the_same_bytes(tmp_path):
    seen = []
    for workers in (1, 2):
        options = Synthetic(place="cafe", speakers=3, utterances_per_speaker=2)
        render_missing(tmp_path / str(workers), options, workers, lambda done, of: seen.append((done, of)))

    assert digests(tmp_path / "1") == digests(tmp_path / "2")
    assert len(digests(tmp_path / "1")) == 6
    assert seen == 2 * [(done, 6) for done in range(1, 7)]


def test_only_what_is_missing_is_rendered(tmp_path):
    small = load("synthetic", tmp_path, **SMALL).table
    before = {path: Path(path).stat().st_mtime_ns for path in small["path"]}
    Path(small["path"].iloc[2]).unlink()
    seen = []
    render_missing(tmp_path, Synthetic(speakers=4, utterances_per_speaker=2), 1, lambda *at: seen.append(at))
    large = load("synthetic", tmp_path, speakers=4, utterances_per_speaker=2).table

    assert seen == [(1, 3), (2, 3), (3, 3)]
    assert set(small["path"]) < set(large["path"])
    kept = [path for path in before if path != small["path"].iloc[2]]
    assert {path: Path(path).stat().st_mtime_ns for path in kept} == {path: before[path] for path in kept}


def test_seeds_and_places_do_not_share_files(tmp_path):
    paths = [
        path
        for place, seed in (("home", 0), ("home", 1), ("cafe", 0))
        for path in load("synthetic", tmp_path, place=place, seed=seed, **SMALL).table["path"]
    ]

    assert len(set(paths)) == len(set(digests_of(paths))) == 18


def digests_of(paths):
    return [hashlib.sha256(Path(path).read_bytes()).hexdigest() for path in paths]


def test_killed_while_rendering_it_goes_on_and_gives_the_same_bytes(tmp_path):
    options = "speakers=6, utterances_per_speaker=3"
    script = (
        "from pathlib import Path; from fedser.corpora.synthetic import Synthetic, render_missing;"
        "fills_a_pipe = '.' * 2**17;"  # so that it renders no further than this test reads
        f"render_missing(Path({str(tmp_path / 'killed')!r}), Synthetic({options}), 1,"
        " lambda done, total: print(done, fills_a_pipe, flush=True))"
    )
    child = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert [int(child.stdout.readline().split()[0]) for _ in range(3)] == [1, 2, 3]
    child.send_signal(signals.SIGKILL)
    child.communicate()
    assert child.returncode == -signals.SIGKILL
    whole = digests(tmp_path / "killed")
    assert 3 <= len(whole) < 18

    settings = Synthetic(speakers=6, utterances_per_speaker=3)
    render_missing(tmp_path / "killed", settings)
    render_missing(tmp_path / "fresh", settings)

    assert digests(tmp_path / "killed") == digests(tmp_path / "fresh")
    assert whole.items() <= digests(tmp_path / "fresh").items()


def test_two_may_render_at_once(tmp_path):
    options = Synthetic(**SMALL)
    threads = [threading.Thread(target=render_missing, args=(tmp_path / "both", options)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    render_missing(tmp_path / "one", options)

    assert digests(tmp_path / "both") == digests(tmp_path / "one")
    assert left_over(tmp_path) == []


def test_a_failed_write_leaves_nothing_behind(tmp_path, monkeypatch):
    def full(source, target):
        raise OSError(28, "No space left on device", str(target))

    monkeypatch.setattr("os.replace", full)

    with pytest.raises(CorpusError, match=r"No space left on device.*name another root") as caught:
        load("synthetic", tmp_path, **SMALL)

    assert "\n" not in str(caught.value)
    assert digests(tmp_path) == {}
    assert left_over(tmp_path) == []


def test_a_folder_that_cannot_be_made_is_one_clear_error(tmp_path):
    (tmp_path / "file").write_text("in the way")

    with pytest.raises(CorpusError, match=r"cannot write its audio to .*FEDSER_CACHE") as caught:
        load("synthetic", tmp_path / "file", **SMALL)

    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"place": "pub"}, "place should be 'home', 'office' or 'cafe', got 'pub'"),
        ({"speakers": 2}, "speakers should be greater than or equal to 3, got 2"),
        ({"speakers": 24.0}, "speakers should be a valid integer"),
        ({"utterances_per_speaker": 0}, "utterances_per_speaker should be greater than or equal to 1"),
        ({"seed": -1}, "seed should be greater than or equal to 0"),
        ({"speaker": 24}, 'unknown key "speaker"; did you mean "speakers"'),
    ],
)
def test_wrong_options_are_one_clear_error(options, said, tmp_path):
    with pytest.raises(ConfigError, match=said):
        load("synthetic", tmp_path, **options)

    assert list(tmp_path.iterdir()) == []


def test_it_is_large_enough_by_default_and_takes_all_common_options():
    options = Synthetic()

    assert options.speakers * options.utterances_per_speaker == 240
    assert set(CorpusOptions.model_fields) < set(Synthetic.model_fields)


def test_without_a_root_it_lies_in_the_cache_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("FEDSER_CACHE", str(tmp_path / "mine"))
    corpus = load("synthetic", **SMALL)

    assert Path(corpus.table["path"].iloc[0]).is_relative_to(tmp_path / "mine" / "synthetic")


def test_the_cache_folder_is_the_platforms_own_unless_the_user_says_otherwise(tmp_path, monkeypatch):
    monkeypatch.delenv("FEDSER_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    usual = cache.folder()
    monkeypatch.setenv("FEDSER_CACHE", "somewhere")
    monkeypatch.chdir(tmp_path)

    assert usual.is_relative_to(tmp_path)
    assert usual.name == "fedser"
    assert cache.folder() == tmp_path / "somewhere"


def test_a_change_of_sound_is_a_change_of_version():
    """If this fails, what users have in their caches is no longer what is rendered: raise VERSION."""
    heard = {}
    for place in ("home", "office", "cafe"):
        samples = render(plan(0, place, 0, 0)).astype(np.float64)
        heard[place] = [samples.size, level_db(samples), level_db(np.diff(samples))]

    assert synthetic.VERSION == 2
    assert heard["home"] == pytest.approx([97120, -31.57, -41.68], abs=0.01)
    assert heard["office"] == pytest.approx([83600, -42.17, -52.90], abs=0.01)
    assert heard["cafe"] == pytest.approx([165840, -29.46, -39.34], abs=0.01)


# What can be heard in it


@pytest.fixture(scope="module")
def heard():
    """Six utterances of each of 24 speakers at home and in the café: recordings, log-mel statistics, samples."""
    keys = list(product(range(24), range(6)))
    found = {}
    for place in ("home", "cafe"):
        recordings = [plan(0, place, *key) for key in keys]
        samples = [render(recording) for recording in recordings]
        found[place] = {
            "samples": samples,
            "speaker": np.array([recording.speaker for recording in recordings]),
            "logmel": np.array([log_mel_statistics(each) for each in samples]),
            "words": np.array([hashed_words(recording.transcript) for recording in recordings]),
            "letters": np.array([len(recording.transcript) for recording in recordings]),
            "activation": np.array([recording.emotion.activation for recording in recordings]),
            "valence": np.array([recording.emotion.valence for recording in recordings]),
        }
    return found


def level_db(samples):
    return float(10 * np.log10(np.mean(samples**2)))


def frames(samples):
    """Frames of 40 ms, every 10 ms, that are within 15 dB of the loudest."""
    every = np.lib.stride_tricks.sliding_window_view(samples, 640)[::160]
    energy = (every**2).sum(axis=1)
    return every[energy > energy.max() * 10**-1.5]


def f0_semitones(samples):
    """F0 of the periodic frames by autocorrelation, in semitones re 100 Hz: the first of the high peaks."""
    window = np.hanning(640)

    def correlate(x):
        return np.fft.irfft(np.abs(np.fft.rfft(x, 2048)) ** 2)[..., :230]

    loud = frames(samples)
    correlation = correlate((loud - loud.mean(axis=1, keepdims=True)) * window)
    correlation = (correlation / correlation[:, :1] / (correlate(window) / correlate(window)[0]))[:, 35:]
    best = correlation.max(axis=1)
    first = np.argmax(correlation >= 0.9 * best[:, None], axis=1)
    lags = [i + 35 + np.argmax(row[i : i + 12]) for i, row in zip(first, correlation, strict=True)]
    return 12 * np.log2(RATE_HZ / np.array(lags) / 100)[best > 0.6]


def spectral_slope_db(samples):
    """Level of 1.5–4 kHz over that of 100–1000 Hz, in the median frame: a vowel, not a hiss."""
    power = np.abs(np.fft.rfft(frames(samples) * np.hanning(640))) ** 2
    hz = np.fft.rfftfreq(640, 1 / RATE_HZ)
    high, low = power[:, (hz > 1500) & (hz < 4000)], power[:, (hz > 100) & (hz < 1000)]
    return np.median(10 * np.log10(high.mean(axis=1) / low.mean(axis=1)))


def log_mel_statistics(samples):
    """Mean and deviation of 80 logarithmic bands: triangles on the mel scale, written out here."""
    spectrum = np.abs(np.fft.rfft(np.lib.stride_tricks.sliding_window_view(samples, 400)[::160] * HANN, 512)) ** 2
    bands = np.log(spectrum @ TRIANGLES + 1e-10)
    return np.concatenate([bands.mean(axis=0), bands.std(axis=0)])


def triangles():
    hz = np.fft.rfftfreq(512, 1 / RATE_HZ)[:, None]
    edges = 700 * (np.exp(np.linspace(np.log1p(60 / 700), np.log1p(8000 / 700), 82)) - 1)
    rising = (hz - edges[:-2]) / np.diff(edges)[:-1]
    falling = (edges[2:] - hz) / np.diff(edges)[1:]
    return np.maximum(0, np.minimum(rising, falling)).astype(np.float32)


HANN = np.hanning(400).astype(np.float32)
TRIANGLES = triangles()


def hashed_words(transcript):
    text, vector = f" {transcript.lower()} ", np.zeros(512)
    for size, start in product((3, 4), range(len(text) - 3)):
        code = zlib.crc32(text[start : start + size].encode())
        vector[code % 512] += 1 if code >> 31 else -1
    return vector / np.linalg.norm(vector)


def within_speakers(values, speaker):
    """Values less the mean of their speaker."""
    return values - np.array([values[speaker == one].mean() for one in speaker])


def correlation(cue, label, place):
    speaker = place["speaker"]
    return np.corrcoef(within_speakers(np.asarray(cue), speaker), within_speakers(label, speaker))[0, 1]


def standardised(place, reference, features):
    """z-scores by the reference place, clipped, and a constant for the intercept."""
    known = features(reference)
    deviation = np.where(known.std(axis=0) > 0, known.std(axis=0), 1)
    scores = np.clip((features(place) - known.mean(axis=0)) / deviation, -4, 4)
    return np.column_stack([scores, 10 * np.ones(len(scores))])


def held_out_ccc(stages, tested_on, features, target):
    """CCC of held-out speakers after ridge regressions on the stages, each starting from the one before."""
    predictions = np.zeros(len(tested_on[target]))
    test = standardised(tested_on, stages[0], features)
    for sixth in range(6):
        weights = np.zeros(test.shape[1])
        for place in stages:
            train = place["speaker"] % 6 != sixth
            x = standardised(place, stages[0], features)[train]
            error = place[target][train] - x @ weights
            weights = weights + x.T @ np.linalg.solve(x @ x.T + 150 * np.eye(len(x)), error)
        held_out = tested_on["speaker"] % 6 == sixth
        predictions[held_out] = test[held_out] @ weights
    return ccc(np.clip(predictions, -1, 1), tested_on[target])


def acoustic(place):
    return place["logmel"]


def acoustic_and_lexical(place):
    return np.concatenate([place["logmel"], place["words"]], axis=1)


def test_utterances_last_3_to_12_seconds_and_stay_within_full_scale(heard):
    samples = [each for place in heard.values() for each in place["samples"]]
    lengths_s = np.array([each.size for each in samples]) / RATE_HZ

    assert lengths_s.min() >= 3
    assert lengths_s.max() <= 12
    assert lengths_s.std() > 1
    assert max(np.abs(each).max() for each in samples) < 1
    assert all(np.isfinite(each).all() for each in samples)


def test_activation_raises_f0_and_its_range(heard):
    place = heard["home"]
    f0 = [f0_semitones(samples) for samples in place["samples"]]

    assert correlation([np.median(each) for each in f0], place["activation"], place) > 0.6
    ranges = [np.subtract(*np.percentile(each, [90, 10])) for each in f0]
    assert correlation(ranges, place["activation"], place) > 0.2


def test_activation_raises_level_rate_and_highs(heard):
    place = heard["home"]
    spoken_s = np.array([len(frames(samples)) / 100 for samples in place["samples"]])
    slopes_db = [spectral_slope_db(samples) for samples in place["samples"]]
    levels_db = [level_db(samples) for samples in place["samples"]]

    assert correlation(levels_db, place["activation"], place) > 0.6
    assert correlation(place["letters"] / spoken_s, place["activation"], place) > 0.3
    assert correlation(slopes_db, place["activation"], place) > 0.2


@pytest.mark.parametrize("place", ["home", "cafe"])
def test_activation_and_valence_are_learnable_but_not_trivial(heard, place):
    here = heard[place]

    assert 0.5 < held_out_ccc([here], here, acoustic, "activation") < 0.75
    assert 0.3 < held_out_ccc([here], here, acoustic_and_lexical, "valence") < 0.7


def test_another_place_is_another_domain(heard):
    home, cafe = heard["home"], heard["cafe"]
    for here, there in ((home, cafe), (cafe, home)):
        at_home = held_out_ccc([here], here, acoustic, "activation")
        assert held_out_ccc([here], there, acoustic, "activation") < at_home - 0.15


def test_who_goes_on_learning_in_the_cafe_forgets_home(heard):
    home, cafe = heard["home"], heard["cafe"]
    before = held_out_ccc([home], home, acoustic, "activation")

    assert held_out_ccc([home, cafe], home, acoustic, "activation") < before - 0.15
    assert held_out_ccc([home, cafe], cafe, acoustic, "activation") > 0.5
