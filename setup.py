"""The one thing pyproject.toml cannot say: `configs/` lies in the wheel as `simulations/configs/`."""

from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py


class BuildWithConfigurations(build_py):
    """Takes the configurations along. An installation for editing reads them where they are."""

    def run(self) -> None:
        """Build the packages, then put the configurations into one of them."""
        super().run()
        if self.editable_mode:
            return
        for source, target in self._configurations().items():
            self.mkpath(str(Path(target).parent))
            self.copy_file(source, target)

    def get_outputs(self, include_bytecode: bool = True) -> list[str]:
        """Return what is built, for those who take it away again."""
        return [*super().get_outputs(include_bytecode), *self._configurations().values()]

    def get_source_files(self) -> list[str]:
        """Return what the source distribution needs."""
        return [*super().get_source_files(), *self._configurations()]

    def _configurations(self) -> dict[str, str]:
        target = Path(self.build_lib, "simulations")
        return {str(file): str(target / file) for file in sorted(Path("configs").rglob("*.toml"))}


setup(cmdclass={"build_py": BuildWithConfigurations})
