"""Another `clients`, `simulations` or `fedser` found first on the path: one line that says which file."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from fedser import own_packages
from fedser.errors import ForeignPackageError

ROOT = Path(__file__).parents[1]


def start(arguments, folder, path):
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))}
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(params=["module", "package"])
def foreign(request, tmp_path):
    """Make somebody else's module or package and return its file."""

    def make(name):
        file = tmp_path / (f"{name}.py" if request.param == "module" else f"{name}/__init__.py")
        file.parent.mkdir(exist_ok=True)
        file.write_text("raise SystemExit('it was run')\n")
        return file

    return make


@pytest.mark.parametrize("name", ["fedser", "clients", "simulations"])
def test_the_command_names_the_file(foreign, tmp_path, name):
    file = foreign(name)
    command = [
        "-c",
        f"import sys; sys.path.append({str(ROOT)!r}); from fedser_command import main; main()",
        "--version",
    ]
    ended = start(command, tmp_path, [tmp_path, ROOT])
    assert ended.returncode == 2
    assert ended.stdout == ""
    assert ended.stderr.count("\n") == 1
    assert ended.stderr.startswith(f"fedser: {file}: is in the way of fedser's own package")


@pytest.mark.parametrize("command", [["-m", "fedser", "--version"], ["-c", "import fedser; fedser.run"]])
@pytest.mark.parametrize("name", ["clients", "simulations"])
def test_so_do_the_module_and_the_library_in_a_folder_that_has_it(foreign, tmp_path, name, command):
    file = foreign(name)
    ended = start(command, tmp_path, [ROOT])
    last = ended.stderr.splitlines()[-1]
    assert f'{file}: is in the way of fedser\'s own package "{name}"' in last
    assert ended.returncode == (2 if command[0] == "-m" else 1)
    assert "it was run" not in ended.stderr


def test_a_plain_folder_of_the_name_is_in_nobodys_way(tmp_path):
    for name in ("clients", "simulations", "fedser"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "notes.txt").write_text("")
    ended = start(["-m", "fedser", "--version"], tmp_path, [tmp_path, ROOT])
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.startswith("fedser ")


def test_what_a_process_elsewhere_would_find(foreign, tmp_path):
    environment = dict(os.environ)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    own_packages.check_in(environment | {"PYTHONPATH": str(ROOT)}, elsewhere)
    file = foreign("clients")
    with pytest.raises(ForeignPackageError, match="is in the way") as error:
        own_packages.check_in(environment | {"PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])}, elsewhere)
    assert str(file) in str(error.value)


def test_what_was_imported_already_counts(monkeypatch):
    own_packages.check()
    monkeypatch.setitem(sys.modules, "clients", type(sys)("clients"))
    with pytest.raises(ForeignPackageError, match='<clients>: is in the way of fedser\'s own package "clients"'):
        own_packages.check()


def test_flowers_processes_are_asked_before_any_is_started(foreign, tmp_path, monkeypatch):
    from simulations.engines.flower.home import flower_home

    file = foreign("simulations")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), str(ROOT)]))
    with pytest.raises(ForeignPackageError, match="is in the way") as error, flower_home():
        pass
    assert str(file) in str(error.value)
