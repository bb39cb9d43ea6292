"""One word for one thing, files of one idea, and names that say which."""

import ast
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("fedser", "clients", "simulations")
LONGEST = 300
TELLS_NOTHING = {
    *("util", "utils", "helper", "helpers", "common", "base", "misc", "tool", "tools", "stuff", "shared"),
    *("core", "general", "generic", "lib", "manager", "managers", "handler", "handlers", "functions", "types"),
}


def files():
    return sorted(file for package in PACKAGES for file in (ROOT / package).rglob("*.py"))


def named(file):
    return str(file.relative_to(ROOT))


def types_of(text):
    """The public classes of a file, nested ones too, and its names for other types."""
    tree = ast.parse(text)
    found = {node.name for node in ast.walk(tree) if isinstance(node, ast.ClassDef)}
    for node in tree.body:
        if isinstance(node, ast.Assign) and not isinstance(node.value, ast.Call):  # a type variable has no meaning
            found |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return {name for name in found if name[0].isupper() and not name.isupper()}


def repeated(texts):
    """Return the public names of types that more than one of these files defines, and which do."""
    where = defaultdict(set)
    for name, text in texts.items():
        for each in types_of(text):
            where[each].add(name)
    return {each: sorted(names) for each, names in where.items() if len(names) > 1}


TO_BE_RENAMED = {"Row"}


def test_a_type_has_a_name_of_its_own():
    found = repeated({named(file): file.read_text() for file in files()})
    assert {name: where for name, where in found.items() if name not in TO_BE_RENAMED} == {}


def test_a_repeated_name_is_found():
    texts = {
        "a": "class Ab: ...\nclass Bc: ...\nclass _P: ...\nTable = dict[str, int]\nLIMIT = 1\nT = TypeVar('T')",
        "b": "class Outer:\n    class Ab: ...\nLIMIT = 2\nT = TypeVar('T')",
        "c": "class _P: ...\nclass Table: ...",
    }
    assert repeated(texts) == {"Ab": ["a", "b"], "Table": ["a", "c"]}


def test_no_file_is_longer_than_one_idea():
    long = {named(file): lines for file in files() if (lines := len(file.read_text().splitlines())) > LONGEST}
    assert long == {}


def test_modules_are_named_for_what_is_in_them():
    words = {named(file): set(file.stem.split("_")) | set(file.parent.name.split("_")) for file in files()}
    assert {name: found for name, parts in words.items() if (found := parts & TELLS_NOTHING)} == {}
