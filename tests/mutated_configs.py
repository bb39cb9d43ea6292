"""Configurations with mistakes in them: the shipped ones, mutated, and what is checked before a run.

A mutation deletes, renames, swaps or nests keys, gives a value another type or an extreme, or breaks the text of
the file. What comes out is read as a command reads it, from a file, and checked as before a run's first corpus.
"""

import copy
import tomllib
import warnings
from pathlib import Path

import tomli_w

from fedser.errors import ConfigError, UserError
from fedser.mobility import plan
from fedser.spelling import visible
from simulations.hearing import check_models
from simulations.kinds import read_experiment
from simulations.privacy_studies.config import AttackConfig, FrontierConfig
from simulations.run_folder import config_text

ROOT = Path(__file__).parents[1]
DEEP = 40

EXTREMES = (
    0, 1, -1, 2, 3, 2**31, 2**53, 2**53 + 1, 2**63, 2**64, -(2**63), 10**30, 10**300, 10**1000,
    0.0, -0.0, 0.5, 1.0, -0.5, 1e-300, 1e-30, 1e30, 1e300, -1e300, float("inf"), float("-inf"), float("nan"),
    True, False, "", " ", "0", "1", "inf", "nan", "none", "random", "server", "all", "a", "é", "e\u0301", "\u202e",
    "home", "home@1", "café", "cafe\u0301", "=1+1", "[bold red]", "a\nb", "a\tb", "\x1b[31m", "a/b", "..", "a+b",
    "x" * 5000, "/dev/null", "/", "~", ".", "%s", "{}", "$(id)", "<b>", "\\", '"', "'", "\U0001f600", "\ud55c",
    "fedavg", "gem", "federated:gem", "local:exper-random@krum", ":", "@", "-", "gem-", "@fedavg", "gem-random-x",
    [], [[]], [0], [1, 1], ["a", "a"], [{}], [1, "a"], [float("nan")], [[1.0]], {}, {"": 1}, {"a": {}}, {"é": 1},
)  # fmt: skip
KEYS = (
    "",
    " ",
    "a",
    "é",
    "e\u0301",
    "x" * 300,
    "extensions",
    "plugins",
    "seeds",
    "name",
    "a.b",
    "[x]",
    "\u202e",
    "a\nb",
)


def shipped():
    """The shipped configurations, by file name, as values."""
    files = sorted(ROOT.glob("configs/*.toml")) + sorted(ROOT.glob("simulations/*.toml"))
    return {file.name: tomllib.loads(file.read_text(encoding="utf-8")) for file in files}


def spelled_out(values):
    """The same with every option that has a default, so that each of them is mutated too."""
    _, config = read_experiment(values)
    return tomllib.loads(config_text(config))


def mutated(values, others, rng):
    """Values with one to four mistakes."""
    values = copy.deepcopy(values)
    kinds = _MUTATIONS if rng.random() < 0.5 else _WITHIN_A_TYPE
    for _ in range(rng.integers(1, 5)):
        holder, key = _place(values, rng)
        kinds[rng.integers(len(kinds))](holder, key, others, rng)
    return values


def broken(text, rng):
    """The text of a file with something cut, doubled or overwritten, as bytes."""
    raw = bytearray(text.encode())
    for _ in range(rng.integers(1, 4)):
        at, end = sorted(rng.integers(0, len(raw) + 1, 2).tolist())
        match rng.integers(5):
            case 0:
                del raw[at : min(end, at + 200)]
            case 1:
                raw[at:at] = rng.bytes(rng.integers(1, 9))
            case 2:
                raw[at:at] = raw[at : min(end, at + 100)]
            case 3:
                del raw[max(at, 1) :]
            case 4:
                raw[at:at] = [b"[", b"]", b"{", b"=", b'"', b"\n", b"9" * 5000, b"\xef\xbb\xbf"][rng.integers(8)]
    return bytes(raw)


def written(values):
    """Values as a file; None for what TOML cannot hold."""
    try:
        return tomli_w.dumps(values).encode()
    except (TypeError, ValueError, UnicodeEncodeError):
        return None


def outcome(file):
    """ "accepted", or the line with which a configuration is refused; anything but a UserError is raised."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            _, config = read_experiment(file)
            _check(config, file)
        except UserError as error:
            return visible(str(error))
    return "accepted"


def _check(config, file):
    """What a run does before its first corpus."""
    config_text(config)
    if isinstance(config, AttackConfig):
        for federation in config.federations(file).values():
            _check_federation(federation)
    elif isinstance(config, FrontierConfig):
        for noise in config.sweep.noise[:2]:
            for capacity in config.sweep.capacity[:2]:
                _check_federation(config.cell(noise, capacity, file))
                _check_federation(config.shadow_of(capacity, file))
    elif hasattr(config, "devices"):
        _check_federation(config)
    else:
        config.check()
        _check_models(config)


def _check_federation(config):
    config.check()
    _check_models(config)
    settings = config.device_settings()
    kind = settings.mobility_kind()
    if not kind.files:
        devices, rounds = min(config.devices.count, 3), min(config.rounds, 30)
        plan(config.mobility, kind, settings.environments, devices, rounds, 0)


def _check_models(config):
    reachable = config.without_network()
    for name in reachable.features.encoders():
        if name in ("logmel", "ngrams", "none", "egemaps"):
            continue
        raise ConfigError("models are not loaded here")
    check_models(reachable.features, reachable.transcription.model_copy(update={"model": None}))


def _place(values, rng):
    """A table or list within, and a key of it."""
    holder, key = values, None
    while True:
        keys = list(holder) if isinstance(holder, dict) else list(range(len(holder)))
        if not keys:
            return holder, None
        key = keys[rng.integers(len(keys))]
        inner = holder[key]
        if not isinstance(inner, dict | list) or rng.random() < 0.2:
            return holder, key
        holder = inner


def _delete(holder, key, others, rng):
    if key is not None:
        del holder[key]


def _extreme(holder, key, others, rng):
    if key is not None:
        holder[key] = copy.deepcopy(EXTREMES[rng.integers(len(EXTREMES))])


def _same_type(holder, key, others, rng):
    if key is not None:
        alike = [value for value in EXTREMES if type(value) is type(holder[key])]
        holder[key] = copy.deepcopy(alike[rng.integers(len(alike))]) if alike else holder[key]


def _same_key(holder, key, others, rng):
    """What another configuration has for the same option."""
    found = [value for other in others for value in _values_of(other, key)] if isinstance(key, str) else []
    if found:
        holder[key] = copy.deepcopy(found[rng.integers(len(found))])


def _values_of(values, key):
    inner = values.values() if isinstance(values, dict) else values if isinstance(values, list) else ()
    own = [values[key]] if isinstance(values, dict) and key in values else []
    return own + [found for value in inner for found in _values_of(value, key)]


def _other_type(holder, key, others, rng):
    if key is not None:
        value = holder[key]
        ways = (str, lambda v: [v], lambda v: {"value": v}, lambda v: {str(v)[:20]: v}, bool, lambda v: [v, v])
        holder[key] = ways[rng.integers(len(ways))](value)


def _scaled(holder, key, others, rng):
    if key is not None and isinstance(holder[key], int | float) and not isinstance(holder[key], bool):
        up, down = [(-1, 1), (1, 10), (10, 1), (1000, 1), (10**9, 1)][rng.integers(5)]
        holder[key] = holder[key] * up // down if isinstance(holder[key], int) else holder[key] * up / down


def _foreign(holder, key, others, rng):
    """A part of another configuration."""
    source, name = _place(others[rng.integers(len(others))], rng)
    if name is None:
        return
    value = copy.deepcopy(source[name])
    if isinstance(holder, dict):
        holder[name if isinstance(name, str) else "a"] = value
    else:
        holder.append(value)


def _renamed(holder, key, others, rng):
    if isinstance(holder, dict) and key is not None:
        holder[KEYS[rng.integers(len(KEYS))]] = holder.pop(key)


def _unknown(holder, key, others, rng):
    if isinstance(holder, dict):
        holder[KEYS[rng.integers(len(KEYS))]] = copy.deepcopy(EXTREMES[rng.integers(len(EXTREMES))])
    else:
        holder.append(copy.deepcopy(EXTREMES[rng.integers(len(EXTREMES))]))


def _doubled(holder, key, others, rng):
    if isinstance(holder, list) and key is not None:
        holder.extend([copy.deepcopy(holder[key])] * int(rng.integers(1, 50)))


def _nested(holder, key, others, rng):
    if key is not None:
        for _ in range(rng.integers(1, DEEP)):
            holder[key] = {"a": holder[key]} if rng.random() < 0.5 else [holder[key]]


_MUTATIONS = (_delete, *[_extreme] * 5, _other_type, _scaled, _scaled, _foreign, _foreign, _renamed, _unknown,
              _doubled, _nested)  # fmt: skip
_WITHIN_A_TYPE = (_same_type, _scaled, _scaled, _same_key, _same_key, _delete)
"""These come further: the mistake is in what an option means."""
