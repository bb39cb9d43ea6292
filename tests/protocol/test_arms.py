import pytest

from fedser.errors import ConfigError
from fedser.protocol import Arm


@pytest.mark.parametrize(
    ("text", "method", "memory", "name", "label"),
    [
        ("finetuning", "finetuning", "none", "finetuning", "Finetuning"),
        ("exper", "exper", "random", "exper-random", "ExpeR-random"),
        ("gem-length", "gem", "length", "gem-length", "GEM-length"),
        ("joint", "joint", "none", "joint", "Joint"),
    ],
)
def test_arms_are_read_and_named(text, method, memory, name, label):
    arm = Arm.parse(text)
    assert (arm.method, arm.memory, arm.name, arm.label) == (method, memory, name, label)
    assert Arm.parse(arm.name) == arm


@pytest.mark.parametrize("text", ["", "gme", "gem-", "gem-lenght", "finetuning-random", "joint-speaker", "GEM"])
def test_other_texts_are_refused(text):
    with pytest.raises(ConfigError, match="arms"):
        Arm.parse(text)
