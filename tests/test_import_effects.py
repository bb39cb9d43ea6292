"""Importing is without effect: a notebook that names a module of ours computes, logs and ends as it did before."""

import ast
import importlib.util
import json
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("fedser", "clients", "simulations")

IMPORT_ALL = """
import gc, importlib, json, logging, os, pkgutil, signal, sys, warnings

PACKAGES = ("fedser", "clients", "simulations")
LOGGERS = ("flwr", "ray", "torch", "transformers", "huggingface_hub", "matplotlib", "urllib3", "asyncio", "grpc")


def import_ours():
    for package in PACKAGES:
        found = importlib.import_module(package)
        for module in pkgutil.walk_packages(found.__path__, package + "."):
            importlib.import_module(module.name)


def state():
    import numpy, torch
    from threadpoolctl import threadpool_info
    loggers = {name: logging.getLogger(name) for name in LOGGERS}
    loggers = {name: (one.level, one.disabled, len(one.handlers)) for name, one in loggers.items()}
    return {
        "environment": dict(os.environ),
        "logging": [logging.root.level, len(logging.root.handlers), logging.root.manager.disable, loggers],
        "torch": [torch.get_num_threads(), torch.get_num_interop_threads(), torch.is_grad_enabled(),
                  str(torch.get_default_dtype()), torch.are_deterministic_algorithms_enabled(),
                  torch.random.initial_seed()],
        "threads": sorted([pool["filepath"], pool["num_threads"]] for pool in threadpool_info()),
        "numpy": [numpy.geterr(), repr(numpy.random.get_state()[1][:4])],
        "garbage": [gc.get_freeze_count(), gc.isenabled(), gc.get_threshold()],
        "warnings": [str(one) for one in warnings.filters],
        "signals": [str(signal.getsignal(number)) for number in signal.valid_signals()],
        "path": [sys.path, os.getcwd(), sys.getrecursionlimit(), str(sys.excepthook)],
    }
"""

COMPARE = f"""
{IMPORT_ALL}
for module, name in json.load(sys.stdin):  # what others do is theirs to answer for
    if not hasattr(importlib.import_module(module), name):
        importlib.import_module(f"{{module}}.{{name}}")
import torch
torch.set_num_threads(2)
before = state()
import_ours()
print(json.dumps([before, state()]))
"""


def imported_from_others():
    """What ours import, wherever in a file, of modules that are installed: (module, name in it)."""
    found = set()
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Import):
                    found |= {(alias.name, "__name__") for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and not node.level:
                    found |= {(node.module, alias.name) for alias in node.names}
    tops = {name.split(".")[0] for name, _ in found} - set(PACKAGES)
    installed = {top for top in tops if importlib.util.find_spec(top)}
    return sorted(each for each in found if each[0].split(".")[0] in installed)


def run(program, given=""):
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, input=given, capture_output=True, text=True, check=False
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


def test_no_module_of_ours_changes_anything_by_being_imported():
    before, after = json.loads(run(COMPARE, json.dumps(imported_from_others())).splitlines()[-1])
    assert before["torch"][0] == 2
    for kind in before:
        assert after[kind] == before[kind], kind


def test_an_effect_would_be_seen():
    effects = f"{IMPORT_ALL}\nimport flwr, numpy, torch\ntorch.set_num_threads(2)\n"
    for line in (
        "os.environ['X'] = '1'",
        "logging.getLogger('ray').setLevel(30)",
        "torch.set_num_threads(1)",
        "gc.freeze()",
        "warnings.simplefilter('ignore')",
        "signal.signal(signal.SIGINT, print)",  # a background job may ignore it already
        "numpy.seterr(all='ignore')",
    ):
        effects += f"before = state()\n{line}\nprint(before != state())\n"
    assert set(run(effects).split()) == {"True"}
