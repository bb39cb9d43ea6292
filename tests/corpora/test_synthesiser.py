from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import signal

from fedser.corpora.synthesis import lexicon, prosody
from fedser.corpora.synthesis.background import background
from fedser.corpora.synthesis.expression import RATER_DEVIATION, RATERS, Emotion, draw_emotion, express
from fedser.corpora.synthesis.phonemes import NOISE_BANDS_HZ, PHONEMES
from fedser.corpora.synthesis.place import PLACES
from fedser.corpora.synthesis.recording import plan, render
from fedser.corpora.synthesis.room import impulse_response, microphone
from fedser.corpora.synthesis.synthesiser import (
    BANDWIDTHS_HZ,
    HIGHER_FORMANTS_HZ,
    HOP,
    cascade,
    filter_moving,
    speak,
)
from fedser.corpora.synthesis.voice import Voice, draw_voice
from fedser.seeding import generator
from fedser.vocabulary import RATE_HZ

VOICE = Voice("male", 100.0, 1.0, 0.0, 0.0, 1500.0, 1.0, 0.0, 1.0)
AH, EE = (730.0, 1090.0, 2440.0), (270.0, 2290.0, 3010.0)


def calm():
    """The cues of a voice that shows nothing, without breath."""
    cues = express(VOICE, Emotion(0, 0, 0, 0), np.random.default_rng(0))
    return replace(cues, gain_db=0.0, tilt_hz=1500.0, breath=0.0, smile=1.0)


def sustained(formants_hz=AH, f0_hz=100.0, voicing=1.0, frication=0.0, band="none"):
    """The tracks of one second of one sound."""
    flat = np.ones(200)
    return prosody.ControlTracks(
        f0_hz=f0_hz * flat,
        formants_hz=np.outer(flat, formants_hz),
        damping=flat,
        voicing=voicing * flat,
        aspiration=0 * flat,
        frication=frication * flat,
        band=np.full(200, prosody.BANDS.index(band)),
    )


def sing(expression=None, **tracks):
    return speak(sustained(**tracks), VOICE, expression or calm(), np.random.default_rng(0))


def poles(resonances):
    """Numerator and denominator of a cascade of resonances, by its poles."""
    roots = [
        np.exp(np.pi / RATE_HZ * (-width + sign * 2j * centre)) for centre, width in resonances for sign in (1, -1)
    ]
    denominator = np.poly(roots).real
    return denominator.sum(), denominator


def tract(formants_hz):
    return poles([*zip(formants_hz, BANDWIDTHS_HZ, strict=True), *HIGHER_FORMANTS_HZ])


def harmonics_db(samples, f0_hz, count):
    """Levels of the first harmonics, from the middle half of the samples (whole periods)."""
    middle = samples[RATE_HZ // 4 : RATE_HZ // 4 + RATE_HZ // 2]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(middle.size)))
    return 20 * np.log10(spectrum[np.arange(1, count + 1) * round(f0_hz / 2)])


def band_db(samples, low_hz, high_hz):
    hz, power = signal.welch(samples, RATE_HZ, nperseg=512)
    return 10 * np.log10(power[(hz >= low_hz) & (hz < high_hz)].mean())


def test_moving_filter_at_rest_is_the_recursive_filter():
    source = np.random.default_rng(0).standard_normal(40 * HOP)
    responses = cascade(np.tile(AH, (40, 1)), np.ones(40), 1.0)

    expected = signal.lfilter(*[np.atleast_1d(part) for part in tract(AH)], source)

    # The last hop fades out: the piece after it is never heard.
    heard = filter_moving(source, responses)[:-HOP]
    assert np.abs(heard - expected[:-HOP]).max() < 1e-3 * np.abs(expected).max()


def test_moving_filter_moves():
    source = np.random.default_rng(0).standard_normal(100 * HOP)
    responses = np.concatenate([cascade(np.tile(vowel, (50, 1)), np.ones(50), 1.0) for vowel in (AH, EE)])

    heard = filter_moving(source, responses)

    for vowel, part in ((AH, slice(10 * HOP, 45 * HOP)), (EE, slice(60 * HOP, 95 * HOP))):
        expected = signal.lfilter(*[np.atleast_1d(x) for x in tract(vowel)], source)[part]
        assert np.abs(heard[part] - expected).max() < 1e-3 * np.abs(expected).max()


def test_harmonics_of_two_vowels_differ_as_their_tracts_do():
    f0_hz, count = 100.0, 60
    difference = harmonics_db(sing(formants_hz=AH), f0_hz, count) - harmonics_db(
        sing(formants_hz=EE), f0_hz, count
    )

    hz = f0_hz * np.arange(1, count + 1)
    responses = [signal.freqz(*tract(vowel), worN=hz, fs=RATE_HZ)[1] for vowel in (AH, EE)]
    expected = 20 * np.log10(np.abs(responses[0]) / np.abs(responses[1]))

    assert np.abs(difference - expected).max() < 0.2


@pytest.mark.parametrize("f0_hz", [80.0, 123.4, 210.0, 333.3])
def test_the_voice_has_the_f0_of_its_score(f0_hz):
    samples = sing(f0_hz=f0_hz)
    middle = samples[4000:12000].astype(np.float64)
    correlation = signal.correlate(middle, middle, method="fft")[middle.size - 1 :]

    # The tenth period, so that a whole sample is a tenth of a sample in the first.
    around = round(10 * RATE_HZ / f0_hz)
    lag = around - 20 + np.argmax(correlation[around - 20 : around + 21])

    assert RATE_HZ * 10 / lag == pytest.approx(f0_hz, rel=1e-3)


def test_jitter_makes_periods_uneven():
    steady = sing()
    shaken = speak(sustained(), replace(VOICE, jitter=0.02), calm(), np.random.default_rng(0))

    def periodicity(samples):
        return np.corrcoef(samples[4000:12000], samples[4160:12160])[0, 1]

    assert periodicity(steady) > 0.999
    assert periodicity(shaken) < 0.98


def test_pulses_do_not_alias():
    """Between the harmonics of 333 Hz there is nothing, so nothing has folded back."""
    samples = sing(f0_hz=1000 / 3)[4000:13600]
    power = np.abs(np.fft.rfft(samples * signal.windows.blackmanharris(samples.size))) ** 2
    hz = np.fft.rfftfreq(samples.size, 1 / RATE_HZ)
    distance = np.abs((hz + 1000 / 6) % (1000 / 3) - 1000 / 6)

    between = (distance > 100) & (hz > 300) & (hz < 6500)
    assert 10 * np.log10(power[between].max() / power.max()) < -60


def test_tilt_takes_the_highs_as_two_more_poles_would():
    soft, pressed = (sing(replace(calm(), tilt_hz=tilt_hz)) for tilt_hz in (800.0, 2400.0))
    change = harmonics_db(pressed, 100.0, 50) - harmonics_db(soft, 100.0, 50)

    hz = 100.0 * np.arange(1, 51)
    radii = [np.exp(-2 * np.pi * tilt_hz / RATE_HZ) for tilt_hz in (800.0, 2400.0)]
    soft_db, pressed_db = (
        40 * np.log10(np.abs(signal.freqz([1 - radius], [1, -radius], worN=hz, fs=RATE_HZ)[1])) for radius in radii
    )

    assert np.abs(change - (pressed_db - soft_db)).max() < 0.05
    assert change[39] > 6


def test_gain_is_in_decibels():
    loud = sing(replace(calm(), gain_db=20.0))

    np.testing.assert_allclose(loud, 10 * sing(), rtol=1e-5, atol=1e-8)


@pytest.mark.parametrize("band", sorted(set(NOISE_BANDS_HZ) - {"none"}))
def test_frication_lies_in_its_band(band):
    centre_hz, width_hz = NOISE_BANDS_HZ[band]
    samples = sing(voicing=0.0, frication=1.0, band=band)

    inside = band_db(samples, max(0, centre_hz - width_hz / 2), centre_hz + width_hz / 2)
    outside = max(
        band_db(samples, low, low + 500)
        for low in range(0, 8000, 500)
        if low + 500 < centre_hz - 1.5 * width_hz or low > centre_hz + 1.5 * width_hz or width_hz > 2300
    )
    assert inside > outside + (-3 if width_hz > 2300 else 12)


def test_silence_is_silent():
    assert not sing(voicing=0.0).any()


def test_every_word_can_be_spoken_and_every_content_word_has_one_stress():
    slots = {*lexicon.WORDS, *lexicon.TONELESS}
    words = {word for tones in lexicon.WORDS.values() for text in tones.values() for word in text.split()}
    toneless = {word for text in lexicon.TONELESS.values() for word in text.split()}
    plain = {word for clause in lexicon.CLAUSES for word in clause.split()} - slots

    for word in words | toneless | plain:
        assert all(symbol in PHONEMES for symbol, _ in lexicon.phonemes(word))
    for word in words | set(lexicon.TONELESS["noun"].split()):
        assert sum(stressed for _, stressed in lexicon.phonemes(word)) == 1
    assert words | toneless | plain == set(lexicon.PRONUNCIATIONS)


def test_tones_share_no_word():
    for tones in lexicon.WORDS.values():
        words = " ".join(tones.values()).split()
        assert len(words) == len(set(words))


@pytest.mark.parametrize("valence", [-1.0, -0.3, 0.0, 0.8])
def test_words_lean_with_valence(valence):
    tone = {
        word: name for tones in lexicon.WORDS.values() for name, text in tones.items() for word in text.split()
    }
    rng = generator(0, "words")
    drawn = [tone[word] for _ in range(1500) for word in lexicon.clause(valence, rng) if word in tone]

    odds = {"positive": np.exp(1.9 * valence), "neutral": 1.0, "negative": np.exp(-1.9 * valence)}
    for name, value in odds.items():
        expected = value / sum(odds.values())
        assert drawn.count(name) / len(drawn) == pytest.approx(expected, abs=4 * np.sqrt(0.25 / len(drawn)))


@settings(max_examples=40)
@given(seed=st.integers(0, 10**6), speed=st.floats(0.6, 1.9), pause=st.floats(0.3, 3.0), valence=st.floats(-1, 1))
def test_utterances_last_3_to_12_seconds_however_fast_they_are(seed, speed, pause, valence):
    expression = replace(calm(), rate=speed, pause=pause)
    transcript, stretches = prosody.compose(VOICE, expression, valence, generator(seed))

    assert 3.0 <= sum(stretch.duration_s for stretch in stretches) <= 12.0
    assert stretches[0].sound == stretches[-1].sound == prosody.SILENCE
    assert set(transcript.lower().rstrip(".").replace(",", "").split()) <= set(lexicon.PRONUNCIATIONS)
    assert len({stretch.phrase for stretch in stretches}) == transcript.count(",") + 1


def test_slope_and_ending_shape_the_contour():
    """Frame by frame against the same without them: a straight line, and a ramp over the last quarter."""
    _, stretches = prosody.compose(VOICE, calm(), 0.0, generator(1))

    def semitones(**cues):
        flat = {"shift_st": 0.0, "slope_st": 0.0, "final_st": 0.0, **cues}
        tracks = prosody.control_tracks(stretches, VOICE, replace(calm(), **flat), generator(2))
        return 12 * np.log2(tracks.f0_hz / VOICE.f0_hz)

    first = [s.duration_s for s in stretches if s.phrase == 0 and s.sound != prosody.SILENCE]
    begin, length = round(stretches[0].duration_s / 0.005), round(sum(first) / 0.005)
    at = [begin + round(part * length) for part in (0.1, 0.3, 0.5, 0.7, 0.9)]

    sloped = (semitones(slope_st=5.0) - semitones())[at]
    raised = (semitones(final_st=4.0) - semitones())[at]
    assert sloped == pytest.approx([-2, -1, 0, 1, 2], abs=0.05)
    assert raised == pytest.approx([0, 0, 0, 0, 2.4], abs=0.1)
    assert semitones(shift_st=3.0) - semitones() == pytest.approx(3.0)


def test_ratings_surround_what_is_shown():
    rng = generator(0, "ratings")
    drawn = [draw_emotion(rng) for _ in range(4000)]
    shown = np.array([(e.shown_activation, e.shown_valence) for e in drawn])
    rated = np.array([(e.activation, e.valence) for e in drawn])

    assert np.abs(rated).max() <= 1
    assert np.abs(shown).max() <= 1
    within = (np.abs(shown) < 0.5).all(axis=1)
    noise = (rated - shown)[within]
    assert noise.std(axis=0) == pytest.approx([RATER_DEVIATION / np.sqrt(RATERS)] * 2, rel=0.05)
    assert np.corrcoef(rated.T)[0, 1] == pytest.approx(0.2, abs=0.06)
    assert (rated.std(axis=0) > 0.4).all()


def test_emotion_moves_the_cues_in_the_right_direction():
    def mean_cues(activation, valence):
        rng = generator(0, "cues")
        drawn = [express(VOICE, Emotion(activation, valence, 0, 0), rng) for _ in range(300)]
        return {name: np.mean([getattr(cue, name) for cue in drawn]) for name in vars(drawn[0])}

    low, high = mean_cues(-0.8, 0.0), mean_cues(0.8, 0.0)
    negative, positive = mean_cues(0.0, -0.8), mean_cues(0.0, 0.8)

    for name in ("shift_st", "accent_st", "rate", "gain_db", "tilt_hz"):
        assert high[name] > low[name]
        assert positive[name] == negative[name]
    assert high["pause"] < low["pause"]
    for name in ("slope_st", "final_st", "smile"):
        assert positive[name] > negative[name]
        assert high[name] == low[name]


@pytest.mark.parametrize("name", PLACES)
def test_places_hold_both_genders_and_women_speak_higher(name):
    population = PLACES[name].population
    voices = [draw_voice(population, speaker, generator(0, name, speaker)) for speaker in range(24)]
    f0_hz = {gender: [v.f0_hz for v in voices if v.gender == gender] for gender in ("female", "male")}

    assert min(len(each) for each in f0_hz.values()) >= 8
    assert np.mean(f0_hz["female"]) > 1.4 * np.mean(f0_hz["male"])
    assert len({voice.f0_hz for voice in voices}) == 24


@pytest.mark.parametrize("name", PLACES)
def test_rooms_decay_as_fast_as_they_say(name):
    """Schroeder's backward integration, from −5 to −25 dB, below 700 Hz."""
    place = PLACES[name]
    tail = impulse_response(place, 0)[round(0.01 * RATE_HZ) : round(place.rt60_s * RATE_HZ)]
    low = signal.sosfilt(signal.butter(4, 700, fs=RATE_HZ, output="sos"), tail)
    decay_db = 10 * np.log10(np.cumsum(low[::-1] ** 2)[::-1] / np.sum(low**2))
    from_5, from_25 = (np.argmax(decay_db < level) / RATE_HZ for level in (-5, -25))

    assert 3 * (from_25 - from_5) == pytest.approx(place.rt60_s, rel=0.15)


@pytest.mark.parametrize("name", PLACES)
def test_microphones_have_the_gains_they_say(name):
    hz, gain_db = np.array(PLACES[name].microphone).T
    response = np.abs(signal.freqz(microphone(PLACES[name]), worN=hz, fs=RATE_HZ)[1])

    # The lowest corner is a slope of 255 taps at 16 kHz, which cannot be steeper.
    assert 20 * np.log10(response[1:]) == pytest.approx(gain_db[1:], abs=1.0)


@pytest.mark.parametrize("name", PLACES)
def test_backgrounds_have_their_level_and_differ_by_seed(name):
    place = PLACES[name]
    bed = background(place, 0)

    assert 10 * np.log10(np.mean(bed.astype(np.float64) ** 2)) == pytest.approx(place.background_db, abs=1e-3)
    assert not np.array_equal(bed, background(place, 1))


def test_automatic_gain_takes_back_level():
    cafe = [render(plan(0, "cafe", speaker, 0)) for speaker in range(6)]
    home = [render(plan(0, "home", speaker, 0)) for speaker in range(6)]

    def spread_db(recordings):
        return np.std([20 * np.log10(samples.std()) for samples in recordings])

    assert spread_db(cafe) < 0.4 * spread_db(home)
