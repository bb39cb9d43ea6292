"""Plain values: read, changed and merged, without touching what they came from."""

import pytest

from fedser.errors import ConfigError
from fedser.values import changed, merged, read_values


def test_the_upper_wins_key_by_key_and_inputs_stay():
    below, above = {"memory": {"capacity": 8, "identity": "known"}, "rounds": 3}, {"memory": {"capacity": 2}}
    assert merged(below, above) == {"memory": {"capacity": 2, "identity": "known"}, "rounds": 3}
    assert below["memory"]["capacity"] == 8
    assert merged({"arms": ["a"]}, {"arms": ["b"]}) == {"arms": ["b"]}


def test_changes_of_the_command_line_replace_and_read_toml():
    values = {"memory": {"capacity": 8}, "arms": ["a"]}
    new = changed(values, ['arms=["b", "c"]', "memory.identity=unknown", "model.width=4", "memory.on = true"])
    assert new == {
        "memory": {"capacity": 8, "identity": "unknown", "on": True},
        "arms": ["b", "c"],
        "model": {"width": 4},
    }
    assert changed(values, ["memory={outer_share = 0.5}"])["memory"] == {"outer_share": 0.5}
    assert values == {"memory": {"capacity": 8}, "arms": ["a"]}


def test_a_mapping_is_merged_and_shares_nothing_with_the_result():
    arms = ["b"]
    new = changed({"memory": {"capacity": 8}}, {"memory": {"outer_share": 0.5}, "arms": arms, "a.b.c": 1})
    assert new == {"memory": {"capacity": 8, "outer_share": 0.5}, "arms": ["b"], "a": {"b": {"c": 1}}}
    arms.append("c")
    assert new["arms"] == ["b"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        (["memory.capacity"], r'^--set memory.capacity: expected section.key=value, for example "'),
        (["=3"], "expected section.key=value"),
        (["seeds.count=3"], "^--set seeds.count=3: seeds is not a section$"),
        ("seeds=3", r'^changes: expected a list or a mapping, got "seeds=3"; write \["seeds=3"\]$'),
    ],
)
def test_a_change_that_cannot_be_made(changes, said):
    with pytest.raises(ConfigError, match=said):
        changed({"seeds": 1}, changes)


def test_a_file_that_cannot_be_read(tmp_path):
    (tmp_path / "broken.toml").write_text("seeds = ")
    (tmp_path / "bytes.toml").write_bytes(b"\xff")
    for name, said in (
        ("gone.toml", "no such"),
        ("broken.toml", "not valid TOML"),
        ("bytes.toml", "cannot be read"),
    ):
        with pytest.raises(ConfigError, match=said):
            read_values(tmp_path / name)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_values(tmp_path)
