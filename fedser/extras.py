"""Packages that only some experiments need, and that an installation may lack."""

from importlib.util import find_spec

from fedser.errors import ConfigError


def require(module: str, extra: str, where: str) -> None:
    """Raise ConfigError, which begins with `where` and says what to install, if a module is not there.

    extra: the name in `fedser[extra]`, which brings the module.
    """
    if find_spec(module) is None:
        raise ConfigError(f"{where}: needs a package that is not installed; pip install 'fedser[{extra}]' adds it")
