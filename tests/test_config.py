import pytest
from pydantic import Field

from fedser.config import Section, load
from fedser.errors import ConfigError


class Inner(Section):
    capacity: int = Field(9, ge=1)
    kind: str = "ring"


class Item(Section):
    name: str


class Outer(Section):
    seeds: int = 1
    inner: Inner = Inner()
    items: list[Item] = Field([])


def read(tmp_path, text, *overrides):
    path = tmp_path / "c.toml"
    path.write_text(text)
    return load(path, Outer, overrides)


def test_values_defaults_and_overrides(tmp_path):
    config = read(tmp_path, '[inner]\nkind = "x"\n', "seeds=3", "inner.capacity=4", "inner.kind=plain word")
    assert config == Outer(seeds=3, inner=Inner(capacity=4, kind="plain word"))


@pytest.mark.parametrize(
    ("text", "overrides", "message"),
    [
        ("sedes = 2", [], r'c.toml: unknown key "sedes"; did you mean "seeds"\?'),
        ("[inner]\ncapcity = 2", [], r'c.toml \[inner\]: unknown key "capcity"; did you mean "capacity"\?'),
        (
            "[[items]]\nnam = 'a'",
            [],
            r'\[items.0\]: (the key "name" is missing|unknown key "nam"; did you mean "name")',
        ),
        ("[inner]\ncapacity = 0", [], r"\[inner\]: capacity .*greater than or equal to 1, got 0"),
        ("seeds = 1.0", [], "seeds should be a valid integer, got 1.0"),
        ("seeds = true", [], "seeds should be a valid integer, got True"),
        ("", ["inner.size=2"], 'unknown key "size"'),
        ("", ["seeds.deep=2"], "seeds"),
        ("", ["inner"], "section.key=value"),
        ("", ["=2"], "section.key=value"),
        ("seeds = [", [], "not valid TOML"),
    ],
)
def test_one_line_says_what_is_wrong(tmp_path, text, overrides, message):
    with pytest.raises(ConfigError, match=message) as error:
        read(tmp_path, text, *overrides)
    assert "\n" not in str(error.value)


def test_sections_are_frozen():
    with pytest.raises(ValueError, match="frozen"):
        Inner().capacity = 3  # type: ignore[misc]
