"""Plain values: read, changed and merged, without touching what they came from."""

import pytest

from fedser.errors import ConfigError
from fedser.values import changed, merged, read_values, spelt


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
        (["seeds.count=3"], "^--set seeds.count=3: seeds is not a section; expected section.key=value$"),
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
        ("bytes.toml", r"not text in UTF-8 \(line 1 has the byte 0xff\); save it as UTF-8"),
    ):
        with pytest.raises(ConfigError, match=said):
            read_values(tmp_path / name)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_values(tmp_path)


TOML = 'seeds = 2\n[[environments]]\nname = "café"\n'


def test_a_byte_order_mark_changes_nothing(tmp_path):
    (tmp_path / "plain.toml").write_bytes(TOML.encode())
    (tmp_path / "marked.toml").write_bytes(b"\xef\xbb\xbf" + TOML.replace("\n", "\r\n").encode())

    assert read_values(tmp_path / "marked.toml") == read_values(tmp_path / "plain.toml")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (TOML.encode("utf-16"), "is text in UTF-16; save it as UTF-8$"),
        (b"seeds = " + b"9" * 5000, "not valid TOML: .*digits"),
        (b"a = " + b"[" * 3000 + b"]" * 3000, "nested too deeply$"),
        (b"a = " + b"{a=" * 3000 + b"1" + b"}" * 3000, "nested too deeply$"),
        (b".".join([b"a"] * 3000) + b" = 1", "nested more than 16 deep"),
        (b"[" + b".".join([b"a"] * 3000) + b"]", "nested more than 16 deep"),
    ],
)
def test_extremes_are_one_line(tmp_path, content, said):
    (tmp_path / "c.toml").write_bytes(content)

    with pytest.raises(ConfigError, match=said) as caught:
        read_values(tmp_path / "c.toml")
    assert "\n" not in str(caught.value)


def test_paths_that_lead_nowhere_are_one_line(tmp_path):
    (tmp_path / "loop.toml").symlink_to("loop.toml")
    for path in (tmp_path / "loop.toml", tmp_path / ("x" * 5000), tmp_path / "a\0.toml"):
        with pytest.raises(ConfigError):
            read_values(path)


@pytest.mark.parametrize(
    "change", ["a=" + "9" * 5000, "a=" + "[" * 3000 + "]" * 3000, ".".join("a" * 3000) + "=1"]
)
def test_extreme_changes_are_one_line(change):
    with pytest.raises(ConfigError) as caught:
        changed({}, [change])
    assert len(str(caught.value)) < 300


def test_what_looks_the_same_is_spelt_the_same():
    assert spelt({"cafe\u0301": ["cafe\u0301", 2]}, "x") == {"caf\u00e9": ["caf\u00e9", 2]}


@pytest.mark.parametrize("value", ["fi\nrst\x1b[31m", 2**53 + 1, -(10**300)])
def test_what_no_option_can_be(value):
    with pytest.raises(ConfigError, match=r"^c.toml: places\.name (holds control characters|is a number beyond)"):
        spelt({"places": [{"name": value}]}, "c.toml")


@pytest.mark.parametrize("value", [1e39, -1e300])
def test_numbers_beyond_those_of_a_model_are_refused(value):
    with pytest.raises(ConfigError, match=r"c.toml: gem\.margin is a number beyond ±3e\+38"):
        spelt({"gem": {"margin": value}}, "c.toml")
