"""Memories that cannot be sampled, found before the run; on one device and on many."""

import numpy as np
import pytest

from fedser.errors import ConfigError
from fedser.protocol import Arm
from simulations.memory_checks import check_device_memories, check_memory
from tests.device.small_world import make_world

ARMS = [Arm.parse(text) for text in ("finetuning", "exper-gender", "gem-speaker", "gem-gender", "exper-length")]


def columns(gender, speaker):
    return {"gender": np.array(gender), "speaker": np.array(speaker)}


def test_what_is_needed_is_known():
    check_memory(ARMS, "home", columns(["", "female"], ["", "a"]))
    check_memory(ARMS[:1], "home", columns(["", ""], ["", ""]))


@pytest.mark.parametrize(
    ("known", "message"),
    [
        (columns(["", ""], ["a", "b"]), "home knows no gender, .* leave out exper-gender, gem-gender$"),
        (columns(["male", ""], ["", ""]), "home knows no speaker, .* leave out gem-speaker$"),
    ],
)
def test_what_is_needed_is_unknown(known, message):
    with pytest.raises(ConfigError, match=f"^arms: environment {message}"):
        check_memory(ARMS, "home", known)


@pytest.mark.parametrize("owner", ["speaker", "mixed"])
@pytest.mark.parametrize(("column", "arms"), [("gender", "exper-gender, gem-gender"), ("speaker", "gem-speaker")])
def test_every_device_needs_what_its_memory_is_sampled_by(tmp_path, owner, column, arms):
    world = make_world(tmp_path, seed=1, devices=5, owner=owner)
    check_device_memories(ARMS, world)
    cells = getattr(world.conditions[1].candidates, column)
    cells[world.owned(1)[3]] = ""
    with pytest.raises(
        ConfigError, match=f"^arms: in environment office no {column} is known of .* of 1 of 5 "
    ) as e:
        check_device_memories(ARMS, world)
    assert f"(seed 1, device 3 the first), so memory by {column} is impossible for them; leave out {arms}" in str(
        e.value
    )
    check_device_memories(ARMS[:1], world)
    cells[:] = ""
    with pytest.raises(ConfigError, match=f"^arms: environment office knows no {column}"):
        check_device_memories(ARMS, world)
