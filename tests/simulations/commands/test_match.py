"""What --match changes."""

import pytest

from fedser.errors import ConfigError
from simulations.commands.options import matching

BOTH = ("utterances", "bytes", "epochs", "steps")


def test_each_measure_stands_in_its_section():
    assert matching(["bytes", "steps"], BOTH) == ["memory.match=bytes", "training.match=steps"]
    assert matching(None, BOTH) == []


def test_an_unknown_measure_is_one_line():
    with pytest.raises(ConfigError, match=r"^--match 'bytes': expected epochs or steps$"):
        matching(["bytes"], ("epochs", "steps"))
