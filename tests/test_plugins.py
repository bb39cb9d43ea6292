"""Extensions from modules and packages: found by name in every way, refused in one line where they cannot be."""

import sys
from importlib.metadata import EntryPoint, version
from typing import ClassVar

import pytest

import fedser
from fedser import plugins
from fedser.config import Section
from fedser.errors import ConfigError
from fedser.plugins import Registry, register
from fedser.strategies import STRATEGIES, Strategy

pytestmark = pytest.mark.usefixtures("plugins_as_before")

MODULE = """
import fedser

@fedser.register
class Mine(fedser.Strategy):
    name = "mine"
    title = "Mine"
    does = "is mine."
"""


def test_a_module_beside_the_configuration_is_found_and_says_where_it_is_from(tmp_path):
    (tmp_path / "my_module.py").write_text(MODULE)
    plugins.look_in(tmp_path)
    plugins.load_modules(["my_module"])
    assert STRATEGIES["mine"].title == "Mine"
    assert "mine" in list(STRATEGIES)
    origin = STRATEGIES.origin("mine")
    assert (origin.source, len(origin.version)) == ("my_module", 12)
    (tmp_path / "my_module.py").write_text(MODULE + "\n# changed\n")
    assert STRATEGIES.origin("mine").version != origin.version
    assert STRATEGIES.origin("gem") == plugins.Origin("strategies", "gem", "fedser", version("fedser"))


def test_a_module_that_has_changed_is_imported_anew_between_runs_only(tmp_path):
    file = tmp_path / "my_changing.py"
    file.write_text(MODULE)
    plugins.look_in(tmp_path)
    plugins.load_modules(["my_changing"])
    file.write_text(MODULE.replace('"Mine"', '"Mine, better"'))
    plugins.load_modules(["my_changing"])
    assert STRATEGIES["mine"].title == "Mine"
    plugins.forget_changed_modules()
    plugins.load_modules(["my_changing"])
    assert STRATEGIES["mine"].title == "Mine, better"
    kept = sys.modules["my_changing"]
    plugins.forget_changed_modules()
    assert sys.modules["my_changing"] is kept


@pytest.mark.parametrize(
    ("text", "name", "message"),
    [
        (None, "no_such_module", r'^\[plugins\] modules: no module "no_such_module" in .*, nor installed$'),
        (None, "my-module", r'^\[plugins\] modules: "my-module" is not the name of a module'),
        ("import nothing_there", "broken_a", r'importing "broken_a" failed: ModuleNotFoundError: .*nothing_there'),
        ("x = 1 / 0", "broken_b", r"failed: ZeroDivisionError: division by zero \(broken_b.py, line 1\)$"),
        ("def f(:", "broken_c", r'importing "broken_c" failed: SyntaxError'),
        (MODULE.replace('"mine"', '"gem"'), "broken_d", r'the name "gem" of broken_d.Mine is taken by fedser$'),
        (
            MODULE.replace('"mine"', '"My_Method"'),
            "broken_e",
            r"a name of small letters, .* got 'My_Method'",
        ),
        ("import fedser\nfedser.register(dict)", "broken_f", r"^register: dict extends nothing of fedser"),
    ],
)
def test_a_module_that_cannot_be_had_is_one_line(tmp_path, text, name, message):
    if text is not None:
        (tmp_path / f"{name}.py").write_text(text)
    plugins.look_in(tmp_path)
    with pytest.raises(ConfigError, match=message) as error:
        plugins.load_modules([name])
    assert "\n" not in str(error.value)
    assert STRATEGIES["gem"].title == "GEM"


def of_name(name):
    return type("Mine", (Strategy,), {"name": name, "title": "Mine", "does": "is mine.", "__module__": __name__})


def test_a_class_defined_anew_takes_the_place_of_the_old_one_and_another_does_not():
    register(of_name("again"))
    second = register(of_name("again"))
    assert STRATEGIES["again"] is second

    class Other(Strategy):
        name: ClassVar[str] = "again"
        title: ClassVar[str] = "Other"
        does: ClassVar[str] = "is another."

    with pytest.raises(ConfigError, match=r'"again" of .*Other is taken by tests.test_plugins.Mine'):
        register(Other)
    assert STRATEGIES["again"] is second


class Installed(Strategy):
    name: ClassVar[str] = "installed"
    title: ClassVar[str] = "Installed"
    does: ClassVar[str] = "comes in a package."


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("tests.test_plugins:Installed", None),
        ("tests.test_plugins:of_name", r"which is no extension of that group and name"),
        ("tests.no_such_module:Installed", r'announces "installed" \(strategies\), but ModuleNotFoundError'),
    ],
)
def test_entry_points_of_installed_packages(monkeypatch, value, message):
    found = {"installed": EntryPoint("installed", value, "fedser.strategies")}
    monkeypatch.setattr(plugins, "_installed", lambda group: found if group == "strategies" else {})
    plugins._loaded.cache_clear()
    assert "installed" in STRATEGIES
    if message is None:
        assert STRATEGIES["installed"].__qualname__ == "Installed"
    else:
        with pytest.raises(ConfigError, match=message):
            STRATEGIES["installed"]
    plugins._loaded.cache_clear()


def test_a_registry_imports_its_own_when_asked(monkeypatch):
    monkeypatch.setattr(plugins, "_registries", dict(plugins._registries))
    registry = Registry("metrics", "metric", {"section": "fedser.config:Section"})
    assert (registry["section"], list(registry), len(registry)) == (Section, ["section"], 1)
    with pytest.raises(ConfigError, match=r'^here: unknown metric "sektion"; did you mean "section"\?$'):
        registry.find("sektion", "here")
    with pytest.raises(KeyError):
        registry["sektion"]


def test_the_face_of_the_package():
    assert fedser.register is register
    assert fedser.Strategy is Strategy
    with pytest.raises(AttributeError, match="has no attribute 'strategy'"):
        _ = fedser.strategy
