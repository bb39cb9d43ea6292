import os
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedser.features.ngrams import NGrams, ngrams

ENCODER = NGrams()
WORDS = st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=9), min_size=1, max_size=6)


def cosine(one, other):
    first, second = ENCODER.encode([one, other]).astype(np.float64)
    return first @ second


def test_the_ngrams_of_a_word_worked_out_by_hand():
    assert sorted(ngrams("Door?")) == sorted(
        [" do", "doo", "oor", "or ", " doo", "door", "oor ", " door", "door "]
    )
    assert list(ngrams("a b")) == [" a ", " b "]
    assert list(ngrams(" \n?!… ")) == []


def test_the_vector_worked_out_by_hand():
    """Three n-grams of one word, twice: each weighs 1 + ln 2 before the length becomes 1."""
    from hashlib import blake2b

    expected = np.zeros(512)
    for ngram in (" no", "no ", " no "):
        number = int.from_bytes(blake2b(ngram.encode(), digest_size=8).digest(), "little")
        expected[number % 512] += 1 if number >= 2**63 else -1
    for text in ("no", "No, no!"):
        np.testing.assert_allclose(ENCODER.encode([text])[0], expected / np.linalg.norm(expected), rtol=1e-6)


def test_counts_are_logarithmic():
    """In "no no no yes", the n-grams of "no" weigh 1 + ln 3 against 1 for those of "yes"."""
    no, yes, both = ENCODER.encode(["no", "yes", "no no no yes"]).astype(np.float64)
    n_no, n_yes = np.sqrt(3.0), np.sqrt(6.0)  # lengths before normalisation, no collisions in these
    expected = (1 + np.log(3)) * n_no * no + n_yes * yes
    np.testing.assert_allclose(both, expected / np.linalg.norm(expected), atol=1e-6)


@given(WORDS)
def test_length_is_one(words):
    assert np.linalg.norm(ENCODER.encode([" ".join(words)])[0].astype(np.float64)) == pytest.approx(1, abs=1e-6)


@given(WORDS, st.randoms(use_true_random=False))
def test_order_case_and_punctuation_do_not_matter(words, random):
    ascii_words = [word for word in words if word.isascii()]
    shuffled = random.sample(ascii_words, len(ascii_words))
    one, other = ENCODER.encode([" ".join(ascii_words), "… ".join(shuffled).upper() + "!"])
    np.testing.assert_allclose(one, other, atol=1e-6)


@given(st.lists(st.text(max_size=30), max_size=5))
def test_batched_equals_single(transcripts):
    together = ENCODER.encode(transcripts)
    assert together.shape == (len(transcripts), 512)
    for vector, transcript in zip(together, transcripts, strict=True):
        np.testing.assert_array_equal(vector, ENCODER.encode([transcript])[0])


@pytest.mark.parametrize("empty", ["", "  \t", "?! — _"])
def test_without_a_word_all_is_zero(empty):
    np.testing.assert_array_equal(ENCODER.encode([empty]), np.zeros((1, 512), dtype=np.float32))


@pytest.mark.parametrize(
    ("word", "kin", "stranger"),
    [
        ("talking", "talked", "door"),
        ("happiness", "happy", "anger"),
        ("krzyczała", "krzyczał", "spokojnie"),
        ("행복해요", "행복하다", "지하철역"),
        ("kids are talking by the door", "kids were talking at the door", "I cannot stand this any longer"),
    ],
)
def test_similar_words_are_closer_than_different_ones(word, kin, stranger):
    assert cosine(word, kin) > cosine(word, stranger) + 0.1


@given(st.text("abcdefghijklm", min_size=6, max_size=12), st.text("nopqrstuvwxyz", min_size=6, max_size=12))
def test_one_more_letter_is_closer_than_a_word_of_other_letters(word, other):
    assert cosine(word, word + "s") > cosine(word, other)


def test_the_same_in_another_process():
    text = "Kids are talking by the door, żółw, 행복!"
    program = (
        "import sys; from fedser.features.ngrams import NGrams\n"
        f"sys.stdout.buffer.write(NGrams().encode([{text!r}]).tobytes())"
    )
    environment = os.environ | {"PYTHONHASHSEED": "1"}  # this process has one of its own
    result = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True, check=True)
    assert result.stdout == ENCODER.encode([text]).tobytes()
