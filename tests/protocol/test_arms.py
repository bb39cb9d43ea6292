import pandas as pd
import pytest

from fedser.errors import ConfigError
from fedser.protocol import Arm
from fedser.protocol.arms import arms_of


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


@pytest.mark.parametrize(
    ("text", "name", "folder", "label"),
    [
        ("local:gem", "local:gem-random", "local-gem-random", "Local GEM-random"),
        ("federated:finetuning", "federated:finetuning", "federated-finetuning", "Federated Finetuning"),
    ],
)
def test_arms_of_a_federation_are_read_and_named(text, name, folder, label):
    arm = Arm.parse_shared(text)
    assert (arm.name, arm.folder, arm.label) == (name, folder, label)
    assert Arm.parse_shared(arm.name) == arm


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("gem", 'expected mode:method, for example "local:gem"'),
        ("locl:gem", 'unknown mode "locl"; did you mean "local"'),
        ("local:gem@fedavg", 'nothing is aggregated; write "local:gem"'),
        ("federated:gem@nothing", 'unknown rule "nothing"'),
        ("federated:gem@", 'unknown rule ""'),
    ],
)
def test_other_arms_of_a_federation_are_refused(text, message):
    with pytest.raises(ConfigError, match=message):
        Arm.parse_shared(text)


def test_rows_of_a_file_are_an_arms_or_anothers():
    arms = [Arm("gem", "random", "federated", rule) for rule in ("", "fedadam")] + [Arm("gem", "random", "local")]
    frame = pd.DataFrame([arm.row() | {"value": k} for k, arm in enumerate(arms)])
    assert arms_of(frame) == arms
    assert [arm.rows_of(frame)["value"].tolist() for arm in arms] == [[0], [1], [2]]
    assert Arm("gem", "random").row() == {"method": "gem", "memory": "random"}
