"""Every module can be imported where the system has no POSIX modules, as on Windows, and without the extras."""

import json
import subprocess
import sys
from pathlib import Path

from tests.test_import_effects import imported_from_others

ROOT = Path(__file__).parents[1]

POSIX_ONLY = ("fcntl", "resource", "pwd", "grp", "termios", "tty", "pty", "syslog", "readline", "curses")
"""Modules of Python that Windows lacks. `posix` itself is what Python starts with here."""
EXTRAS = ("ray", "dp_accounting", "opensmile", "audformat")
POSIX_NAMES = {
    "os": ("fork", "getuid", "getgid", "killpg", "setsid", "posix_fallocate", "sched_getaffinity", "mkfifo"),
    "signal": ("SIGKILL", "SIGHUP", "SIGALRM", "SIGUSR1", "alarm", "setitimer"),
}

PROGRAM = f"""
import importlib, importlib.abc, json, os, pkgutil, signal, sys

class Absent(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in {POSIX_ONLY + EXTRAS!r}:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)

for module, name in json.load(sys.stdin):  # what our dependencies need of the system is theirs to guard
    if module.split(".")[0] not in {EXTRAS!r} and not hasattr(importlib.import_module(module), name):
        importlib.import_module(f"{{module}}.{{name}}")
for name in {POSIX_ONLY!r}:
    sys.modules.pop(name, None)
assert not any(name.split(".")[0] in {EXTRAS!r} for name in sys.modules), "a dependency needs an extra"
sys.meta_path.insert(0, Absent())
for module, names in {POSIX_NAMES!r}.items():
    for name in names:
        if hasattr(sys.modules[module], name):
            delattr(sys.modules[module], name)
count = 0
for package in ("fedser", "clients", "simulations"):
    for module in pkgutil.walk_packages(importlib.import_module(package).__path__, package + "."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
            count += 1
print(count)
"""


def test_all_modules_are_imported_without_posix_and_extras():
    theirs = json.dumps([each for each in imported_from_others() if each[0] not in POSIX_ONLY])
    command = [sys.executable, "-c", PROGRAM]
    ended = subprocess.run(command, cwd=ROOT, input=theirs, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr
    assert int(ended.stdout) > 300
