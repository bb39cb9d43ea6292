"""The model card: data, labels, metrics and limits (Mitchell et al. 2019, arXiv 1810.03993)."""

from collections.abc import Mapping

from fedser.results.record import Record
from fedser.results.renderers.markdown import escape

LIMITS = """\
- Emotion is what listeners perceived (or what category norms say, where the data section says "mapped
  labels"), not what the speaker felt.
- Scores hold for the environments listed, for held-out speakers. In another room, on another microphone, in
  another language or for other people expect less; the table shows how much less between the listed ones.
- Not for decisions about people: hiring, credit, health, policing, schooling.
- The model has seen the training speech; an attacker with the weights may learn something of it.
"""

_USE = """\
```python
from pathlib import Path
from fedser import audio, export

model = export.load(Path("."))
activation, valence = model.predict([audio.read(Path("speech.wav"))], ["what was said"])[0]
```"""


def model_card(title: str, introduction: str, sections: Mapping[str, str], record: Record) -> str:
    """Return README.md of an exported model, with the front matter that model hubs read.

    `introduction` says what the model is; `sections` are headings and texts; the limits follow them.
    """
    parts = [
        "---\nlibrary_name: fedser\ntags:\n- speech-emotion-recognition\n- continual-learning\n---",
        f"# Activation and valence, {escape(title)}",
        f"{introduction} Predicts activation and valence in [-1, 1] from speech and its transcript.",
        _USE,
        *(f"## {heading}\n\n{text}" for heading, text in sections.items()),
        f"## Limits\n\n{LIMITS}",
        f"Made with fedser {record['fedser']}, torch {record.get('torch', '?')}.",
    ]
    return "\n\n".join(part.strip() for part in parts) + "\n"
