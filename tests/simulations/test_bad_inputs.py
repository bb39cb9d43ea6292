"""Every bad input that is found before training: exit code 2 and one helpful line, without a traceback."""

import pytest

from simulations.kinds import release_model
from simulations.model_choice import ModelChoice
from tests.bad_inputs import CASES
from tests.bad_inputs.case import Ground
from tests.bad_inputs.world import write_configs

PROGRESS = ("corpora:", "environments:", "logmel of", "training:", "rounds:", "attacks:", "acoustics:", "server:")


@pytest.fixture(scope="session")
def ground(tmp_path_factory, tiny, reference):
    folder = tmp_path_factory.mktemp("bad")
    write_configs(folder)
    release_model(reference, ModelChoice("exper", 0)).write(folder / "model")
    return Ground(folder, tiny.data, reference, folder / "model", folder)


@pytest.mark.parametrize("case", [case for case in CASES if not case.trains], ids=lambda case: case.name)
def test_a_bad_input_is_one_helpful_line(case, ground, fedser, tmp_path):
    own = Ground(ground.configs, ground.data, ground.run, ground.model, tmp_path)

    code, _, err = fedser(*case.arguments(own))

    said = [line for line in err.splitlines() if not line.startswith(PROGRESS)]
    assert code == case.code
    assert len(said) == 1
    assert said[0].startswith("fedser: ")
    assert said[0].isprintable()
    assert len(said[0]) < 3000
    for part in case.said:
        assert part in said[0]


def test_what_is_somebody_elses_is_left_as_it_was(ground, fedser, tmp_path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    contents = {
        "README.md": b"my own notes\n",
        "config.json": b'{"model_type": "wav2vec2"}',
        "model.safetensors": b"x",
    }
    for name, content in contents.items():
        (theirs / name).write_bytes(content)

    code, _, err = fedser("export", ground.run, theirs, "--arm", "exper")

    assert (code, err.count("\n")) == (2, 1)
    assert {path.name: path.read_bytes() for path in theirs.iterdir()} == contents
