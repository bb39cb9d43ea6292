"""Words, how they sound, and clauses whose words lean with valence.

`'` before a vowel marks the stressed syllable; words without one are unstressed function words.
"""

import numpy as np

PRONUNCIATIONS = {
    "again": "AX G 'EH N", "and": "AX N D", "at": "AE T", "awful": "'AO F AX L", "bad": "B 'AE D",
    "beautiful": "B Y 'UW T IH F AX L", "bitter": "B 'IH T ER", "book": "B 'UH K", "bought": "B 'AO T",
    "bread": "B R 'EH D", "bright": "B R 'AY T", "broke": "B R 'OW K", "broken": "B R 'OW K AX N",
    "brought": "B R 'AO T", "by": "B AY", "car": "K 'AA R", "cold": "K 'OW L D", "cruel": "K R 'UW AX L",
    "dark": "D 'AA R K", "delightful": "D IH L 'AY T F AX L", "doctor": "D 'AA K T ER", "door": "D 'AO R",
    "enjoyed": "EH N JH 'OY D", "evening": "'IY V N IH NG", "failed": "F 'EY L D", "feared": "F 'IH R D",
    "found": "F 'AW N D", "garden": "G 'AA R D AX N", "gentle": "JH 'EH N T AX L", "good": "G 'UH D",
    "great": "G R 'EY T", "happy": "HH 'AE P IY", "hated": "HH 'EY T IH D", "he": "HH IY",
    "heard": "HH 'ER D", "horrible": "HH 'AO R AX B AX L", "house": "HH 'AW S", "hurt": "HH 'ER T",
    "i": "AY", "in": "IH N", "is": "IH Z", "it": "IH T", "kind": "K 'AY N D", "kitchen": "K 'IH CH AX N",
    "large": "L 'AA R JH", "later": "L 'EY T ER", "letter": "L 'EH T ER", "long": "L 'AO NG",
    "look": "L 'UH K", "lost": "L 'AO S T", "loved": "L 'AH V D", "lovely": "L 'AH V L IY",
    "market": "M 'AA R K AX T", "meeting": "M 'IY T IH NG", "miserable": "M 'IH Z R AX B AX L",
    "missed": "M 'IH S T", "morning": "M 'AO R N IH NG", "moved": "M 'UW V D", "music": "M Y 'UW Z IH K",
    "my": "M AY", "new": "N 'UW", "no": "N 'OW", "now": "N 'AW", "old": "'OW L D", "opened": "'OW P AX N D",
    "our": "AW R", "painful": "P 'EY N F AX L", "paper": "P 'EY P ER", "perfect": "P 'ER F AX K T",
    "phone": "F 'OW N", "plain": "P L 'EY N", "praised": "P R 'EY Z D", "really": "R 'IY L IY",
    "red": "R 'EH D", "river": "R 'IH V ER", "road": "R 'OW D", "round": "R 'AW N D", "sad": "S 'AE D",
    "saved": "S 'EY V D", "saw": "S 'AO", "school": "S K 'UW L", "she": "SH IY", "short": "SH 'AO R T",
    "small": "S M 'AO L", "so": "S 'OW", "sorry": "S 'AA R IY", "spoiled": "S P 'OY L D",
    "still": "S T 'IH L", "story": "S T 'AO R IY", "sweet": "S W 'IY T", "teacher": "T 'IY CH ER",
    "terrible": "T 'EH R AX B AX L", "thanks": "TH 'AE NG K S", "that": "DH AE T", "the": "DH AX",
    "they": "DH EY", "this": "DH IH S", "today": "T AX D 'EY", "took": "T 'UH K", "train": "T R 'EY N",
    "treasured": "T R 'EH SH ER D", "ugly": "'AH G L IY", "very": "V 'EH R IY", "warm": "W 'AO R M",
    "was": "W AX Z", "we": "W IY", "weather": "W 'EH DH ER", "well": "W 'EH L", "window": "W 'IH N D OW",
    "with": "W IH DH", "wonderful": "W 'AH N D ER F AX L", "won": "W 'AH N", "wrong": "R 'AO NG",
    "yes": "Y 'EH S", "yesterday": "Y 'EH S T ER D EY",
}  # fmt: skip
"""ARPAbet phonemes of every word of the lexicon."""

WORDS = {
    "adjective": {
        "positive": (
            "beautiful bright delightful gentle good great happy kind lovely perfect sweet warm wonderful"
        ),
        "neutral": "large long new old plain red round short small still",
        "negative": ("awful bad bitter broken cold cruel dark horrible miserable painful sad terrible ugly wrong"),
    },
    "verb": {
        "positive": "enjoyed loved praised saved treasured won",
        "neutral": "bought brought found heard moved opened saw took",
        "negative": "broke failed feared hated hurt lost missed spoiled",
    },
    "opener": {"positive": "thanks yes", "neutral": "look well", "negative": "no sorry"},
}
"""Words that carry tone, by slot and tone."""

TONELESS = {
    "noun": (
        "book bread car doctor door evening garden house kitchen letter market meeting morning music paper "
        "phone river road school story teacher train weather window"
    ),
    "subject": "i we they she he",
    "owner": "the my our this that",
    "time": "today yesterday again later now",
    "where": "in by with at",
    "very": "very really so",
}
"""Words that carry none."""

CLAUSES = (
    "subject verb owner noun",
    "owner noun was adjective",
    "subject verb owner adjective noun",
    "it was adjective where owner noun",
    "opener subject verb owner noun time",
    "time owner noun was very adjective",
    "owner adjective noun is adjective",
    "opener it is very adjective",
    "subject verb owner noun and subject verb owner adjective noun",
)
"""Clauses as slots; a word that names no slot stands for itself."""

TONE_SHARPNESS = 1.9
"""How strongly valence decides the tone of a word: the log-odds of positive to neutral at valence 1."""


def clause(valence: float, rng: np.random.Generator) -> list[str]:
    """Return the words of one clause; the tone of each slot leans with valence in [-1, 1]."""
    template = CLAUSES[rng.integers(len(CLAUSES))].split()
    return [_fill(slot, valence, rng) for slot in template]


def phonemes(word: str) -> list[tuple[str, bool]]:
    """Return the phonemes of a word of the lexicon, each with whether it carries the word's stress."""
    return [(symbol.lstrip("'"), symbol.startswith("'")) for symbol in PRONUNCIATIONS[word].split()]


def transcript(clauses: list[list[str]]) -> str:
    """Return the clauses as one written sentence."""
    text = ", ".join(" ".join("I" if word == "i" else word for word in words) for words in clauses)
    return text[0].upper() + text[1:] + "."


def _fill(slot: str, valence: float, rng: np.random.Generator) -> str:
    if slot in WORDS:
        lean = TONE_SHARPNESS * valence
        odds = np.exp([lean, 0.0, -lean])
        tone = ("positive", "neutral", "negative")[rng.choice(3, p=odds / odds.sum())]
        choices = WORDS[slot][tone].split()
    elif slot in TONELESS:
        choices = TONELESS[slot].split()
    else:
        return slot
    return choices[rng.integers(len(choices))]
