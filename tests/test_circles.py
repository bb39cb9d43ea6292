"""No module comes to import itself again, by however many steps, inside a function or through a package."""

from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp

ROOT = Path(__file__).parents[1]
PACKAGES = ("fedser", "clients", "simulations")


def imports(*packages):
    """Return what each module imports: other modules, and the packages around these, whose code runs as well."""
    graph = grimp.build_graph(*packages, exclude_type_checking_imports=True, cache_dir=None)
    found = {}
    for module in graph.modules:
        named = graph.find_modules_directly_imported_by(module)
        around = {package for name in named for package in packages_of(name)}
        found[module] = named | {package for package in around if not f"{module}.".startswith(f"{package}.")}
    return found


def packages_of(module):
    """Return the packages that a module lies in, outermost first."""
    parts = module.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts))]


def circle_in(graph):
    """Return one circle as its modules in order, or None."""
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        return error.args[1]
    return None


def test_no_circle():
    assert circle_in(imports(*PACKAGES)) is None


def test_circles_are_found(tmp_path, monkeypatch):
    """Directly, inside a function, and through the package that a module lies in."""
    files = {
        "direct": {"a": "import direct.b", "b": "import direct.c", "c": "import direct.a"},
        "hidden": {"a": "import hidden.b", "b": "def late():\n    import hidden.a"},
        "around": {"__init__": "import around.part.a", "part/__init__": "import other", "part/a": ""},
        "other": {"__init__": "import around.part.a"},
        "fine": {
            "__init__": "import fine.a",
            "a": "import fine.b\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import fine.c",
            "b": "",
            "c": "import fine.a",
        },
    }
    for package, modules in files.items():
        for name, text in ({"__init__": ""} | modules).items():
            path = tmp_path / package / f"{name}.py"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
    monkeypatch.syspath_prepend(tmp_path)
    assert set(circle_in(imports("direct"))) == {"direct.a", "direct.b", "direct.c"}
    assert set(circle_in(imports("hidden"))) == {"hidden.a", "hidden.b"}
    assert set(circle_in(imports("around", "other"))) >= {"around.part", "other"}  # through "around" or past it
    assert circle_in(imports("fine")) is None
