import pytest
from pydantic import Field

from fedser import plugins
from fedser.config import Experiment, Section, load
from fedser.errors import ConfigError
from fedser.mobility import Mobility
from fedser.strategies import Strategy


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


class WithMethods(Experiment):
    groups = ("strategies",)
    used: list[str] = Field([])

    def used_extensions(self):
        return {"strategies": self.used}


def read_experiment(tmp_path, text, *overrides):
    path = tmp_path / "e.toml"
    path.write_text(text)
    return load(path, WithMethods, overrides)


def test_an_extension_s_section_is_its_name(tmp_path):
    config = read_experiment(tmp_path, "[gem]\nmargin = 0.25\n", "gem.eps=0.1")
    assert (config.section("gem").margin, config.section("gem").eps) == (0.25, 0.1)
    assert config.model_dump() == {
        "plugins": {"modules": []},
        "used": [],
        "gem": {"margin": 0.25, "eps": 0.1, "memory_mode": "train"},
    }
    assert WithMethods.read(config.model_dump(), "again") == config
    assert config.model_dump(exclude_unset=True) == {"gem": {"margin": 0.25, "eps": 0.1}}


def test_an_extension_cannot_take_the_section_of_something_else(tmp_path, monkeypatch):
    class Used(Strategy):
        name = "used"
        much: int = 1

    class Margin(Mobility):
        name = "gem"
        margin: float = 0.5

    known = {group: dict(things) for group, things in plugins._registered.items()}
    monkeypatch.setattr(plugins, "_registered", known)
    known["strategies"]["used"] = plugins._Registered(Used, __name__, "Used")
    with pytest.raises(ConfigError, match=r"^.*e.toml: \[used\] is a section of its own; register the extension"):
        read_experiment(tmp_path, "")
    del known["strategies"]["used"]
    known["mobility"]["gem"] = plugins._Registered(Margin, __name__, "Margin")
    monkeypatch.setattr(WithMethods, "groups", ("strategies", "mobility"))
    with pytest.raises(ConfigError, match=r"^\[gem\] would be the section of two extensions, Gem and .*Margin"):
        read_experiment(tmp_path, "")


def test_what_is_used_has_a_section_even_where_the_file_has_none(tmp_path):
    config = read_experiment(tmp_path, 'used = ["gem", "exper"]\n')
    assert config.model_dump()["gem"]["margin"] == 0.5
    assert config.section("gem") == config.extensions["gem"]
    assert config.section("exper") is None  # it has no options
    assert read_experiment(tmp_path, "").model_dump() == {"plugins": {"modules": []}, "used": []}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[gem]\nmargn = 1.0", r'^.*e.toml \[gem\]: unknown key "margn"; did you mean "margin"\?$'),
        ("[gem]\nmargin = -1.0", r"e.toml \[gem\]: margin should be greater than or equal to 0, got -1.0$"),
        ("gem = 3", r"e.toml: gem is a section, \[gem\], got 3$"),
        ("[gme]\nmargin = 1.0", r'e.toml: unknown key "gme"; did you mean "gem"\?$'),
        ("[exper]\nx = 1", r'e.toml: unknown key "exper"'),
        ("[extensions]\nx = 1", r'e.toml: unknown key "extensions"'),
        ('[plugins]\nmodule = ["x"]', r'\[plugins\]: unknown key "module"; did you mean "modules"\?$'),
        (
            '[plugins]\nmodules = ["nothing_here"]',
            r'no module "nothing_here" in .*, nor installed$',
        ),
    ],
)
def test_one_line_says_what_is_wrong_with_an_extension_s_section(tmp_path, text, message):
    with pytest.raises(ConfigError, match=message) as error:
        read_experiment(tmp_path, text)
    assert "\n" not in str(error.value)
